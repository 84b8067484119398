"""Home: a drawing that goes through the models, and the ways to every page."""
