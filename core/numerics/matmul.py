"""Matrix products by the quickest library at hand."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

ACTIVATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": F.relu, "gelu": F.gelu}  # of layers, by name

# PyTorch multiplies float32 by MKL, which leaves an AMD processor at half its speed; oneDNN, which it carries for the
# other types, does not. The operator is the one that torch.compile uses; it has no gradient, and costs 10 us a call.
_ONEDNN = getattr(torch.ops.mkldnn, "_linear_pointwise", None) if torch.backends.mkldnn.is_available() else None
_WORTH_IT = 2**21  # multiplications


def affine(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x @ weight + bias, for x (N, K), weight (K, M), bias (M,); all of one type, on one device."""
    if (
        _ONEDNN is not None
        and x.dtype == torch.float32
        and x.device.type == "cpu"
        and x.numel() * weight.shape[1] >= _WORTH_IT
        and not (torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad))
    ):
        return _ONEDNN(x, weight.t(), bias, "none", [], "")
    return x @ weight if bias is None else torch.addmm(bias, x, weight)
