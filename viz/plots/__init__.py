"""Plots of training, of functions and of descents, drawn by matplotlib."""
