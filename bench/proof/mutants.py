"""Mutation testing: the sources of what computes gradients, with one thing changed at a time, against the tests.

    .venv/bin/python -m bench.proof mutants                       as many as can be run in two hours
    .venv/bin/python -m bench.proof.mutants --minutes 20 sweep    goes on from there, with the mutants of some files
    .venv/bin/python -m bench.proof.mutants --tests FILE sweep    those that this file of tests catches

Results are kept in build/mutants/results.jsonl, from which a later run goes on: a mutant is run again if its file has changed,
and one that lived on also if its tests have. A mutant that no test can catch, because it computes the same, stands in
equivalent_mutants.toml with the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import tomllib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from tqdm import tqdm

from bench.proof.figure import Figure
from bench.proof.mutant_run import (
    ALIVE,
    CAUGHT,
    HOME,
    SECONDS,
    TIMED_OUT,
    UNCHANGED,
    Outcome,
    Stage,
    prepare,
    run,
    tests_of_lines,
    unchanged,
)
from bench.proof.mutations import Mutant, mutants_of

PROMISE = "A change to what computes gradients fails a test"
SEED, QUICK, QUICK_SECONDS = 21, 15, 20.0
MINUTES, SECONDS_OF_CHOSEN = 120.0, 60.0
RESULTS = HOME / "build" / "mutants" / "results.jsonl"
PLAN = "engine/programs/plan/"
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")

# Which tests hold which files, those first that find most.
ROOMS: dict[str, tuple[str, ...]] = {
    "engine/rules.py": (
        "tests/engine/test_rules.py",
        "tests/engine/test_domains.py",
        "tests/engine/test_borders.py",
        "tests/engine/test_ends_of_range.py",
        "tests/engine/test_canonical.py",
        "tests/engine/words/test_words.py",
        "tests/engine/programs/test_elementary.py",
        "tests/engine/explaining/test_symbolic.py",
    ),
    "engine/sweep.py": (
        "tests/engine/test_sweep.py",
        "tests/engine/test_processes.py",
        "tests/engine/test_value.py",
        "tests/engine/stepping/test_grads.py",
        "tests/engine/stepping/test_grads_in_any_order.py",
        "tests/engine/basics/test_missing.py",
        "tests/engine/basics/test_modes.py",
    ),
    "engine/value.py": (
        "tests/engine/test_value.py",
        "tests/engine/test_sweep.py",
        "tests/engine/basics/test_missing.py",
        "tests/engine/basics/test_modes.py",
        "tests/engine/stepping/test_grads.py",
        "tests/engine/recording/test_copying.py",
        "tests/engine/explaining/test_symbolic.py",
    ),
    PLAN: (
        "tests/engine/programs/plan/test_plans_as_written.py",
        "tests/engine/programs/plan/test_products_as_source.py",
        "tests/engine/programs/plan/test_reads_of_arrays.py",
        "tests/engine/programs/plan/test_gathering.py",
        "tests/engine/programs/plan/test_lines_of_arrays.py",
        "tests/engine/programs/plan/test_names_of_arrays.py",
        "tests/engine/programs/plan/test_lifetimes_of_arrays.py",
        "tests/engine/programs/plan/test_reading_of_programs.py",
        "tests/engine/programs/plan/test_fused_programs.py",
        "tests/engine/programs/plan/test_grouping_of_nodes.py",
        "tests/engine/programs/plan/test_formulas_over_arrays.py",
        "tests/engine/programs/plan/test_kinds_of_arrays.py",
        "tests/engine/programs/plan/test_table_of_matrices.py",
        "tests/engine/programs/plan/test_plans_by_hand.py",
        "tests/engine/programs/plan/test_matrices_shown.py",
        "tests/engine/programs/plan/test_matrices_called.py",
        "tests/engine/programs/plan/test_matrices_ieee.py",
        "tests/engine/programs/plan/test_random_graphs_of_matrices.py",
        "tests/engine/programs/plan/test_samples_in_pieces.py",
        "tests/engine/programs/plan/test_forms.py",
    ),
    "engine/stepping/": (
        "tests/engine/stepping/test_slips_at_borders.py",
        "tests/engine/stepping",
        "tests/front/classroom/test_numbers_by_hand.py",
    ),
}
FILES = (
    "engine/rules.py",
    "engine/sweep.py",
    "engine/value.py",
    "engine/stepping/slips.py",
    "engine/stepping/edge_slips.py",
    *sorted(path.relative_to(HOME).as_posix() for path in (HOME / PLAN).glob("*.py")),
)


def room(file: str) -> tuple[str, ...]:
    """Returns the tests of a file."""
    return next(tests for start, tests in ROOMS.items() if file.startswith(start))


def whole(file: str) -> list[Stage]:
    """Returns all tests of a file's room; the first file finds most, and is collected sooner than all."""
    tests = room(file)
    return [Stage(tests[:1]), Stage(tests[1:])]


