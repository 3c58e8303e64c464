"""The documents as somebody follows them who has nothing else: each command, and each line of Python, in new environments.

A bare machine is a home without anything in it, a path with the commands of a shell and Python alone, and a wheel in an
environment of its own, with what the page says to install and nothing else. What needs an address of the network is run with
the wheel, or with a copy of these sources, in its place.
"""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from bench.proof.bare import Ended, Machine
from bench.proof.figure import Figure
from bench.proof.taken_as_there import ADAPTED, BEFORE, SOURCE, with_files

import fenced  # isort: skip

PROMISE = "README and the documents: what they have typed runs on a bare machine, in both languages"
LANGUAGES = ("en", "he")
SAMPLE = 8  # commands that the quick form runs
# What a page asks for beside Python, in its own words.
PROGRAMS = {
    "CONTRIBUTING.md": ("apt-get", "dpkg", "git"),  # Debian, and a clone
    "docs/inside/releasing.md": ("git",),
    "docs/try/index.md": ("node", "npm"),
    "sheet": ("chromium", "lualatex"),  # of which one makes a PDF
}

TRANSCRIPT = """
import doctest, json, sys
examples = doctest.DocTestParser().get_doctest(TEXT, {"__name__": "__main__"}, NAME, NAME, 0)
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
failed = runner.run(examples).failed
print(json.dumps([len(examples.examples), failed]))
sys.exit(failed > 0)
"""


class Seen:
    """What was run, what of it was wrong, and what was not run and why."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.others: list[str] = []

    def ran(self, what: str, ended: Ended, allowed: Sequence[int] = (0,)) -> None:
        self.count["run"] += 1
        if ended.status not in allowed or "Traceback (most recent call last)" in ended.said:
            self.wrong.append(f"* wrong: {what}: status {ended.status}: {ended.last}")

    def check(self, what: str, holds: bool, why: str) -> None:
        self.count["run"] += 1
        if not holds:
            self.wrong.append(f"* wrong: {what}: {why}")

    def instead(self, what: str, why: str) -> None:
        """Notes that something was run in another way than it stands there, or not at all."""
        if (line := f"* {what}: {why}") not in self.others:
            self.others.append(line)

    def figure(self, what: str) -> Figure:
        said = f"{self.count['run']} run, {len(self.wrong)} wrong"
        if self.count["not run"]:
            said += f", {self.count['not run']} not run, each with its reason"
        return Figure(what, said, "0 wrong", not self.wrong, details=(*self.wrong, *self.others))


# What pages need ----------------------------------------------------------------------------------------------------------


def installed_by(page: Path) -> tuple[str, ...]:
    """Returns what a page says to install from an index, by `pip install`, in a block or in a sentence."""
    blocks, _ = fenced.parts(page)
    lines = [line for block in blocks if block.tag == fenced.SHELL for line in fenced.lines_of(block)]
    lines += [text for text in fenced.in_text(page) if text.startswith("pip install ")]
    lines += [line for block in blocks for line in re.findall(r"'(pip install .*?)'", block.text) if block.tag == fenced.CELLS]
    found: list[str] = []
    for line in lines:
        for words in fenced.simple_commands(line):
            if words[:2] == ["pip", "install"] and not {"--index-url", "--no-index", "-e"} & {*words} and "…" not in line:
                found += [word for word in words[2:] if "://" not in word and word not in ("chalkgrad", "pre-commit")]
    return tuple(sorted({*found}))


TYPED = "h\nn\nn\n?\n3\nb\nq\n"  # at the prompt of `chalkgrad step`, which is the one command that asks


# Python -------------------------------------------------------------------------------------------------------------------


def transcripts_of(page: Path) -> str:
    return "\n".join(block.text for block in fenced.parts(page)[0] if block.tag in fenced.TRANSCRIPTS)


def program_of(text: str, name: str) -> str:
    """Returns a program that types a transcript, and compares what it prints."""
    return f"TEXT = {text!r}\nNAME = {name!r}\n{TRANSCRIPT}"


def in_transcripts(machine: Machine) -> Iterator[Figure]:
    """Types each page's transcripts, and compares what is printed."""
    seen, lines = Seen(), 0
    pages = [page for page in fenced.PAGES if transcripts_of(page) and fenced.named(page) != SCALE]
    for page in tqdm(pages, "transcripts", disable=None):
        name, text = fenced.named(page), transcripts_of(page)
        path = machine.environment(requirements_of(page))
        if path is None:
            seen.count["not run"] += 1
            seen.instead(name, f"{', '.join(installed_by(page))} cannot be had here")
            continue
        folder = machine.folder_for(name)
        (folder / "typed.py").write_text(program_of(text, name), "utf-8")
        ended = machine.run("python typed.py", folder, path)
        lines += int(json.loads(ended.last)[0]) if ended.last.startswith("[") else 0
        # A transcript may show a traceback; the status says whether all was as shown.
        failed = re.findall(r"^Failed example:\n(.*)$", ended.said, re.MULTILINE)
        seen.check(name, not ended.status, f"{'; '.join(line.strip() for line in failed[:5]) or ended.last}")
    yield seen.figure(f"{len(pages)} pages with transcripts, {lines} lines, what is printed compared")


