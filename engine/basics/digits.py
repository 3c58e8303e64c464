"""Raised and lowered digits, ² and ₂: the one table of them, in both directions, for `str.translate`.

>>> "-12".translate(TO_RAISED), "12".translate(TO_LOWERED), "x⁻²₁₀".translate(FROM_RAISED).translate(FROM_LOWERED)
('⁻¹²', '₁₂', 'x-210')
"""

from __future__ import annotations

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED = "₀₁₂₃₄₅₆₇₈₉"
RAISED_MINUS = "⁻"

TO_RAISED = str.maketrans("-0123456789", RAISED_MINUS + RAISED)
TO_LOWERED = str.maketrans("0123456789", LOWERED)
FROM_RAISED = str.maketrans(RAISED_MINUS + RAISED, "-0123456789")
FROM_LOWERED = str.maketrans(LOWERED, "0123456789")
