"""The matrices in the scalar graph: found once, between the tape and every target that computes with arrays."""