def requirements_of(page: Path) -> tuple[str, ...]:
    """Returns what is installed beside chalkgrad for a page: PyTorch's build for processors, as the page says on Linux."""
    wanted = installed_by(page)
    return (*(["torch==2.13.0+cpu"] if any("torch" in word for word in wanted) else []), *wanted)


def in_cells(machine: Machine) -> Iterator[Figure]:
    """Runs each page of cells as the program that it is for editors."""
    from chalkgrad.lecture.notebooks import script

    pages = [page for page in fenced.PAGES if any(block.tag == fenced.CELLS for block in fenced.parts(page)[0])]
    for language in LANGUAGES:
        seen, cells = Seen(), 0
        mine = [page for page in pages if ("he" in page.parts) == (language == "he")]
        for page in tqdm(mine, f"cells, {language}", disable=None):
            name = fenced.named(page)
            code = script(page.read_text("utf-8"))
            cells += code.count("# %%\n")
            path = machine.environment(requirements_of(page))
            if path is None and "except ImportError" in code:
                path = machine.environment(())
                seen.instead(name, "PyTorch's build for processors cannot be had here: its cell says how to install it")
            if path is None:
                seen.count["not run"] += 1
                seen.instead(name, f"{', '.join(installed_by(page))} cannot be had here")
                continue
            folder = machine.folder_for(name)
            (folder / "page.py").write_text(code, "utf-8")
            seen.ran(name, machine.run("python page.py", folder, path, language))
        yield seen.figure(f"{len(mine)} pages with cells, {cells} of them, as programs, {language}")


# Shell --------------------------------------------------------------------------------------------------------------------

SCALE = "docs/scale.md"
IN_A_CLONE = ("README.md", "CONTRIBUTING.md", "docs/inside/releasing.md", "docs/try/index.md")
CLONED_BLOCK = "pip install ."  # a block with this is run in the sources, whatever the page

# What is run in another way than it stands there: on which page, what, by what, and why. No page is named: on each.
OTHERWISE: tuple[tuple[str, str, str, str], ...] = (
    ("README.md", r"pytest -n auto --dist worksteal$", "pytest -q tests/test_project.py", "one file of tests; .ci/run has all"),
    ("CONTRIBUTING.md", r"check\.py$", "check.py lint format types", "without the tests, which .ci/run has"),
    ("CONTRIBUTING.md", r"apt-get install", "apt-get install --simulate", "whether Debian has each: --simulate"),
    (SCALE, r"^pip install (.*) +#.*", "true", "the environment has it already, from the wheel"),
    (
        SCALE,
        r"device_count=8 python$",
        "device_count=8 python typed.py",
        "with the page's transcripts in the place of a prompt",
    ),
    (
        SCALE,
        r"^COORDINATOR=\S+ HOSTS=4 HOST=0 python train\.py.*",
        "export COORDINATOR=127.0.0.1:{port} HOSTS=2; HOST=0 python train.py & HOST=1 python train.py; wait $!",
        "two processes on this machine",
    ),
    (
        "docs/pytorch-and-sympy.md",
        r'^pip install (torch --index-url|"chalkgrad\[torch\]").*',
        "true",
        "the environment has PyTorch's build for processors already, where it can be had",
    ),
    ("docs/inside/releasing.md", "VERSION", "{version}", "the version that pyproject.toml has"),
    ("docs/inside/releasing.md", r"--find-links wheels chalkgrad", "--find-links wheels --force-reinstall chalkgrad", "again"),
    ("docs/try/index.md", r"^python -m http\.server (.*)", r"timeout 3 python -m http.server 0 \1 || test $? = 124", "for 3 s"),
)


