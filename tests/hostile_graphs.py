"""A graph whose labels try to break out of the page that shows it, or to be taken for parts of its script."""

from chalkgrad.engine import Value

NAMES = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>\u2028\u2029\x00",
    "{{script}} \\u003c &lt; \"' $& ",
    "/*program*/",
    "\u202eabc",
    "\ud800",
    "שגיאה כוללת",
    "line\nbreak",
    "a    b",
    "{root} {} 0 → 3   ",
    "__proto__",
    "constructor",
)


def hostile_graph(names=NAMES):
    """Returns a graph in which each of `names` labels a leaf and a computed value, and each leaf is used twice."""
    total = Value(1.0, "start")
    for number, name in enumerate(names):
        leaf = Value(number + 0.5, name)
        product = leaf * leaf
        product.label = f"{name}²"
        total = total + product
    total.label = "total"  # else it would have the name of a variable
    return total
