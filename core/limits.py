"""How much chains may be asked for at once. Apart from `core.chains`, so that a page can check a link without torch."""

MAX_CHAINS, MAX_FRAMES, MAX_SWEEPS = 256, 120, 200