def shell_of(machine: Machine, block: fenced.Block, seen: Seen) -> str:
    """Returns what is run of a block of shell."""
    name, lines = fenced.named(block.page), []
    for line in fenced.lines_of(block):
        stands, reasons = line.strip(), []
        for page, pattern, other, why in OTHERWISE:
            if page == name and re.search(pattern, line):
                reasons.append(why)
                line = re.sub(pattern, other, line).replace("{version}", machine.version).replace("{port}", str(_free_port()))
        if "https://example.org" in line or re.search(r"\bpip install .*chalkgrad\[", line):
            reasons.append("the wheel in the address's place")
            line = line.replace(
                f"https://example.org/course/chalkgrad-{machine.version}-py3-none-any.whl", machine.wheel.as_uri()
            )
            line = re.sub(r'"?(chalkgrad\[[a-z,]+\])"?(?! @)(?=\s|$)', rf'"\1 @ {machine.wheel.as_uri()}"', line)
        if reasons:
            seen.instead(f"{name}: `{stands}`", ", and ".join(reasons))
        lines.append(line)
    return "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def in_shell(machine: Machine) -> Iterator[Figure]:
    """Runs each page's blocks of shell, in order, in one folder, then the whole commands in its sentences."""
    whole = [command for command in fenced.commands_in_text() if fenced.is_whole(command.words)]
    for language in LANGUAGES:
        seen, blocks, said = Seen(), 0, 0
        for page in tqdm(fenced.PAGES, f"shell, {language}", disable=None):
            name = fenced.named(page)
            mine = [block for block in fenced.parts(page)[0] if block.tag == fenced.SHELL]
            sentences = [command for command in whole if command.place == name]
            if ("he" in page.parts and language == "en") or not (mine or sentences):
                continue
            path, folder = machine.environment(requirements_of(page)), machine.folder_for(name)
            if path is None:
                path = machine.environment(tuple(x for x in installed_by(page) if "torch" not in x))
            assert path is not None, name
            prepared(machine, page, folder, path)
            for block in mine:
                if name in IN_A_CLONE or CLONED_BLOCK in block.text:
                    continue  # by in_clones
                script = shell_of(machine, block, seen)
                with_files(folder, script)
                blocks += 1
                for line in script.splitlines():  # each in its own shell, as at a prompt, so that a wrong one is named
                    seen.ran(f"{block.place}: `{line}`", machine.run(line, folder, path, language, TYPED))
            for command in sentences:
                with_files(folder, command.text)
                said += 1
                seen.ran(f"{name}: `{command.text}`", machine.run(command.text, folder, path, language, TYPED))
            if language == "en":
                yield from others_of(machine, page, folder, path)
        yield seen.figure(f"{blocks} blocks of shell line by line, and {said} commands in sentences, {language}")


def prepared(machine: Machine, page: Path, folder: Path, path: Path) -> None:
    """Puts into a folder what a page takes as there."""
    name = fenced.named(page)
    if script := BEFORE.get(name):
        with_files(folder, script)
        machine.must(script, folder, path)
    if name == SCALE:
        *most, hosts = [block.text for block in fenced.parts(page)[0] if block.tag in fenced.TRANSCRIPTS]
        (folder / "typed.py").write_text(program_of("\n".join(most), name), "utf-8")
        (folder / "train.py").write_text(program_of(hosts, name), "utf-8")


