"""More pictures than there are: each time one is shown, it is turned, stretched and moved a little, at random.

A net that sees every picture the same way again and again learns the pictures by heart. The faces of Hinton &
Salakhutdinov 2006 were turned, scaled and cropped for the same reason.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F


def random_affine(x: Tensor, spread: float, generator: Generator) -> Tensor:
    """Each picture of x (N, H, W) under a random affine map of its own: (N, H, W), no value beyond those of x.

        y(r) = x(A r + b)     A = 1 + spread * E,  b = spread * e,  E (2, 2) and e (2,) standard normal

    with r from -1 to 1 across the picture, so that `spread` is a share of half its size. Values between pixels
    come from bicubic interpolation, as bilinear would blur; outside, the edge goes on.
    """
    n = len(x)
    maps = torch.eye(2, 3, device=x.device) + spread * torch.randn(n, 2, 3, generator=generator, device=x.device)
    at = F.affine_grid(maps, [n, 1, *x.shape[1:]], align_corners=False)
    y = F.grid_sample(x.unsqueeze(1), at, mode="bicubic", padding_mode="border", align_corners=False).squeeze(1)
    return y.clamp_(*x.aminmax())
