"""A process of its own for a student's program: limits, time-outs, and nothing left of it when it is done.

    with in_process_of_its_own(Path("my_engine.py")) as process:
        report = judged(process)

The process is an isolated Python in an empty folder, in a session of its own; it is asked one question at a time, and its
answers are taken only with the number that came with the question. No right answer is ever in it. `confining` says what the
system holds it to. On Windows there is none.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from chalkgrad.classroom.grading.program import Number
from chalkgrad.classroom.grading.questions import Answer, Question
from chalkgrad.classroom.grading.running.confining import NOBODY

MEGABYTE: Final = 1 << 20
PACKAGES: Final = ("numpy", "numpy.libs")  # that a program may use if this machine has them
POSIX: Final = os.name == "posix"
LONGEST: Final = 4 * MEGABYTE  # of an answer
NOT_AN_ANSWER: Final = "the program's process sent something that is not an answer"
DEATHS: Final = 4  # after which a program is not started again
SUSPECTED: Final = 2  # deaths after which questions with all operations that these have in common are not asked


class NoProcess(RuntimeError):  # noqa: N818 (read aloud: "no process")
    """A submission cannot be run on this machine; the message says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes:
        seconds: of computing, for one question
        import_seconds: of computing, for importing the file
        wait: seconds by the clock that an answer may take, for a program that sleeps
        starting: seconds by the clock that starting the process and importing the file may take
        in_all: seconds by the clock, after which nothing more is asked
        memory: bytes of address space
        file_size: bytes of a file that it writes
        files: that are open at once
    """

    seconds: float = 1.0
    import_seconds: float = 5.0
    wait: float = 20.0
    starting: float = 20.0
    in_all: float = 60.0
    memory: int = 1024 * MEGABYTE
    file_size: int = MEGABYTE
    files: int = 64

    def of_system(self) -> dict[str, int]:
        """Returns the limits that the system holds, by their names in Python's module resource."""
        return {
            "RLIMIT_AS": self.memory,
            "RLIMIT_CPU": int(self.in_all),
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": self.files,
            "RLIMIT_CORE": 0,
            "RLIMIT_NPROC": 0,  # neither children nor threads
        }


class Started(NamedTuple):
    """What came of importing a program.

    Attributes:
        ready: whether there is a class to ask
        error, line: why there is none, and where
        stopped, stopped_at: what ended the import on the way, and in which line: what stands before it is there
        refused: the packages that are not there, and in which line each is imported
        printed: how many lines it wrote
        timeout: whether the time was over
        input_at: the line that waits for somebody to type while the file is imported, 0 if none does
    """

    ready: bool
    error: str = ""
    line: int = 0
    stopped: str = ""
    stopped_at: int = 0
    refused: Mapping[str, int] = {}
    printed: int = 0
    timeout: bool = False
    input_at: int = 0


class Bounds(NamedTuple):
    """What the system holds a program to.

    Attributes:
        rights: whether it is without the administrator's rights
        files: whether the system refuses files that are not its own, or Python's (Landlock, on Linux)
        calls: whether the system refuses processes, signals and sockets (seccomp, on Linux)
    """

    rights: bool = True
    files: bool = False
    calls: bool = False


class _Died(Exception):  # noqa: N818 (read aloud: "died")
    """The process ended, or was ended, instead of an answer; `timeout` says whether its time was over."""

    def __init__(self, reason: str, timeout: bool = False) -> None:
        super().__init__(reason)
        self.timeout = timeout


def in_process_of_its_own(
    file: Path,
    *,
    class_name: str = "",
    names: Mapping[str, str] | None = None,
    adapters: str = "",
    beside: Sequence[Path] = (),
    limits: Limits | None = None,
) -> ProcessOfItsOwn:
    """Returns a runner for a student's file, to be used in a `with`; the process starts with the first question.

    Args:
        file: the student's program
        class_name: the engine's class; without it the usual names are tried
        names: attributes, methods and functions by the student's names, as in {"data": "value"}
        adapters: source of a module that the lecturer wrote, see `driver.Engine`
        beside: other files of the student's, which the program may import
        limits: what it may use

    Raises:
        NoProcess: this is Windows.
    """
    if not POSIX:
        raise NoProcess(
            "a student's program is graded in a process with limits, which Windows does not have: run chalkgrad grade in WSL "
            "(wsl --install, then pip install chalkgrad there)"
        )
    return ProcessOfItsOwn(file, class_name, dict(names or {}), adapters, tuple(beside), limits or Limits())


