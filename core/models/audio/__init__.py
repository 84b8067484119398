"""Models of recordings: one sample after the other."""
