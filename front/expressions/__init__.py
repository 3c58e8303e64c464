"""Expressions as they are typed at the command line: read, checked with a caret under each mistake, computed on Values."""
