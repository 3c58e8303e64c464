r"""Names and words as TeX reads them, and the last touch of every formula: `document`.

Within a formula letters that mathematics has no font for stand in \text, as notebooks take them. `document` makes of that
what every TeX takes: where engine and font have a letter it is printed, in Hebrew from right to left, and otherwise its code
stands in a frame.

>>> name_in_formula("x1"), name_in_formula("θ2"), name_in_formula("net_h1"), name_in_formula("משקל")
('x_{1}', '\\theta_{2}', '\\mathrm{net\\_h1}', '\\text{משקל}')
>>> print(document(r"\text{é} = 2"))
% needs \usepackage{amsmath}
\text{\'{e}} = 2
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from chalkgrad.engine.basics.digits import FROM_LOWERED as FROM_LOWERED_DIGITS
from chalkgrad.engine.basics.digits import LOWERED, RAISED
from chalkgrad.engine.basics.terminal import spelled
from chalkgrad.engine.words.manner import set_in_type

NEEDS = r"% needs \usepackage{amsmath}"

# Characters that LaTeX has in mathematics without any package.
_SIGNS = """
    ∂ partial · cdot ⋅ cdot √ surd ∑ sum ∏ prod ∫ int ∇ nabla ∞ infty × times ÷ div ± pm ∓ mp ∘ circ ∗ ast ⊙ odot ⊕ oplus
    ⊗ otimes • bullet ≤ leq ≥ geq ≠ neq ≈ approx ≡ equiv ∼ sim ≃ simeq ∝ propto ≪ ll ≫ gg → to ← leftarrow ↔ leftrightarrow
    ↑ uparrow ↓ downarrow ⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↦ mapsto ∈ in ∉ notin ∋ ni ⊂ subset ⊆ subseteq ∪ cup
    ∩ cap ∅ emptyset ∀ forall ∃ exists ¬ neg ∧ wedge ∨ vee ⊥ bot ⊤ top ⟨ langle ⟩ rangle ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil
    ‖ | ℓ ell ℜ Re ℑ Im ℵ aleph ⋯ cdots ⋮ vdots ⋱ ddots ′ prime Γ Gamma Δ Delta ∆ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma
    Υ Upsilon Φ Phi Ψ Psi Ω Omega α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta
    ι iota κ kappa λ lambda μ mu µ mu ν nu ξ xi π pi ρ rho ς varsigma σ sigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi
    ω omega
"""
SIGNS = dict(zip(_SIGNS.split()[::2], _SIGNS.split()[1::2], strict=True))  # each a command's name
_COMMANDS = {*SIGNS.values(), "epsilon"}
FROM_RAISED = dict(zip(RAISED + "⁺⁻⁼⁽⁾ⁿⁱᵀ", "0123456789+-=()niT", strict=True))
FROM_LOWERED = dict(zip(LOWERED + "₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327", "`'^~=u.\"rHvc", strict=True))

_SPECIAL = {" ": r"\ ", "\\": r"\backslash ", "^": r"{\wedge}", "~": r"{\sim}", "\xa0": r"\ ", "…": r"\dots "}
_SPECIAL |= {c: "\\" + c for c in "_&%$#{}"} | {'"': r"\text{''}", "−": "-"}
_CONTROLS = {chr(code): r"\ " for code in (*range(32), 127)}  # which TeX refuses, or takes for a new line
_SPECIAL |= _CONTROLS
_LIKE_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEZHIKMNOPTYXo", strict=True))  # Greek letters for which LaTeX has no command
_TEXT = {**{c: "\\" + c for c in "&%$#_{}"}, "\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"} | _CONTROLS
_LATIN = {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i"}
_PUNCTUATION = dict(zip("–—‘’“”", ("--", "---", "`", "'", "``", "''"), strict=True))


# Names and words -----------------------------------------------------------------------------------------------------


def name_in_formula(name: str) -> str:
    r"""Returns a name as it stands in a formula: x_{1}; \theta; longer ones upright; \text around letters without a font."""
    name = unicodedata.normalize("NFC", name)
    letter, index = name[:1], "".join(FROM_LOWERED.get(c, c) for c in name[1:])
    if letter.isalpha() and (not index or (index.isascii() and index.isdigit())):
        return _letter(letter) + (f"_{{{index}}}" if index else "")
    if _INDEXED.fullmatch(set_in_type(name)):
        return "".join(_indexed(part) for part in re.split(r"(\.)", set_in_type(name)))
    pieces = "".join(_pieces(name))
    return pieces if pieces.startswith(r"\text{") and "}" not in pieces[:-1] else rf"\mathrm{{{pieces}}}"


_INDEXED = re.compile(rf"([^\W\d_][{LOWERED}]+(,[{LOWERED}]+)*\.?)+")  # w₁₂,₂, x₂w₂, h₁.w₁₂


def _indexed(name: str) -> str:
    """Letters, each with its index, in italics."""
    letters = re.findall(rf"([^\W\d_])([{LOWERED},]+)", name)
    written = "".join(f"{_letter(letter)}_{{{index.translate(FROM_LOWERED_DIGITS)}}}" for letter, index in letters)
    return written or name


def _letter(letter: str, after: str = "") -> str:
    """A letter in mathematics; after a command stands what is to keep it from the next letter."""
    if letter in _LIKE_LATIN:
        return rf"\mathrm{{{_LIKE_LATIN[letter]}}}"
    described = unicodedata.name(letter, "").split()  # GREEK SMALL LETTER THETA; accented ones have more words
    command = spelled(letter) if described[:1] == ["GREEK"] and len(described) == 4 else SIGNS.get(letter)
    if command in _COMMANDS:  # there is none for a digamma
        return f"\\{command}{after}"
    return letter if letter.isascii() else rf"\text{{{letter}}}"


def _pieces(name: str) -> Iterator[str]:
    """The parts of a name: what mathematics has, and the rest in words of their own."""
    start = 0
    while start < len(name):
        end = start + 1
        character = name[start]
        for table, sign in ((FROM_LOWERED, "_"), (FROM_RAISED, "^")):
            if character in table:
                while end < len(name) and name[end] in table:
                    end += 1
                yield f"{{}}{sign}{{{''.join(table[c] for c in name[start:end])}}}"
                break
        else:
            if not _is_foreign(character):
                yield _SPECIAL.get(character) or _letter(character, " ")
            else:
                end = _end_of_words(name, start)
                yield rf"\text{{{name[start:end]}}}"
        start = end


def _is_foreign(character: str) -> bool:
    """Whether mathematics has no font for a character."""
    if character.isascii() or character in _SPECIAL or character in FROM_RAISED or character in FROM_LOWERED:
        return False
    return _letter(character).startswith(r"\text")


def _end_of_words(text: str, start: int) -> int:
    """Where the foreign letters end that begin here; blanks between words from right to left are among them."""
    end = here = start
    while here < len(text) and (_is_foreign(text[here]) or text[here] in " -'"):
        here += 1
        if _is_foreign(text[here - 1]) and (here - 1 == end or (_from_right(text[end - 1]) and _from_right(text[here - 1]))):
            end = here
    return end


def text(words: str) -> str:
    """Returns words as they stand in a document's text, or in \\text; signs of mathematics stand between dollar signs."""
    parts = []
    for character in unicodedata.normalize("NFC", words):
        if character in _TEXT:
            parts.append(_TEXT[character])
        elif character in FROM_RAISED or character in FROM_LOWERED or (not character.isascii() and not _is_foreign(character)):
            parts.append(f"${''.join(_pieces(character)).strip()}$")
        else:
            parts.append(character)
    return "".join(parts)


