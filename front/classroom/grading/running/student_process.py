"""The process in which a submission runs: imports the student's program, keeps it in bounds, and passes questions to `driver`.

    python -P -s -S student_process.py 5 6

`runner` starts it as a script, with the descriptors of two pipes, in an isolated Python in which chalkgrad is not there; so it
needs the standard library alone, and loads `driver` from the file beside it. What it keeps a program from (other files,
other processes, the network, packages that differentiate) is against accidents and shortcuts; it is not a sandbox for
strangers.
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
import resource
import signal
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Packages that compute gradients: a student's engine is to be the student's.
REFUSED = _words(
    "chalkgrad micrograd torch torchvision functorch jax jaxlib flax autograd tinygrad sympy symengine tensorflow keras mxnet "
    "casadi theano pytensor aesara paddle mindspore mygrad smallgrad minitorch nnabla chainer cupy autodiff adolc algopy "
    "uncertainties numdifftools enzyme_ad tangent pyautodiff oneflow needle mlx equinox cvxpy gekko pyomo dynet dezero "
    "wurlitzer minigrad scalargrad nanograd picograd scipy"
)
# Of the standard library: what would reach beyond this process.
LOCKED = _words(
    "asyncio ctypes _ctypes subprocess _posixsubprocess multiprocessing _multiprocessing concurrent.futures.process pty"
)
# Packages that only show something: they are swallowed with all that is done with them.
SHOWN = _words(
    "matplotlib pylab seaborn plotly graphviz IPython rich pyvis bokeh altair pydot tqdm networkx turtle tkinter webbrowser"
)
CARRIED = ("numpy",)  # used from this machine if it has them


NOBODY = 65534  # the user without rights


class TimeOut(BaseException):
    """The seconds of computing that a question may take are over; `except Exception` does not catch it."""


# Imports that are not there -----------------------------------------------------------------------------------------------


class Stub(types.ModuleType):
    """A package that is not there: it fails when it is used, and not before."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.__dict__["_reason"] = reason
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}", self._reason)


class Absent:
    """Something of a package that is not there; every use of it raises ImportError."""

    def __init__(self, name: str, reason: str) -> None:
        self.__dict__.update(_name=name, _reason=reason)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise ImportError(f"{self._name} is used, and {self._reason}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}", self._reason)

    def __mro_entries__(self, bases: Any) -> Any:
        self._refuse()

    __call__ = __iter__ = __enter__ = __getitem__ = __setattr__ = __add__ = __mul__ = __float__ = __len__ = _refuse


class Swallowed(types.ModuleType):
    """A package that only shows something: whatever is done with it is done in vain, and does not fail."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _through if name in ("tqdm", "trange", "track") else Silent()


class Silent:
    """Something that a picture is made with."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _: Any) -> Any:
        return self

    def __setitem__(self, _: Any, __: Any) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))  # fig, ax = plt.subplots()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        pass


def _through(x: Any = (), *_: Any, **__: Any) -> Any:
    return range(x) if isinstance(x, int) else x


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands before Python's own finders: refuses packages, finds those that are carried, and puts stubs for the rest."""

    def __init__(self, folder: str, carried_in: Sequence[str], optional: Mapping[str, Sequence[range]]) -> None:
        self.folder, self.carried_in, self.optional = folder, carried_in, optional
        self.refused: dict[str, int] = {}  # by the line of the student's file
        self.last = importlib.machinery.PathFinder.find_spec

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
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
        if top in CARRIED and path is None:
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
    "os.fork os.forkpty os.exec os.posix_spawn os.spawn os.system os.startfile subprocess.Popen pty.spawn os.kill os.killpg "
    "resource.prlimit resource.setrlimit socket.__new__ ctypes.dlopen ctypes.dlsym syslog.syslog webbrowser.open "
    "fcntl.ioctl"
)
_CHANGES = _words(
    "os.remove os.rename os.rmdir os.mkdir os.chmod os.chown os.link os.symlink os.truncate os.utime shutil.rmtree "
    "shutil.move shutil.copyfile shutil.copytree os.setxattr os.removexattr"
)


