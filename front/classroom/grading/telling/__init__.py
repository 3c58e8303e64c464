"""Tells what the judge found: as text, as a page, as JSON, for Gradescope."""
