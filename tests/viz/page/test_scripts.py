"""The files of the page's script: what runs while they are loaded uses nothing that a later file makes."""

import re
from importlib.resources import files

import pytest
from chalkgrad.viz.page.play import SCRIPTS, bare_script

TOKEN = re.compile(
    r"""(?P<gap>\s+|//[^\n]*|/\*.*?\*/)|(?P<name>[\w$]+)|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|"""
    r"""(?P<pattern>/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/[a-z]*)|(?P<sign>=>|\.\.\.|\?\.|\S)""",
    re.DOTALL,
)
DIVIDES = re.compile(r"[\w$)\]]")  # what a / behind it divides
HEADS = {"if", "for", "while", "switch", "catch"}


def source(name):
    return files("chalkgrad.viz.page").joinpath("player", name).read_text("utf-8")


def tokens(text):
    """The names and signs of JavaScript; of templates what stands in their braces."""
    found, at = [], 0
    while at < len(text):
        if text[at] == "`":
            at += 1
            while text[at] != "`":
                if text.startswith("${", at):
                    end, depth = at + 2, 1
                    while depth:
                        depth += {"{": 1, "}": -1}.get(text[end], 0)
                        end += 1
                    found += ["(", *tokens(text[at + 2 : end - 1]), ")"]
                    at = end
                else:
                    at += 2 if text[at] == "\\" else 1
            at += 1
            found.append('""')
            continue
        match = TOKEN.match(text, at)
        kind = match.lastgroup
        if kind == "pattern" and found and DIVIDES.match(found[-1][-1]) and found[-1] not in ("return", "typeof"):
            found.append("/")
            at += 1
            continue
        if kind in ("text", "pattern"):
            found.append('""')
        elif kind != "gap":
            found.append(match.group())
        at = match.end()
    return found


def behind(row, at):
    """The place behind the bracket that the one at a place opens."""
    depth = 0
    for i in range(at, len(row)):
        depth += (row[i] in "([{") - (row[i] in ")]}")
        if not depth:
            return i + 1
    raise AssertionError(row[at : at + 20])


def run_at_load(row):
    """The names used outside of the bodies of functions, those of properties left out."""
    used, at = set(), 0
    while at < len(row):
        token = row[at]
        if token == "function":
            at = row.index("(", at)
            at = behind(row, behind(row, at))
        elif token == "=>" and row[at + 1] == "{":
            at = behind(row, at + 1)
        elif token == "=>":
            at += 1
            while at < len(row) and row[at] not in (",", ";", ")", "]", "}"):
                at = behind(row, at) if row[at] in "([{" else at + 1
        elif re.match(r"[\w$]", token) and row[at + 1 : at + 2] == ["("] and row[behind(row, at + 1) :][:1] == ["{"]:
            if token not in HEADS:  # a method
                at = behind(row, behind(row, at + 1))
            else:
                at += 1
        else:
            before, after = row[at - 1] if at else "", row[at + 1] if at + 1 < len(row) else ""
            if re.match(r"[A-Za-z_$]", token) and before not in (".", "?.") and not (after == ":" and before in ("{", ",")):
                used.add(token)
            at += 1
    return used


def made(row):
    """The names that a file declares with const, let or class outside of all braces; functions are there from the beginning."""
    names, depth, at = set(), 0, 0
    while at < len(row):
        if not depth and row[at] in ("const", "let", "class"):
            at += 1
            while row[at] != ";" and row[at] != "of":
                if row[at] in "[{":  # taken apart
                    end = behind(row, at)
                    inside = row[at + 1 : end - 1]
                    names |= {
                        x for x, after in zip(inside, [*inside[1:], ""], strict=True) if re.match(r"[\w$]", x) and after != ":"
                    }
                    at = end
                else:
                    names.add(row[at])
                    at += 1
                while row[at] not in (",", ";", "of"):
                    if row[at - 1 : at + 1] == ["}", row[at]] and row[at] in ("const", "let", "function", "class"):
                        break
                    at = behind(row, at) if row[at] in "([{" else at + 1
                if row[at] != ",":
                    break
                at += 1
            continue
        depth += (row[at] in "([{") - (row[at] in ")]}")
        at += 1
    return names


def bound(row):
    """The names of the arguments of a file's arrow functions, and of what its loops go through."""
    names = set()
    for at, token in enumerate(row):
        if token == "=>":
            start = at - 1
            if row[start] == ")":
                start = next(i for i in range(start, -1, -1) if row[i] == "(" and behind(row, i) == at)
            names |= {*row[start:at]}
        elif token == "of":
            names |= {*row[max(i for i in range(at) if row[i] in ("const", "let")) : at]}
    return names


def test_the_scan_tells_what_runs_at_load():
    row = tokens(
        "const a = b(c.d), { e: f, g } = { h: i / 2, j() { k; } }, l = (m) => n(o); function p() { q; } r(`s ${t} u`, /v/);"
    )
    assert run_at_load(row) >= {"b", "c", "i", "r", "t"}
    assert run_at_load(row).isdisjoint({"d", "h", "k", "n", "o", "q", "s", "u", "v"})
    assert made(row) == {"a", "f", "g", "l"}
    assert bound(row) == {"(", "m", ")"}


def test_nothing_runs_at_load_that_a_later_file_makes():
    rows = {name: tokens(source(name)) for name in SCRIPTS}
    declared = {name: made(row) for name, row in rows.items()}
    assert {"state", "looks", "moves"} <= set().union(*declared.values())
    known, wrong = set(), {}
    for i, name in enumerate(SCRIPTS):
        known |= declared[name]
        later = set().union(*(declared[other] for other in SCRIPTS[i + 1 :])) - known
        wrong[name] = run_at_load(rows[name]) & later - bound(rows[name])
    assert {name: names for name, names in wrong.items() if names} == {}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_left_out_of_a_script_changes_nothing_of_it(name):
    assert tokens(bare_script(source(name))) == tokens(source(name))
    assert all(line.count("`") % 2 == 0 for line in source(name).split("\n"))  # no template goes over lines
