"""Judges the answers of an engine, wherever it ran: levels, what is wrong, which slip explains it, the smallest graph."""
