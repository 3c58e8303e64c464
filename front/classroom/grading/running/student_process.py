"""The process in which a submission runs: imports the student's program, keeps it in bounds, and passes questions to `driver`.

    python -P -s -S student_process.py 5 6

`confining` becomes it, with the descriptors of two pipes, in an isolated Python in which chalkgrad is not there; so it
needs the standard library alone, and loads `driver` from the file beside it. It keeps a program from other files, other
processes, the network and packages that differentiate, and says so in a sentence. That is against accidents and shortcuts; on
Linux the system itself holds the program to the same, as `confining` asked it to.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypedDict

if TYPE_CHECKING:
    from chalkgrad.classroom.grading.running import driver
else:

    def _driver() -> types.ModuleType:
        """Returns the module beside this file, which cannot be imported by its name here."""
        place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")
        spec = importlib.util.spec_from_file_location("driver", place)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    driver = _driver()

Said = dict[str, object]  # an answer, as it is sent


class Setting(TypedDict):
    """What the runner says of a program: its folder and file, how it is read, packages and where they are, and limits."""

    folder: str
    file: str
    class_name: str
    names: dict[str, str]
    adapters: str
    carried: list[str]
    packages: list[str]
    seconds: float
    import_seconds: float
    nonce: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Packages that compute gradients: a student's engine is to be the student's.
REFUSED = _words(
    "chalkgrad micrograd torch torchvision functorch jax jaxlib flax autograd tinygrad sympy symengine tensorflow keras mxnet "
    "casadi theano pytensor aesara paddle mindspore mygrad smallgrad minitorch nnabla chainer cupy autodiff adolc algopy "
    "uncertainties numdifftools enzyme_ad tangent pyautodiff oneflow needle mlx equinox cvxpy gekko pyomo dynet dezero "
    "wurlitzer minigrad scalargrad nanograd picograd scipy"
)
# Of the standard library: what would reach beyond this process, or open files that no audit hook hears of.
LOCKED = _words(
    "asyncio ctypes _ctypes subprocess _posixsubprocess multiprocessing _multiprocessing _posixshmem pty "
    "concurrent.futures.process ssl _ssl readline sqlite3 _sqlite3 dbm _dbm _gdbm _tkinter nis spwd ossaudiodev _interpreters "
    "_interpchannels _interpqueues _xxsubinterpreters _xxinterpchannels _testcapi _testinternalcapi _remote_debugging"
)
# Packages that only show something: they are swallowed with all that is done with them.
SHOWN = _words(
    "matplotlib pylab seaborn plotly graphviz IPython rich pyvis bokeh altair pydot tqdm networkx turtle tkinter webbrowser"
)


class TimeOut(BaseException):
    """The seconds of computing that a question may take are over; `except Exception` does not catch it."""


# Imports that are not there -----------------------------------------------------------------------------------------------


class Stub(types.ModuleType):
    """A package that is not there: it fails when it is used, and not before."""

    _reason: str

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.__dict__["_reason"] = reason
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}", self._reason)


class Absent:
    """Something of a package that is not there; every use of it raises ImportError."""

    _name: str
    _reason: str

    def __init__(self, name: str, reason: str) -> None:
        self.__dict__.update(_name=name, _reason=reason)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ImportError(f"{self._name} is used, and {self._reason}")

    def __getattr__(self, name: str) -> Absent:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}", self._reason)

    def __mro_entries__(self, bases: object) -> NoReturn:
        self._refuse()

    __call__ = __iter__ = __enter__ = __getitem__ = __setattr__ = __add__ = __mul__ = __float__ = __len__ = _refuse


class Swallowed(types.ModuleType):
    """A package that only shows something: whatever is done with it is done in vain, and does not fail."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return _through if name in ("tqdm", "trange", "track") else Silent()


