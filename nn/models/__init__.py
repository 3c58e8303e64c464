"""The models: neurons, layers and networks, and what a model says, shows, predicts and saves of itself.

`module` has parameters by name, `layers` has Neuron, Layer and MLP, `network` any wiring. Each of the other files has one thing
that models do, such as predictions, matrices or files. Users import the models from `chalkgrad.nn`.
"""
