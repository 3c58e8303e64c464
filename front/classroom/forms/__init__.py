"""The kinds of questions, a file for each, found by name in `FORMS`."""
