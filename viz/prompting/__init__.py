"""The prompt, and what it stands on: how it writes on a terminal, its table, expressions as typed, values that are set."""
