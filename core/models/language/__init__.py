"""Models that tell the next token of a text."""
