"""From a Value to its drawing: `draw`, `draw_dot`, `frames`, and the figure that a notebook shows."""
