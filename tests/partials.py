"""Reads what is said of derivatives, `∂e/∂a = b = -3`, in any text, and holds each number to the derivative that it is of.

A symbol without a tag is a total derivative: it counts all ways from the one value to the other. A local one says so: it names
what is held, `∂z/∂x|u`, or which argument it is by, `∂b/∂a (1st a)`, or a function, `∂h5/∂z2`. `Reader(root).check(text)` reads
a text of any medium; of a picture or a page, hand it the texts one after another, with a line for each. It returns how many
numbers it has compared, which a caller has to look at: a reader that finds nothing proves nothing.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> u = x**2
>>> u.label = "u"
>>> z = u * x
>>> z.label = "z"
>>> Reader(z).check("∂z/∂x|u = u = 9, ∂z/∂x = 27")
2
>>> Reader(z).check("∂z/∂x = u = 9")
Traceback (most recent call last):
AssertionError: ∂z/∂x = 27, not 9: ∂z/∂x = u = 9
"""

import re
import unicodedata

from chalkgrad.engine.words.manner import lowered, set_in_type

NUMBER = r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?"
ARITHMETIC = re.compile(rf"(?:{NUMBER}|[ ()+·-])+")
TAG = r"\((\d+)(?:st|nd|rd|th) [^()]*(?:\([^()]*\))?\)"
CUT = re.compile(r"│|complete: |[^ ]* \+= |\s{3,}|, (?=[∂d][^ ]*/[∂d])|; |\n|: (?=[∂d])| where | \[|(?<=\.) ")
TOLERANCE = 2e-3  # of numbers of four digits, and of sums and products of such