def others_of(machine: Machine, page: Path, folder: Path, path: Path) -> Iterator[Figure]:
    """Uses what stands in a page's other blocks, with what its commands have made."""
    for block in fenced.parts(page)[0]:
        seen = Seen()
        if block.tag == "json":
            (made,) = [*folder.glob("marks/??????.json")][:1]
            shown, written = json.loads(block.text), json.loads(made.read_text("utf-8"))
            unlike = _keys(shown) ^ (_keys(written) - {"id"})
            seen.check(block.place, not unlike, f"{sorted(unlike)} in one and not in the other")
            yield seen.figure(f"{block.place}: the JSON that it shows, its keys beside those of a file of marks")
        elif block.tag == "py":
            (folder / "adapters.py").write_text(block.text, "utf-8")
            (folder / "theirs.py").write_text(SOURCE + ADAPTED, "utf-8")
            call = 'chalkgrad grade theirs.py --adapters adapters.py --needs "+ - * / ** tanh"'
            seen.ran(block.place, machine.run(call, folder, path))
            yield seen.figure(f"{block.place}: the adapters, with an engine that is as they take it")
        elif block.tag == "latex":
            if shutil.which("pdflatex") is None or not (folder / "chain.tex").exists():
                because = "LaTeX is not on this machine" if (folder / "chain.tex").exists() else ""
                yield Figure(f"{block.place}: the document", "not run", "0 wrong", met=False, because=because)
                continue
            (folder / "slides.tex").write_text(block.text, "utf-8")
            done = subprocess.run(
                ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "slides"], cwd=folder, capture_output=True
            )
            seen.ran(block.place, Ended(done.returncode, done.stdout.decode("utf-8", "replace")))
            yield seen.figure(f"{block.place}: the document, by LaTeX")


def _keys(node: object) -> set[str]:
    """Returns all keys in JSON, but for those below `extra`, which are the class's own."""
    if isinstance(node, dict):
        return {*node}.union(*(_keys(below) for key, below in node.items() if key != "extra"))
    return set().union(*map(_keys, node)) if isinstance(node, list) else set()


def in_help(machine: Machine) -> Iterator[Figure]:
    """Runs the examples of each command's help, in order, in one folder for each command."""
    for language in LANGUAGES:
        seen = Seen()
        for name, lines in tqdm(fenced.examples_of_help().items(), f"help, {language}", disable=None):
            folder = machine.folder_for(f"help-{name}")
            path = machine.environment(tuple(sorted({*re.findall(r"chalkgrad\[\w+\]", fenced.helps()[name])})))
            assert path is not None, name
            if script := BEFORE.get(name):
                with_files(folder, script)
                machine.must(script, folder, path)
            for line in lines:
                with_files(folder, line)
                seen.ran(
                    f"{' '.join(filter(None, ('chalkgrad', name)))} --help: `{line}`",
                    machine.run(line, folder, path, language, TYPED, PROGRAMS.get(name, ())),
                )
        yield seen.figure(f"the examples of --help, of each command and of all, {language}")


# In a clone ---------------------------------------------------------------------------------------------------------------

# Programs of this repository, and commands of pip, in sentences: what is run of them, or why they are not.
IN_SENTENCES: dict[str, str] = {
    ".venv/bin/python docs/addresses.py": "run",
    "python -m chalkgrad.engine.words.write_operators": "run",
    "pip install pre-commit && pre-commit install": "run",
    "ruff check": "run",
    "ruff format --check": "run",
    ".ci/check.py lint types": "run",
    'pip install -e ".[bench]"': "it brings PyTorch with all that graphics cards need, some gigabytes",
    "pip install -e . --config-settings editable_mode=strict": "CONTRIBUTING.md has it in a block, which is run",
    "mypy --strict": "what .ci/check.py types runs, on a copy",
    ".ci/check.py tests -k tanh": ".ci/run has the tests",
    ".ci/run": "it is run before each change, and runs README's blocks as they stand",
    ".ci/torch": ".ci/run runs it",
    ".venv/bin/python docs/make.py": "it writes docs/pages anew; tests/test_docs.py holds what it makes to what is there",
    "bench/": "a folder",
    "bench/bench.py": "a measurement of minutes; docs/benchmark.md is what it says",
    "bench/programs.py": "a measurement of minutes",
    "python bench/programs.py": "a measurement of minutes",
    "bench/pictures.py": "a measurement of minutes",
    "bench/deep.py": "a measurement of minutes",
    "bench/named_slips.py": "a measurement of minutes",
    "bench/compare.py OLD/.venv/bin/python .venv/bin/python": "it takes two checkouts that somebody compares",
    "pip install": "named without what is installed",
    'pip install "chalkgrad[…]"': "named for all extras",
    "pip install chalkgrad": "there is no index that has it yet; the wheel is installed everywhere here",
    'pip wheel --wheel-dir wheels ".[plot]"': "run",
}


