"""The licences of what comes along: of the packages that pip installs beside chalkgrad, by what they say of themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from bench.proof.figure import Figure
from bench.proof.platforms import FLOORS, PROJECT

# What a project under the MIT licence may name as a dependency, and ask its users to install: all are approved by the Open
# Source Initiative, but CC0, which is a dedication to the public, and MIT-CMU, whose text is that of HPND, which is. BSD is
# that of a package that does not say how many clauses it has.
OPEN = {
    "BSD",
    *(
        "0BSD",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-CMU",
    ),
    *("PSF-2.0", "Public Domain", "Zlib", "HPND", "Unlicense"),
}
# Of these, what is changed is to be given on under the same licence; a dependency that is imported is not.
OPEN_BY_FILE = {"EPL-2.0", "LGPL-3.0", "LGPL-3.0-or-later", "LGPL-2.1", "MPL-2.0", "OFL-1.1"}
# How a licence is written where it is not an expression of SPDX.
WRITTEN = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "public domain": "Public Domain",
}
TORCH = (
    "PyTorch is not installed here. Its own licence is BSD-3-Clause; its build for Nvidia's graphics cards brings Nvidia's "
    "libraries, which are not free, and its build for the CPU does not"
)


def licences_of(package: metadata.Distribution) -> str:
    """Returns the licence that a package names, as an expression of SPDX; "" if it names none that is known."""
    about = package.metadata
    if expression := about.get("License-Expression"):
        return str(expression)
    short = (about.get("License") or "").strip()
    kinds = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License ::")]
    known = [WRITTEN.get(text.lower(), text) for text in [short, *kinds]]
    found = dict.fromkeys(name for name in known if name in OPEN | OPEN_BY_FILE)
    if found:
        return " AND ".join(found)
    if short and terms(short) <= OPEN | OPEN_BY_FILE:
        return short
    by_text = " AND ".join(dict.fromkeys(filter(None, map(licence_in, texts_of(package)))))
    return by_text or ("BSD" if "BSD License" in kinds else "")


def texts_of(package: metadata.Distribution) -> Iterator[str]:
    """Yields the texts of a package's licences, which some packages have instead of a name."""
    for file in package.files or ():
        if re.match(r"(LICEN[CS]E|COPYING)", file.name, re.IGNORECASE) and ".dist-info" in str(file):
            yield Path(str(file.locate())).read_text("utf-8", "replace")
    yield package.metadata.get("License") or ""  # some have the whole text there


def licence_in(text: str) -> str:
    """Returns which licence a text is; "" if it is none of the usual ones.

    >>> licence_in("Permission is hereby granted, free of charge, to any person obtaining a copy of this software")
    'MIT'
    """
    text = " ".join(text.split())
    if "Redistribution and use in source and binary forms" in text:
        return "BSD-3-Clause" if re.search(r"(may|nor the names? of .*) be used to endorse", text) else "BSD-2-Clause"
    usual = {
        "Permission is hereby granted, free of charge, to any person obtaining a copy": "MIT",
        "Apache License Version 2.0": "Apache-2.0",
        "Mozilla Public License Version 2.0": "MPL-2.0",
    }
    return next((name for words, name in usual.items() if words in text), "")


def terms(expression: str) -> set[str]:
    """Returns the licences in an expression; of a choice, that which is free if one is."""
    named = set[str]()
    for choice in re.split(r"\s+AND\s+", expression.replace("(", "").replace(")", "")):
        possible = re.split(r"\s+OR\s+", choice)
        named.add(next((name for name in possible if name in OPEN), possible[0]))
    return named


def needed(requirements: Iterable[str]) -> dict[str, metadata.Distribution | None]:
    """Returns all packages that some requirements bring, by name; None for one that is not installed here."""
    found: dict[str, metadata.Distribution | None] = {}
    waiting = [(Requirement(line), "") for line in requirements]
    seen = set[tuple[str, str]]()
    while waiting:
        requirement, extra = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name == "chalkgrad" or (requirement.marker and not requirement.marker.evaluate({"extra": extra})):
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            found[name] = None
            continue
        found[name] = package
        for inner in ("", *requirement.extras):
            if (name, inner) not in seen:
                seen.add((name, inner))
                waiting += [(Requirement(line), inner) for line in package.requires or ()]
    return found


def users_licences() -> Figure:
    """Returns how many packages that users install beside chalkgrad are not free, or do not say what they are."""
    lines = [*PROJECT["dependencies"], *(line for name in FLOORS["USERS"] for line in FLOORS["EXTRAS"][name])]
    wrong, rows = judged(needed(lines))
    what = f"{len(rows)} packages of users: dependencies, the extras {', '.join(FLOORS['USERS'])}, and what these need"
    details = ("| package | licence |", "|---|---|", *rows, "", f"The extra torch: {TORCH}.", *wrong)
    return Figure(what, f"{len(wrong)} without an open licence", "0", not wrong, "", details)


def tools_licences() -> Figure:
    """Returns the same for the tools of those who work on chalkgrad, of which nothing is given on."""
    lines = [line for name in FLOORS["TOOLS"] for line in FLOORS["EXTRAS"][name]]
    packages = needed(lines)
    absent = sorted(name for name, package in packages.items() if package is None)
    wrong, rows = judged({name: package for name, package in packages.items() if package is not None})
    what = f"{len(rows)} packages of the extras {', '.join(FLOORS['TOOLS'])}"
    counts = Counter(row.split("|")[2].strip() for row in rows)
    said = ", ".join(f"{licence} {count}" for licence, count in counts.most_common())
    details = (f"Licences of the tools: {said}. Not installed here: {', '.join(absent) or 'none'}.", *wrong)
    return Figure(what, f"{len(wrong)} without an open licence", "0", not wrong, "", details)


def judged(packages: dict[str, metadata.Distribution | None]) -> tuple[list[str], list[str]]:
    """Returns what is wrong with the licences of some packages, and a row of a table for each."""
    wrong, rows = [], []
    for name, package in sorted(packages.items()):
        licence = licences_of(package) if package else ""
        if not licence:
            wrong.append(f"* {name}: " + ("its licence is not known" if package else "it is not installed here"))
        elif strange := terms(licence) - OPEN - OPEN_BY_FILE:
            wrong.append(f"* {name}: {', '.join(sorted(strange))}")
        rows.append(f"| {name} {package.version if package else ''} | {licence or 'unknown'} |")
    return wrong, rows
