"""Presets, the settings that they are made of, what a score is, modes and names of what is somebody's; no torch.

Imports nothing of ours.
"""
