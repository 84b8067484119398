"""Trained models on disk: folders that are checked on load.

May import `core.config`, `core.numerics`, `core.data` and `core.models`.
"""
