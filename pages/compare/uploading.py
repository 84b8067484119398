"""Vectors that a visitor brings: kept as a representation of the examples, and deleted."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.config.mode import Ability
from core.data.errors import DataError
from core.data.uploads.schema import MAX_FILE_MB
from core.representations.catalogue import UPLOADS
from pages.compare import loading
from pages.shared import represented, visitors
from pages.shared.codec import BadRequest, pack

MOST = 2 * MAX_FILE_MB * 10**6 + 2**16  # bytes of a message with two files


def upload(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Keep the file in the plane "vectors", called `name` in the header, as a representation of the examples, with a
    `title`; a plane "metadata" is the Embedding Projector's second file, `ids` the column of ids."""
    from core.representations import uploads

    who = visitors.current()
    who.require(Ability.UPLOAD)
    said = {field: header.get(field, "") for field in ("title", "name", "metadata", "ids")}
    if wrong := next((field for field, value in said.items() if not isinstance(value, str)), None):
        raise BadRequest(f"{wrong}: expected a text")
    if "vectors" not in planes:
        raise BadRequest("vectors: expected the bytes of a file")
    more = (said["metadata"], planes["metadata"].tobytes()) if "metadata" in planes else None
    try:
        found = uploads.read(said["name"], planes["vectors"].tobytes(), more, said["ids"] or None)
        one = uploads.save(found, name, represented.examples(name).split, said["title"], said["name"], who.owner)
    except DataError as error:
        raise BadRequest(error.public) from error
    return pack({"representation": loading.told(one), "notes": list(found.notes)}, {})


def forget(name: str, header: dict[str, Any], planes: dict[str, np.ndarray]) -> bytes:
    """Delete the upload `key`; one that is gone already is no error."""
    from core.representations import uploads

    key = header.get("key")
    if not isinstance(key, str) or not key.startswith(f"{UPLOADS}~"):
        raise BadRequest(f"key={key!r:.60}: expected that of uploaded vectors")
    if (upload := represented.listed(name).get(key)) is not None:
        visitors.current().require_own(upload)
        uploads.delete(key, name)
    return pack({}, {})
