"""Runs a student's program and asks it: in a process of its own, or in the same interpreter."""
