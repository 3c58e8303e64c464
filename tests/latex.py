r"""What a LaTeX makes of formulas: one document with all of them, measured in the frame of a 16:9 Beamer slide with a title.

>>> problems({"fraction": r"\frac{1}{2}", "open": r"\frac{1}{"}, "pdflatex", folder)  # doctest: +SKIP
["open: ! Missing } inserted."]
"""

import os
import re
import shutil
import subprocess

import pytest
from chalkgrad.engine.words.slides import extent

HEIGHT = 0.75  # of a 16:9 slide is left below a title
EM = 10.95  # points, of Beamer's letters
PDFLATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="there is no LaTeX here (Debian: apt-get install texlive-latex-recommended texlive-pictures)",
)


def has_lualatex():
    """Tells whether there is a LuaLaTeX that can load fonts: the program alone is not enough."""
    found = shutil.which("lualatex") and subprocess.run(["kpsewhich", "luaotfload.lua"], capture_output=True, check=False)
    return bool(found and found.stdout)


LUALATEX = pytest.mark.skipif(not has_lualatex(), reason="there is no LuaLaTeX here (Debian: apt-get install texlive-luatex)")

XELATEX = pytest.mark.skipif(shutil.which("xelatex") is None, reason="there is no XeLaTeX here (Debian: texlive-xetex)")

_PREAMBLE = r"""\documentclass[aspectratio=169]{beamer}
\usepackage{amsmath}
\ifdefined\Umathchar
  \usepackage{fontspec}
  \IfFontExistsTF{DejaVu Sans}{\setsansfont{DejaVu Sans}}{}  % which has Hebrew
\fi
\begin{document}
\begin{frame}{Title}
\typeout{@frame@\the\textwidth @\the\paperheight}
"""


def document(formulas):
    """Returns the document with all formulas, by name; of each the log tells the size."""
    body = "".join(
        f"\\typeout{{@begin@{i}}}%\n\\setbox0\\hbox{{$\\displaystyle\n{formula}\n$}}%\n"
        f"\\typeout{{@end@{i}@\\the\\wd0 @\\the\\dimexpr\\ht0+\\dp0}}%\n"
        for i, formula in enumerate(formulas.values())
    )
    return f"{_PREAMBLE}{body}\\end{{frame}}\n\\end{{document}}\n"


def log_of(text, engine, folder):
    """Returns what the engine says of a document, in lines that are not broken; it goes on after errors."""
    (folder / "all.tex").write_text(text, "utf-8")
    command = [engine, "-interaction=nonstopmode", "all"]
    environment = {**os.environ, "max_print_line": "10000", "error_line": "254", "half_error_line": "238"}
    subprocess.run(command, cwd=folder, capture_output=True, check=False, env=environment)
    return (folder / "all.log").read_text("utf-8", "replace")


def sizes(formulas, engine, folder):
    """Returns for each formula its width and height in points, and the complaints of LaTeX; and those that a slide has."""
    said = log_of(document(formulas), engine, folder)
    line, paper = map(float, re.search(r"@frame@([\d.]+)pt@([\d.]+)pt", said).groups())
    found = {}
    for i, name in enumerate(formulas):
        _, begun, rest = said.rpartition(f"@begin@{i}\n")  # a frame may be set twice
        inside, ended, size = rest.partition(f"@end@{i}@")
        complaints = re.findall(r"^(?:! .*|.*Missing character.*|.*invalid in math mode.*)$", inside, re.MULTILINE)
        if not begun or not ended:
            found[name] = 0.0, 0.0, ["the document ends here", *complaints]
            continue
        found[name] = *map(float, re.match(r"([\d.]+)pt@([\d.]+)pt", size).groups()), complaints
    return found, (line, HEIGHT * paper)


def estimate(formula):
    """Returns how wide and how high the engine takes a formula to be, in points; None for tables."""
    if r"\begin{array}" in formula or r"\cg" in formula:
        return None
    text = re.sub(r"(?m)^%.*\n", "", formula)
    _, begun, inside = text.partition("\\begin{aligned}\n")
    rows = inside.removesuffix("\n\\end{aligned}").split(" \\\\\n") if begun else [f"&{text}"]
    wide, high = extent(rows)
    return EM * wide, EM * high


def problems(formulas, engine, folder, anywide="\0", room=1, off=None, of=""):
    """Returns what is wrong with formulas by name: errors, letters without a font, what fits no slide, what is not there.

    Those with `anywide` in their names may be wider; `room` is how much of a slide they may take. `off` is how little and how
    much of the width that TeX measures the engine's estimate may be, give or take a letter, and how little of the height, for
    those formulas that have `of` in them.
    """
    wrong = []
    found, (line, below) = sizes(formulas, engine, folder)
    for name, (width, height, complaints) in found.items():
        wrong += [f"{name}: {complaint}" for complaint in complaints]
        if height > room * below or (width > room * line and anywide not in name):
            wrong.append(f"{name}: {width / line:.2f} of a slide's width, {height / below:.2f} of its height")
        elif min(width, height) == 0:
            wrong.append(f"{name}: nothing is to be seen")
        if off and of in formulas[name] and (estimated := estimate(formulas[name])):
            wide, high = estimated
            if not off[0] * width - EM <= wide <= off[1] * width + EM or off[0] * height > high:
                wrong.append(f"{name}: it is {width:.0f} by {height:.0f} pt, and taken to be {wide:.0f} by {high:.0f}")
    return wrong