class Silent:
    """Something that a picture is made with."""

    def __call__(self, *_: object, **__: object) -> Silent:
        return self

    def __getattr__(self, name: str) -> Silent:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: object) -> Silent:
        return self

    def __setitem__(self, _: object, __: object) -> None:
        pass

    def __iter__(self) -> Iterator[Silent]:
        return iter((self, self))  # fig, ax = plt.subplots()

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def _through(x: object = (), *_: object, **__: object) -> object:
    return range(x) if isinstance(x, int) else x


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands before Python's own finders: refuses packages, finds those that are carried, and puts stubs for the rest."""

    def __init__(self, setting: Setting, folder: str, optional: Mapping[str, Sequence[range]]) -> None:
        self.folder, self.carried_in, self.packages, self.optional = folder, setting["carried"], setting["packages"], optional
        self.refused: dict[str, int] = {}  # by the line of the student's file
        self.last = importlib.machinery.PathFinder.find_spec

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Returns the spec of a stub, of a carried package, or None to let the next finder look."""
        top = name.partition(".")[0]
        if name in LOCKED or top in LOCKED:
            return self._stub(name, f"{top} reaches beyond this process, and is not there")
        if top in SHOWN:
            return importlib.machinery.ModuleSpec(name, self, is_package=True, loader_state="shown")
        if name != top and (top in REFUSED or self.last(top, sys.path) is None):
            beside = os.path.join(self.folder, f"{name.rpartition('.')[2]}.py")
            if os.path.isfile(beside):  # `from micrograd.engine import Value`, and the engine.py is the student's own
                self.refused.pop(top, None)
                return importlib.machinery.ModuleSpec(name, self, loader_state=f"beside {name.rpartition('.')[2]}")
        if top in REFUSED:
            return self._stub(name, f"{top} is not there: it is not the student's engine")
        if top in self.packages and path is None:
            return self.last(name, list(self.carried_in))
        within = (importlib.machinery.BuiltinImporter.find_spec, importlib.machinery.FrozenImporter.find_spec)
        if path is None and self.last(name, sys.path) is None and not any(find(name) for find in within):
            return self._stub(name, f"{top} is not there")
        return None

    def _stub(self, name: str, reason: str) -> importlib.machinery.ModuleSpec:
        frame = sys._getframe(2)
        while frame.f_back is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        file, line = frame.f_code.co_filename, frame.f_lineno
        if not file.startswith(self.folder):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        self.refused.setdefault(name, line)
        if any(line in lines for lines in self.optional.get(file, ())):  # the program says what to do without it
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return importlib.machinery.ModuleSpec(name, self, is_package=True, loader_state=reason)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Returns the stub, or the student's own file."""
        state = str(spec.loader_state)
        if state.startswith("beside "):
            return importlib.import_module(state.removeprefix("beside "))
        return Swallowed(spec.name) if state == "shown" else Stub(spec.name, state)

    def exec_module(self, module: types.ModuleType) -> None:
        """Does nothing: a stub has no code."""


def optional_imports(source: str) -> list[range]:
    """Returns the lines of the bodies of `try`, where these say what to do without a package.

    >>> optional_imports("try:\\n    import numpy\\nexcept ImportError:\\n    numpy = None\\n")
    [range(2, 3)]
    """
    found = []
    caught = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Try):
            names = {
                x.id for handler in node.handlers if handler.type for x in ast.walk(handler.type) if isinstance(x, ast.Name)
            }
            if names & caught or any(handler.type is None for handler in node.handlers):
                found.append(range(node.body[0].lineno, (node.body[-1].end_lineno or node.body[-1].lineno) + 1))
    return found


# The process -------------------------------------------------------------------------------------------------------------

_FORBIDDEN = _words(
    "os.fork os.forkpty os.exec os.posix_spawn os.spawn os.system os.startfile os.kill os.killpg os.symlink os.link "
    "pty.spawn resource.prlimit resource.setrlimit signal.pthread_kill webbrowser.open code.__new__ "
    "gc.get_objects gc.get_referrers gc.get_referents sys._current_frames sys._current_exceptions "
    "cpython.PyInterpreterState_New"  # another interpreter has no hook
)
_FORBIDDEN_OF = ("ctypes.", "fcntl.", "socket.", "sqlite3.", "subprocess.", "syslog.", "winreg.", "_winapi.", "msvcrt.")
_CHANGES = _words(
    "os.remove os.rename os.rmdir os.mkdir os.chmod os.chown os.truncate os.utime shutil.rmtree "
    "shutil.move shutil.copyfile shutil.copytree os.setxattr os.removexattr"
)
_LOOKS = _words("os.listdir os.scandir os.chdir os.fchdir os.getxattr os.listxattr")
_TAKEN_AWAY = _words("pidfd_send_signal pidfd_open mkfifo mknod chroot memfd_create")  # without an event that a hook could see


