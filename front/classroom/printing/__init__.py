"""A sheet in its media: HTML, LaTeX, PDF, Moodle's XML, JSON."""
