"""The order in which the letters of two directions are seen: what the Unicode Bidirectional Algorithm's own reference gives."""

import pytest
from chalkgrad.viz.letters.text import keep_order
from chalkgrad.viz.letters.visual_order import visual


# A, B, C stand for א, ב, ג: what is typed, and what is seen on a line from left to right and from right to left.
@pytest.mark.parametrize(
    ("typed", "ltr", "rtl"),
    [
        ("", "", ""),
        ("ab = 1.5", "ab = 1.5", "ab = 1.5"),
        ("AB", "BA", "BA"),
        ("a AB c", "a BA c", "c BA a"),
        ("AB 12", "12 BA", "12 BA"),
        ("A 1.5 B", "B 1.5 A", "B 1.5 A"),
        ("A, a = -3", "A, a = -3", "a = -3 ,A"),
        ("A -3", "3- A", "3- A"),
        ("A 5% B", "B 5% A", "B 5% A"),
        ("A·B = a", "B·A = a", "a = B·A"),
        ("(A) b", "(A) b", "b (A)"),
        ("A (b) C", "A (b) C", "C (b) A"),
        ("12 A", "12 A", "A 12"),
    ],
)
def test_what_is_seen(typed, ltr, rtl):
    hebrew = str.maketrans("ABC", "אבג")
    assert visual(typed.translate(hebrew)) == ltr.translate(hebrew)
    assert visual(typed.translate(hebrew), right_to_left=True) == rtl.translate(hebrew)


def test_marks_keep_a_formula_in_order_and_are_not_drawn():
    assert visual(keep_order("∂ב/∂א = א12·2")) == "∂ב/∂א = 12א·2"


def test_points_stay_on_their_letters():
    assert visual("שָׁב") == "בשָׁ"
