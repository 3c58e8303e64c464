"""Other projects' test suites and courses' assignments: the tests that hold them here, run and counted suite by suite.

    .venv/bin/python -m bench.proof suites

asks for every number, such as all 240 mixed partials of Boost's table; `--quick` runs the suites that take seconds, in their
short form. What of a suite does not apply is named with its reason.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.proof.figure import Figure

PROMISE = "What other projects test of theirs, and courses of their students, holds here"
HOME = Path(__file__).resolve().parent.parent.parent
SUITES, NESTED, ENDS = "tests/engine/suites", "tests/engine/derivatives/test_nested.py", "tests/engine/test_ends_of_range.py"
TOGETHER = "all of them, each case once"
ARRAYS = "their arrays: shapes, broadcasting, axes, item assignment, dtypes, devices; a Value is one number"
COMPLEX = "complex numbers, which a Value is not"


class Suite(NamedTuple):
    """A suite, the tests that hold it here, and what of it does not apply.

    Args:
        name: whose it is, and which of its files
        tests: files of tests, or single tests of one
        apart: what does not apply, each with its reason
        quick: whether it takes so little time that the quick form runs it
    """

    name: str
    tests: tuple[str, ...]
    apart: tuple[tuple[str, str], ...] = ()
    quick: bool = True


def of(name: str) -> str:
    return f"{SUITES}/test_{name}.py"


OTHERS: tuple[Suite, ...] = (
    Suite(
        "HIPS/autograd: test_scalar_ops, test_graphs",
        (of("hips_autograd"), f"{NESTED}::test_an_enclosing_scope_as_the_autograd_of_hips_tests_it"),
        (
            ("test_numpy, test_linalg, test_fft, test_systematic; singleton array outputs; mutating an array", ARRAYS),
            ("test_complex, and two of test_graphs", COMPLEX),
            ("test_dict, test_list, test_tuple", "a function takes numbers and lists of numbers; a tuple arrives as a list"),
            ("test_wrappers: ggnvp, tensor products, deprecated names", "operators that there are not here"),
            ("Value ∘ ndarray", "refused by design, with a sentence"),
        ),
    ),
    Suite(
        "JuliaDiff/ForwardDiff.jl: ConfusionTest, DerivativeTest",
        (of("forward_diff"), f"{NESTED}::test_perturbations_are_not_confused_as_forward_diff_tests_it"),
        (
            ("0^y by y at y = 0", "a convention: 0 here, as for all larger y, -Inf in Julia; stands as a test"),
            ("Config, DiffResult, the forms with !", "Julia's interface, and results written in place"),
            ("complex output, analytic functions", COMPLEX),
        ),
    ),
    Suite(
        "JuliaDiff/DiffTests.jl",
        (of("difftests"),),
        (
            (
                "SparseArrays, and the order in which arrays are written in place",
                "Julia's arrays; the functions stand as formulas",
            ),
        ),
    ),
    Suite("Moré, Garbow and Hillstrom: problems 1 to 35", (of("more_garbow_hillstrom"),)),
    Suite("MINPACK-2: torsion, surface, Bratu, Lennard-Jones, Ginzburg-Landau, heart dipole", (of("minpack_2"),)),
    Suite(
        "Boost.Math: autodiff",
        (of("boost_autodiff"),),
        (
            ("frexp, ldexp, lround, truncl, nextafter", "operations that there are not here"),
            (
                "Bessel functions, gamma, digamma, Lambert's W, boost::math's distributions",
                "operations that there are not here",
            ),
            ("cpp_bin_float_50 and other number types", "a Value is a double"),
            ("log(0) = -∞ and √'(0) = ∞ with all their derivatives", "refused by design, with a sentence"),
        ),
        quick=False,
    ),
    Suite(
        "JAX: lax_autodiff_test, nn_test",
        (of("jax"), f"{ENDS}::test_at_infinity_stands_the_limit"),
        (
            ("erf_inv, bessel_i0e, bessel_i1e, round", "operations that there are not here"),
            ("real, imag, complex, conj", COMPLEX),
            ("convolutions, dots, reductions, sorting, gathering, one_hot, standardize, initialisers, attention", ARRAYS),
            ("relu6 at 6, as min(relu(x), 6)", "a convention: 0.5 at a tie of minimum, 0 in JAX"),
            ("squareplus at -∞", "composed, it is ∞ - ∞; JAX compares NaN with NaN"),
        ),
        quick=False,
    ),
    Suite(
        "PyTorch: OpInfo's small and large numbers",
        (of("opinfo"),),
        (
            (
                "extremal numbers: ±∞, NaN",
                "as arguments refused by design; under nonfinite('propagate') in test_ends_of_range.py",
            ),
            ("operations on tensors, and those that are not of the table", ARRAYS),
            ("powers of large numbers", "tests/test_rules.py and the promise on operations have powers over the whole range"),
        ),
        quick=False,
    ),
    Suite(
        "CORE-MATH: hard cases of 12 functions and hypot",
        (of("core_math"),),
        (
            (
                "the rest of 5·10⁶ cases",
                "one rounding differs in each; values are promised within 2 ulp, not correctly rounded",
            ),
            (
                "exp.wc, log1p.wc, pow.wc",
                "left out for their length; the promise on operations has 10,000 points of each",
            ),
            ("sin and cos beyond 2⁵⁰⁰ next to a multiple of π/2", "the platform's library is off by thousands of ulp there"),
        ),
        quick=False,
    ),
    Suite(
        "Stan Math: pow, log_sum_exp, hypot",
        (of("stan_math"), f"{ENDS}::test_minus_infinity_masks_an_element_of_logsumexp"),
        (("pow(-0.4, 0.5)", "refused by design, where Stan has NaN; stands as a test"), ("vectors of vectors", ARRAYS)),
    ),
    Suite(
        "CppAD: test_more/general",
        (of("cppad"),),
        (
            ("drivers, sparsity, recording, VecAD, conditional expressions, checkpoints", "mechanics of its tape"),
            ("AD<AD<double>>", "its way to nest; derivatives nest by themselves here"),
        ),
    ),
    Suite(
        "ADOL-C: boost-test, composites and operators",
        (of("adol_c"),),
        (
            ("ExpPow forward at (0.642, 6.42, 0.528)", "exp(exp(6.948)) overflows a double"),
            ("CompositeHyperb at x₁ = 0", "0 times the infinite slope of acos at 1: refused; stands as a test"),
            ("points of the operators", "of our own, three of each, up to the second order"),
            ("++, --, condassign, isnan, the traceless and vector modes", "assignment, and mechanics of its tape"),
        ),
    ),
    Suite("numdifftools: example_functions", (of("numdifftools"),), quick=False),
    Suite(
        "google/tangent: functions",
        (of("tangent"),),
        (
            ("det, tensors, convolutions, pooling", ARRAYS),
            ("dictionaries, stacks, insert_grad_of, tracing", "syntax that its transformation of sources reads"),
            ("asin and acos at ±1, points on a branch", "refused by design; differences are no reference there"),
        ),
    ),
    Suite(
        "minitorch: Module-1",
        (of("minitorch"),),
        (
            ("<, > and == as recorded operations", "comparisons return truth values here"),
            ("its History, and ScalarFunction.chain_rule", "objects of its own; `operation` and `vjp` are tested instead"),
        ),
    ),
    Suite(
        "ARENA 3.0: part 4, backprop",
        (of("arena"),),
        (
            ("unbroadcast, reshape, permute, expand, keepdim, recipes, Parameter, hooks of classes", ARRAYS),
            ("relu at 0", "a convention: 0 here, a half there; stands as a test"),
        ),
    ),
    Suite(
        "karpathy/micrograd and forks of it",
        (of("forks_of_micrograd"), "tests/test_micrograd.py"),
        (
            ("a/0 raises ZeroDivisionError", "DomainError here, a ValueError with a sentence"),
            ("float(v), v.item(), repr, ==", "refused with what to type instead; == is identity, so that sets hold Values"),
            ("_prev of a leaf is (), True stays True, total of nothing is 0, _op is 'relu'", "their own insides"),
            ("AlessioBrillo: sigmoid(0) == 2", "an error of theirs"),
            ("tensors: smolgrad, nanograd, micrograd-pp, tinygrad", ARRAYS),
        ),
        quick=False,
    ),
    Suite("Engines' known faults, each with what is right", ("tests/engine/test_field.py",), quick=False),
    Suite("Published worked examples: 27, and the lecture's", ("tests/engine/test_canonical.py",), quick=False),
    Suite(
        "Courses: Ng's ex4, CS231n's two-layer net, deeplearning.ai's sheets, Han & Kamber",
        ("tests/nn/test_assignments.py",),
        (("CS231n: the nets after the first assignment, and batch normalisation", "tensors, by vectorised code"),),
        quick=False,
    ),
    Suite(
        "What these suites had found: confusion, asin'', logsumexp'', gelu, σ and cross-entropy, infinities",
        (
            NESTED,
            f"{ENDS}::test_second_derivatives_keep_their_digits",
            f"{ENDS}::test_what_was_lost_is_there_when_recorded",
            f"{ENDS}::test_nan_is_not_hidden_by_another_argument",
            f"{SUITES}/test_stan_math.py::test_rows_of_the_hessian_of_log_sum_exp_add_up_to_0",
            f"{SUITES}/test_jax.py::test_slopes_at_infinity_and_of_nan",
            f"{SUITES}/test_core_math.py::test_activations_there",
            "tests/nn/test_losses.py::test_a_formula_of_what_sigma_has_returned_keeps_all_digits",
            "tests/nn/test_losses.py::test_a_probability_that_has_lost_its_digits_is_told",
        ),
        (
            (
                "-log(1 - σ(z)) as single Values",
                "recorded as it is written; a warning tells of lost digits, and `fit` loses none",
            ),
        ),
        quick=False,
    ),
)
ABSENT = (
    ("autodidact, ad, kaitorch", "ship no tests"),
    ("TensorFlow: math_grad_test", "tests shapes and broadcasting"),
    ("CasADi, glibc", "not looked at"),
)


class Count(NamedTuple):
    """What a run of tests came to."""

    cases: int = 0
    numbers: int = 0  # derivatives and values that were compared, in cases that count them
    failed: tuple[str, ...] = ()
    skipped: int = 0


def run(suites: Sequence[Suite], whole: bool) -> dict[str, Count]:
    """Runs the tests of suites in one process of pytest, and returns what each came to, and what all did."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        call = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        call += [f"--junitxml={report}", "-o", "junit_family=xunit1"]  # which has files, and what tests have counted
        call += dict.fromkeys(test for suite in suites for test in suite.tests)
        environment = {**os.environ, "CHALKGRAD_SUITES": "whole" if whole else ""}
        status = subprocess.run(call, cwd=HOME, env=environment, stdout=sys.stderr, check=False).returncode
        if status not in (0, 1):
            raise RuntimeError(f"pytest ended with status {status}")
        cases = [*ET.parse(report).getroot().iter("testcase")]
    found = {suite.name: counted([case for case in cases if holds(suite, case)]) for suite in suites}
    return {**found, TOGETHER: counted(cases)}


