"""A lecture on neural networks and backpropagation in fifteen rows: for each its pages, pictures, frames and formulas.

`rows.toml` says what makes them, `rows.py` reads it, `making.py` writes a folder of them, `index.py` the sheet on top. The
words are in the section "lecture" of the language.
"""
