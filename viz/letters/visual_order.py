"""Puts a line that mixes directions into the order in which its letters stand, for formats that place letters themselves.

It is the Unicode Bidirectional Algorithm without embeddings, which `text.clean` writes out: letters from right to left are
turned round, numbers within them are not, and a bracket among them is the other one.

>>> visual("∂גב/a"), visual("א 12")
('∂בג/a', '12 א')
"""

import unicodedata

from chalkgrad.viz.letters.text import keep_order, sentence_parts

_MIRRORED = str.maketrans("()[]{}<>«»≤≥", ")(][}{><»«≥≤")


def visual(line: str, *, right_to_left: bool = False) -> str:
    """Returns ``line`` from left to right as it is seen, without marks of direction; ``right_to_left`` if it is so as a whole.

    >>> visual("שלום, a = 1.5", right_to_left=True)
    'a = 1.5 ,םולש'
    """
    base = int(right_to_left)
    clusters = _clusters(line)
    levels = _levels([_class(cluster[0]) for cluster in clusters], base)
    letters = [c.translate(_MIRRORED) if level % 2 else c for c, level in zip(clusters, levels, strict=True)]
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(levels):
            end = start
            while end < len(levels) and levels[end] >= level:
                end += 1
            letters[start:end] = reversed(letters[start:end])
            levels[start:end] = reversed(levels[start:end])
            start = end + 1
    return "".join(letter for letter in letters if letter not in "\u200e\u200f")


def seen(words: str, *, right_to_left: bool) -> str:
    """Returns a formula, its names in their places, or a sentence ``right_to_left``, from left to right as it is seen.

    >>> seen("∂ב/∂אא", right_to_left=False), seen("לפי x = 1", right_to_left=True)
    ('∂ב/∂אא', 'x = 1 יפל')
    """
    if not right_to_left:
        return visual(keep_order(words))
    parts = [*sentence_parts(words)]
    return "".join(visual(keep_order(part), right_to_left=not formula) for part, formula in reversed(parts))


def _clusters(line: str) -> list[str]:
    """Returns the letters of ``line``, each with the points that stand on it."""
    clusters: list[str] = []
    for character in line:
        if clusters and unicodedata.bidirectional(character) == "NSM":
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _class(character: str) -> str:
    """Returns what the algorithm makes of ``character``: L, R, EN for digits, ES and ET for signs at them, N for the rest."""
    found = unicodedata.bidirectional(character)
    return {"AL": "R", "AN": "EN", "CS": "ES"}.get(found, found if found in ("L", "R", "EN", "ES", "ET") else "N")


def _levels(classes: list[str], base: int) -> list[int]:
    """Returns how deep each letter is nested: odd levels go from right to left."""
    around = "R" if base else "L"
    for i in range(1, len(classes) - 1):  # 1.5 and 1,000 are single numbers
        if classes[i] == "ES" and classes[i - 1] == classes[i + 1] == "EN":
            classes[i] = "EN"
    for order in (range(1, len(classes)), range(len(classes) - 2, -1, -1)):
        for i in order:
            if classes[i] == "ET" and classes[i - (1 if order.step > 0 else -1)] == "EN":
                classes[i] = "EN"
    strong = around
    for i, found in enumerate(classes):  # a number after letters from left to right goes with them
        if found in ("L", "R"):
            strong = found
        elif found == "EN" and strong == "L":
            classes[i] = "L"
    resolved = ["R" if found == "EN" else found if found in ("L", "R") else "" for found in classes]
    start = 0
    while start < len(classes):
        end = start
        while end < len(classes) and not resolved[end]:
            end += 1
        before = resolved[start - 1] if start else around
        after = resolved[end] if end < len(classes) else around
        for i in range(start, end):
            classes[i] = before if before == after else around
        start = end + 1
    deep = {"L": 2 * base, "R": 1, "EN": 2}
    return [deep[found] for found in classes]
