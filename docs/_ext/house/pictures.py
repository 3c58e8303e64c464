"""Pictures that a cell has drawn: what they say of themselves, in their SVG, is said to those who do not see them."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


def described(svg: str) -> str:
    """Returns the first sentence of a picture's description, or else its title.

    >>> described("<svg><title>e</title><desc>The graph of e: 3 values. a: data 2.</desc></svg>")
    'The graph of e: 3 values'
    """
    found = re.search(r"<desc>(.+?)(?:\. |\.?</desc>)", svg, re.DOTALL) or re.search(r"<title>(.+?)</title>", svg, re.DOTALL)
    return " ".join(unescape(found[1]).split()) if found else ""


class Described(SphinxPostTransform):
    """Gives a picture that has no text its own words."""

    default_priority = 6  # after MyST-NB has chosen the medium of each output

    def run(self, **options: object) -> None:
        for image in self.document.findall(nodes.image):
            file = Path(self.env.srcdir, image["uri"])
            if "alt" not in image and file.suffix == ".svg" and file.is_file() and (text := described(file.read_text("utf-8"))):
                image["alt"] = text


def setup(app: Sphinx) -> None:
    app.add_post_transform(Described)
