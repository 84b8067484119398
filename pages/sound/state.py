"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

SHORTEST, LONGEST = 100, 4_000  # milliseconds of a sound
FARTHEST = 400_000  # samples


@dataclass(frozen=True)
class SoundState:
    """What a link to the page carries. The player in the browser writes it, and reads the texts among it.

    label, speaker  what is said and who speaks: numbers of the model's, -1 for the mean of all
    read_label, read_speaker    as what and as whom a recording is read; -2 for what it is
    temperature, seed      how samples are drawn
    length          milliseconds of the sound
    begin, read     what a sound begins with, what the model hears; `clip`: which recording of the test part; `share`:
                    how much of it a sound begins with, in percent
    wave            a wave that was drawn by hand, packed to text by the player; `pitch`: its periods a second
    path            samples that were forced and places from which another seed holds, packed likewise
    muted           dilations that are switched off
    amplitude       the scale of the waveform
    at              the sample that is looked at
    first, span     the first sample that is seen and how many are; 0 for all
    play            which sound of what is read is heard
    """

    mode: Literal["draw", "hear"] = "draw"
    label: int = field(default=0, metadata={"range": (-1, 1_000)})
    speaker: int = field(default=0, metadata={"range": (-1, 1_000)})
    read_label: int = field(default=-2, metadata={"range": (-2, 1_000)})
    read_speaker: int = field(default=-2, metadata={"range": (-2, 1_000)})
    temperature: float = field(default=1.0, metadata={"range": (0.05, 5)})
    seed: int = field(default=0, metadata={"range": (0, 2**31 - 1)})
    length: int = field(default=600, metadata={"range": (SHORTEST, LONGEST)})
    begin: Literal["nothing", "recording", "file", "wave"] = "nothing"
    read: Literal["recording", "file"] = "recording"
    clip: int = field(default=0, metadata={"range": (0, 100_000)})
    share: int = field(default=50, metadata={"range": (1, 100)})
    wave: str = ""
    pitch: int = field(default=120, metadata={"range": (40, 1_000)})
    path: str = ""
    muted: tuple[int, ...] = ()
    amplitude: Literal["linear", "mu-law"] = "linear"
    at: int = field(default=0, metadata={"range": (0, FARTHEST)})
    first: int = field(default=0, metadata={"range": (0, FARTHEST)})
    span: int = field(default=0, metadata={"range": (0, FARTHEST)})
    play: Literal["recording", "ahead"] = "recording"