def _hook(setting: Setting, finder: Finder) -> Callable[[str, tuple[Any, ...]], None]:
    """Returns the audit hook that keeps a program from other processes, the network, and files other than its own and Python's.

    The program can replace every function that is written in Python and every name of a module, and reaches the frame of a hook
    that raised. So the hook calls nothing but methods of types that are built in and functions written in C, which are bound
    here as the defaults of its parameters; what it is given is made a plain text before it is looked at; it keeps nothing
    from one call to the next, and uses nothing that can be changed. It is one function: a second one would be among the names
    of its frame, and the defaults of that one could be changed there.
    """
    folder, carried = setting["folder"], setting["carried"]
    library = [os.path.dirname(os.__file__), *(path for path in sys.path if os.path.isabs(path))]

    def folders(paths: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(os.path.join(x, "") for path in paths for x in (path, os.path.realpath(path))))

    def hook(
        event: str,
        arguments: tuple[Any, ...],
        *,
        forbidden: frozenset[str] = _FORBIDDEN,
        forbidden_of: tuple[str, ...] = _FORBIDDEN_OF,
        changes: frozenset[str] = _CHANGES,
        looks: frozenset[str] = _LOOKS,
        locked: frozenset[str] = LOCKED,
        finder: Any = finder,
        home: tuple[str, ...] = folders([folder]),
        python: tuple[str, ...] = folders([path for path in library if path != folder]),
        packages: tuple[str, ...] = folders([os.path.join(path, x) for path in carried for x in setting["packages"]]),
        listed: tuple[str, ...] = folders(carried),
        devices: frozenset[str] = frozenset({os.devnull, "/dev/urandom"}),
        writes: int = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND,
        here: Callable[[], str] = os.getcwd,
        stat: Callable[[str], os.stat_result] = os.stat,
        kind: Any = type,
        words: Any = str,
        octets: Any = bytes,
        whole: Any = int,
        some: Any = list,
        failed: Any = OSError,
        refused: Any = PermissionError,
    ) -> None:
        if event == "import":
            name = words.__str__(arguments[0]).partition(".")[0]
            first = arguments[3] if kind(arguments[3]) is some else ()
            if name in locked and (arguments[1] is not None or not first or first[0] is not finder):
                raise refused(f"{name} reaches beyond this process, and is not there")
            return
        if event in forbidden or event.startswith(forbidden_of):
            raise refused(f"{event} is not allowed in a submission that is being graded")
        opening = event == "open"
        if not opening and event not in changes and event not in looks:
            return
        writing = event in changes or (opening and arguments[2] & writes != 0)
        for path in arguments[: 2 if event in ("os.rename", "shutil.move", "shutil.copyfile", "shutil.copytree") else 1]:
            if kind(path) is whole and event != "os.fchdir" and event != "os.chdir":
                continue  # of a file that is open
            if path is None:
                path = "."
            elif kind(path) is octets:
                path = path.decode("utf-8", "surrogateescape")
            else:
                path = words.__str__(
                    path
                )  # raises TypeError for what is not a text: it could be another one when it is asked again
            if not path.startswith("/"):
                path = f"{here()}/{path}"
            parts: list[str] = []
            for part in path.split("/"):
                if part == "..":
                    del parts[-1:]
                elif part and part != ".":
                    parts.append(part)
            place = "/" + "/".join(parts)
            within = place + "/"
            if within.startswith(home):
                fine = True
            elif writing or event == "os.chdir":
                fine = opening and place in devices
            elif within.startswith(packages) or place in devices or (event in looks and within in listed):
                fine = True
            else:
                fine = within.startswith(python) and "site-packages" not in place and "dist-packages" not in place
            if fine and opening and arguments[1] is None and not writing:  # os.open: of a folder, `dir_fd` would lead anywhere
                try:
                    fine = stat(place).st_mode & 0o170000 != 0o040000
                except failed:
                    fine = True
            if not fine:
                raise refused(f"a submission that is being graded reads and writes no files but its own: {place}")

    return hook


class Counter(io.TextIOBase):
    """A standard output that keeps nothing but how many lines it was given."""

    def __init__(self) -> None:
        self.lines = 0

    def writable(self) -> bool:
        """Returns True: it takes texts."""
        return True

    def write(self, text: str) -> int:
        """Counts the lines of a text."""
        self.lines += text.count("\n")
        return len(text)


