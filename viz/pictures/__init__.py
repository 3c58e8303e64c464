"""What a picture says, in words only: its cards and edges, what is highlighted in it, which values share a card."""
