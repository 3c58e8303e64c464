"""What the wheel and the sdist hold: all of the package, the tables of others with their licences, and nothing else."""

from __future__ import annotations

import base64
import csv
import fnmatch
import functools
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bench.proof.figure import Figure
from bench.proof.platforms import HOME, PROJECT, ROOMS, copied, run

LARGEST = 4 << 20  # bytes of the wheel, and of the sdist
DATA_LICENCES = {"CC BY 4.0": "CC-BY-4.0", "CC0 1.0": "CC0-1.0"}  # as their README has it, and as pyproject does


@functools.cache
def tracked() -> tuple[str, ...]:
    """Returns the names of the repository's files; outside of a checkout, of all files in the folders of the package."""
    call = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(call, cwd=HOME, capture_output=True, check=True, text=True).stdout
    return tuple(name for name in listed.split("\0") if name and (HOME / name).is_file())


def owned() -> dict[str, str]:
    """Returns where each file of the package stands in the wheel, by its name in the repository."""
    folders = {**{room: f"chalkgrad/{room}" for room in ROOMS}, "front": "chalkgrad", "docs/lecture": "chalkgrad/lecture/pages"}
    place = {}
    for name in tracked():
        for folder, there in folders.items():
            # Of the lecture's pages those of rows come along, and not what the site has beside them.
            if name.startswith(f"{folder}/") and not (folder == "docs/lecture" and Path(name).name == "index.md"):
                place[name] = there + name.removeprefix(folder)
    return place


def packaged() -> Figure:
    """Returns which files pyproject's lists would leave out of the wheel, without building it."""
    settings = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    data, lacking = settings["package-data"], []
    for name, there in owned().items():
        inside = Path(there)
        package = next((x for x in inside.parents if str(x).replace("/", ".") in settings["packages"]), None)
        if package is None:
            lacking.append(name)
            continue
        globs = [*data["*"], *data.get(str(package).replace("/", "."), ())]
        rest = str(inside.relative_to(package))
        if not (rest.endswith(".py") and "/" not in rest) and not any(fnmatch.fnmatch(rest, glob) for glob in globs):
            lacking.append(name)
    what = f"{len(owned())} files of the package that pyproject's lists leave out of the wheel"
    return Figure(what, f"{len(lacking)}", "0", not lacking, "", tuple(f"* {name}" for name in lacking))


def files_of_others() -> Figure:
    """Returns which files of others come along without their licence: tables, fonts, libraries of the pages."""
    readme = (HOME / "nn" / "tables" / "README.md").read_text("utf-8")
    said = dict(re.findall(r"^\| `([^`]+)` .*\| \[([^\]]+)\]", readme, re.MULTILINE))
    tables = [Path(name).name for name in tracked() if name.startswith("nn/tables/") and not name.endswith("README.md")]
    wrong = [
        f"* nn/tables/{name}: its licence is {said.get(name, 'not named')}"
        for name in tables
        if said.get(name) not in DATA_LICENCES
    ]
    declared = set(PROJECT["license"].split(" AND "))
    wrong += [
        f"* pyproject's licence lacks {DATA_LICENCES[x]}"
        for x in {*said.values()} & {*DATA_LICENCES}
        if DATA_LICENCES[x] not in declared
    ]
    foreign = re.compile(r"copyright|@license|spdx-|all rights reserved|sourceMappingURL", re.IGNORECASE)
    ours = 0
    for name in owned():
        if name.startswith("nn/tables/"):
            continue
        ours += 1
        content = (HOME / name).read_bytes()
        if re.search(r"\.(ttf|otf|woff2?|eot|png|jpe?g|gif|wasm|so|dll|dylib|whl|zip|gz|min\.js)$", name):
            wrong.append(f"* {name}: is of a kind that is made elsewhere")
        elif content and (found := foreign.search(content.decode("utf-8"))) and "\\copyright" not in content.decode("utf-8"):
            wrong.append(f"* {name}: says {found[0]!r}")
    details = tuple(f"* `nn/tables/{name}`: {said.get(name)}" for name in tables)
    what = f"{len(tables)} tables of others with their licence; {ours} further files, none of others: no font, no library"
    return Figure(what, f"{len(wrong)} wrong", "0", not wrong, "", (*details, *wrong))


