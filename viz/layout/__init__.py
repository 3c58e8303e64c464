"""Where everything stands: Graphviz is asked for positions, long pictures are wrapped, labels and captions get their places."""