def in_sentences() -> list[tuple[str, str]]:
    """Returns the commands of other programs than ours in sentences, and the page; but not this measurement itself."""
    begins = re.compile(
        r"(\.venv/bin/)?(pip|python(?! -m bench\.proof)|python3|ruff|mypy|pytest|git|npm|apt-get) \S"
        r"|\.ci/\w|bench/|docs/\S+\.py\b"
    )
    return [(fenced.named(page), text) for page in fenced.PAGES for text in fenced.in_text(page) if begins.match(text)]


def in_clones(machine: Machine) -> Iterator[Figure]:
    """Runs what is typed in a clone, each page's in a clone of its own."""
    seen, count = Seen(), 0
    pages = [
        (page, block)
        for page in fenced.PAGES
        for block in fenced.parts(page)[0]
        if block.tag == fenced.SHELL and (fenced.named(page) in IN_A_CLONE or CLONED_BLOCK in block.text)
    ]
    clones: dict[str, Path] = {}
    for page, block in tqdm(pages, "clones", disable=None):
        name = fenced.named(page)
        if name not in clones or name == "README.md":  # its second block is an alternative to the first
            clones[name] = machine.sources(clone=True)
            if name not in ("README.md", "CONTRIBUTING.md", "docs/start.md"):  # in which one works already
                machine.must("python3 -m venv .venv && .venv/bin/pip install -q -e . build", clones[name], None)
        clone, programs = clones[name], PROGRAMS.get(name, ())
        if "npm" in programs and shutil.which("npm") is None:
            seen.count["not run"] += 1
            seen.instead(block.place, "npm is not on this machine")
            continue
        count += 1
        path = None if ".venv/bin/pip" in block.text else clone / ".venv" / "bin"
        ended = machine.run(shell_of(machine, block, seen), clone, path, programs=programs)
        seen.ran(block.place, ended)
    clone = clones["CONTRIBUTING.md"]
    path = clone / ".venv" / "bin"
    places: dict[str, list[str]] = {}
    for name, text in in_sentences():
        places.setdefault(text, []).append(name)
    for text, names in places.items():
        what, how = f"{', '.join(dict.fromkeys(names))}: `{text}`", IN_SENTENCES.get(text, "")
        if how == "run":
            script = (
                f"python {text}" if text.startswith(".ci/") else text.replace("--wheel-dir wheels", "--wheel-dir more-wheels")
            )
            seen.ran(what, machine.run(script, clone, path, programs=("git",)))
        elif how:
            seen.count["not run"] += 1
            seen.instead(what, how)
        elif not re.match(r"pip install (scipy|\"chalkgrad\[[a-z,]+\]\")$", text):  # what pages' environments are made of
            seen.check(what, False, "unaccounted for")
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "engine", "README.md", "pyproject.toml", "CITATION.cff", ".github"],
        cwd=clone,
        capture_output=True,
        text=True,
    ).stdout
    seen.check("what writes files anew that are there", not changed, changed)
    yield seen.figure(f"{count} blocks that are typed in a clone, and other programs in sentences")


def on_the_site(machine: Machine) -> Figure:
    """Builds the site as its workflow does, which runs all cells as notebooks, and follows all links."""
    clone = machine.sources()
    path = machine.new("site") / "bin"
    machine.must('pip install -q -e ".[docs]"', clone, path)
    start = time.perf_counter()
    ended = machine.run("python -m sphinx -q -W --keep-going -D nb_execution_timeout=900 -b html docs build/site", clone, path)
    built = len([*(clone / "build" / "site").rglob("*.html")])
    said = f"{built} pages in {time.perf_counter() - start:.0f} s" if not ended.status else "not built"
    details = tuple(f"* {line}" for line in ended.said.splitlines()[-10:]) if ended.status else ()
    what = "the site, whose build runs each cell and uses each directive"
    return Figure(what, said, "built, without a warning", not ended.status, details=details)


