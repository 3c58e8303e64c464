"""Derivatives of every kind, from sweeps that leave all grads alone: gradients, matrices, second order, graphs."""