def stages(mutant: Mutant) -> list[Stage]:
    """Returns the tests that run the changed lines, then the others of their files, which may take what those have made.

    Those that run few lines of the file come first: they are quick, and ask for more. Of what is run as the module is imported,
    such as a table, all tests of the room.
    """
    lines = _lines(mutant.file)
    tests = frozenset(name for line in range(mutant.line, mutant.end + 1) for name in lines.get(line, ()))
    if not tests:
        return whole(mutant.file)
    counts = _counts(mutant.file)
    files = [*dict.fromkeys(name.partition("::")[0] for name in sorted(tests, key=lambda name: (counts[name], name)))]
    return [Stage(files, only=tests), Stage(files, but=tests)]


@cache
def _counts(file: str) -> Counter[str]:
    """Returns how many lines of a file each test runs."""
    return Counter(name for names in _lines(file).values() for name in names)


@cache
def _lines(file: str) -> dict[int, list[str]]:
    """Returns which tests run which lines of a file."""
    files = [other for other in FILES if room(other) == room(file)]
    name = f"lines-{_digest(*files, *room(file))}.json"
    return tests_of_lines(files, room(file), RESULTS.with_name(name))[file]


def equivalents() -> dict[str, str]:
    """Returns the reason for each mutant that no test can catch, by its key."""
    entries = tomllib.loads(EQUIVALENT.read_text("utf-8")).get("mutant", [])
    return {key: entry["because"] for entry in entries for key in entry["keys"]}


def all_mutants(files: Iterable[str] = FILES) -> deque[Mutant]:
    """Returns the mutants of the files in a seeded order, in which each file has its share of every stretch.

    They are in no list: tests in the forks search the variables that led to them for names, and long lists end a search.
    """
    mutants = [mutant for file in files for mutant in mutants_of(file, (HOME / file).read_text("utf-8"))]
    random.Random(SEED).shuffle(mutants)
    return deque(mutants)


def _digest(*files: str) -> str:
    """Returns a short name for what the files, or the folders' tests, hold."""
    paths = [path for file in files for path in ([HOME / file] if file.endswith(".py") else sorted((HOME / file).glob("*.py")))]
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def kept() -> dict[str, str]:
    """Returns the results that still hold, by the mutants' keys."""
    results: dict[str, str] = {}
    now = {file: (_digest(file), _digest(*room(file))) for file in FILES}
    for line in RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else ():
        entry = json.loads(line)
        source, tests = now.get(entry["file"], ("", ""))
        if entry["source"] == source and (entry["result"] != ALIVE or entry["tests"] == tests):
            results[entry["key"]] = entry["result"]
        else:
            results.pop(entry["key"], None)
    return results


