"""The graph of Olah's "Calculus on Computational Graphs", e = (a + b)·(b + 1): two paths lead from b to e."""

from chalkgrad.engine import Value


def two_paths(a=2.0, b=1.0):
    """Returns a, b, c = a + b, d = b + 1 and e = c·d."""
    a, b = Value(a, "a"), Value(b, "b")
    c, d = a + b, b + 1
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    return a, b, c, d, e


def colah(a=2.0, b=1.0):
    """Returns e alone."""
    return two_paths(a, b)[-1]