@dataclass
class ProcessOfItsOwn:
    """A runner whose questions are answered by another process, which is started again when it died.

    A question over which it died is not asked again, nor is a larger one with the same operations: a program that loops in
    tanh does so in every graph with a tanh. They have the error of the smaller one, and none of its numbers.
    """

    file: Path
    class_name: str
    names: Mapping[str, str]
    adapters: str
    beside: Sequence[Path]
    limits: Limits
    deaths: int = 0
    restarts: int = 0
    printed: int = 0
    bounds: Bounds = field(default_factory=Bounds)
    _process: subprocess.Popen[bytes] | None = None
    _started: Started | None = None
    _folder: str = ""
    _mark: str = ""
    _to: int = -1
    _from: int = -1
    _buffer: bytearray = field(default_factory=bytearray)
    _fatal: list[tuple[Question, Answer]] = field(default_factory=list)
    _end: float = 0.0
    _waited: bool = False  # a time-out by the clock was tried again: one that sleeps does so always

    def __enter__(self) -> ProcessOfItsOwn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def started(self) -> Started:
        """What came of importing the program."""
        if self._started is None:
            self._end = time.monotonic() + self.limits.in_all
            try:
                self._started = self._start()
            except _Died as died:
                self._stop()
                if not died.timeout:
                    self._started = Started(False, str(died))
                    return self._started
                try:  # the machine may have been busy
                    self._started = self._start()
                except _Died as again:
                    self._stop()
                    self._started = Started(False, str(again), timeout=again.timeout)
        return self._started

    def __call__(self, questions: Sequence[Question]) -> list[Answer]:
        """Returns an answer for each question, whatever the program does."""
        started = self.started
        if not started.ready:
            return [Answer(error=started.error, line=started.line) for _ in questions]
        # What may raise or loop in a backward pass comes last: values are asked for whatever becomes of it.
        first = sorted(range(len(questions)), key=lambda i: questions[i].do not in ("find", "values"))
        answers = {i: self._answer(questions[i]) for i in first}
        return [answers[i] for i in range(len(questions))]

    def _answer(self, question: Question) -> Answer:
        for fatal, answer in self._fatal:
            if _covers(question, fatal):
                return answer if question == fatal else answer._replace(numbers=())
        if self._suspected(question) or self.deaths >= DEATHS or time.monotonic() >= self._end:
            last = self._fatal[-1][1] if self._fatal else Answer(error=f"TimeOut: more than {self.limits.in_all:g} s in all")
            return last._replace(tried=False, numbers=())
        answer, timeout, died = self._asked(question)
        if timeout and not (died and self._waited) and time.monotonic() < self._end:
            self._waited = self._waited or died
            answer, timeout, died = self._asked(question)
        if timeout or died:
            self.deaths += 1
            self._fatal.append((question, answer))
        return answer

    def _suspected(self, question: Question) -> bool:
        """Tells whether a question has all operations that the questions over which the program died have in common.

        Of values alone it is not suspected for what a backward pass did.
        """
        alike = [_signs(fatal) for fatal, _ in self._fatal if fatal.do == "values" or question.do != "values"]
        if len(alike) < SUSPECTED:
            return False
        common = frozenset.intersection(*alike)
        return bool(common) and common <= _signs(question)

    def _asked(self, question: Question) -> tuple[Answer, bool, bool]:
        """Returns an answer, whether the time was over, and whether the process died."""
        try:
            if self._process is None:
                self.restarts += 1
                self._start()
            said = self._exchange({"question": _as_data(question)}, self.limits.wait)
            answer = _answer_in(said)
            self.printed = int(said.get("printed", 0))
            timeout = bool(said.get("timeout"))
            if timeout:
                answer = answer._replace(error=self._over())
        except _Died as died:
            self._stop()
            return Answer(error=str(died)), died.timeout, True
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            self._stop()
            return Answer(error=NOT_AN_ANSWER), False, True
        except BaseException:
            self._stop()
            raise
        return answer, timeout, False

    def _no_answer(self) -> str:
        if time.monotonic() >= self._end:
            return f"TimeOut: more than {self.limits.in_all:g} s in all"
        return f"TimeOut: no answer for {self.limits.wait:g} s"

    def _over(self) -> str:
        return f"TimeOut: more than {self.limits.seconds:g} s of computing"

    # The process -----------------------------------------------------------------------------------------------------

    def _start(self) -> Started:
        """Starts the process, and returns what came of importing the program."""
        self._make_folder()
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        try:
            self._launch(theirs_in, theirs_out)
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._buffer.clear()
        try:  # before the program has a word
            self.bounds = Bounds(**json.loads(self._line(self._deadline(self.limits.starting))))
        except (ValueError, TypeError):
            raise _Died(NOT_AN_ANSWER) from None
        return self._started_in(self._exchange(self._setting(), self.limits.starting))

    def _make_folder(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="chalkgrad-")
        for file in (self.file, *self.beside):
            shutil.copyfile(file, Path(self._folder, file.name))
        if os.geteuid() == 0:  # the process gives up the administrator's rights
            for name in ("", *os.listdir(self._folder)):
                os.chown(os.path.join(self._folder, name), NOBODY, NOBODY)

    def _launch(self, theirs_in: int, theirs_out: int) -> None:
        self._mark = secrets.token_hex(8)
        bounds = {"folder": self._folder, "carried": _carried(), "packages": PACKAGES, "limits": self.limits.of_system()}
        place = Path(__file__).with_name("confining.py")
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-S", str(place), str(theirs_in), str(theirs_out), json.dumps(bounds)],
            cwd=self._folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs_in, theirs_out),
            start_new_session=True,  # so that it is ended with all that it started
        )

    def _setting(self) -> dict[str, Any]:
        """Returns what `student_process.Setting` is, but for the number."""
        return {
            "folder": self._folder,
            "file": self.file.name,
            "class_name": self.class_name,
            "names": dict(self.names),
            "adapters": self.adapters,
            "carried": _carried(),
            "packages": PACKAGES,
            "seconds": self.limits.seconds,
            "import_seconds": self.limits.import_seconds,
        }

    def _started_in(self, said: Mapping[str, Any]) -> Started:
        """Returns what came of importing a program, in what the process sent."""
        try:
            timeout, stopped, line = bool(said.get("timeout")), str(said.get("stopped", ""))[:400], int(said.get("line", 0))
            over = f"TimeOut: importing the file took more than {self.limits.import_seconds:g} s of computing"
            error = over if timeout and said["error"] else str(said["error"])[:400]
            if stopped.startswith("TimeOut"):
                stopped = over
            refused = {str(name): int(at) for name, at in dict(said["refused"]).items()}
            return Started(
                said["ready"] is True,
                error,
                line,
                stopped,
                line if stopped else 0,
                refused,
                int(said["printed"]),
                timeout,
                int(said["input"]),
            )
        except (KeyError, TypeError, ValueError):
            raise _Died(NOT_AN_ANSWER) from None

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": self._folder,
            "TMPDIR": self._folder,
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "0",  # the same sets at every run
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "CHALKGRAD_SUBMISSION": self._mark,
        }

    def _deadline(self, seconds: float) -> float:
        """Returns until when something is waited for: never after the end of all."""
        return min(time.monotonic() + seconds, self._end)

    def _exchange(self, asked: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Sends a line, and returns what comes back with its number."""
        nonce = secrets.token_hex(8)
        deadline = self._deadline(seconds)
        self._send(f"{json.dumps({**asked, 'nonce': nonce})}\n".encode(), deadline)
        while True:
            line = self._line(deadline)
            if line.startswith(nonce.encode() + b" "):
                try:
                    said = json.loads(line.partition(b" ")[2], object_hook=_floats)
                except (ValueError, RecursionError):
                    raise _Died(NOT_AN_ANSWER) from None
                if not isinstance(said, dict):
                    raise _Died(NOT_AN_ANSWER)
                return said

    def _send(self, content: bytes, deadline: float) -> None:
        while content:
            if not select.select((), (self._to,), (), max(0.0, deadline - time.monotonic()))[1]:
                raise _Died(self._no_answer(), True)
            try:
                content = content[os.write(self._to, content) :]
            except OSError:
                raise _Died(self._ending()) from None

    def _line(self, deadline: float) -> bytes:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST:
                raise _Died("the program wrote too much into the pipe of the answers")
            left = deadline - time.monotonic()
            if left <= 0 or not select.select((self._from,), (), (), left)[0]:
                raise _Died(self._no_answer(), True)
            more = os.read(self._from, 1 << 16)
            if not more:
                ending = self._ending()
                raise _Died(ending, ending.startswith("TimeOut"))
            self._buffer += more
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _ending(self) -> str:
        """Returns a sentence about a process that closed its pipe."""
        process = self._process
        if process is None:
            return "the program's process ended"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1.0)
        code = process.returncode
        if code is None:
            return "the program closed the pipe of the answers"
        if code in (-signal.SIGXCPU, -signal.SIGPROF):
            return "TimeOut: too much computing"
        if code == -signal.SIGSEGV:
            return "the program's process crashed (segmentation fault): a recursion without an end, for instance"
        if code < 0:
            return f"the program's process was ended by signal {signal.Signals(-code).name}"
        return f"the program ended its process by itself (exit status {code})"

    def _stop(self) -> None:
        """Ends the process with everything that it started, and removes its folder."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for other in _marked(self._mark):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(other, signal.SIGKILL)
        for pipe in (self._to, self._from):
            if pipe >= 0:
                os.close(pipe)
        self._to = self._from = -1
        if self._folder:
            shutil.rmtree(self._folder, onerror=_by_force)
            self._folder = ""

    def close(self) -> None:
        """Ends the process, if there is one."""
        self._stop()


def _by_force(remove: Any, path: str, _: object) -> None:
    """Removes a file or folder of which the program took the rights away."""
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        remove(path)


def _marked(mark: str) -> list[int]:
    """Returns the processes that inherited this submission's environment, also in a session of their own (on Linux)."""
    found = []
    wanted = f"CHALKGRAD_SUBMISSION={mark}".encode()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as stream:
                    if wanted in stream.read():
                        found.append(int(name))
    return found


def _carried() -> list[str]:
    """Returns the folders of packages on this machine."""
    return [path for path in sys.path if path and os.path.isdir(path) and Path(path).name.endswith("-packages")]


def _as_data(question: Question) -> dict[str, Any]:
    return {**question._asdict(), "options": dict(question.options)}


def _floats(found: dict[str, Any]) -> Any:
    return float.fromhex(found["float"]) if found.keys() == {"float"} else found


def _answer_in(said: Mapping[str, Any]) -> Answer:
    """Returns the answer in what the process sent; raises TypeError or KeyError for anything else."""
    numbers = []
    for nodes in said.get("numbers", ()):
        read = {}
        for name, (data, grad) in nodes.items():
            for x in (data, grad):
                if not isinstance(x, (float, type(None))):
                    raise TypeError(f"{x!r} is not a number")
            read[name] = Number(data, grad)
        numbers.append(read)
    error, missing = str(said.get("error", ""))[:400], str(said.get("missing", ""))[:100]
    found = said.get("found", {})
    if not isinstance(found, dict):
        raise TypeError("found is not an object")
    return Answer(tuple(numbers), error, int(said.get("line", 0)), missing, found, float(said.get("seconds", 0.0)))


def _signs(asked: Question) -> frozenset[str]:
    return frozenset(line[1] for program in asked.programs for line in program.lines)


def _covers(question: Question, fatal: Question) -> bool:
    """Tells whether a question is at least as large as one over which the process died, with all of its operations."""

    if fatal.do not in ("run", "values") or question.do not in ("run", "values"):
        return bool(question == fatal)
    large, small = _size(question), _size(fatal)
    return _signs(question) >= _signs(fatal) and large[0] >= small[0] and large[1] >= small[1]


def _size(asked: Question) -> tuple[int, int]:
    """Returns the number of lines, and that of passes."""
    return sum(len(program.lines) for program in asked.programs), len(asked.passes) if asked.do == "run" else 0
