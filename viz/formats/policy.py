"""What a page may do, for its browser: run and wear what has these hashes, and nothing else.

A page that holds a stranger's label, or feedback on a stranger's engine, is opened by a whole class. If a text broke out of its
place all the same, this would hold it.

>>> policy(styles=["body{margin:0}"]).split("; ")[1:3]
['img-src data:', "style-src 'sha256-IAdwN3biDCQ3brrgp1m8kBEsPQYyqfREKOEfeoREopc='"]
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from html import unescape

_SHEET, _ATTRIBUTE = re.compile(r"<style>(.*?)</style>", re.DOTALL), re.compile(r'<[^<>]* style="([^"]*)"')
_CHARSET = '<meta charset="utf-8">'


def policy(
    *, styles: Sequence[str] = (), attributes: Sequence[str] = (), scripts: Sequence[str] = (), images: str = "data:"
) -> str:
    """Returns a content security policy.

    Args:
        styles, scripts: the sources that may stand in elements
        attributes: the styles that may stand in an attribute
        images: where images may come from
    """
    worn = [*map(_hash_of, dict.fromkeys(styles))]
    if attributes:
        worn += ["'unsafe-hashes'", *map(_hash_of, dict.fromkeys(attributes))]  # unsafe for handlers, which are no styles
    parts = ["default-src 'none'", f"img-src {images}"]
    parts += [f"style-src {' '.join(worn)}"] if worn else []
    parts += [f"script-src {' '.join(map(_hash_of, scripts))}"] if scripts else []
    return "; ".join([*parts, "base-uri 'none'", "form-action 'none'"])


def without_scripts(page: str) -> str:
    """Returns a page with its policy, which allows its styles and no script.

    >>> without_scripts('<!DOCTYPE html><meta charset="utf-8"><style></style>').splitlines()[1][:46]
    '<meta http-equiv="Content-Security-Policy" con'
    """
    attributes = [unescape(found[1]) for found in _ATTRIBUTE.finditer(page)]
    said = policy(styles=_SHEET.findall(page), attributes=attributes)
    return page.replace(_CHARSET, f'{_CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{said}">', 1)


def _hash_of(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
