"""The tape, and one reverse sweep in hand: its steps, its table, its sentences, forwards, backwards and with mistakes."""
