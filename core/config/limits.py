"""How much may be asked of Gibbs chains at once. Here, so that a page can check a link without torch."""

MAX_CHAINS, MAX_FRAMES, MAX_SWEEPS = 256, 120, 200
