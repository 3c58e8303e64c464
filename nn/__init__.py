"""The lecture's networks, built from scalars: `Neuron`, `Layer`, `MLP`.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [16, 16, 1], seed=0)
>>> score = model([0.5, -1.0])
>>> score.backward()
>>> all(p.has_grad for p in model.parameters())
True
"""

from chalkgrad.nn.layers import MLP, Layer, Neuron
from chalkgrad.nn.module import Module

__all__ = ["MLP", "Layer", "Module", "Neuron"]
