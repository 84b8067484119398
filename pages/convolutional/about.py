"""What the page says of a model and of itself."""

from __future__ import annotations

from core.store.checkpoints import Checkpoint
from pages.shared import scores

WHAT = r"""
In a **convolutional RBM** (Lee, Grosse, Ranganath & Ng 2009) hidden units form $K$ maps. All units of a map share one
small filter $W^k$, each at another place of the image:

$$
E(v, h) = V(v) - \sum_k \sum_{ij} h^k_{ij}\,\bigl(b_k + (W^k * v)_{ij}\bigr)
$$

**Probabilistic max-pooling** groups each map into blocks of $C \times C$ units, at most one of which is on. A pooling
unit above is on where any of them is, so it says that a pattern is there, and no longer exactly where. A block with
inputs $x_1 \dots x_{C^2}$ is a choice among $C^2 + 1$ states, "none" among them:

$$
p(h_i = 1 \mid v) = \frac{e^{x_i}}{1 + \sum_j e^{x_j}}
$$

Weights do not depend on the size of an image: what was learned from small ones can sample large ones.
"""

TRY = (
    "1. **Feature maps**: draw one straight stroke. Which filters see it, and where?\n"
    "2. Point at a map: the five bars are one pooling block. Is one of its units on, or none?\n"
    "3. **Shift the image** by one pixel. Which code moves least, which most? And by two?\n"
    "4. **Samples**: larger images than those of training. What stays coherent, what does not?\n"
    "5. Clamp an image, hide half of it: what can filters this small fill in, and what not?"
)


def one_line(checkpoint: Checkpoint) -> str:
    """The model in one line: filters and pooling, what it was trained on, its likelihood or what its filters are."""
    model = checkpoint.manifest.preset.model
    size, pool = model["size"], model["pool"]
    text = f"{checkpoint.manifest.data_title}: **{model['filters']}** filters of {size}×{size}, pooled {pool}×{pool}. "
    for name in (*scores.LIKELIHOODS, "Gabor-like filters", "linear probe accuracy"):
        if score := checkpoint.score(name):
            unit = "" if score.unit.startswith("share") else f" {scores.unit(score)}"
            return f"{text}{score.name[0].upper()}{score.name[1:]} **{scores.number(score)}**{unit}."
    return text
