"""Start the app's server: a free port, the address in plain sight, and no delay on small packets."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

from core.config import mode
from pages.shared import operators


def settle_mode(host: str) -> None:
    """Decide on the mode of a server that listens on `host`, where the environment sets none, and say what follows
    from it; a word that is no mode, or a token that is too short, ends the server."""
    named = os.environ.get(mode.VARIABLE, "")
    if named and named not in mode.MODES:
        sys.exit(f"{mode.VARIABLE}={named!r}: expected one of {', '.join(mode.MODES)}")
    if problem := operators.problem():
        sys.exit(problem)
    if not named:
        chosen = mode.mode_for(host, os.environ.get("PLAYGROUND_HOSTS", ""))
        os.environ[mode.VARIABLE] = chosen.name  # workers and this process agree
        if chosen is mode.SAFEST:
            print(
                f"  Others can reach this server and {mode.VARIABLE} is not set, so it is {chosen.name}: no uploads, "
                f"no trainings. {mode.VARIABLE}=class lets each visitor have their own; {mode.VARIABLE}=private lets "
                "everybody do everything.",
                flush=True,
            )


def serve(app: Any) -> None:
    """Serve `app` on HOST:PORT (127.0.0.1:8501 unless set; a taken port moves on to the next free one)."""
    import uvicorn

    host = os.environ.get("HOST", "127.0.0.1")
    wanted = os.environ.get("PORT", "8501")
    if not wanted.isdigit() or not 0 <= int(wanted) <= 65_535:
        sys.exit(f"PORT={wanted!r}: expected a number from 0 to 65535")
    settle_mode(host)
    listener = _listen(host, int(wanted), fixed="PORT" in os.environ)
    print(f"\n  Representation Playground: http://{host}:{listener.getsockname()[1]}\n", flush=True)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, ws="websockets-sansio", ws_per_message_deflate=False
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int, fixed: bool) -> socket.socket:
    for candidate in [port] if fixed else range(port, port + 20):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # frames are answered in a millisecond; waiting to fill a packet would cost forty
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            problem = error
        else:
            return listener
    sys.exit(f"cannot listen on {host}:{port}: {problem}; set PORT to a free port")
