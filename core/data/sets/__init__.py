"""The data sets that come with the project: one file each, with a constant ``DATASETS``."""
