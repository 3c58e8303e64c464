"""The sheet on top of a lecture's folder: a page that a lecturer runs from, on a projector, on paper, in the dark.

It is one file beside those that it links, with its style and its script in it; what is ticked stays ticked on this computer.

>>> from chalkgrad.lecture.rows import rows
>>> written = page([(rows()[12], ["13-two-passes.html", "13-two-passes.svg"], {})])
>>> "13-two-passes.html" in written, "https://" in written
(True, False)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import NamedTuple

from chalkgrad.engine.words.language import section
from chalkgrad.lecture.rows import LECTURE, Made, Row
from chalkgrad.viz.formats.policy import policy

__all__ = ["page", "program"]


class _Shown(NamedTuple):
    """A row as the sheet shows it: its files, why others are missing, the minute at which it begins, the folder's address."""

    row: Row
    files: Sequence[str]
    missing: Mapping[str, str]
    begins: int
    address: str

    @property
    def ends(self) -> int:
        return self.begins + self.row.minutes

    @property
    def page(self) -> str:
        """The first page of the row; "" if it has none."""
        return next((name for name in self.files if name.endswith(".html")), "")


def page(made: Sequence[tuple[Row, Sequence[str], Mapping[str, str]]], address: str = "") -> str:
    """Returns the sheet of some rows, each with the names of its files, and by name why others are missing.

    Where the folder is served from an `address`, a QR code for each row leads to its page there.
    """
    shown, minutes = list[_Shown](), 0
    for row, names, missing in made:
        shown.append(_Shown(row, names, missing, minutes, address))
        minutes += row.minutes
    language, draft = section("language"), section("page")["draft"]
    style, script = _file("index.css"), _file("index.js")
    total = LECTURE.form("total", len(shown)).format(count=len(shown), minutes=minutes)
    said = {
        "language": language["code"],
        "direction": language["direction"],
        "policy": policy(styles=[style], scripts=[script], images="'self' file:"),
        "title": escape(LECTURE["heading"]),
        "total": escape(total),
        "how": _set(LECTURE["how"]),
        "style": style,
        "script": script,
        "heads": "".join(f"<th scope=col>{escape(LECTURE[key])}</th>" for key in ("done", "row", "what", "begins", "minutes")),
        "lines": "\n".join(map(_line, shown)),
        "rows": "\n".join(map(_row, shown)),
        "footer": f"<footer>{escape(draft)}</footer>" if draft else "",
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda blank: said[blank[1]], _file("index.html"))


# At a glance ---------------------------------------------------------------------------------------------------------


def _line(shown: _Shown) -> str:
    row = shown.row
    link = f'<a href="#row-{row.number}">{escape(row.title)}</a>'
    cells = (str(row.number), link, _clock(shown.begins), str(row.minutes))
    return f"<tr><td>{_tick(row)}</td>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _tick(row: Row) -> str:
    label = escape(LECTURE["done with"].format(number=row.number))
    return f'<input type="checkbox" data-row="{row.number}" aria-label="{label}">'


def _clock(minutes: int) -> str:
    """Returns a minute of the lecture as hours and minutes, 1:05."""
    return f"{minutes // 60}:{minutes % 60:02}"


# A row ---------------------------------------------------------------------------------------------------------------


def _row(shown: _Shown) -> str:
    row = shown.row
    when = LECTURE["from to"].format(begins=_clock(shown.begins), ends=_clock(shown.ends), minutes=row.minutes)
    items = "".join(map(_item, [shown] * len(row.written), row.written))
    parts = [
        f'<header>{_tick(row)}<h2><span class="number">{row.number}</span> {escape(row.title)}</h2>',
        f'<p class="when">{escape(when)}</p></header>',
        f'<p class="ask"><b>{escape(LECTURE["ask"])}</b> {_set(row.question)}</p>',
        f'<p class="do"><b>{escape(LECTURE["do"])}</b> {_set(row.keys)}</p>',
        f'<div class="shown">{_slide(shown)}<ul>{items}</ul>{_code(shown)}</div>',
        f'<div class="own"><h3>{escape(LECTURE["own"])}</h3>{"".join(map(_own, row.own))}</div>',
        f"<details><summary>{escape(LECTURE['made by'])}</summary>{_copied(program(row))}</details>",
    ]
    return f'<section id="row-{row.number}">\n' + "\n".join(parts) + "\n</section>"


