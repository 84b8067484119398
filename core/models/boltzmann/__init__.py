"""Restricted Boltzmann machines and what is stacked of them."""
