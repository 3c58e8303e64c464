"""Homework: sheets made from a graph, with their keys; marks for answers; and a judge for an engine that a student wrote.

`forms/` has the kinds of questions, `printing/` the media, `marking/` the answers, `grading/` the engines.
"""