def _slide(shown: _Shown) -> str:
    slide = shown.row.slide
    if slide not in shown.files:
        return ""
    return f'<a href="{slide}"><img src="{slide}" alt="{escape(shown.row.title)}" loading="lazy"></a>'


def _item(shown: _Shown, made: Made) -> str:
    """Returns a file, and what it is; or why it is not there."""
    name = made.name
    if name not in shown.files:
        why = shown.missing.get(name, "")
        return f'<li class="missing">{_set(LECTURE["missing"].format(file=name, why=why))}</li>'
    if name == shown.page:
        return f'<li class="page"><a href="{name}">{escape(LECTURE["page"])}</a> <span dir="ltr">{name}</span></li>'
    kind = "slide" if name == shown.row.slide else _KINDS[name.rpartition(".")[2] if "." in name else _frames(made)]
    return f'<li><a href="{name}" dir="ltr">{name}</a> <span>{escape(LECTURE[kind])}</span></li>'


_KINDS = {"html": "another page", "svg": "picture", "tex": "formula", "frames": "frames", "beamer": "beamer"}
_KINDS |= {"ipynb": "notebook", "py": "script"}


def _frames(made: Made) -> str:
    return "beamer" if '"tex"' in made.make else "frames"


def _code(shown: _Shown) -> str:
    """Returns the QR code of the row's page, or of its place on this sheet, at the address."""
    if not shown.address:
        return ""
    leads = f"{shown.address.rstrip('/')}/{shown.page or f'index.html#row-{shown.row.number}'}"
    picture = qr_code(leads)
    label = escape(LECTURE["code"].format(number=shown.row.number))
    return f'<a class="phone" href="{escape(leads)}" aria-label="{label}">{picture}<span dir="ltr">{escape(leads)}</span></a>'


def qr_code(text: str) -> str:
    """Returns a QR code as SVG. Raises ModuleNotFoundError, with what to type, where segno is not installed."""
    try:
        import segno
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError('QR codes need segno: pip install "chalkgrad[qr]"', name="segno") from error
    code = segno.make(text, micro=False)
    return code.svg_inline(scale=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)


def _own(text: str) -> str:
    where = "own command" if text.startswith("chalkgrad ") else "own python"
    return f"<p>{escape(LECTURE[where])}</p>{_copied(text)}"


def _copied(text: str) -> str:
    """Returns a program or a command, with a button that copies it."""
    button = f'<button type="button" data-copied="{escape(LECTURE["copied"])}" hidden>{escape(LECTURE["copy"])}</button>'
    return f'<div class="code"><pre dir="ltr"><code>{escape(text)}</code></pre>{button}</div>'


def program(row: Row) -> str:
    """Returns the program that makes the files of a row, as one types it in the folder of the lecture.

    >>> from chalkgrad.lecture.rows import rows
    >>> print(program(rows()[4]).splitlines()[-1])
    diagram(net, path=net.deep_path, caption=str(net.is_deep)).save("05-deep.svg")
    """
    lines = [row.code, ""]
    if row.notes:
        lines += [f"notes = {row.notes!r}"]
    for name, make in row.files:
        if name.endswith("/"):
            lines.append(re.sub(r"\bfolder\b", f'"{name}"', make))
        elif name.endswith(".tex"):
            lines.append(f"print({make})")
        else:
            lines.append(f'{make}.save("{name}")')
    return "\n".join(lines)


# The file ------------------------------------------------------------------------------------------------------------


def _set(text: str) -> str:
    """Returns a text in HTML; what stands in `backticks` is a key, from left to right in sentences of either direction."""
    return re.sub(r"`([^`]*)`", r'<kbd dir="ltr">\1</kbd>', escape(text, quote=False))


def _file(name: str) -> str:
    return files("chalkgrad.lecture").joinpath(name).read_text(encoding="utf-8")
