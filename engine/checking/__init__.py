"""Other ways to a derivative, to hold the gradients against: differences, nudges, four ways side by side."""
