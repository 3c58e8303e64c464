"""What pictures are made with if nothing else is asked for."""

LIMIT = 300  # values that are drawn one by one at most: a larger picture can hardly be read
SCALE = 2.0  # pixels per unit of the SVG in a PNG: sharp on a projector
