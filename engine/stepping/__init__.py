"""The tape, and one reverse sweep step by step: as data, as a table, in sentences; the forward pass too, and mistakes."""
