"""The looks of a graph: the size of a card, a gate and a round node, and the words that fit it."""
