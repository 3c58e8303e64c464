"""Writes the project's addresses, which stand in pyproject.toml, wherever else they are needed.

    .venv/bin/python docs/addresses.py

A person sets `Source` and `Documentation` in `[project.urls]`, and the version in `[project]`. The other URLs, README's links,
the citation and the links of the issue tracker follow from them. README's links are absolute, because it is also shown on a
package index: in the text each is named by the file that it leads to, `[three minutes][docs/start.md]`, and the addresses are a
list at the end.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent

# In each file, what stands before an address or the version up to the end of the line, and what is to stand there.
LINES = {
    "pyproject.toml": {
        'Homepage = "': '{source}"',
        'Issues = "': '{source}/issues"',
        'Changelog = "': '{source}/blob/main/CHANGELOG.md"',
    },
    "CITATION.cff": {
        "version: ": "{version}",
        "repository-code: ": "{source}",
        "url: ": "{documentation}",
    },
    ".github/ISSUE_TEMPLATE/config.yml": {
        "    url: ": "{source}/blob/main/docs/questions.md",
    },
}
DEFINITION = re.compile(r"^\[[^\]]+\]: .*\n", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
PICTURES = {".png", ".svg"}


def leads_to(name: str, source: str, documentation: str) -> str:
    """Returns the address of a file of the repository, or of the site."""
    if name == "site":
        return documentation
    return f"{source}/{'raw' if Path(name).suffix in PICTURES else 'blob'}/main/{name}"


def names(text: str) -> list[str]:
    """Returns what the links of a page are named by, `[…][name]`, each once; in code, `W[0][1]` is not a link."""
    return sorted({*re.findall(r"\]\[([^\]]+)\]", CODE.sub("", text))})


def texts(home: Path = HOME) -> dict[Path, str]:
    """Returns the files that hold addresses, as they are to be."""
    project = tomllib.loads((home / "pyproject.toml").read_text("utf-8"))["project"]
    source, documentation = (project["urls"][name].rstrip("/") for name in ("Source", "Documentation"))
    said = {"source": source, "documentation": f"{documentation}/", "version": project["version"]}
    made = {}
    for file, lines in LINES.items():
        text = (home / file).read_text("utf-8")
        for begins, ends in lines.items():
            line = begins + ends.format(**said)
            text = "\n".join(line if old.startswith(begins) else old for old in text.split("\n"))
        made[home / file] = text
    readme = DEFINITION.sub("", (home / "README.md").read_text("utf-8")).rstrip("\n")
    listed = "\n".join(f"[{name}]: {leads_to(name, source, said['documentation'])}" for name in names(readme))
    return made | {home / "README.md": f"{readme}\n\n{listed}\n"}


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