def holds(suite: Suite, case: ET.Element) -> bool:
    """Returns whether a case is of a suite: of one of its files, or of one of its tests."""
    file, name = case.get("file", ""), case.get("name", "").partition("[")[0]
    return file in suite.tests or f"{file}::{name}" in suite.tests


def counted(cases: Sequence[ET.Element]) -> Count:
    """Returns what cases of pytest's report in JUnit's XML came to."""
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    properties = [p for case in cases for p in case.iter("property") if p.get("name") == "numbers"]
    names = tuple(f"{case.get('file')}::{case.get('name')}" for case in failed)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Count(len(cases), sum(int(p.get("value", 0)) for p in properties), names, skipped)


def measured(count: Count) -> str:
    """Returns a count in words: 42 cases, 300 numbers, 0 failed."""
    numbers = f", {count.numbers:,} numbers" if count.numbers else ""
    skipped = f", {count.skipped} skipped" if count.skipped else ""
    return f"{count.cases:,} cases{numbers}, {len(count.failed)} failed{skipped}"


def figures(quick: bool) -> Iterator[Figure]:
    """Yields a line for each suite, and one for what does not apply."""
    chosen = [suite for suite in OTHERS if suite.quick or not quick]
    counts = run(chosen, whole=not quick)
    for name, count in counts.items():
        wrong = tuple(f"* failed: `{case}`" for case in count.failed if name != TOGETHER)
        yield Figure(name, measured(count), "0 failed", bool(count.cases) and not count.failed, details=wrong)
    apart = [f"* {suite.name}: {case}: {reason}" for suite in OTHERS for case, reason in suite.apart]
    apart += [f"* {case}: {reason}" for case, reason in ABSENT]
    yield Figure("what does not apply", f"{len(apart)} named", "each with its reason", met=True, details=tuple(apart))
