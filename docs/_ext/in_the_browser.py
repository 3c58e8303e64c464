"""The page in the browser, docs/try, is built into the site; without npm it says what to install, and so does the build."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.logging import getLogger

FOLDER = "try"


def build(app: Sphinx, error: Exception | None) -> None:
    """Builds it beside the page that introduces it."""
    script = Path(app.srcdir, FOLDER, "build.py")
    if error or app.builder.format != "html" or not script.exists():
        return
    made = runpy.run_path(str(script))
    try:
        made["build"](Path(app.outdir, FOLDER), documentation="../index.html")
    except made["NotHere"] as missing:
        getLogger(__name__).info("the page in the browser is left out: %s", missing)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", build)
    return {"parallel_read_safe": True}