def archives(folder: Path) -> Iterator[Figure]:
    """Builds the sdist, and the wheel from it, and yields what is wrong in either."""
    sources = copied(folder)
    status, said = run([sys.executable, "-m", "build", "--outdir", folder / "dist", sources], folder)
    if status:
        yield Figure("the wheel, built from the sdist", "could not be built", "built", False, "", ("```", said, "```"))
        return
    wheel, sdist = next((folder / "dist").glob("*.whl")), next((folder / "dist").glob("*.tar.gz"))
    wrong, count, recorded = in_wheel(wheel)
    size = f"{wheel.stat().st_size / 1e6:.1f} MB"
    wrong += [f"* it has {size}"] * (wheel.stat().st_size > LARGEST)
    what = f"the wheel, {wheel.name.partition('-')[2]}: {count} files, {size}"
    goal = "all of the package, nothing else; RECORD agrees"
    yield Figure(what, f"{recorded} files as RECORD says, {len(wrong)} wrong", goal, not wrong, "", tuple(wrong))
    names, wrong = in_sdist(sdist)
    size = f"{sdist.stat().st_size / 1e6:.1f} MB"
    wrong += [f"* it has {size}"] * (sdist.stat().st_size > LARGEST)
    yield Figure(
        f"the sdist: {names} files, {size}", f"{len(wrong)} wrong", "no tests, bench, caches", not wrong, "", tuple(wrong)
    )


UNWANTED = re.compile(
    r"(^|/)(tests?|bench|build|\.ci|\.github|\.venv|__pycache__|[.]\w+_cache|\.hypothesis)/|\.pyc$|\.part$|~$"
)


def in_wheel(wheel: Path) -> tuple[list[str], int, int]:
    """Returns what is wrong in a wheel, how many files it has, and how many are as its RECORD says."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        about = next(name for name in names if name.endswith(".dist-info/RECORD"))
        rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(archive.read(about).decode()))}
        recorded, wrong = 0, [f"* {name} is not in RECORD" for name in {*names} - {*rows}]
        wrong += [f"* {name} is in RECORD alone" for name in {*rows} - {*names}]
        for name, (digest, size) in rows.items():
            if name == about:
                continue
            content = archive.read(name)
            right = "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            recorded += (digest, size) == (right, str(len(content)))
            wrong += [f"* {name} is not as RECORD says"] * ((digest, size) != (right, str(len(content))))
    expected = {*owned().values()}
    inside = {name for name in names if ".dist-info/" not in name}
    wrong += [f"* {name} is lacking" for name in sorted(expected - inside)]
    wrong += [f"* {name} does not belong there" for name in sorted(inside - expected)]
    wrong += [f"* {name} does not belong there" for name in names if UNWANTED.search(name)]
    wrong += [
        f"* {room}/py.typed is lacking" for room in ("", "engine/", "nn/", "viz/") if f"chalkgrad/{room}py.typed" not in names
    ]
    licences = [name for name in names if "/licenses/" in name]
    wrong += [f"* {name} is lacking" for name in PROJECT["license-files"] if not any(x.endswith(f"/{name}") for x in licences)]
    return wrong, len(names), recorded


def in_sdist(sdist: Path) -> tuple[int, list[str]]:
    """Returns how many files an sdist has, and what is wrong in it."""
    with tarfile.open(sdist) as archive:
        names = [member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()]
        strange = [member.name for member in archive.getmembers() if not (member.isfile() or member.isdir())]
    wrong = [f"* {name} is neither a file nor a folder" for name in strange]
    wrong += [f"* {name} does not belong there" for name in names if UNWANTED.search(name)]
    wrong += [f"* {name} is lacking" for name in ("LICENSE", "README.md", "pyproject.toml") if name not in names]
    return len(names), wrong
