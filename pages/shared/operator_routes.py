"""Where the operator gives the token: by a form, or by a link that holds it and leads on without it."""

from __future__ import annotations

import html
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core import jobs
from pages.shared import operators
from pages.shared.endpoints import Refused, read_body

PATH = "/operator"
LONGEST = 1_000  # bytes of a form
FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Operator · Representation Playground</title>
<style>:root { color-scheme: light dark; font-family: sans-serif } body { max-width: 30rem; margin: 4rem auto;
padding: 0 1rem } input, button { font: inherit; padding: .4rem .6rem } p { line-height: 1.5 }</style>
<h1>Operator</h1><p>The token that this server was started with shows every upload and run, and how the server is.</p>
<form method="post"><label>Token <input name="token" type="password" autocomplete="current-password" required></label>
<button>Enter</button></form><p role="alert">%s</p>%s</html>"""
LEAVE = '<form method="post"><input type="hidden" name="leave" value="1"><button>Leave</button></form>'


async def operator(request: Request) -> Response:
    """GET: the form, or the way in where the link holds a `token`. POST: the way in by the form's `token`, and out by
    its `leave`."""
    said = dict(request.query_params)
    if request.method == "POST":
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return _form("Only this server's own form may be sent here.", 403)
        try:
            body = await read_body(request, LONGEST)
        except Refused as error:
            return _form(f"{error}.", error.status)
        said = {
            name: values[0] for name, values in parse_qs(body.decode(errors="replace"), keep_blank_values=True).items()
        }
    if "leave" in said and request.method == "POST":
        operators.leave(request.cookies)
        out = RedirectResponse("./", 303)
        out.delete_cookie(operators.COOKIE)
        return out
    if "token" in said:
        return _enter(request, said["token"])
    return _form("", 200, leave=LEAVE if operators.is_operator(request.cookies) else "")


def _enter(request: Request, token: str) -> Response:
    try:
        session = operators.enter(token, jobs.visitor_id(request.client.host if request.client else "127.0.0.1"))
    except operators.TooManyTries as error:
        return _form(str(error), 429, {"Retry-After": f"{error.seconds:.0f}"})
    if session is None:
        return _form("This is not the token.", 403)
    answer = RedirectResponse("./status", 303, {"Cache-Control": "no-store"})
    answer.set_cookie(
        operators.COOKIE,
        session,
        max_age=int(operators.LASTS),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


def _form(problem: str, status: int, headers: dict[str, str] | None = None, leave: str = "") -> HTMLResponse:
    return HTMLResponse(FORM % (html.escape(problem), leave), status, {"Cache-Control": "no-store", **(headers or {})})


ROUTES = [Route(PATH, operator, methods=["GET", "POST"])]