def _bounded(limits: Mapping[str, int], needed: Sequence[str]) -> None:
    """Gives up the administrator's rights and sets the limits of this process, which is not to have children or threads.

    The rights are kept where what is `needed` could not be read without them, as a Python in the administrator's home.
    """
    if os.geteuid() == 0:  # limits on processes do not hold for the administrator
        with contextlib.suppress(OSError):
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
            try:
                readable = all(os.listdir(place) for place in needed)
            except OSError:
                readable = False
            os.seteuid(0)
            if readable:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            else:
                os.setegid(0)
    for name, most in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):  # not every system has each of them
            resource.setrlimit(getattr(resource, name), (most, most))


def _lock(folder: str, carried_in: Sequence[str]) -> None:
    """Keeps the program from other processes, the network, and files other than its own and Python's."""
    library = [os.path.realpath(os.path.dirname(os.__file__)) + os.sep]
    library += [os.path.realpath(path) + os.sep for path in sys.path if path and os.path.isdir(path)]
    carried = [os.path.join(os.path.realpath(path), "") for path in carried_in]
    packages = tuple(os.path.join(path, name) for path in carried for name in CARRIED)
    readable = (*dict.fromkeys(library),)
    home = os.path.realpath(folder) + os.sep
    real, decoded = os.path.realpath, os.fsdecode
    unlocked = [False]  # while a check itself runs

    def allowed(path: Any, writing: bool) -> bool:
        if isinstance(path, int) or path is None:
            return True
        place = real(decoded(path))
        if (place + os.sep).startswith(home) or place == os.devnull or place.startswith("/dev/urandom"):
            return True
        if writing:
            return False
        if place.startswith(packages):
            return True
        return place.startswith(readable) and "site-packages" not in place and "dist-packages" not in place

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"{event} is not allowed in a submission that is being graded")
        if event == "open" or event in _CHANGES:
            if unlocked[0]:
                return
            path, mode = arguments[0], arguments[1] if event == "open" else "w"
            flags = arguments[2] if event == "open" and len(arguments) > 2 else 0
            writing = bool(mode and set(str(mode)) & set("wax+")) or bool(
                isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            )
            paths = [path] if event == "open" else [x for x in arguments[:2] if isinstance(x, (str, bytes, os.PathLike))]
            unlocked[0] = True
            try:
                fine = all(allowed(x, writing) for x in paths)
            finally:
                unlocked[0] = False
            if not fine:
                raise PermissionError(f"a submission that is being graded reads and writes no files but its own: {path!s}")

    for name in ("pidfd_send_signal", "pidfd_open"):
        for module in (signal, sys.modules.get("_signal"), os, sys.modules.get("posix")):
            if hasattr(module, name):
                delattr(module, name)
    sys.addaudithook(hook)


