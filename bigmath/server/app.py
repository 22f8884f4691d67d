"""The routes: POST /verify, GET /health, GET /metrics; the schema is at /openapi.json and readable at /docs."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from pydantic import Discriminator, Tag, TypeAdapter, ValidationError

from bigmath.server.guard import App, Guard, Receive, Send
from bigmath.server.schema import Health, Item, Judgement, Refusal, judgement, too_long
from bigmath.server.settings import Settings
from bigmath.verifier.policy import VERIFIER_VERSION
from bigmath.verifier.pool import Pool

OneOrMany = Annotated[
    Annotated[Item, Tag("item")] | Annotated[list[Item], Tag("list")],
    Discriminator(lambda body: "list" if isinstance(body, list) else "item"),
]
"""The tag decides by the shape alone, so that a fault is told once, at its place."""
BODY: TypeAdapter[Item | list[Item]] = TypeAdapter(OneOrMany)
"""Read by the route itself: what FastAPI does around a declared body took as long as the rest of a request."""
Verify = Callable[[Request], Awaitable[Response]]
SHOWN = 5
"""Faults of a request that its answer names."""
NAMED = 40
"""Characters of a field's name that it repeats."""


class Counts:
    """What /metrics shows, in the Prometheus text format."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.verdicts = Counter("bigmath_verdicts", "Items by verdict.", ["verdict"], registry=self.registry)
        self.errors = Counter("bigmath_unjudged", "Items not judged, by error.", ["error"], registry=self.registry)
        self.requests = Counter("bigmath_requests", "Requests by status.", ["status"], registry=self.registry)
        self.seconds = Histogram("bigmath_verify_seconds", "From body to answer.", registry=self.registry)
        self.waiting = Gauge("bigmath_items_waiting", "Items accepted and not answered.", registry=self.registry)
        self.ended = Gauge("bigmath_workers_ended", "Processes killed at a limit or died.", registry=self.registry)

    def status(self, status: int) -> None:
        """Counts one answer."""
        self.requests.labels(status).inc()

    def judged(self, judgements: Sequence[Judgement]) -> None:
        """Counts the items of one answer."""
        for one in judgements:
            self.verdicts.labels(one.verdict).inc()
            if one.error is not None:
                self.errors.labels(one.error).inc()


def make_app(settings: Settings) -> App:
    """The ASGI application with its own lanes, which start and end with it."""
    counts = Counts()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = Pool(quick=settings.workers, slow=settings.slow_workers, pair_seconds=settings.pair_seconds)
        yield
        await asyncio.to_thread(app.state.pool.close)

    app = FastAPI(
        title="bigmath serve",
        version=VERIFIER_VERSION,
        description=f"The bigmath verifier, version {VERIFIER_VERSION}: whether a reply ends in the reference answer.",
        lifespan=lifespan,
        responses={status: {"model": Refusal} for status in (408, 413, 422, 429, 500)},
    )
    verify = _add_routes(app, settings, counts)
    _describe_body(app)
    return Guard(_with_shortcut(app, verify), settings, counts.status)


def _with_shortcut(app: FastAPI, verify: Verify) -> App:
    """The application, but for POST /verify, whose function is called straight away: FastAPI's layers and its look for
    dependencies were a third of the processor time that a request cost the server."""

    async def shortcut(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/verify" and scope["method"] == "POST":
            scope["app"] = app
            response = await verify(Request(scope, receive))
            await response(scope, receive, send)
        else:
            await app(scope, receive, send)

    return shortcut


def _add_routes(app: FastAPI, settings: Settings, counts: Counts) -> Verify:
    """Adds them, and returns the function of POST /verify."""
    began = time.monotonic()

    @app.post("/verify", response_model=Judgement | list[Judgement])
    async def verify(request: Request) -> Response:
        """Judges one item, or a list of them in its order. 429 with Retry-After where the queue is full."""
        try:
            # not Pydantic's JSON reader, which takes no half surrogates
            body = BODY.validate_python(json.loads(await request.body()))
        except ValidationError as error:
            return _invalid(error)
        except (ValueError, RecursionError):
            return _refusal(422, "body: not JSON")
        items = body if isinstance(body, list) else [body]
        if len(items) > settings.items:
            return _refusal(413, f"a request may have {settings.items:,} items; it has {len(items):,}")
        pool: Pool = request.app.state.pool
        if pool.waiting + len(items) > settings.waiting_items:
            seconds = _until_empty(pool, time.monotonic() - began)
            return _refusal(429, f"the queue is full; try again in {seconds} s", {"Retry-After": str(seconds)})
        with counts.seconds.time():
            judgements = await judge(pool, settings, items)
        counts.judged(judgements)
        rows = [one.model_dump() for one in judgements]
        return _json(rows if isinstance(body, list) else rows[0])

    @app.get("/health", response_model=Health)
    async def health(request: Request) -> Response:
        """Whether at least one worker is ready; 503 where none is."""
        pool: Pool = request.app.state.pool
        state = Health(status="ok" if pool.ready else "starting", workers=pool.ready, waiting=pool.waiting)
        return _json(state.model_dump(), 200 if pool.ready else 503)

    @app.get("/metrics", response_class=Response)
    async def metrics(request: Request) -> Response:
        """Counts in the Prometheus text format."""
        counts.waiting.set(request.app.state.pool.waiting)
        counts.ended.set(request.app.state.pool.ended)
        return Response(generate_latest(counts.registry), media_type=CONTENT_TYPE_LATEST)

    return verify


async def judge(pool: Pool, settings: Settings, items: Sequence[Item]) -> list[Judgement]:
    """The judgement of each item, in order; a text that is too long costs its own item only."""
    refused = [_too_long(settings, item) for item in items]
    judged = pool.explain(
        [(item.gold or "", item.text, item.rules) for item, no in zip(items, refused, strict=True) if no is None],
        seconds=settings.request_seconds,
    )
    explained = await asyncio.wrap_future(judged)
    explanations = iter(explained)
    return [no if no is not None else judgement(next(explanations)) for no in refused]


def _until_empty(pool: Pool, seconds: float) -> int:
    """Whole seconds in which the queue empties at the rate so far, at least one and at most a minute."""
    rate = max(1.0, pool.answered / max(seconds, 1e-3))
    return min(60, math.ceil(max(1.0, pool.waiting / rate)))


def _too_long(settings: Settings, item: Item) -> Judgement | None:
    if len(item.gold or "") > settings.gold_characters:
        return too_long("reference", settings.gold_characters)
    if len(item.text) > settings.reply_characters:
        return too_long("reply", settings.reply_characters)
    return None


def _describe_body(app: FastAPI) -> None:
    """Adds what /verify reads to the schema of the interface, which FastAPI keeps."""
    body = BODY.json_schema(ref_template="#/components/schemas/{model}")
    schema = app.openapi()
    schema["components"]["schemas"] |= body.pop("$defs")
    content = {"application/json": {"schema": body}}
    schema["paths"]["/verify"]["post"]["requestBody"] = {"required": True, "content": content}


def _invalid(error: ValidationError) -> Response:
    """422 that names places and faults, and repeats no text: of a field that there is not, the name's beginning."""
    faults = [
        f"{'.'.join(str(part)[:NAMED] for part in ('body', *fault['loc']))}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return _refusal(422, "; ".join(faults[:SHOWN]) + more)


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _refusal(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps({"detail": detail}), status, headers, media_type="application/json")