class Input:
    """What stands for `input`: while the file is imported it answers "1", 20 times at most, so that the import goes on."""

    def __init__(self, folder: str) -> None:
        self.folder, self.importing, self.line, self.left = folder, True, 0, 20

    def __call__(self, prompt: object = "") -> str:
        if not self.importing or not self.left:
            raise RuntimeError(
                "input() waits for somebody to type, and nobody is there: put it below if __name__ == '__main__':"
            )
        self.left -= 1
        self.line = self.line or _line_in(sys._getframe(1), self.folder)
        return "1"


def text(
    x: Any,
    *,
    isinstance: Any = isinstance,  # noqa: A002 (a program may replace the builtin: this one is bound before it is there)
    plain: Callable[[float], float] = driver.plain,
    hexed: Callable[[float], str] = float.hex,
    whole: Callable[[int], str] = int.__repr__,
    quoted: Callable[[str], str] = json.encoder.encode_basestring_ascii,
) -> str:
    """Returns JSON, with floats as hexadecimal text. What it calls is bound when this file is loaded.

    >>> text({"a": [1.5, None, True, "é"]})
    '{"a":[{"float":"0x1.8000000000000p+0"},null,true,"\\\\u00e9"]}'
    """
    if x is None or x is True or x is False:
        return "null" if x is None else "true" if x else "false"
    if isinstance(x, float):
        return f'{{"float":"{hexed(plain(x))}"}}'
    if isinstance(x, int):
        return whole(x)
    if isinstance(x, str):
        return quoted(x)
    if isinstance(x, dict):
        return "{" + ",".join([f"{quoted(key)}:{text(value)}" for key, value in x.items()]) + "}"
    return "[" + ",".join([text(one) for one in x]) + "]"


