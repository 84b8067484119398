"""What all computing rests on: draws, matrix products, devices, nearest neighbours, maps of points, giving up.

May import `core.config`.
"""
