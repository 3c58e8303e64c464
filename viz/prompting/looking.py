"""What the prompt shows: values, expressions, the table, what is pending, the chain rule, a picture."""

from __future__ import annotations

import re
from typing import IO, Any

from chalkgrad.engine import Value
from chalkgrad.engine.explaining.chain import chain_rule
from chalkgrad.engine.stepping.sentences import pending_sentence
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.viz.prompting.going import Going
from chalkgrad.viz.prompting.loop import completions
from chalkgrad.viz.prompting.rows import cells, fitted, window
from chalkgrad.viz.prompting.screen import BOLD, LIT
from chalkgrad.viz.showing import draw

PROMPT = section("prompt")
_MOST_ROWS = 200  # of a table, where there is no terminal to fill
_LEAST_ROWS = 3  # of the table that stays in sight


class Looking(Going):
    """The commands that show something and change nothing."""

    def __init__(self, root: Value, stdin: IO[str] | None = None, stdout: IO[str] | None = None) -> None:
        super().__init__(root, stdin, stdout)
        self.displayed: dict[str, str] = {}  # what is displayed, and what was said of it last

    def answered(self, stop: bool) -> None:
        if stop or self.command == "more":
            self.screen.end()
            return
        self._say_what_is_displayed()
        self.screen.end(*self._page())

    def default(self, line: str) -> None:
        if line.strip() in self.values or re.search(r"[-+*/^()·<>=]", line):
            self.do_p(line)
        else:
            super().default(line)

    def _described(self, what: str) -> str:
        """Returns a value, by its name, or an expression, with what it is now."""
        if what not in self.values and re.search(r"\W|^\d", what):
            expression = self._expression(what)
            return f"{expression.text} = {words.number(expression.compute())}"
        value = self._value(what)
        written = words.expression(value, self.names)
        grad = words.grad_text(value, complete=value not in self.steps.pending)
        return f"{what} = {written + ' = ' if written else ''}{words.number(value.data)}, {grad}"

    def do_p(self, argument: str) -> None:
        self.say(self._described(argument))
        value = self.values.get(argument)
        if value is not None and (missing := self.steps.pending.get(value)) is not None:
            self.say("  " + pending_sentence(argument, missing.arrived, missing.of, missing.through, self.names))

    def do_display(self, argument: str) -> None:
        if argument:
            if argument not in self.values:
                self._expression(argument)  # or it is refused
            self.displayed[argument] = ""
        elif not self.displayed:
            self.say(PROMPT["nothing displayed"])
        else:
            self.displayed = dict.fromkeys(self.displayed, "")

    def do_undisplay(self, argument: str) -> None:
        if argument and argument not in self.displayed:
            displayed = ", ".join(self.displayed) or "nothing"
            raise ValueError(f"{argument} is not displayed; {displayed} is")
        self.displayed = {name: said for name, said in self.displayed.items() if argument and name != argument}

    def complete_undisplay(self, text: str, line: str, begin: int, *ignored: Any) -> list[str]:
        return completions(self.displayed, text, line, begin)

    def _say_what_is_displayed(self) -> None:
        for what, before in self.displayed.items():
            try:
                said = self._described(what)
            except (ValueError, ArithmeticError) as error:
                said = f"{what}: {error}"
            if said != before:
                same, _, old = before.partition(", ")  # of a value, if only its grad has changed
                old = old if old and said.startswith(f"{same}, ") else before
                self.say(
                    PROMPT["displayed"].format(said=said) if not before else PROMPT["changed"].format(said=said, before=old)
                )
                self.displayed[what] = said

    def do_l(self, argument: str) -> None:
        first, count = self.row(argument), len(self.names)
        width, height = self.screen.size
        most = 2 * height - 5 if self.screen.interactive else _MOST_ROWS
        heading, *rows = self._table(range(first - 1, min(count, first - 1 + most)), width, wrap=True)
        lines, tape, touched = [*heading], self.steps.sweep.tape, {*self._touched()}
        shown = 0
        for row in rows:
            if shown and len(lines) + len(row) > most + 2:
                break
            if tape[first - 1 + shown] in touched:
                row[0] = f">{row[0][1:]}"
            lines += row
            shown += 1
        self.screen.write(lines)
        last = first + shown - 1
        if (first, last) != (1, count):
            rest = PROMPT["goes on"].format(next=last + 1) if last < count else ""
            self.say(PROMPT["rows"].format(first=first, last=last, count=count) + rest)
        elif self.forward is None:
            below = self.root.tape().table().below()
            if below:
                self.say("\n".join(below))

    def _table(self, indices: range, width: int, wrap: bool = False) -> list[list[str]]:
        """Returns the lines of the table's heading and of each row, as this terminal can show them."""
        rows = cells(self.cursor, indices)
        if not self.screen.encodes("".join(cell for row in rows for cell in row) + "│─┼…"):
            rows = [tuple(self.screen.ascii(cell) for cell in row) for row in rows]
            return [[self.screen.ascii(line) for line in lines] for lines in fitted(rows, width, wrap, "...")]
        return fitted(rows, width, wrap)

    def do_sticky(self, argument: str) -> None:
        self.refuse("sticky", argument)
        if not self.screen.interactive:
            raise ValueError("sticky keeps the table in sight on a terminal, and this is none: l lists it")
        self.sticky = not self.sticky
        if not self.sticky:
            self.say(PROMPT["not sticky"])

    def _page(self) -> tuple[list[str], bool]:
        """Returns what stands above the answer if the table is to stay in sight, and whether the screen is cleared for it."""
        if not self.sticky:
            return [], False
        width, height = self.screen.size
        said = self.screen.kept(self._write_step)
        room = (
            height - len(said) - self.screen.held - 5
        )  # the heading, its rule, which rows these are, a blank line, the prompt
        if room < _LEAST_ROWS:
            return said, False
        tape = self.steps.sweep.tape
        touched = {*self._touched()}
        lit = {i for i, node in enumerate(tape) if node in touched}
        indices = window(range(len(tape)), lit, room)
        heading, *rows = self._table(indices, width - 1)
        step = self.cursor[self.cursor.position]
        lines = [*heading]
        for i, (row,) in zip(indices, rows, strict=True):
            if i in lit:
                lines.append(self.screen.styled(f">{row[1:]:<{len(heading[-1]) - 1}}", LIT))
            else:
                lines.append(self.screen.styled(row, BOLD if tape[i] is step.node else ""))
        if len(indices) < len(tape):
            lines += self.screen.kept(
                lambda: self.say(PROMPT["rows"].format(first=indices.start + 1, last=indices.stop, count=len(tape)))
            )
        return [*lines, "", *said], True

    def do_pending(self, argument: str) -> None:
        self.refuse("pending", argument)
        self.say(self.steps.pending.text())  # which the screen folds

    def do_w(self, argument: str) -> None:
        for value in [self._value(argument)] if argument else self._touched():
            expansion = chain_rule(self.root, value)
            self.say("\n".join(filter(None, [str(expansion), expansion.why_not_cancelled])))

    def do_d(self, argument: str) -> None:
        stem = "".join(c if c.isalnum() else "-" for c in self.names[self.root])
        file = argument or f"{stem}-{'forward-' if self.forward else ''}{self.cursor.position}.svg"
        draw(self.root, highlight=self.cursor[self.cursor.position]).save(file)
        self.say(PROMPT["wrote"].format(file=file))

    def do_more(self, argument: str) -> None:
        self.refuse("more", argument)
        if not self.screen.rest:
            self.screen.begin()
            self.say(PROMPT["no more"])
        self.screen.more()
