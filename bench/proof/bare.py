"""A machine that has nothing but Python and a shell: a home, a path, a wheel of these sources, environments, in one folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).resolve().parent.parent.parent
LONGEST = 1800.0  # seconds after which a command counts as one that does not end
# What a bare machine has beside Python.
SHELL = (
    *("bash", "sh", "env", "cat", "cp", "mv", "rm", "ls", "ln", "mkdir", "chmod", "touch", "head", "test", "sleep", "timeout"),
    *("grep", "sed", "uname", "id", "dirname", "basename", "readlink"),
)


class Ended(NamedTuple):
    """How something ended that was run: its status, and all that it printed."""

    status: int
    said: str

    @property
    def last(self) -> str:
        lines = [line for line in self.said.splitlines() if line.strip()]
        return (lines or [""])[-1][:200]


class Machine:
    """A machine in a folder that is deleted again: a home, a path, a wheel, environments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.programs, self.packages = folder / "home", folder / "bin", folder / "packages"
        for made in (self.home, self.programs, self.packages):
            made.mkdir()
        python = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
        for name in ("python3", python.name):
            (self.programs / name).symlink_to(python)
        for name in SHELL:
            (self.programs / name).symlink_to(str(shutil.which(name)))
        self.environments: dict[tuple[str, ...], Path | None] = {}
        builder = self.new("venv") / "bin"
        sources = self.sources()
        self.must(f"pip wheel --quiet --no-deps --wheel-dir {shlex.quote(str(self.packages))} .", sources, builder)
        (self.wheel,) = self.packages.glob("*.whl")
        self.version = self.wheel.name.split("-")[1]

    def folder_for(self, name: str) -> Path:
        """Returns a new, empty folder."""
        return Path(tempfile.mkdtemp(prefix=re.sub(r"\W+", "-", name) + "-", dir=self.folder))

    def sources(self, clone: bool = False) -> Path:
        """Returns a copy of these sources, or a clone of such a copy, with an origin beside it that takes what is pushed."""
        made = self.folder_for("chalkgrad")
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=HOME,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (HOME / name).is_file():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(HOME / name, made / name)
        if clone:
            git = ["git", "-c", "user.name=somebody", "-c", "user.email=somebody@example.org"]
            for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "a copy"]):
                subprocess.run([*git, *words], cwd=made, check=True)
            subprocess.run(["git", "init", "-q", "--bare", f"{made}.git"], check=True)
            subprocess.run(["git", "remote", "add", "origin", f"{made}.git"], cwd=made, check=True)
        return made

    def new(self, name: str) -> Path:
        """Returns a new environment."""
        made = self.folder_for(name) / "venv"
        self.must(f"python3 -m venv {shlex.quote(str(made))}", self.home, None)
        return made

    def environment(self, requirements: tuple[str, ...]) -> Path | None:
        """Returns where the programs are of an environment with the wheel and these beside; None if they cannot be had."""
        if requirements not in self.environments:
            made = self.new("venv") / "bin"
            words = [self.wheel.as_uri() if word == "chalkgrad" else self.here(word) for word in ("chalkgrad", *requirements)]
            ended = self.run(f"pip install --quiet {shlex.join(words)}", self.home, made)
            self.environments[requirements] = None if ended.status else made
        return self.environments[requirements]

    def here(self, text: str) -> str:
        """Returns a text with the wheel in the place of the package's name on the index, and of the course's address."""
        text = text.replace("https://example.org/course/chalkgrad-VERSION-py3-none-any.whl", self.wheel.as_uri())
        return re.sub(r"^chalkgrad(\[[a-z,]+\])$", rf"chalkgrad\1 @ {self.wheel.as_uri()}", text)

    def must(self, script: str, within: Path, path: Path | None) -> None:
        ended = self.run(script, within, path)
        if ended.status:
            raise RuntimeError(f"{script}: {ended.said[-2000:]}")

    def run(
        self,
        script: str,
        within: Path,
        path: Path | None,
        language: str = "",
        typed: str = "",
        programs: Sequence[str] = (),
    ) -> Ended:
        """Runs a script of bash as on this machine: in a folder, with the programs of an environment first on the path."""
        more = self.folder / "more" / "-".join(programs)
        if programs and not more.exists():
            more.mkdir(parents=True)
            for name in programs:
                if found := shutil.which(name):
                    (more / name).symlink_to(found)
        folders = [*([path] if path else []), self.programs, *([more] if programs else [])]
        kept = {
            name: text for name, text in os.environ.items() if re.match(r"PIP_|SSL_|GIT_SSL|npm_config|.*_proxy$", name, re.I)
        }
        environment = kept | {
            "PATH": os.pathsep.join(map(str, folders)),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_CACHE_DIR": str(self.folder / "pip"),
        }
        if language:
            environment["CHALKGRAD_LANGUAGE"] = language
        try:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=within,
                env=environment,
                input=typed,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=LONGEST,
                text=True,
                errors="replace",
            )
        except subprocess.TimeoutExpired:
            return Ended(-1, f"did not end in {LONGEST:.0f} s")
        return Ended(done.returncode, done.stdout)