class Reader:
    """Reads of one root's graph, in a notation; with by="unit" a derivative of a unit's output is that of the unit."""

    def __init__(self, root, notation="∂", by="node"):
        self.root, self.notation, self.by = root, notation, by
        self.nodes = [*root.tape()]
        self.names = root.tape().names
        self._totals = {}
        values, functions, bars = {}, {}, {}
        for node, name in self.names.items():
            for shown in {name, set_in_type(name)}:
                values[shown] = node
                bars[self._bar(shown)] = node
        for node in self.nodes:
            for name in {node.op and node.op.name, *(node.place, node.place.rpartition(".")[2])} - {None, ""}:
                if node.parents and name not in self.names.values():
                    for shown in {name, set_in_type(name)}:
                        functions.setdefault(shown, []).append(node)
        self.values, self.functions, self.bars = values, functions, bars
        of, by = self._any({**values, **functions}), self._any(values)
        sign = "[∂d]" if notation == "d" else "∂"
        held = rf"\|((?:(?:{self._any([*values, *map(lowered, values)])}|…),?)+)"
        symbol = rf"({sign})({of})/({sign})({by})(?![\w'])(?:{held})?(?: {TAG})?"
        if notation == "bar":
            symbol = rf"(?:{symbol}|(?<!\w)({'|'.join(map(re.escape, sorted(bars, key=len, reverse=True)))})(?![\ẇ̄]))"
        self.symbol = re.compile(symbol)

    @staticmethod
    def _bar(name):
        if name[:1].isalpha() and (not name[1:] or name[1:].isdigit()):
            return unicodedata.normalize("NFC", name[0] + "\u0304") + name[1:]
        return f"bar({name})"

    @staticmethod
    def _any(names):
        texts = {text for name in names for text in (name, f"({name})")}
        return "|".join(map(re.escape, sorted(texts, key=len, reverse=True)))

    # What a derivative is ------------------------------------------------------------------------------------------------

    def total(self, of, by):
        """Returns the derivative along all ways: tangents, parents first."""
        if by not in self._totals:
            tangents = self._totals[by] = {}
            for node in self.nodes:
                pairs = zip(node.parents, node.partials, strict=True)
                tangents[node] = 1.0 if node is by else sum(d * tangents[parent] for parent, d in pairs)
        return self._totals[by][of]

    def local(self, node, by, nth=None):
        """Returns the derivative along the edges between the two, or inside the node's unit."""
        if self.by == "unit" and node.place:
            return self.inside(node, by)
        partials = [d for parent, d in zip(node.parents, node.partials, strict=True) if parent is by]
        return sum(partials) if nth is None else partials[nth - 1]

    def inside(self, node, by):
        return sum(
            d * (1.0 if parent is by else self.inside(parent, by) if parent.place == node.place and parent.parents else 0.0)
            for parent, d in zip(node.parents, node.partials, strict=True)
        )

    def takes(self, node, by):
        """Tells whether a value is an input of the unit that a node is the output of."""
        return any(parent is by or (parent.place == node.place and self.takes(parent, by)) for parent in node.parents)

    def meant(self, match):
        """Returns what a symbol stands for; its tag is held to the graph."""
        if match.lastindex == 7 and match[7] is not None:
            return self.total(self.root, self.bars[match[7]])
        sign, of, _, by, held, nth = match.groups()[:6]
        node, parent = self._named(self.values, of), self._named(self.values, by)
        if node is None:  # a function
            known = self.functions[of if of in self.functions else of[1:-1]]
            if self.by == "unit" and any(other.place.endswith(of) for other in known):
                inner = {parent for use in self.nodes for parent in use.parents if parent.place == use.place}
                found = {self.inside(other, parent) for other in known if other not in inner and self.takes(other, parent)}
            else:
                found = {self.local(other, parent, nth and int(nth)) for other in known if parent in other.parents}
            assert len(found) == 1, f"{match[0]} is {found}"
            return found.pop()
        if sign == "∂" and self.notation == "d":
            return self.local(node, parent, nth and int(nth))
        if held is None and nth is None:
            return self.total(node, parent)
        if held is not None:
            shown = held.split(",")
            arguments = {*node.parents} if self.by == "node" or not node.place else {*self.nodes}
            others = [other for other in arguments if other is not parent and other.parents and self._depends(other, parent)]
            known = [self._named({**self.values, **{lowered(n): v for n, v in self.values.items()}}, name) for name in shown]
            assert {*known} - {None} <= {*others}, f"{match[0]}: what is held does not depend on {by}"
            complete = "…" in shown or self.by == "unit" or len(others) == len(known)
            assert complete, f"{match[0]}: {by} comes in another way, too"
        return self.local(node, parent, nth and int(nth))

    def _depends(self, value, on):
        return value is on or any(self._depends(parent, on) for parent in {*value.parents})

    @staticmethod
    def _named(values, name):
        return values.get(name, values.get(name[1:-1]))

    # Reading -------------------------------------------------------------------------------------------------------------

    def check(self, text):
        """Holds every number that a symbol is said to be to what it is; returns how many these are."""
        found = 0
        for equation in self._equations(text):
            found += self._check(equation)
        return found

    def _equations(self, text):
        lines = []
        for line in text.translate(str.maketrans("", "", "\u2066\u2067\u2068\u2069\u200e\u200f")).splitlines():
            if lines and re.match(r"\s+[=+·] ", line) and "│" not in line + lines[-1]:
                lines[-1] += " " + line.strip()
            else:
                lines.append(line)
        rows, head = [], None
        for line in lines:  # of a chain rule in two columns: the terms beside their numbers, below them the total
            term = re.match(r"(.*?)(?:^|\s)([=+]) (.*?) *│ (.*)", line)
            if term and self.symbol.fullmatch(term[1].strip()):
                head = term[1].strip()
            if term and head is not None and (term[1].strip() in ("", head)):
                rows.append(f"{term[3]} = {term[4]}")
            elif head is not None and re.match(r"\s+= ", line):
                rows.append(f"{head} {line.strip()}")
            elif head is not None and re.match(r"\s+\+ …", line):
                pass
            else:
                head = None
                rows += CUT.split(line)
        return rows

    def _check(self, equation):
        """Holds the numbers beside a side of symbols to these, and its value to what it is said to be."""
        sides = re.split(r" [+]?= |^= ", equation)
        first = self.symbol.fullmatch(sides[0].strip())
        found, symbols, meant = 0, [], []
        for side in sides:
            here = [*self.symbol.finditer(side)]
            between = self.symbol.sub("", side)
            if here and re.fullmatch(r"[ ()+·]*", between):
                symbols, meant = here, [self.meant(match) for match in here]
                if first and len(here) > 1:
                    values = iter(meant)
                    value = self._value(self.symbol.sub(lambda _: f"({next(values)!r})", side))  # noqa: B023 (at once)
                    self._same(first[0], self.meant(first), value, equation)
                    found += 1
            elif symbols and ARITHMETIC.fullmatch(
                written := re.split(r" \((?=[^-(\d]|\d+(?:st|nd|rd|th))|, ", side)[0].strip()
            ):
                numbers = re.findall(NUMBER, written)
                if len(numbers) == len(symbols):
                    for match, x, number in zip(symbols, meant, numbers, strict=True):
                        self._same(match[0], x, float(number), equation)
                        found += 1
                if first and (len(symbols) != 1 or len(numbers) != 1 or symbols[0][0] != first[0]):
                    self._same(first[0], self.meant(first), self._value(written), equation)
                    found += 1
        return found

    @staticmethod
    def _value(text):
        return eval(text.replace("·", "*"), {"__builtins__": {}})

    @staticmethod
    def _same(symbol, right, written, equation):
        close = abs(right - written) <= TOLERANCE * max(abs(right), abs(written)) + 1e-12
        assert close, f"{symbol} = {right:.6g}, not {written:.6g}: {equation.strip()}"


