"""Who may ask this server what: names it answers to, sites that may use its routes, and what browsers may do with it.

A rebound name (a foreign domain that points to this machine) or another site's page in a visitor's browser could
otherwise read what is here, stop trainings and burn the cores.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import streamlit
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.config.mode import Ability
from pages.shared import activity, visitors

UPLOADS = "/_stcore/upload_file"  # where Streamlit takes files
CLOSED = ("/_stcore/metrics", "/_stcore/script-health-check")  # of use to an operator, and to nobody else


def _inline_scripts() -> str:
    """The hashes of the scripts that stand in Streamlit's own page: no other inline script may run."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text()
    scripts = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    sums = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{each}'" for each in sums)


# Streamlit makes modules of the players' scripts (blob:), and its styles are inline
POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' blob: {_inline_scripts()}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "connect-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
)


@cache
def own_hosts() -> frozenset[str]:
    """The names and addresses of this machine, and those of HOST and PLAYGROUND_HOSTS (with commas between)."""
    import psutil

    names = {"localhost", "127.0.0.1", "::1", socket.gethostname().lower(), socket.getfqdn().lower()}
    for addresses in psutil.net_if_addrs().values():
        names |= {
            a.address.partition("%")[0].lower() for a in addresses if a.family in (socket.AF_INET, socket.AF_INET6)
        }
    names |= {name.strip().lower() for name in os.environ.get("PLAYGROUND_HOSTS", "").split(",")}
    names.add(os.environ.get("HOST", "").lower())
    return frozenset(names - {"", "0.0.0.0", "::"})


def host_of(value: str) -> str | None:
    """The host in `host:port` or in an origin, in small letters; None where there is none."""
    try:
        return urlsplit(value if "//" in value else f"//{value}").hostname
    except ValueError:
        return None


def is_own(host: str | None) -> bool:
    """Whether this server answers to the name: one of `own_hosts`; "*" there stands for any, ".school.org" for all
    names that end so."""
    if host is None:
        return False
    own = own_hosts()
    return host in own or "*" in own or any(name.startswith(".") and host.endswith(name) for name in own)


def refusal(kind: str, path: str, headers: dict[str, str]) -> tuple[int, str] | None:
    """Why a request is not answered, as a status and a sentence; None where it is.

    kind    "http" or "websocket"
    headers   names in small letters
    """
    host = host_of(headers.get("host", ""))
    if not is_own(host):
        return (
            403,
            f"this server does not answer to the name {host or ''!r}; its operator can add it to PLAYGROUND_HOSTS",
        )
    if path.rstrip("/") in CLOSED:
        return 404, "not found"
    if kind == "http" and not path.startswith("/api/"):
        return None  # a link from another site may open a page
    origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
    if site not in ("same-origin", "none") or (origin is not None and not is_own(host_of(origin))):
        return 403, "only this app's own pages may ask for this"
    return None


class Guard:
    """ASGI middleware: refuses what `refusal` names, and gives every answer the headers that browsers heed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        client, query = scope.get("client") or ("127.0.0.1", 0), scope.get("query_string", b"").decode("latin-1")
        visitor = visitors.visitor_of_request(client[0], scope["path"], query, headers)
        refused = refusal(scope["type"], scope["path"], headers)
        if refused is None and scope["path"].startswith(UPLOADS) and (why := visitor.reason_against(Ability.UPLOAD)):
            refused = 403, why
        if refused is None:
            activity.note(visitor.owner or f"{visitor.address} {headers.get('user-agent', '')}")
            unknown = visitor.mode.separate and not visitor.owner and _is_page(scope["path"])
            cookie = visitors.new_cookie(scope.get("scheme") == "https") if unknown else ""
            if scope["type"] == "websocket":  # a session of pages, each with a link of its own
                await self.app(scope, receive, send)
                return
            with visitors.asking(visitor):
                await self.app(scope, receive, _with_headers(send, cookie))
        elif scope["type"] == "websocket":
            await receive()  # "websocket.connect"
            await send({"type": "websocket.close", "code": 1008, "reason": refused[1][:120]})
        else:
            await JSONResponse({"error": refused[1]}, refused[0])(scope, receive, _with_headers(send))


def _is_page(path: str) -> bool:
    """Whether a browser opens it by itself, before all that the page asks for: whose cookie it takes up, they send."""
    return not path.startswith(("/api/", "/ui/", "/_stcore/", "/media/", "/component")) and "." not in path


def _with_headers(send: Send, cookie: str = "") -> Send:
    """`send`, which adds the headers, and a cookie."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower(): value for name, value in message.get("headers", [])}
            added = [(name, value) for name, value in HEADERS if name not in there]
            if cookie:
                added.append((b"set-cookie", cookie.encode()))
            message = {**message, "headers": [*message.get("headers", []), *added]}
        await send(message)

    return sending
