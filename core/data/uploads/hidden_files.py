"""Files that operating systems and file managers leave beside those that people put somewhere."""

from __future__ import annotations

FOLDERS = {"__macosx", "$recycle.bin", "system volume information", "@eadir", "lost+found"}
FILES = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}


def is_hidden(path: str) -> bool:
    """True where a file, or a folder on its path, is none that a person brought, as in __MACOSX/a/._b.png."""
    parts = [part for part in path.lower().replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return bool(FILES & set(parts[-1:])) or any(part.startswith(".") or part in FOLDERS for part in parts)
