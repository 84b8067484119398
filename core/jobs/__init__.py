"""Runs: folders in which a worker process trains or scores a model, and the queue that starts them.

May import all other rooms; only the command line stands above.
"""
