"""What the prompt stands on: how it writes on a terminal, its table, expressions as they are typed, and values that are set."""
