"""Presets and the settings that they are made of: plain data with ranges, without torch. Imports nothing of ours."""
