"""Values and rules of annotation; they know neither files nor windows.

Coordinates are (x, y) in image pixels, (0, 0) the outer corner of the first pixel, so that its
centre is (0.5, 0.5). Arrays are (H, W) or (H, W, C). A box is x0, y0, x1, y1, its end exclusive.
"""
