"""From a tape to programs that compute a value and its gradient for many inputs: source texts and machine code."""
