"""The looks of a graph, one object in one file each, and their registry. For a skin of one's own, all it takes is here.

>>> skin_names()
('cards', 'circuit', 'edges')
"""

from chalkgrad.viz.letters.primitives import Box, Curve, Polygon, Rect, Run, TextLine
from chalkgrad.viz.skins.cards import Cards
from chalkgrad.viz.skins.circuit import Circuit
from chalkgrad.viz.skins.edges import Edges
from chalkgrad.viz.skins.skin import Skin, register, skin_names, skin_of

__all__ = ["Box", "Curve", "Polygon", "Rect", "Run", "Skin", "TextLine", "register", "skin_names", "skin_of"]

register(Cards())
register(Circuit())
register(Edges())
