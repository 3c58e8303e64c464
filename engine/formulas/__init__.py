"""The expression trees that the table of operations is written in, and the rules that simplify them."""
