"""For whom the app is served, and what its visitors may do. PLAYGROUND_MODE of the environment sets it:

private    one person, and whoever is let in beside: everything is allowed
class      visitors keep their uploads and runs to themselves, within quotas; the operator sees and stops everything
public     no uploads, no runs, small limits

Nothing asks for a mode by its name: abilities and numbers say what it allows.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from enum import StrEnum

VARIABLE = "PLAYGROUND_MODE"


class Ability(StrEnum):
    """What a visitor may do.

    UPLOAD     bring data sets, vectors and checkpoints
    TRAIN      have runs computed: trainings, scores, maps
    DOWNLOAD   have a built-in data set downloaded to the server
    OPERATE    see and stop what is anybody's, see how the server is
    """

    UPLOAD = "upload"
    TRAIN = "train"
    DOWNLOAD = "download"
    OPERATE = "operate"


@dataclass(frozen=True)
class Mode:
    """What every visitor may do, and how much; the operator may do everything.

    separate         each visitor's uploads and runs are his own, and seen by others only by a link
    runs_each        runs and checkpoints that one visitor may keep
    uploads_each     data sets that one visitor may keep, and vectors of each data set
    hours            that a training may work at a stretch
    multiplications  of one request
    seconds          that a piece of work may take
    streams_each     streams that one visitor may have open
    """

    name: str
    abilities: frozenset[Ability]
    separate: bool
    runs_each: int = 20
    uploads_each: int = 10
    hours: int = 48
    multiplications: int = 10**12
    seconds: float = 60.0
    streams_each: int = 6


MODES = {
    mode.name: mode
    for mode in (
        Mode("private", frozenset(Ability), separate=False),
        Mode("class", frozenset({Ability.UPLOAD, Ability.TRAIN, Ability.DOWNLOAD}), separate=True, hours=2),
        Mode("public", frozenset(), separate=True, multiplications=10**11, seconds=45.0, streams_each=2),
    )
}
SAFEST = MODES["public"]


def mode() -> Mode:
    """The mode that the environment sets; private without one, the safest for a word that is none."""
    return MODES.get(os.environ.get(VARIABLE) or "private", SAFEST)


def mode_for(host: str, more_hosts: str = "") -> Mode:
    """The mode of a server that none was set for: private where only its own machine reaches it, else the safest.

    host         the address that it listens on
    more_hosts   further names that it answers to: others reach it by way of a proxy
    """
    return MODES["private"] if _is_loopback(host) and not more_hosts.strip() else SAFEST


def max_uploads() -> int:
    """How many data sets one visitor may keep, and vectors of each data set: PLAYGROUND_UPLOADS_EACH, or the mode's."""
    text = os.environ.get("PLAYGROUND_UPLOADS_EACH", "")
    return int(text) if re.fullmatch("[1-9][0-9]{0,8}", text) else mode().uploads_each


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
