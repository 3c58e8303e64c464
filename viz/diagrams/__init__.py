"""Diagrams of models as lectures draw them: a neuron, a multilayer perceptron, a network of any wiring."""
