"""The command `chalkgrad`: drawing and stepping through expressions, worked examples, training on a table."""