class Counter(io.TextIOBase):
    """A standard output that keeps nothing but how many lines it was given."""

    def __init__(self) -> None:
        self.lines = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Counts the lines of a text."""
        self.lines += text.count("\n")
        return len(text)


def _no_input(prompt: object = "") -> str:
    raise RuntimeError("input() waits for somebody to type, and nobody is there: put it below if __name__ == '__main__':")


def text(x: Any) -> str:
    """Returns JSON, with floats as hexadecimal text; it uses nothing that a program could have replaced.

    >>> text({"a": [1.5, None, True, "é"]})
    '{"a":[{"float":"0x1.8000000000000p+0"},null,true,"\\\\u00e9"]}'
    """
    if x is None or x is True or x is False:
        return {None: "null", True: "true", False: "false"}[x]
    if isinstance(x, float):
        return f'{{"float":"{_hex(_plain(x))}"}}'
    if isinstance(x, int):
        return int.__repr__(x)
    if isinstance(x, str):
        return _quoted(x)
    if isinstance(x, dict):
        return "{" + ",".join(f"{_quoted(str(key))}:{text(value)}" for key, value in x.items()) + "}"
    return "[" + ",".join(map(text, x)) + "]"


_quoted = json.encoder.encode_basestring_ascii
_plain, _hex = float.__pos__, float.hex


def _driver() -> Any:
    """Returns the module beside this file, which cannot be imported by its name here."""
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "driver.py")
    spec = importlib.util.spec_from_file_location("driver", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: Sequence[str]) -> None:
    """Answers questions from one pipe on another, until the first is closed. The arguments are the two file descriptors."""
    driver = _driver()
    incoming = os.fdopen(int(arguments[0]), "rb")
    outgoing = int(arguments[1])
    decode = json.JSONDecoder().decode
    setting = decode(incoming.readline().decode())
    _bounded(setting["limits"], [setting["folder"], *setting["carried"], os.path.dirname(os.__file__)])
    folder, file = os.path.join(setting["folder"], ""), setting["file"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    sys.stdout = sys.stderr = counter = Counter()
    builtins.input = _no_input
    sys.dont_write_bytecode = True
    sys.argv[:] = [file]
    sys.path.append(setting["folder"])  # behind Python's own: a random.py of the student's does not hide that one
    write, leave, timer, clock = os.write, os._exit, signal.setitimer, signal.ITIMER_PROF
    state: dict[str, Any] = {"nonce": "", "late": False, "on": False}

    def send(said: dict[str, Any]) -> None:
        line = f"{state['nonce']} {text(said)}\n".encode()
        while line:
            line = line[write(outgoing, line) :]

    def late(_: int, frame: Any) -> None:
        if not state["on"]:
            return
        if state["late"]:  # the program caught it and went on
            send({"error": "TimeOut", "line": state["line"], "timeout": True})
            leave(3)
        state["late"], state["line"] = True, 0
        while frame is not None:
            if frame.f_code.co_filename.startswith(folder):
                state["line"] = frame.f_lineno
                break
            frame = frame.f_back
        raise TimeOut

    def limited(seconds: float, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        state.update(late=False, line=0, on=True)
        timer(clock, seconds, 0.25)
        try:
            said = work()
        except TimeOut:
            said = {}
        finally:
            state["on"] = False
            timer(clock, 0)
        if state["late"]:
            said = {**said, "error": "TimeOut", "line": state["line"], "timeout": True}
        return said

    signal.signal(signal.SIGPROF, late)
    sources = {}
    for name in os.listdir(folder):
        with contextlib.suppress(OSError, SyntaxError, ValueError, RecursionError), open(folder + name, "rb") as stream:
            sources[folder + name] = optional_imports(importlib.util.decode_source(stream.read()))
    finder = Finder(folder, setting["carried"], sources)
    sys.meta_path.insert(0, finder)
    _lock(folder, setting["carried"])
    state["nonce"] = setting["nonce"]
    engine: Any = None
    first: dict[str, Any] = {}

    def imported() -> dict[str, Any]:
        nonlocal engine
        said: dict[str, Any] = {"error": "", "line": 0, "stopped": ""}
        name = os.path.splitext(file)[0]
        module = types.ModuleType("submission" if name in sys.modules or name in sys.stdlib_module_names else name)
        module.__file__ = folder + file
        module.__dict__["__folder__"] = folder
        sys.modules[module.__name__] = module
        try:
            with open(folder + file, "rb") as stream:
                code = compile(stream.read(), folder + file, "exec", dont_inherit=True)
        except BaseException as error:
            said["error"], said["line"] = driver.described(error, folder)
            return said
        try:
            exec(code, module.__dict__)
        except BaseException as error:  # what stands before it is there all the same
            said["stopped"], said["line"] = driver.described(error, folder)
        for other in sorted(os.listdir(folder)):  # a nn.py beside an engine.py
            if other.endswith(".py") and other != file:
                with contextlib.suppress(BaseException):
                    there = importlib.import_module(other[:-3])
                    for network in driver.NETWORKS:
                        if isinstance(getattr(there, network, None), type):
                            module.__dict__.setdefault(network, getattr(there, network))
        state["on"] = False
        adapters = None
        try:
            if setting.get("adapters"):
                adapters = types.ModuleType("adapters")
                adapters.__dict__.update(student=module, engine=module)
                exec(compile(setting["adapters"], "adapters.py", "exec", dont_inherit=True), adapters.__dict__)
            engine = driver.Engine(module, setting.get("class", ""), setting.get("names", {}), adapters)
        except BaseException as error:
            said["error"] = str(error) if type(error) is LookupError else driver.described(error, folder)[0]
        return said

    first = limited(setting["import seconds"], imported)
    if engine is not None:
        first["error"] = ""
    send({**first, "ready": engine is not None, "refused": finder.refused, "printed": counter.lines})
    while True:
        line = incoming.readline()
        if not line:
            leave(0)
        asked = decode(line.decode())
        state["nonce"] = asked["nonce"]
        question = types.SimpleNamespace(**asked["question"])
        if engine is None:
            send({"error": first["error"] or first["stopped"], "line": first["line"]})
            continue
        said = limited(setting["seconds"], functools.partial(driver.answer, question, engine))
        send({**said, "printed": counter.lines})


if __name__ == "__main__":
    main(sys.argv[1:])
