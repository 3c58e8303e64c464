"""Where everything stands: Graphviz is asked for positions, long pictures are wrapped, labels are moved to their edges, captions are set."""
