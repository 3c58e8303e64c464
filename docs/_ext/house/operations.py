"""The table of operations as a page: formula, local derivatives, domain and kinks of each, and a plot of value and slope.

What is written here are headings and the words between them; every formula, domain and convention is the table's own.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from chalkgrad import engine
from chalkgrad.engine import rules
from chalkgrad.engine.formulas.notation import ATOM
from chalkgrad.engine.formulas.rule import Rule
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Formula
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.viz import plot_activation

TEX = LaTeX()
THEMES = ("light", "dark")
PLOTS = "_images/operations"  # in the site
REACH, STEPS = 4.0, 160  # how far plots go from 0, and in how many steps it is found where an operation is defined
ELEMENTS = ("1", "2", "3", "4", "5", "6", "7", "n")  # of a list, of which the printer leaves out those in the middle


def groups() -> dict[str, list[Rule]]:
    """Returns the operations under the headings that stand between them in the table's source."""
    found = dict[str, list[Rule]]()
    for heading, name in re.findall(r"^    (?:# (.+?) -{5,}|Rule\(\"(\w+)\")", inspect.getsource(rules), re.MULTILINE):
        if heading:
            found[heading] = []
        else:
            found[next(reversed(found))].append(rules.RULES[name])
    return found


def page(site: Path) -> str:
    """Draws the plots into the site, and returns the page that shows them."""
    plot(site)
    return markdown()


def markdown() -> str:
    """Returns the page in Markdown."""
    return "\n\n".join("\n\n".join([f"## {heading}", *map(_entry, found)]) for heading, found in groups().items())


def _entry(rule: Rule) -> str:
    """Returns what the page says of one operation."""
    parts = [f"### {rule.name}"]
    if rule.name in engine.__all__:
        parts += [f"```{{py:function}} chalkgrad.{rule.name}({_parameters(rule)})\n```"]
    facts = [
        f"Value: $v = {_value(rule)}$",
        f"Local derivatives: {', '.join(_slope(rule, i) for i in range(len(rule.arguments)))}",
        f"Domain: {rule.requires or 'all numbers'}{f' ({rule.hint})' if rule.hint else ''}",
        *([f"Convention: {rule.kink}"] if rule.kink else []),
    ]
    parts += [f"{rule.says[0].upper()}{rule.says[1:]}.", "\n".join(f"* {fact}." for fact in facts)]
    if span(rule):
        parts += ["\n".join(_image(rule, theme) for theme in THEMES)]
    return "\n\n".join(parts)


def _parameters(rule: Rule) -> str:
    plain = len(rule.parameters) - len(rule.defaults)
    optional = [f"{name}={value}" for name, value in zip(rule.parameters[plain:], rule.defaults, strict=True)]
    return ", ".join([*rule.parameters[:plain], *optional])


def _image(rule: Rule, theme: str) -> str:
    return (
        f'<img class="plot only-{theme}" loading="lazy" width="540" height="360" src="../{PLOTS}/{rule.name}-{theme}.svg" '
        f'alt="The curve of {rule.name}, and that of its derivative, dashed">'
    )


# Formulas ------------------------------------------------------------------------------------------------------------


def _value(rule: Rule) -> str:
    """Returns the operation as a blackboard has it."""
    names = [TEX.called(name) for name in rule.parameters]
    if rule.lists and rule.notation is None:  # a sum, which is written out
        lists = {
            argument: [(f"{name}_{{{element}}}", ATOM) for element in ELEMENTS]
            for argument, name in list(zip(rule.arguments, names, strict=True))[: rule.lists]
        }
        others = {argument: (name, ATOM) for argument, name in zip(rule.arguments, names, strict=True)}
        return TEX.printed(rule.value, others | lists)[0]
    written = [rf"{name}_{{1}}, \dots, {name}_{{n}}" if i < rule.lists else name for i, name in enumerate(names)]
    parts = {argument: (name, ATOM) for argument, name in zip(rule.arguments, written, strict=True)}
    return TEX.printed(Call(rule.name, *map(Argument, rule.arguments)), parts)[0]


def _slope(rule: Rule, which: int) -> str:
    """Returns the local derivative by one argument, as shown, with its cases below each other."""
    names = [f"{TEX.called(name)}{'_{i}' if i < rule.lists else ''}" for i, name in enumerate(rule.parameters)]
    parts = {"v": ("v", ATOM)} | {x: (name, ATOM) for x, name in zip(rule.arguments, names, strict=True)}
    return rf"$\frac{{\partial v}}{{\partial {names[which]}}} = {_cases(rule.shown[which], parts)}$"


def _cases(tree: Formula, parts: dict[str, tuple[str, float]]) -> str:
    lines = []
    while isinstance(tree, Choice):
        then, test = (TEX.printed(part, parts)[0] for part in (tree.then, tree.test))
        lines.append(rf"{then} & \text{{if }} {test}")
        tree = tree.otherwise
    last = TEX.printed(tree, parts)[0]
    if not lines:
        return last
    rows = r" \\ ".join([*lines, rf"{last} & \text{{else}}"])
    return rf"\begin{{cases}} {rows} \end{{cases}}"


# Plots ---------------------------------------------------------------------------------------------------------------


def span(rule: Rule) -> tuple[float, float] | None:
    """Returns from where to where a function of one variable is plotted, a little beyond its domain; None for others."""
    if len(rule.arguments) - len(rule.defaults) != 1 or rule.lists:
        return None
    xs = [REACH * (2 * i / STEPS - 1) for i in range(STEPS + 1)]
    defined = [x for x in xs if _is_defined(rule, x)]
    step = 2 * REACH / STEPS
    return max(defined[0] - 4 * step, -REACH), min(defined[-1] + 4 * step, REACH)


def _is_defined(rule: Rule, x: float) -> bool:
    try:
        FUNCTIONS[rule.name](x)
    except engine.DomainError:
        return False
    return True


def plot(site: Path) -> None:
    """Draws the plots into the site, if they are not there or older than the table."""
    folder = site / PLOTS
    folder.mkdir(parents=True, exist_ok=True)
    table = Path(rules.__file__).stat().st_mtime
    for rule in rules.RULES.values():
        for theme in THEMES:
            file = folder / f"{rule.name}-{theme}.svg"
            if (ends := span(rule)) and not (file.exists() and file.stat().st_mtime > table):
                plot_activation(FUNCTIONS[rule.name], low=ends[0], high=ends[1], save=file, theme=theme)
