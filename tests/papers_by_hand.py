"""Papers that are made by hand: the four forms of one small graph, in English and in Hebrew, with answers that stand out."""

from chalkgrad.classroom.paper import (
    Box,
    Choices,
    Exercise,
    Formula,
    Fraction,
    Graph,
    Grid,
    Paper,
    Paragraph,
    Question,
    Slip,
)

ENGLISH = {
    "title": "Backpropagation by hand",
    "course": "Learning systems · week 3",
    "given": "Given ",
    "at": " at ",
    "table": "Fill in the table",
    "table's hint": "values downwards, then gradients upwards",
    "headings": ("", "node", "value", "local derivatives", "gradient"),
    "note": "complete",
    "slip": "only the path through c was counted",
    "graph": "Fill in the graph",
    "graph's hint": "value above the wire, gradient below it",
    "seen": "a and b go into c.",
    "edge": "a goes into ",
    "chain": "Write out the chain rule",
    "chain's hint": "one product for each path from b to e",
    "step": "One step of gradient descent",
    "step's hint": "learning rate 0.5, all from the same gradient",
    "new": "new e: ",
    "choice": "Choose",
    "none": "none of these",
}
HEBREW = {
    "title": "פעפוע לאחור ביד",
    "course": "מערכות לומדות · שבוע 3",
    "given": "נתון ",
    "at": " בנקודה ",
    "table": "השלימו את הטבלה",
    "table's hint": "ערכים מלמעלה למטה, ואז גרדיאנטים מלמטה למעלה",
    "headings": ("", "צומת", "ערך", "נגזרות מקומיות", "גרדיאנט"),
    "note": "שלם",
    "slip": "נספר רק המסלול דרך c, ולא \u2066∂e/∂d\u2069",
    "graph": "השלימו את הגרף",
    "graph's hint": "הערך מעל הקו, הגרדיאנט מתחתיו",
    "seen": "a ו־b נכנסים אל c.",
    "edge": "a נכנס אל ",
    "chain": "כתבו את כלל השרשרת במלואו",
    "chain's hint": "מכפלה אחת לכל מסלול מ־b אל e",
    "step": "צעד אחד של מורד הגרדיאנט",
    "step's hint": "קצב למידה 0.5, הכול לפי אותו גרדיאנט",
    "new": "e החדש: ",
    "choice": "סמנו",
    "none": "אף אחת",
}
LETTERS = ("Z", "Q")  # of answers that are texts, which stand nowhere else


def answers():
    """Yields numbers that stand nowhere else, one after the other."""
    number = 7919.25
    while True:
        yield number
        number += 11


def paper(language="en", said=None, picture=None):
    """Returns a paper with all kinds of blocks and boxes, with other words if `said`, and other makers of the `picture`."""
    words = {**(HEBREW if language == "he" else ENGLISH), **(said or {})}
    number = answers()
    slips = (Slip(3217.5, "one path", words["slip"]), Slip(-3218.5, "sign", words["slip"]))

    def box(name, kind, asked, **more):
        return Box(name, kind, next(number), asked, **more)

    def gradient(of, question, **more):
        return Formula(f"∂e/∂{of} = ", rf"\partial e/\partial {of} = "), box(
            f"{question}.{of}.gradient", "gradient", f"∂e/∂{of}", **more
        )

    def local(of, by):
        return Formula(f"∂{of}/∂{by} = ", rf"\partial {of}/\partial {by} = "), box(
            f"1.{of}.{by}.local", "local", f"∂{of}/∂{by}"
        )

    def factor(i):
        d = Formula("∂", r"\partial ")
        over, under = (Box(f"3.path1.factor{i}.{at}", "text", "Q", at, width=1) for at in ("over", "under"))
        return Fraction((d, over), (d, under))

    rows = (
        (("1",), (Formula("a"),), ("-4",), (), gradient("a", 1)),
        (("2",), (Formula("b"),), ("2",), (), gradient("b", 1, slips=slips)),
        (
            ("3",),
            (Formula("c = a + b"),),
            (box("1.c.value", "value", "c"),),
            (*local("c", "a"), "  ", *local("c", "b")),
            gradient("c", 1),
        ),
        (
            ("4",),
            (Formula("e = c·b", r"e = c \cdot b"),),
            (box("1.e.value", "value", "e"),),
            (*local("e", "c"), "  ", *local("e", "b")),
            gradient("e", 1),
        ),
    )
    note = (Formula("∂e/∂b = 3217.5 + 1", r"\partial e/\partial b = 3217.5 + 1"), ", ", words["note"])
    table = Question("table", words["table"], words["table's hint"], (Grid(words["headings"], rows),), 5.2, notes=(note,))
    in_picture = (box("2.c.value", "value", "c"), box("2.a.gradient", "gradient", "∂e/∂a"))

    def svg(filled):
        texts = "".join(f'<text class="box">{box.answer if filled else ""}</text>' for box in in_picture)
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100">{texts}</svg>'

    def tikz(filled):
        texts = "".join(
            rf"\draw ({i},0) rectangle ({i}.8,.6);\node at ({i}.4,.3) {{{box.answer if filled else ''}}};"
            for i, box in enumerate(in_picture)
        )
        return rf"\begin{{tikzpicture}}{texts}\end{{tikzpicture}}"

    edge = (words["edge"], Formula("c = a + b"), ": ", Formula("∂e/∂a = "), in_picture[1])
    drawn = Graph(in_picture, *(picture or (svg, tikz)), words["seen"], (edge,))
    graph = Question("graph", words["graph"], words["graph's hint"], (drawn,), 2)
    whole = Fraction((Formula("∂e", r"\partial e"),), (Formula("∂b", r"\partial b"),))
    product = (
        whole,
        " = ",
        factor(1),
        " · ",
        factor(2),
        " = ",
        box("3.path1.number", "number", "∂e/∂c"),
        " · ",
        *gradient("b", 3, slips=slips),
    )
    chain = Question("chain", words["chain"], words["chain's hint"], (Paragraph(product, formula=True),), 4)
    new_a = Formula("a ← -4 - 0.5·∂e/∂a = ", r"a \leftarrow -4 - 0.5 \cdot \partial e/\partial a = ")
    line = (new_a, box("4.a", "number", "a"), "   ", words["new"], box("4.e", "number", "e"))
    step = Question("step", words["step"], words["step's hint"], (Paragraph(line),), 1)
    options = (("A", (Formula("∂e/∂b = 1", r"\partial e/\partial b = 1"),)), ("B", (words["none"],)))
    choice = Question("choice", words["choice"], "", (Choices(Box("5.choice", "choice", "Z", "∂e/∂b", width=1), options),), 1)
    given = (
        words["given"],
        Formula("c = a + b,   e = c·b", r"c = a + b, \quad e = c \cdot b"),
        words["at"],
        Formula("a = -4,   b = 2", r"a = -4, \quad b = 2"),
    )
    exercises = (Exercise(given, (table, graph)), Exercise(given, (chain, step, choice)))
    return Paper(words["title"], words["course"], language, "A", "NSGEAY", exercises)
