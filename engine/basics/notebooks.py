"""What a notebook shows of an object besides its text: whoever draws registers it here, as the words register with `say`.

The engine knows no pictures. The package that it stands in may have a function `_for_notebooks`, which is called when a
notebook first asks, and imports what registers.
"""

from __future__ import annotations

import sys
from functools import singledispatch
from typing import Any


@singledispatch
def in_notebook(shown: object) -> dict[str, Any] | None:
    """Returns what a notebook shows of an object, by media type; None if that is its text alone."""
    return None


def mimebundle(shown: object) -> Any:
    """Returns what a notebook is to show of an object; None for IPython in a terminal, which asks as well."""
    if not _is_notebook():
        return None
    prepare = getattr(sys.modules[__name__.partition(".")[0]], "_for_notebooks", None)
    if prepare is not None:
        prepare()
    return in_notebook(shown)


def _is_notebook() -> bool:
    """Whether whoever asks takes more than text; who is not IPython, such as marimo, asks for a reason."""
    ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    formatter = getattr(ipython, "display_formatter", None)
    return formatter is None or "text/html" in formatter.active_types
