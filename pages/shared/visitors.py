"""Who the visitor is, what he may do, and what is his: the one place that pages and routes ask.

A visitor is known by a cookie, whose hash is the secret that the names of his uploads and runs are made from
(`core.config.ownership`). They are listed for him and the operator; others open them by a link that names them.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

import streamlit as st
from starlette.requests import cookie_parser
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core import jobs
from core.config.mode import Ability, Mode, mode
from core.config.ownership import belongs_to, is_owned
from core.data.base import DatasetInfo
from core.representations import RepresentationInfo
from core.store.checkpoints import Checkpoint
from pages.shared import operators

T = TypeVar("T", Checkpoint, DatasetInfo, RepresentationInfo, jobs.Run)

COOKIE = "playground_visitor"
HOW = "On your own computer the app does."
REASONS = {
    Ability.UPLOAD: f"This server takes no uploads. {HOW}",
    Ability.TRAIN: f"This server trains no models and computes no new scores or maps. {HOW}",
    Ability.DOWNLOAD: f"This server downloads no data for its visitors. {HOW}",
    Ability.OPERATE: "Only the operator of this server can do this.",
}
NO_COOKIE = "Your uploads and runs are kept under a cookie: allow cookies for this site, then reload the page."
NOT_YOURS = "Only the visitor who started it, or the operator of this server, can do this."


class Forbidden(RuntimeError):
    """The visitor may not do this; the message says why."""


@dataclass(frozen=True)
class Visitor:
    """Whoever asks.

    address    by which his waiting runs are counted (`core.jobs.visitor_id`)
    owner      the secret that marks what is his; "" where nothing is anybody's, or he has no cookie
    operator   he has given the operator's token
    link       the address that he has open, with what it names
    """

    address: str
    owner: str
    operator: bool
    link: str
    mode: Mode

    def reason_against(self, ability: Ability) -> str:
        """Why he may not do it, as a sentence; "" where he may."""
        if not self.operator and ability not in self.mode.abilities:
            return REASONS[ability]
        keeps = ability in (Ability.UPLOAD, Ability.TRAIN)
        return NO_COOKIE if keeps and self.mode.separate and not self.owner else ""

    def may(self, ability: Ability) -> bool:
        """Whether he may do it."""
        return not self.reason_against(ability)

    def require(self, ability: Ability) -> None:
        """Raise `Forbidden` where he may not do it."""
        if reason := self.reason_against(ability):
            raise Forbidden(reason)

    def owns(self, thing: str | T) -> bool:
        """Whether it is his to change: what carries his mark; nobody else's where nothing is anybody's."""
        return self.may(Ability.OPERATE) or any(belongs_to(name, self.owner) for name in _names(thing)) or (
            isinstance(thing, jobs.Run) and bool(self.owner) and thing.control().owner == self.owner
        )  # fmt: skip

    def require_own(self, thing: str | T) -> None:
        """Raise `Forbidden` where it is not his to change."""
        if not self.owns(thing):
            raise Forbidden(NOT_YOURS)

    def sees(self, thing: str | T) -> bool:
        """Whether it is listed for him: what is everybody's, what is his, and what his link names."""
        if self.owns(thing):
            return True
        if isinstance(thing, jobs.Run) and thing.control().owner:  # a map that somebody else asked for
            return thing.id in self.link
        return all(not is_owned(name) or name in self.link for name in _names(thing))

    def seen(self, things: Iterable[T]) -> list[T]:
        """Those of them that are listed for him."""
        return [thing for thing in things if self.sees(thing)]

    def seen_problems(self, problems: Iterable[str]) -> list[str]:
        """Sentences about what is damaged, without those about what is somebody's."""
        return [problem for problem in problems if self.may(Ability.OPERATE) or not is_owned(problem)]


def _names(thing: str | T) -> list[str]:
    """The names that say whose it is; of a run of scores or of a map, that of its model too."""
    if isinstance(thing, str):
        return [thing]
    if isinstance(thing, jobs.Run):
        return [name for name in (thing.id, thing.request.checkpoint) if name]
    return [thing.owned_by if isinstance(thing, RepresentationInfo) else thing.name]


# -- who asks -----------------------------------------------------------------------------------------

_asking: ContextVar[Visitor | None] = ContextVar("visitor", default=None)


def current() -> Visitor:
    """The visitor whose request is answered, or whose page is run."""
    if (found := _asking.get()) is not None:
        return found
    if get_script_run_ctx(suppress_warning=True) is None:
        return anybody()
    address = st.context.ip_address  # none for this machine itself
    link = " ".join(st.query_params.to_dict().values())
    return visitor_of(address if isinstance(address, str) else "127.0.0.1", dict(st.context.cookies), link)


def anybody() -> Visitor:
    """A visitor of whom nothing is known, for whom what is kept for all is made."""
    return visitor_of("127.0.0.1", {}, "")


def visitor_of(address: str, cookies: dict[str, str], link: str) -> Visitor:
    """The visitor at a network address, who sends these cookies."""
    now, cookie = mode(), cookies.get(COOKIE, "")
    known = now.separate and re.fullmatch("[0-9a-f]{32}", cookie)
    owner = hashlib.sha256(cookie.encode()).hexdigest() if known else ""
    return Visitor(jobs.visitor_id(address), owner, operators.is_operator(cookies), link, now)


def asks() -> dict[str, str]:
    """What `core.jobs` is told of the visitor for whom something is computed."""
    who = current()
    return {"visitor": who.address, "owner": who.owner}


@contextmanager
def asking(visitor: Visitor) -> Iterator[None]:
    """Answer this visitor within the block."""
    token = _asking.set(visitor)
    try:
        yield
    finally:
        _asking.reset(token)


def visitor_of_request(address: str, path: str, query: str, headers: dict[str, str]) -> Visitor:
    """The same of a request; `headers` by names in small letters. What a player asks for belongs to the page that it is
    in, which the browser names as the referrer."""
    cookies = cookie_parser(headers.get("cookie", ""))
    return visitor_of(address, cookies, unquote(f"{path} {query} {headers.get('referer', '')}"))


def new_cookie(secure: bool) -> str:
    """The header that makes a browser known from now on."""
    return f"{COOKIE}={secrets.token_hex(16)}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{'; Secure' * secure}"
