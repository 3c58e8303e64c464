"""What pictures are made with if nothing else is asked for."""

LIMIT = 300  # values that are drawn one by one at most: a larger picture can hardly be read
WIDTH = 1920  # pixels of a PNG, whatever it shows: as wide as a projector
