"""The pages that `play` has written, docs/pages, come along as they are: other pages can link them and show them in frames."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

FOLDER = "pages"


class Linked(SphinxPostTransform):
    """Makes links to such pages lead to them: Sphinx offers every file that is not a source as a download."""

    default_priority = 5  # before Sphinx copies downloads

    def run(self, **options: object) -> None:
        for node in [*self.document.findall(addnodes.download_reference)]:
            target = PurePosixPath(self.env.relfn2path(node["reftarget"], self.env.docname)[0])
            if target.parts[0] == FOLDER:
                up = "../" * self.env.docname.count("/")
                node.replace_self(nodes.reference("", "", *node.children, refuri=f"{up}{target}", internal=True))


def copy(app: Sphinx, error: Exception | None) -> None:
    """Copies them into the site."""
    if not error and app.builder.format == "html" and (place := Path(app.srcdir, FOLDER)).is_dir():
        shutil.copytree(place, Path(app.outdir, FOLDER), dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    app.add_post_transform(Linked)
    app.connect("build-finished", copy)
