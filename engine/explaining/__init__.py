"""The chain rule written out, its cost, and derivatives as formulas."""
