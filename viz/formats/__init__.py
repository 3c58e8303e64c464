"""From positions to files: one flat list of shapes, written as SVG, TikZ, PNG and PDF."""
