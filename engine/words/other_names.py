"""What other notations, libraries and courses call the table's operations, and what is written here.

>>> OTHER_NAMES["ln"], OTHER_NAMES["arctan2"]
('log(x)', 'atan2(y, x)')
"""

from typing import Final

OTHER_NAMES: Final = {
    "ln": "log(x)", "lg": "log10(x)", "ld": "log2(x)", "arsinh": "asinh(x)", "arcosh": "acosh(x)", "artanh": "atanh(x)",
    "arcsinh": "asinh(x)", "arccosh": "acosh(x)", "arctanh": "atanh(x)", "arctan2": "atan2(y, x)", "sgn": "sign(x)",
    "signum": "sign(x)", "mod": "a % b", "remainder": "a % b", "fmod": "a % b", "floordiv": "a // b", "floor_divide": "a // b",
    "deg2rad": "radians(x)", "rad2deg": "degrees(x)", "ceiling": "ceil(x)",
    "max": "maximum(a, b)", "min": "minimum(a, b)", "fmax": "maximum(a, b)", "fmin": "minimum(a, b)",
    "arcsin": "asin(x)", "arccos": "acos(x)", "arctan": "atan(x)", "tg": "tan(x)", "arctg": "atan(x)",
    "cot": "1/tan(x)", "ctg": "1/tan(x)", "sec": "1/cos(x)", "csc": "1/sin(x)", "sinus": "sin(x)", "cosinus": "cos(x)",
    "sigma": "sigmoid(x)", "σ": "sigmoid(x)", "logistic": "sigmoid(x)", "swish": "silu(x)",
    "step": "heaviside(x)", "H": "heaviside(x)",
    "pow": "a**b", "power": "a**b", "square": "x**2", "sqr": "x**2", "root": "sqrt(x)",
    "fabs": "abs(x)", "sum": "total(a, b, c)", "Σ": "total(a, b, c)", "prod": "a*b*c", "mul": "a*b", "add": "a + b",
    "div": "a/b", "sub": "a - b", "neg": "-x", "mean": "total(a, b, c)/3", "dot": "affine([w1, w2], [x1, x2], 0)",
    "softmax": "exp(a)/total(exp(a), exp(b)), one for each value, since softmax gives several",
    "operation": "the formula itself", "unit": "the formula itself", "Value": "the name alone, and its value after it",
    "float": "the number itself", "int": "the number itself",
}  # fmt: skip