def go_on(mutants: Sequence[Mutant], minutes: float, processes: int, tests: Sequence[str] = ()) -> Iterator[Outcome]:
    """Runs mutants until the time is over, keeps each result at once, and yields it.

    With `tests`, these are all that is run, and what they don't catch is not kept.
    Raises RuntimeError if tests of a file fail though nothing is changed: then they would catch every mutant.
    """
    chosen: Callable[[Mutant], list[Stage]] = (lambda _: [Stage(tests)]) if tests else stages
    prepare()
    end, before = time.monotonic() + 60 * minutes, kept()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    now = {file: (_digest(file), _digest(*room(file))) for file in FILES}
    one_of_each_room = {room(mutant.file): mutant.file for mutant in mutants}
    controls = [unchanged(file) for file in sorted(one_of_each_room.values())]
    controls = [control for control in controls if tests or control.key not in before]
    waiting = (
        (mutant, whole(mutant.file) if mutant.scope == UNCHANGED and not tests else chosen(mutant))
        for mutant in [*controls, *mutants]
        if time.monotonic() < end
    )
    with RESULTS.open("a", encoding="utf-8") as results:
        for outcome in run(waiting, processes, SECONDS_OF_CHOSEN if tests else SECONDS):
            mutant = outcome.mutant
            if mutant.scope == UNCHANGED and outcome.result != ALIVE:
                raise RuntimeError(f"without a mutant, tests of {mutant.file} fail already: {outcome.by or outcome.result}")
            source, all_tests = now[mutant.file]
            entry = {"key": mutant.key, "file": mutant.file, "result": outcome.result, "by": outcome.by}
            entry |= {"seconds": round(outcome.seconds, 1), "source": source, "tests": all_tests}
            if not tests or outcome.result != ALIVE:
                print(json.dumps(entry, ensure_ascii=False), file=results, flush=True)
            if mutant.scope != UNCHANGED:
                yield outcome


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def figures(quick: bool) -> Iterator[Figure]:
    mutants, same = all_mutants(), equivalents()
    keys = {mutant.key for mutant in mutants}
    ran = 0
    if quick:
        prepare()  # without a control: all others would have to be caught for a wrong reason
        wanted = deque([mutant for mutant in mutants if mutant.key not in same][:QUICK])
        end = time.monotonic() + QUICK_SECONDS
        waiting = ((mutant, whole(mutant.file)) for mutant in wanted if time.monotonic() < end)
        ended = [one for one in run(waiting, _cores(), QUICK_SECONDS) if one.result != TIMED_OUT]  # which says nothing here
        results = {one.mutant.key: one.result for one in ended}
    else:
        before = kept()
        wanted = deque(mutant for mutant in mutants if mutant.key not in same and mutant.key not in before)
        for _ in tqdm(go_on(wanted, MINUTES, _cores()), total=len(wanted), unit=" mutants", file=sys.stderr):
            ran += 1
        results = kept()
    results = {key: result for key, result in results.items() if key in keys and key not in same}  # no controls
    alive = sorted(key for key, result in results.items() if result == ALIVE)
    counts = Counter(results.values())
    caught = f"{counts[CAUGHT] + counts[TIMED_OUT]:,} caught"
    caught += f", {counts[TIMED_OUT]} of them by the time limit" if counts[TIMED_OUT] else ""
    caught += f"; {len(results) - ran:,} before this run, on the same sources" if not quick and ran < len(results) else ""
    yield Figure(
        f"{len(results):,} of {len({mutant.key for mutant in mutants} - same.keys()):,} mutants, in a seeded order",
        caught + (f", {len(alive):,} not" if alive else ""),
        "all",
        met=bool(results) and not alive,
        details=tuple(f"* not caught: `{key}`" for key in alive),
    )
    unknown = sorted(same.keys() - keys)
    yield Figure(
        "shown equivalent",
        f"{len(same):,}" + (f", {len(unknown)} of which the code no longer has: {unknown[0]}" if unknown else ""),
        "each with its reason",
        met=not unknown,
        details=() if quick else tuple(_by_reason(same)),
    )


def _by_reason(same: Mapping[str, str]) -> Iterator[str]:
    for reason in dict.fromkeys(same.values()):
        yield f"* equivalent: {', '.join([f'`{key}`' for key, other in same.items() if other == reason])}: {reason}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.proof.mutants", description="Goes on with mutation testing.")
    parser.add_argument("files", nargs="*", metavar="WORD", help="only files whose path has one of these words")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="after which no mutant is begun (%(default)g)")
    parser.add_argument("--processes", type=int, default=_cores(), help="how many run at a time (%(default)s)")
    parser.add_argument(
        "--tests", action="append", default=[], metavar="FILE", help="only these, and only what they catch is kept"
    )
    options = parser.parse_args()
    files = [file for file in FILES if not options.files or any(word in file for word in options.files)]
    before, same = kept(), equivalents()
    wanted = deque(mutant for mutant in all_mutants(files) if mutant.key not in before and mutant.key not in same)
    outcomes = go_on(wanted, options.minutes, options.processes, options.tests)
    for outcome in (bar := tqdm(outcomes, total=len(wanted), unit=" mutants")):
        if outcome.result == ALIVE:
            bar.write(f"not caught, {outcome.seconds:.0f} s: {outcome.mutant}")


if __name__ == "__main__":
    main()
