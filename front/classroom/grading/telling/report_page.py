"""The feedback on a submission as a page: one file with its pictures inside, which prints, and needs no script.

>>> page(Report("my_engine.py", "", "could not run", reason="the file is empty")).startswith("<!DOCTYPE html>")
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from chalkgrad.classroom.grading.report import HINTS, Report
from chalkgrad.classroom.grading.telling.failing_graph import Group, groups, in_words, picture, rows_of
from chalkgrad.classroom.grading.telling.report_text import also, heading, headings, levels, raised, why
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.policy import without_scripts

WORDS = section("feedback")
PICTURES: Final = 6  # of the groups that come first; the others have tables

_STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 52rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1.05rem; margin: 1.5rem 0 .3rem; }
table { border-collapse: collapse; margin: .6rem 0; }
th, td { padding-block: .15rem; padding-inline-end: .8rem; text-align: start; }
th { border-bottom: 1px solid #767676; font-weight: 600; } td.number { font-variant-numeric: tabular-nums; }
tr.wrong td { font-weight: 600; } code { background: #f2f2f2; padding: .1rem .3rem; direction: ltr;
  unicode-bidi: isolate; }
svg { max-width: 100%; height: auto; } section { break-inside: avoid; }
.hint { border-inline-start: 3px solid #767676; padding-inline-start: .8rem; }
"""


def page(report: Report, hints: int = HINTS) -> str:
    """Returns the page as HTML."""
    title, language = escape(heading(report)), section("language")
    code, direction = language["code"], language["direction"]
    body = "\n".join(_body(report, hints))
    if draft := section("page")["draft"]:  # a language that nobody who speaks it has read
        body += f"\n<footer>{escape(draft)}</footer>"
    return without_scripts(
        f'<!DOCTYPE html>\n<html lang="{code}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1><bdi dir="{direction}">{title}</bdi></h1>\n{body}\n</body>\n</html>\n'
    )


def _body(report: Report, hints: int) -> Iterator[str]:
    if report.status == "could not run":
        yield _paragraph(why(report))
        return
    partly = f"; {WORDS['partly']}" if report.status == "partly" else ""
    yield _paragraph(WORDS["engine"].format(engine=report.engine) + partly)
    yield from _table((WORDS["level"], WORDS["tests"], WORDS["points"]), [(row, False) for row in levels(report)])
    failed = groups(report)
    yield f"<h2>{escape(WORDS['what failed' if failed else 'all right'])}</h2>"
    for i, group in enumerate(failed):
        yield "<section>"
        yield from _group(i, group, hints)
        yield "</section>"
    reported = [finding for finding in report.findings if finding.outcome == "reported"]
    if reported:
        yield f"<h2>{escape(WORDS['what is reported'])}</h2>"
        yield "<ul>" + "".join(f"<li>{escape(f'{finding.test}: {finding.said}')}</li>" for finding in reported) + "</ul>"
    if report.remarks:
        yield f"<h2>{escape(WORDS['to look at'])}</h2>"
        yield "<ul>" + "".join(f"<li>{escape(remark)}</li>" for remark in report.remarks) + "</ul>"


def _group(number: int, group: Group, hints: int) -> Iterator[str]:
    finding = group.finding
    yield f"<h3>{number + 1}. {escape(finding.test)}</h3>"
    if finding.said:
        yield _paragraph(finding.said)
    failure = finding.failure
    if failure is not None:
        yield f"<p>{escape(WORDS['smallest'])} <code>{escape(str(failure.program))}</code></p>"
        if failure.error and failure.error not in finding.said:
            yield _paragraph(raised(failure.error, failure.line))
        if failure.theirs:
            drawn = picture(failure) if number < PICTURES else ""
            if drawn:
                yield f"<figure>{described(drawn, in_words(failure))}</figure>"
            rows = rows_of(failure)
            head, cells = headings(rows)
            yield from _table(head, [(row, bool(row[-1])) for row in cells])
    if group.others:
        yield _paragraph(also(group))
    for i, hint in enumerate(finding.hints[:hints], 1):
        yield f'<p class="hint">{escape(WORDS["hint"].format(number=i, hint=hint))}</p>'


def described(svg: str, said: str) -> str:
    """Returns a picture that is an image with these words to those who do not see it, without the XML declaration."""
    start = svg.index("<svg")
    tag = svg[start : svg.index(">", start) + 1]
    plain = re.sub(r'\s(?:role|aria-label|aria-labelledby)="[^"]*"', "", tag)
    labelled = plain.replace("<svg", f'<svg role="img" aria-label="{escape(said)}"', 1)
    return labelled + svg[start + len(tag) :].strip()


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _table(head: tuple[str, ...] | list[str], rows: list[tuple[tuple[str, ...] | list[str], bool]]) -> Iterator[str]:
    yield "<table><thead><tr>" + "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head) + "</tr></thead><tbody>"
    for row, wrong in rows:
        cells = "".join(f'<td class="number"><bdi>{escape(cell)}</bdi></td>' for cell in row)
        row_class = ' class="wrong"' if wrong else ""
        yield f"<tr{row_class}>{cells}</tr>"
    yield "</tbody></table>"
