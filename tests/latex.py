r"""What a LaTeX makes of formulas: one document with all of them, measured in the frame of a 16:9 Beamer slide with a title.

>>> problems({"fraction": r"\frac{1}{2}", "open": r"\frac{1}{"}, "pdflatex", folder)  # doctest: +SKIP
["open: ! Missing } inserted."]
"""

import os
import re
import shutil
import subprocess

import pytest

HEIGHT = 0.75  # of a 16:9 slide is left below a title
PDFLATEX = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="there is no LaTeX here (Debian: apt-get install texlive-latex-recommended texlive-pictures)",
)


def has_lualatex():
    """Whether there is a LuaLaTeX that can load fonts: the program alone is not enough."""
    found = shutil.which("lualatex") and subprocess.run(["kpsewhich", "luaotfload.lua"], capture_output=True, check=False)
    return bool(found and found.stdout)


LUALATEX = pytest.mark.skipif(not has_lualatex(), reason="there is no LuaLaTeX here (Debian: apt-get install texlive-luatex)")

_PREAMBLE = r"""\documentclass[aspectratio=169]{beamer}
\usepackage{amsmath}
\ifdefined\directlua
  \usepackage{fontspec}
  \IfFontExistsTF{DejaVu Sans}{\setsansfont{DejaVu Sans}}{}  % which has Hebrew
\fi
\begin{document}
\begin{frame}{Title}
\typeout{@frame@\the\textwidth @\the\paperheight}
"""


def document(formulas):
    """The document with all formulas, by name; of each the log tells the size."""
    body = "".join(
        f"\\typeout{{@begin@{i}}}%\n\\setbox0\\hbox{{$\\displaystyle\n{formula}\n$}}%\n"
        f"\\typeout{{@end@{i}@\\the\\wd0 @\\the\\dimexpr\\ht0+\\dp0}}%\n"
        for i, formula in enumerate(formulas.values())
    )
    return f"{_PREAMBLE}{body}\\end{{frame}}\n\\end{{document}}\n"


def log_of(text, engine, folder):
    """What the engine says of a document, in lines that are not broken; it goes on after errors."""
    (folder / "all.tex").write_text(text, "utf-8")
    command = [engine, "-interaction=nonstopmode", "all"]
    environment = {**os.environ, "max_print_line": "10000", "error_line": "254", "half_error_line": "238"}
    subprocess.run(command, cwd=folder, capture_output=True, check=False, env=environment)
    return (folder / "all.log").read_text("utf-8", "replace")


def sizes(formulas, engine, folder):
    """Returns for each formula its width and height, as shares of what a slide has, and the complaints of LaTeX."""
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
        width, height = map(float, re.match(r"([\d.]+)pt@([\d.]+)pt", size).groups())
        found[name] = width / line, height / (HEIGHT * paper), complaints
    return found


def problems(formulas, engine, folder, anywide="\0", room=1):
    """Returns what is wrong with formulas by name: errors, letters without a font, what fits no slide, what is not there.

    Those with `anywide` in their names may be wider; `room` is how much of a slide they may take.
    """
    wrong = []
    for name, (width, height, complaints) in sizes(formulas, engine, folder).items():
        wrong += [f"{name}: {complaint}" for complaint in complaints]
        if height > room or (width > room and anywide not in name):
            wrong.append(f"{name}: {width:.2f} of a slide's width, {height:.2f} of its height")
        elif min(width, height) == 0:
            wrong.append(f"{name}: nothing is to be seen")
    return wrong