class Session:
    """A program that was imported, and is asked.

    Args:
        setting: what the runner says of the program and its limits
        incoming: the pipe of the questions
        outgoing: the descriptor of the pipe of the answers
    """

    def __init__(self, setting: Setting, incoming: IO[bytes], outgoing: int) -> None:
        self.setting, self.incoming, self.outgoing = setting, incoming, outgoing
        self.folder = os.path.join(setting["folder"], "")
        self.nonce = ""
        self.counter, self.input = Counter(), Input(self.folder)
        self.finder = Finder(setting, self.folder, self._optional())
        self.engine: driver.Engine | None = None
        self.timing = self.late = False
        self.line = 0

    def _optional(self) -> dict[str, list[range]]:
        found = {}
        for name in os.listdir(self.folder):
            place = self.folder + name
            with contextlib.suppress(OSError, SyntaxError, ValueError, RecursionError), open(place, "rb") as stream:
                found[place] = optional_imports(importlib.util.decode_source(stream.read()))
        return found

    def shut(self) -> None:
        """Closes what leads out: standard input and output, imports, files, processes."""
        sys.modules["__main__"] = types.ModuleType("__main__")
        sys.stdout = sys.stderr = self.counter
        builtins.input = self.input
        sys.dont_write_bytecode = True
        sys.argv[:] = [self.setting["file"]]
        sys.path.append(self.setting["folder"])  # behind Python's own: a random.py of the student's does not hide that one
        sys.meta_path.insert(0, self.finder)
        for name in _TAKEN_AWAY:
            for module in (signal, sys.modules.get("_signal"), os, sys.modules.get("posix")):
                if hasattr(module, name):
                    delattr(module, name)
        sys.addaudithook(_hook(self.setting, self.finder))
        self.nonce = self.setting["nonce"]

    # Time ----------------------------------------------------------------------------------------------------------------

    def _is_late(self, _: int, frame: types.FrameType | None) -> None:
        if not self.timing:
            return
        if self.late:  # the program caught it and went on
            self.send({"error": "TimeOut", "line": self.line, "timeout": True})
            _leave(3)
        self.late, self.line = True, _line_in(frame, self.folder)
        raise TimeOut

    def limited(self, seconds: float, work: Callable[[], Mapping[str, object]]) -> Said:
        """Returns what the work says, and that its time was over if it was."""
        self.late, self.line, self.timing = False, 0, True
        _on(signal.SIGPROF, self._is_late)
        _timer(signal.ITIMER_PROF, seconds, 0.25)
        said: Said = {}
        try:
            said = {**work()}
        except TimeOut:
            pass
        finally:
            self.timing = False
            _timer(signal.ITIMER_PROF, 0)
        if self.late:
            said = {**said, "error": "TimeOut", "line": self.line, "timeout": True}
        return said

    # The program -----------------------------------------------------------------------------------------------------------

    def imported(self) -> Said:
        """Imports the program, finds its class, and says what came of it."""
        said: Said = {"error": "", "line": 0, "stopped": ""}
        file, name = self.folder + self.setting["file"], os.path.splitext(self.setting["file"])[0]
        module = types.ModuleType("submission" if name in sys.modules or name in sys.stdlib_module_names else name)
        module.__file__ = file
        module.__dict__["__folder__"] = self.folder
        sys.modules[module.__name__] = module
        try:
            with open(file, "rb") as stream:
                code = compile(stream.read(), file, "exec", dont_inherit=True)
        except BaseException as error:
            said["error"], said["line"] = driver.described(error, self.folder)
            return said
        try:
            exec(code, module.__dict__)
        except BaseException as error:  # what stands before it is there all the same
            said["stopped"], said["line"] = driver.described(error, self.folder)
        self._with_networks_beside(module)
        self.timing = self.input.importing = False
        try:
            self.engine = driver.Engine(module, self.setting["class_name"], self.setting["names"], self._adapters(module))
        except BaseException as error:
            said["error"] = str(error) if type(error) is LookupError else driver.described(error, self.folder)[0]
        return said

    def _with_networks_beside(self, module: types.ModuleType) -> None:
        """Adds the networks of the submission's other files, as of a nn.py beside an engine.py."""
        for other in sorted(os.listdir(self.folder)):
            if other.endswith(".py") and other != self.setting["file"]:
                with contextlib.suppress(BaseException):
                    there = importlib.import_module(other[:-3])
                    for network in driver.NETWORKS:
                        if isinstance(getattr(there, network, None), type):
                            module.__dict__.setdefault(network, getattr(there, network))

    def _adapters(self, module: types.ModuleType) -> types.ModuleType | None:
        if not self.setting["adapters"]:
            return None
        adapters = types.ModuleType("adapters")
        adapters.__dict__.update(student=module, engine=module)
        exec(compile(self.setting["adapters"], "adapters.py", "exec", dont_inherit=True), adapters.__dict__)
        return adapters

    # Questions -------------------------------------------------------------------------------------------------------------

    def send(self, said: Mapping[str, object]) -> None:
        """Sends an answer with the number of its question."""
        line = f"{self.nonce} {text({**said, 'printed': self.counter.lines})}\n".encode()
        while line:
            line = line[_write(self.outgoing, line) :]

    def run(self) -> None:
        """Imports the program, and answers questions until there are none."""
        first = self.limited(self.setting["import_seconds"], self.imported)
        if self.engine is not None:
            first["error"] = ""
        self.send({**first, "ready": self.engine is not None, "refused": self.finder.refused, "input": self.input.line})
        while line := self.incoming.readline():
            asked = _decode(line.decode())
            self.nonce = asked["nonce"]
            question = types.SimpleNamespace(**asked["question"])
            if self.engine is None:
                self.send({"error": first["error"] or first.get("stopped", ""), "line": first["line"]})
            else:
                work = functools.partial(driver.answer, question, self.engine)
                self.send(self.limited(self.setting["seconds"], work))
        _leave(0)


def _line_in(frame: types.FrameType | None, folder: str) -> int:
    """Returns the line of the student's file that is being run, 0 if none is."""
    while frame is not None:
        if frame.f_code.co_filename.startswith(folder):
            return frame.f_lineno
        frame = frame.f_back
    return 0


_write, _leave, _timer, _on = os.write, os._exit, signal.setitimer, signal.signal
_decode = json.JSONDecoder().decode


def main(arguments: Sequence[str]) -> None:
    """Answers questions from one pipe on another, until the first is closed. The arguments are the two file descriptors."""
    incoming = os.fdopen(int(arguments[0]), "rb")
    session = Session(_decode(incoming.readline().decode()), incoming, int(arguments[1]))
    session.shut()
    session.run()


if __name__ == "__main__":
    main(sys.argv[1:])
