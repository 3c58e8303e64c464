'''A worksheet as it is written down, in TOML: what stands on top, and the exercises with what is asked of them.

>>> sheet = read("""
... title = "Two paths"
... course = "Introduction to deep learning"
...
... [[exercise]]
... graph = "c = a + b; d = b + 1; e = c*d"
... inputs = { a = "-4..4 except 0", b = [1, 2, 3] }
... ask = ["table", "graph"]
... of = ["a", "b"]
... """)
>>> sheet.title, sheet.exercises[0].ask, sheet.exercises[0].inputs["b"]
('Two paths', ('table', 'graph'), (1.0, 2.0, 3.0))

On top, all of it optional:

    title = "Backpropagation by hand"
    course = "Introduction to deep learning"
    language = "he"              # of the words; "en" if it is left out
    versions = 4                 # how many; A, B, C, D
    numbers = "halves"           # integers, halves, thirds, quarters, or decimals (two, with a table of σ on the sheet)
    small = true                 # no number above 10; without it, none above 60

Each exercise has one graph, or the widths of a network, and the forms in which it is asked:

    [[exercise]]
    graph = "z = w*x + b; L = (z - t)**2"   # as for chalkgrad draw; or the name of one of chalkgrad examples
    root = "L"                   # what is differentiated, where there are several results
    inputs.w = "-4..4 except 0"  # whole numbers; "-2..2 step 0.5" goes by halves
    inputs.x = [1, 2, 3]         # one of these
    inputs.b = 2                 # always this
    inputs.t = "last"            # the target: drawn last, so that what it is subtracted from misses it by little
    ask = ["table", "step"]      # forms, in this order; chalkgrad sheet --help lists them
    of = ["w", "b"]              # whose gradients are asked for; without it, those of all inputs
    upstream = -3                # the gradient given for the root; 1 without it. It may be drawn, too: [2, -3]
    rate = 0.5                   # of the step of descent; it may be drawn, too
    numbers = "quarters"         # for this exercise alone
    options = { columns = ["values"] }      # what a form takes beside; each form says which

    [[exercise]]
    widths = ["2..3", [3, 4], 1] # of a network's layers, whole numbers, each drawn as an input is; for "shapes"
    ask = ["shapes"]

An input that is left out is a whole number from -4 to 4 (from -3 to 3 with small numbers) and not 0; a target that is found,
an input used once, subtracted from something computed that is squared then, is drawn last.
'''
