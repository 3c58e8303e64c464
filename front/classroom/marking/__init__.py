"""Answers read, marked and reported."""
