"""Layouts of pictures with boxes to fill in, each found once: versions of one exercise, and their keys, look alike.

Such a layout depends on the sizes of things only, and these do not depend on what is left out.

>>> from chalkgrad.viz.pictures.picture import Card, CardRow, Picture
>>> key = Picture((Card("a", rows=(CardRow("data", "2", "data", room=4),)),))
>>> sheet = Picture((Card("a", rows=(CardRow("data", "", "data", room=4),)),))
>>> layout_with_labels(sheet) is layout_with_labels(key)
True
"""

import os
from collections.abc import Hashable

from chalkgrad.viz.layout import dot
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.layout.positions import Layout
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.skin import skin_of

_MOST = 256  # layouts that are kept
_kept: dict[Hashable, Layout] = {}


def layout_with_labels(picture: Picture, program: str | os.PathLike[str] | None = None) -> Layout:
    """Returns the positions of everything in ``picture``, with its labels next to their edges.

    Of a picture with boxes they are kept for others that differ in what is written alone.
    """
    if not picture.boxes:
        return place_labels(picture, lay_out(picture, program))
    skin = skin_of(picture.skin)
    labels = tuple((shape.width, shape.height) if shape else None for shape in map(skin.label, picture.edges))
    places = tuple(card.place for card in picture.cards)
    asked = (None if program is None else os.fspath(program), dot.boxes_only(picture), skin, labels, places)
    key = (*asked, picture.caption, picture.wrap, picture.direction)
    if key not in _kept:
        if len(_kept) >= _MOST:
            del _kept[next(iter(_kept))]
        _kept[key] = place_labels(picture, lay_out(picture, program))
    return _kept[key]