def plain(latex):
    """Returns LaTeX as plain text: its derivatives, products, names and numbers."""
    latex = re.sub(r" \\\\\n&(?:\\textstyle |\\quad )*\{\}(?=\\cdot)", " ", latex)  # a product goes on in the next row
    text = re.sub(r"(\d) \\cdot 10\^\{(-?\d+)\}", r"\1e\2", latex)
    text = re.sub(r"(?<![\d}])(-?)10\^\{(-?\d+)\}", r"\g<1>1e\2", text)
    text = re.sub(r"\\mathrm\{d\}\s?", "d", text)
    text = re.sub(r"\\(?:mathrm|mbox|text)\{((?:[^{}]|\\[{}])*)\}", r"\1", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda m: GREEK.get(m[1], m[0]), text)
    text = re.sub(r"(\w)_\{(\d+)\}", r"\1\2", text)
    text = re.sub(r"\\[ ,]", " ", text).replace(r"\_", "_")
    for _ in range(3):
        text = re.sub(r"\\frac\{([∂d]) ?([^{}]*)\}\{[∂d] ?([^{}]*)\}", _quotient, text)
        text = re.sub(r"\\left\.([^{}]*?)\\right\|_\{([^{}]*)\}", lambda m: f"{m[1]}|{m[2].replace(', ', ',')}", text)
    text = re.sub(r"\\(bar|overline)\{(\w+)\}(\d*)", lambda m: Reader._bar(m[2] + m[3]), text)
    text = text.replace("\\left(", "(").replace("\\right)", ")").replace("\\cdot", "·").replace("\\dots", "…")
    text = text.replace(r"&\quad {}+", "  +").replace(r"\quad", "").replace("&=", " =").replace("$", "").replace("\\\\\n", "\n")
    return "\n".join(re.sub(r" {2,}", " ", re.sub(r"\s*(?<!\\)&\s*", " │ ", line)) for line in text.splitlines())


def _quotient(match):
    sign, of, by = match[1], match[2].strip(), match[3].strip()
    return "/".join(sign + (f"({name})" if re.search(r"[ +*/·()=-]", name) else name) for name in (of, by))


GREEK = {"partial": "∂", "theta": "θ", "sigma": "σ", "phi": "φ", "mu": "μ", "alpha": "α", "beta": "β", "eta": "η"}
