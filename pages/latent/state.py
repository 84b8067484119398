"""What the page's link carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class LatentState:
    """What a link to the Latent space page carries. The player in the browser writes it, and reads the texts among it.

    plane    two axes of the map: `dims~0~1`, `pca~0~1`, `class~3~8`; empty for the usual ones
    view     what the map shows: centre and zoom, `x,y,zoom`; empty where it shows all
    z        the point in the latent space, numbers with `_` between them; empty for the code of `pick`
    pick     chosen example, by row
    a, b     ends of the interpolation: `e12` an example, `z0.1_2` a point, `d...` a drawing
    t        place between them
    around   what the traversals start from
    beta     the one that is shown of the models that differ in beta
    seed     of the noise, and of the samples that `source` and `temperature` speak of
    less, more, strength    classes whose difference is added, by number, and how much of it
    """

    plane: str = ""
    view: str = ""
    manifold: Literal["off", "on"] = "off"
    z: str = ""
    pick: str = ""
    mode: Literal["interpolate", "dimensions", "beta", "noise", "generate", "attributes"] = "interpolate"
    a: str = ""
    b: str = ""
    t: float = field(default=0.0, metadata={"range": (0, 1)})
    speed: Literal["0.25", "0.5", "1", "2", "4"] = "1"
    turn: Literal["bounce", "loop", "once"] = "bounce"
    frames: Literal["12", "24", "48", "96"] = "24"
    around: Literal["point", "prior"] = "point"
    beta: str = ""
    seed: int = 0
    source: Literal["prior", "posterior"] = "prior"
    temperature: float = 1.0
    less: str = ""
    more: str = ""
    strength: float = field(default=1.0, metadata={"range": (-2, 2)})
