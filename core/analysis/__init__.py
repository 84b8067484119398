"""What pages show of trained models: chains, samples, codes, maps, attention, surprisal.

May import all rooms but `core.jobs` and the command line.
"""
