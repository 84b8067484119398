"""Home: running chains, and the way to every page."""
