"""Worksheets that come with the package, on the lecture's rows and on each form."""
