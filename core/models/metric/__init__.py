"""Models that learn by how far examples are apart."""
