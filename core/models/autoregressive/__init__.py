"""Models that tell the pixels of an image one after the other, by the chain rule."""
