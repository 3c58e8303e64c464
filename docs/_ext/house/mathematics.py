"""Formulas as MathML, made when the site is built: a reader's browser sets them without a script, a font or a network."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

IN_ITS_WORDS = {r"\\dots\b": r"\\ldots", "∂": r"\\partial "}  # what the converter knows by another name alone


def mathml(tex: str, block: bool = False) -> str:
    """Returns a formula in MathML, without LaTeX's comments, which the converter does not read.

    Raises ExtensionError for a command that it does not know.
    """
    bare = re.sub(r"(?<!\\)%.*\n?", "", tex).strip()
    for pattern, known in IN_ITS_WORDS.items():
        bare = re.sub(pattern, known, bare)
    try:
        return latex2mathml.tex2mathml(bare, as_block=block)
    except MathError as error:
        raise ExtensionError(f"the formula {bare!r} does not become MathML: {error}") from None


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.config.html_math_renderer = "mathml"


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    ids = f' id="{node["ids"][0]}"' if node["ids"] else ""
    self.body.append(f'<div class="math"{ids}>{mathml(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode
