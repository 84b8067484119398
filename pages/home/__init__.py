"""The first page: what there is to see."""