# All ----------------------------------------------------------------------------------------------------------------------


def accounted() -> Figure:
    """Counts what there is, and what of it nothing here runs or builds."""
    blocks, commands = fenced.blocks(), fenced.commands_in_text()
    left = [f"* {block.place}: {block.tag}" for block in blocks if not fenced.is_known(block)]
    others = [(place, text) for place, text in in_sentences() if not text.startswith("pip install")]
    left += [f"* {place}: `{text}`" for place, text in others if text not in IN_SENTENCES]
    left += [f"* {name}: {unknown}" for name, words in commands if (unknown := fenced.unknown_options(words))]
    kinds = Counter(block.tag.split()[0] if block.tag else "of letters" for block in blocks)
    kinds["code-cell"] = kinds.pop("{code-cell}")
    directives = sum(kinds.pop(tag, 0) for tag in fenced.DIRECTIVES)
    whole = sum(fenced.is_whole(command.words) for command in commands)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    details = (
        f"* {listed}, {directives} directives of the site. What is of letters is a picture in letters.",
        f"* {len(commands)} commands of ours in sentences: {whole} whole, which are run; others name one, with options it has.",
        f"* {sum(map(len, fenced.examples_of_help().values()))} examples in --help.",
    )
    what = f"{len(blocks)} fenced blocks on {len(fenced.PAGES)} pages, and the commands in sentences and in --help"
    return Figure(what, f"{len(left)} unaccounted for", "0", not left, details=(*left, *details))


def in_short() -> Iterator[Figure]:
    """Runs README's commands but the tests, and a sample of all others, in this environment."""
    draw, bin_ = random.Random(7), Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)

        def run(script: str) -> Ended:
            with_files(folder, script)
            environment = os.environ | {"PATH": os.pathsep.join([str(bin_), os.environ["PATH"]])}
            call = ["bash", "-euo", "pipefail", "-c", script]
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
            done = subprocess.run(call, cwd=folder, env=environment, input=TYPED.encode(), **streams)
            return Ended(done.returncode, done.stdout.decode("utf-8", "replace"))

        seen = Seen()
        first = next(block.text for block in fenced.parts(fenced.HOME / "README.md")[0] if block.tag == fenced.SHELL)
        venv, _, demo = (command.strip() for command in first.split("&&"))
        seen.ran(venv, run(f"{venv} --without-pip"))  # pip's own installation takes most of the time
        seen.ran(demo, run(demo.replace(".venv/bin/", "")))
        transcript = program_of(transcripts_of(fenced.PAGES[0]), "README.md")
        seen.ran("README's transcript", run(f"python -c {shlex.quote(transcript)}"))
        yield seen.figure("README's commands but for pip and the tests, and its transcript, in this environment")
        lines = sorted({shlex.join(["chalkgrad", *words]) for words in quick_lines()})
        seen = Seen()
        for line in draw.sample(lines, SAMPLE):
            seen.ran(f"`{line}`", run(line))
        yield seen.figure(f"{SAMPLE} of {len(lines)} commands of pages and of --help, in this environment")


def quick_lines() -> Iterator[Sequence[str]]:
    """Yields the commands of which the quick form draws: those that take less than a second and go on from no other."""
    quick = ("draw", "latex", "step", "play", "examples", "sheet", "completion")
    for block in fenced.blocks():
        if block.tag == fenced.SHELL:
            yield from (words for line in fenced.lines_of(block) for words in fenced.ours(line) if words[0] in quick)
    for lines in fenced.examples_of_help().values():
        yield from (words for line in lines for words in fenced.ours(line) if words[0] in quick)
    for command in fenced.commands_in_text():
        if fenced.is_whole(command.words) and command.words[0] in quick:
            yield command.words


def figures(quick: bool) -> Iterator[Figure]:
    yield accounted()
    if quick:
        yield from in_short()
        return
    with tempfile.TemporaryDirectory(prefix="chalkgrad-proof-", ignore_cleanup_errors=True) as folder:
        machine = Machine(Path(folder))
        yield from in_transcripts(machine)
        yield from in_cells(machine)
        yield from in_shell(machine)
        yield from in_help(machine)
        yield from in_clones(machine)
        yield on_the_site(machine)
