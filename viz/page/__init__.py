"""The page that plays the sweeps in a browser: its texts, the space reserved for them, and the script that fills them in."""