# Documents -----------------------------------------------------------------------------------------------------------

# No # is in these lines, so that a frame of Beamer that is not fragile takes them, and no " by itself, which babel may have
# made active. A letter's code ends with a blank, as a number does.
_LETTERS = r"""\def\cgframed{\normalfont\ttfamily\fontsize{4}{5}\selectfont\fboxsep1pt\spaceskip0pt plus1sp\fbox}%
\ifdefined\Umathchar
  \def\cgshown{\iffontchar\font\count255 \char\count255 \else
    \begingroup\cgframed{\csname int_to_Hex:n\endcsname{\count255}}\endgroup\fi}%
  \def\cgletter{\afterassignment\cgshown\count255=\string"\csname @firstofone\endcsname}%
  \ifdefined\directlua\def\cgleft{\textdir TRT}\let\cgright\relax
  \else\def\cgleft{\TeXXeTstate1 \beginR}\def\cgright{\endR}\fi
\else
  \let\cgletter\cgframed\let\cgleft\relax\let\cgright\relax
  \typeout{chalkgrad: this formula has letters that need lualatex or xelatex, and a font that has them}%
\fi
"""


def document(formula: str) -> str:
    r"""Returns a formula, in ASCII, as it goes between \[ and \] in every document; its first line says what it needs."""
    written = []
    start = 0
    while start < len(formula):
        end = start + 1
        if formula[start].isascii():
            written.append(formula[start])
        elif _from_right(formula[start]):
            end = _end_of_words(formula, start)
            written.append(rf"{{\cgleft {''.join(map(_glyphs, formula[start:end]))}\cgright}}")
        else:
            written.append(_glyphs(formula[start]))
        start = end
    whole = "".join(written)
    return f"{NEEDS}\n{_LETTERS if _CODE in whole else ''}{whole}"


def in_notebook(formula: str) -> str:
    """Returns a formula as notebooks take it, which have letters and packages of their own."""
    return rf"$\displaystyle {formula}$"


_CODE = r"\cgletter{"
_MARKS = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufe0e\ufe0f"  # of direction and style


def _glyphs(character: str) -> str:
    """What a TeX prints for a character of words, in ASCII."""
    if character.isascii():
        return character
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    if character in _LATIN:
        return rf"\{_LATIN[character]}{{}}"
    if character in SIGNS:
        return rf"\ensuremath{{\{SIGNS[character]}}}"
    base, *accents = [*unicodedata.normalize("NFD", character)]
    if base.isascii() and base.isalpha() and all(accent in ACCENTS for accent in accents):
        for accent in accents:
            base = rf"\{ACCENTS[accent]}{{{base}}}"
        return base
    if character in _MARKS:
        return ""
    return rf"{_CODE}{ord(character):04X} }}"


def _from_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "NSM")
