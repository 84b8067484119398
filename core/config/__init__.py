"""Presets, the settings that they are made of, and what a score is; no torch. Imports nothing of ours."""
