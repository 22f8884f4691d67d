"""`bigmath serve`: the settings a user may change, and the server."""

from dataclasses import replace

from assets.console import messages
from bigmath.errors import SettingError
from bigmath.server.run import check_address, serve
from bigmath.server.settings import Settings


def run_server(
    host: str, port: int, *, public: bool, workers: int | None, max_body: int, max_items: int, max_reply: int
) -> None:
    """Serves until it is stopped.

    Raises:
        SettingError: a limit is no positive number, or the address cannot or should not be listened on.
    """
    limits = {
        "--workers": 1 if workers is None else workers,
        "--max-body": max_body,
        "--max-items": max_items,
        "--max-reply": max_reply,
    }
    for option, value in limits.items():
        if value < 1:
            raise SettingError(f"{option} {value}: a number of at least 1 is needed")
    if not 0 < port < 1 << 16:
        raise SettingError(f"--port {port}: ports are 1 to 65535")
    settings = Settings(host=host, port=port, body_bytes=max_body, items=max_items, reply_characters=max_reply)
    if workers is not None:
        settings = replace(settings, workers=workers)
    check_address(host, public=public)
    messages.print(f"http://{host}:{port}/verify   schema: /docs   stop: Ctrl+C", markup=False)
    serve(settings, public=public)
