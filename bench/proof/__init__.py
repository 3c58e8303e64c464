"""What chalkgrad promises, measured: `python -m bench.proof` says each figure, and writes the page docs/proof.md."""
