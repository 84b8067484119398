"""What all computing rests on: draws, matrix products, devices, nearest neighbours, maps of points, giving up,
values that are kept.

May import `core.config`.
"""
