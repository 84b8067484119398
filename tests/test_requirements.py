"""The lock that `make lock` writes: it names what is asked for, and every package in it has a hash."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKED = dict(re.findall(r"^([a-z][\w.-]*)==(\S+)", (ROOT / "requirements.lock").read_text(), re.M))


def test_the_lock_holds_what_is_asked_for():
    asked = dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.M))
    assert asked.pop("torch") and "torch" not in LOCKED, "its build, and so its hash, depends on the machine"
    assert len(asked) > 10 and asked.items() <= LOCKED.items(), "run `make lock`"


def test_every_locked_package_has_a_hash():
    blocks = re.split(r"^(?=[a-z])", (ROOT / "requirements.lock").read_text(), flags=re.M)[1:]
    assert len(blocks) >= len(LOCKED) > 40
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
