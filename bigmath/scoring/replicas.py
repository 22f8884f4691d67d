"""Several copies of a model, each on its own devices, as one `Engine`: data parallelism on Ray.

Each replica is a Ray actor with a `VllmEngine` on `tensor_parallel` GPUs (none on a CPU). Requests go to the replica
with the fewest under way; each replica works by itself and is asked for what it finished. One that dies gives back its
requests as errors, which are tried again on the others.
"""

from collections.abc import Callable
from typing import Any

from bigmath.errors import MissingExtraError, SettingError
from bigmath.scoring.engine import Engine, EngineError, Generation, Request, Settings, failed
from bigmath.scoring.loading import Devices, one_line, prepare
from bigmath.scoring.models import Model
from bigmath.scoring.vllm_engine import VllmEngine


class Replica:
    """The engine of one actor."""

    def __init__(self, make: Callable[[], Engine]) -> None:
        self.engine = make()

    def capacity(self) -> int:
        return self.engine.capacity

    def work(self, requests: list[Request], steps: int) -> list[Generation]:
        """Takes requests and works until something finishes, at most `steps` steps."""
        for request in requests:
            self.engine.submit(request)
        for _ in range(steps):
            finished = self.engine.step()
            if finished or not self.engine.pending:
                return finished
        return []


class ReplicatedEngine:
    """An `Engine` over Ray actors.

    Raises:
        MissingExtraError: Ray is not installed.
        EngineError: a replica cannot load the model.
    """

    def __init__(
        self,
        model: Model,
        settings: Settings,
        devices: Devices,
        replicas: int,
        *,
        make: Callable[[], Engine] | None = None,
    ) -> None:
        try:
            import ray  # noqa: PLC0415 # an extra
        except ImportError as error:
            raise MissingExtraError("several replicas need Ray", hint="pip install 'bigmath[ray]'") from error
        if replicas < 1:
            raise SettingError(f"{replicas} replicas; accepted: 1 or more")
        self.model, self.revision = model.name, model.revision
        on_gpu = make is None and not prepare(devices)
        if not ray.is_initialized():
            ray.init(log_to_driver=False, include_dashboard=False)
        actor: Any = ray.remote(num_cpus=0 if make else 1, num_gpus=devices.tensor_parallel if on_gpu else 0)(Replica)
        self._ray = ray
        self._actors = [actor.remote(make or (lambda: VllmEngine(model, settings, devices))) for _ in range(replicas)]
        try:
            self._capacities: list[int] = ray.get([one.capacity.remote() for one in self._actors])
        except ray.exceptions.RayError as error:
            raise EngineError(f"a replica cannot load {model.name}: {one_line(error)}") from error
        self.capacity = sum(self._capacities)
        self._todo: list[list[Request]] = [[] for _ in self._actors]
        self._under_way: list[dict[str, Request]] = [{} for _ in self._actors]
        self._calls: dict[Any, int] = {}
        self._alive = set(range(replicas))

    @property
    def pending(self) -> int:
        return sum(len(one) for one in self._under_way)

    def submit(self, request: Request) -> None:
        place = min(self._alive, key=lambda one: len(self._under_way[one]))
        self._todo[place].append(request)
        self._under_way[place][request.key] = request

    def step(self) -> list[Generation]:
        busy = set(self._calls.values())
        for place in self._alive - busy:
            if self._under_way[place]:
                call = self._actors[place].work.remote(self._todo[place], 50)
                self._todo[place] = []
                self._calls[call] = place
        ready, _ = self._ray.wait(list(self._calls), num_returns=1, timeout=1.0) if self._calls else ([], [])
        finished: list[Generation] = []
        for call in ready:
            place = self._calls.pop(call)
            try:
                generations: list[Generation] = self._ray.get(call)
            except self._ray.exceptions.RayError as error:
                finished += self._lost(place, error)
                continue
            for one in generations:
                self._under_way[place].pop(one.request)
            finished += generations
        return finished

    def close(self) -> None:
        for place in self._alive:
            self._ray.kill(self._actors[place])
        self._alive.clear()

    def _lost(self, place: int, error: Exception) -> list[Generation]:
        self._alive.discard(place)
        given, self._under_way[place] = self._under_way[place], {}
        if not self._alive:
            raise EngineError(f"every replica is gone: {one_line(error)}") from error
        self.capacity -= self._capacities[place]
        return [failed(request, f"replica_lost: {one_line(error)}") for request in given.values()]
