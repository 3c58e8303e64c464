"""Programs that attack the one who grades them: none is taken for right, none leaves anything behind."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from chalkgrad.classroom.grading.one_submission import remarks_on
from chalkgrad.classroom.grading.program import Program
from chalkgrad.classroom.grading.questions import Question
from chalkgrad.classroom.grading.running import confining
from chalkgrad.classroom.grading.running.runner import Bounds, Limits, _marked, in_process_of_its_own

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no process with limits on Windows")

SUM = Program((("a", 2.0), ("b", -3.0)), (("c", "+", ("a", "b")),))
PRODUCT = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")),))
ASKED = [Question("run", (SUM,)), Question("run", (PRODUCT,))]
QUICK = Limits(seconds=0.1, import_seconds=0.2, wait=5.0, memory=400 << 20)

# An engine of which each attack replaces one place.
ENGINE = """
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents, self.send = data, 0.0, parents, lambda: None

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def send():
            self.grad += out.grad
            other.grad += out.grad
        out.send = send
        return out

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def send():
            PLACE
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out.send = send
        return out

    def backward(self):
        self.grad = 1.0
        self.send()
"""


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Runs a program and returns what came of its import and of the questions; looks for what it left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()
    marks = []

    def asked(source, limits=QUICK, questions=ASKED):
        file = tmp_path / "my_engine.py"
        file.write_text(textwrap.dedent(source), "utf-8")
        with in_process_of_its_own(file, limits=limits) as process:
            answers = process(questions)
            marks.append(process._mark)
        return process.started, answers

    yield asked
    assert list((tmp_path / "runs").iterdir()) == []
    assert [_marked(mark) for mark in marks] == [[] for _ in marks]


def in_backward(code):
    return ENGINE.replace("PLACE", code.replace("\n", "\n            "))


def at_import(code):
    return textwrap.dedent(code) + ENGINE.replace("PLACE", "pass")


def test_the_engine_without_an_attack_is_right(ask):
    started, (added, multiplied) = ask(at_import(""))
    assert started.ready
    assert added.numbers[0]["a"] == (2.0, 1.0)
    assert multiplied.numbers[0] == {"a": (2.0, -3.0), "b": (-3.0, 2.0), "c": (-6.0, 1.0)}


def test_a_float_that_lies_is_read_as_the_float_that_it_is(ask):
    _, (added, _) = ask(
        """
        class Lying(float):
            def __eq__(self, other): return True
            __hash__ = float.__hash__
            def __sub__(self, other): return 0.0
            __rsub__ = __abs__ = __sub__
            def __float__(self): return -3.0
            def hex(self): return "-0x1.8p+1"
            def __repr__(self): return "-3.0"
        class Value:
            def __init__(self, data): self.data, self.grad = data, Lying(7.0)
            def __add__(self, other): return Value(self.data + other.data)
            def backward(self): pass
        """
    )
    assert [(type(x), x) for x in (added.numbers[0]["a"].grad, added.numbers[0]["c"].grad)] == [(float, 7.0)] * 2


REEXPORTED = {
    "chalkgrad": "from chalkgrad import Value",
    "micrograd": "from micrograd.engine import Value",
    "by importlib": "import importlib; Value = importlib.import_module('micrograd.engine').Value",
    "by __import__": "Value = __import__('micrograd.engine', fromlist=['Value']).Value",
    "by a path": "import sys; sys.path.insert(0, {packages!r})\nfrom micrograd.engine import Value",
    "by a finder": """
        import importlib.machinery, sys
        sys.meta_path.clear(); sys.meta_path.append(importlib.machinery.PathFinder); sys.path.insert(0, {packages!r})
        from micrograd.engine import Value
        """,
    "by a spec": """
        import importlib.util
        spec = importlib.util.spec_from_file_location("mine", {packages!r} + "/micrograd/engine.py")
        mine = importlib.util.module_from_spec(spec); spec.loader.exec_module(mine); Value = mine.Value
        """,
    "by its text": "exec(open({packages!r} + '/micrograd/engine.py').read())",
    "by a derived class": "from micrograd.engine import Value as Theirs\nclass Value(Theirs): pass",
    "by torch": "import torch\nclass Value(torch.Tensor): pass",
}


@pytest.mark.parametrize("source", REEXPORTED.values(), ids=REEXPORTED)
def test_an_engine_of_others_is_not_the_students(ask, source):
    packages = str(Path(pytest.__file__).parents[1])
    started, answers = ask(textwrap.dedent(source).format(packages=packages))
    assert not started.ready
    assert started.error + started.stopped
    assert all(answer.error and not answer.numbers for answer in answers)


def test_a_copy_of_an_engine_that_lies_beside_the_file_is_refused_by_its_name(ask, tmp_path):
    (tmp_path / "micrograd.py").write_text(at_import(""))
    file = tmp_path / "mine.py"
    file.write_text("from micrograd import Value")
    with in_process_of_its_own(file, beside=[tmp_path / "micrograd.py"], limits=QUICK) as process:
        assert not process.started.ready


FORK_EXEC = """\
import _posixsubprocess
a, b = os.pipe()
_posixsubprocess.fork_exec([b'/bin/sleep', b'99'], [b'/bin/sleep'], True, (b,), None, None, -1, -1, -1, -1, -1, -1, a, b,
    False, False, -1, None, None, None, -1, None, *([False] if sys.version_info >= (3, 11) else []))
"""
ENDED = {
    "sys.exit": "import sys; sys.exit(0)",
    "os._exit": "import os; os._exit(0)",
    "a loop": "while True: pass",
    "a loop that catches all": "while True:\n    try:\n        while True: pass\n    except: pass",
    "a loop that is deaf": "import signal; signal.signal(signal.SIGPROF, signal.SIG_IGN)\nwhile True: pass",
    "a signal to itself": "import signal; signal.raise_signal(signal.SIGKILL)",
    "20 GB": "x = bytearray(20_000_000_000)",
    "a list without an end": "x = [0]\nwhile True: x = x * 2",
    "a recursion without an end": "def f(): return f()\nf()",
    "a deep recursion": """\
import sys; sys.setrecursionlimit(10**9)
class A:
    def __getattr__(self, x): return getattr(self, x + '1')
A().a""",
    "a big file": "f = open('big', 'wb')\nwhile True: f.write(b'0' * 100000); f.flush()",
    "pipes closed": "import os; os.closerange(0, 64)",
    "the pipe flooded": """\
import os
for i in range(64):
    try:
        while True: os.write(i, b'x' * 60000)
    except OSError: pass""",
}


@pytest.mark.parametrize("code", ENDED.values(), ids=ENDED)
def test_what_breaks_out_at_import_does_not_get_out(ask, code):
    started, answers = ask(at_import(code), QUICK if "SIGPROF" not in code else replace(QUICK, starting=0.4))
    assert started.error or started.stopped
    assert all(answer.error and not answer.numbers for answer in answers)


# What only raises: all of it in one submission, each in a try of its own. What does not raise has got through.
REFUSED = {
    "a fork bomb": "while True: os.fork()",
    "a fork bomb of threads": "while True: threading.Thread(target=time.sleep, args=[99]).start()",
    "a process": "import subprocess; subprocess.Popen(['sleep', '99'], start_new_session=True)",
    "a process by hand": FORK_EXEC,
    "a process by hand, without our finder": "sys.meta_path[:] = [x for x in sys.meta_path if x is not ours]\n" + FORK_EXEC,
    "a process by hand, with our finder replaced": "type(ours).find_spec = lambda *a, **k: None\n" + FORK_EXEC,
    "a process of a pool": "import multiprocessing; multiprocessing.Process(target=print).start()",
    "a process by os": "os.posix_spawn('/bin/sleep', ['sleep', '99'], {})",
    "another program": "os.execv('/bin/sh', ['sh'])",
    "a command": "os.system('sleep 99 &')",
    "the network": "socket.socket()",
    "a pair of sockets": "socket.socketpair()",
    "a name looked up": "socket.gethostbyname('localhost')",
    "an address looked up": "socket.getaddrinfo('localhost', 80)",
    "the parent killed": "os.kill(os.getppid(), signal.SIGKILL)",
    "the group killed": "os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)",
    "the parent's limits": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
    "the C library": "import ctypes; ctypes.CDLL(None).kill",
    "another interpreter": "import _xxsubinterpreters as x; x.run_string(x.create(), 'pass')",
    "the hook, by the garbage": "gc.get_objects()",
    "the hook, by what refers": "gc.get_referrers(os.getcwd)",
    "the hook, by what is referred to": "gc.get_referents(ours)",
    "code by its bytes": "(lambda: 0).__code__.replace(co_nlocals=99)",
    "a file outside": "open(OUTSIDE, 'w')",
    "a file outside, by os": "os.open(OUTSIDE, os.O_WRONLY | os.O_CREAT)",
    "a file outside, by readline": "import readline; readline.write_history_file(OUTSIDE)",
    "a file outside, by sqlite3": "import sqlite3; sqlite3.connect(OUTSIDE).execute('create table a(b)')",
    "a file outside, by dbm": "import dbm.gnu; dbm.gnu.open(OUTSIDE, 'c')",
    "a file outside, by another dbm": "import dbm; dbm.open(OUTSIDE, 'c')",
    "a file outside, by ssl": "import ssl; ssl.create_default_context().keylog_filename = OUTSIDE",
    "a file outside, by logging": "import logging; logging.FileHandler(OUTSIDE)",
    "a folder outside": "os.mkdir(OUTSIDE)",
    "a pipe outside": "os.mkfifo(OUTSIDE)",
    "a link outward": "os.symlink('/etc/passwd', 'l')",
    "a hard link": "os.link('/etc/passwd', 'l')",
    "a file removed": "os.remove(os.path.join(os.path.dirname(os.__file__), 'this.py'))",
    "a file moved in": "os.rename('/etc/hostname', 'hostname')",
    "the environment of the tests": "open('/proc/%d/environ' % os.getppid(), 'rb').read()",
    "a file read": "open('/etc/passwd').read()",
    "a file read, by os": "os.open('/etc/passwd', os.O_RDONLY)",
    "a file read, by readline": "import readline; readline.read_history_file('/etc/passwd')",
    "a file read, by readline without our finder": """\
sys.meta_path.remove(ours)
import readline; readline.read_history_file('/etc/passwd')""",
    "a file read, from another folder": "os.chdir('/'); open('etc/passwd').read()",
    "a file read, up": "open('../' * 20 + 'etc/passwd').read()",
    "a file read, by a folder that is open": """\
fd = os.open(os.path.dirname(os.__file__), os.O_RDONLY)
deep = os.getcwd() + '/' + '/'.join('d%d' % i for i in range(14))
os.makedirs(deep); os.chdir(deep)
os.open('../' * 12 + 'etc/passwd', os.O_RDONLY, dir_fd=fd)""",
    "a file read, by a folder of its own": """\
fd = os.open('.', os.O_RDONLY)
os.open('../../etc/passwd', os.O_RDONLY, dir_fd=fd)""",
    "a file read, with a path that changes": """\
class Path(os.PathLike):
    asked = 0
    def __fspath__(self):
        Path.asked += 1
        return '/etc/passwd' if Path.asked % 2 == which else 'own.txt'
open('own.txt', 'w').close()
for which in range(2):
    with contextlib.suppress(OSError, TypeError):
        if os.read(os.open(Path(), os.O_RDONLY), 9): break
    with contextlib.suppress(OSError, TypeError):
        if open(Path()).read(): break
else: raise OSError""",
    "a file read, with a text that lies": """\
class Text(str):
    def startswith(self, *a): return True
    def split(self, *a): return []
    def encode(self, *a): return b'own.txt'
    __str__ = __fspath__ = lambda self: 'own.txt'
open(Text('/etc/passwd')).read()""",
    "a file read, with the helpers of realpath replaced": """\
import posixpath
here = os.getcwd()
posixpath.realpath = posixpath.abspath = posixpath.normpath = os.getcwd = lambda *a, **k: here
posixpath._joinrealpath = lambda *a: (here, True)
os.fspath = os.fsdecode = lambda x: here
open('/etc/passwd').read()""",
    "a file read, with what is built in replaced": """\
import builtins
names = ('isinstance', 'any', 'all', 'str', 'type', 'set', 'bool', 'len', 'PermissionError')
kept = {name: getattr(builtins, name) for name in names}
for name in kept: setattr(builtins, name, lambda *a: True)
try: io.open('/etc/passwd').read()
finally:
    for name in kept: setattr(builtins, name, kept[name])""",
    "a file read, with the names of the hook replaced": """\
try: open('/etc/passwd')
except OSError as error: frame = error.__traceback__.tb_next.tb_frame
kept = dict(frame.f_globals)
frame.f_locals.update(home=('/',), python=('/',), forbidden=(), devices=('/etc/passwd',))
try:
    for name in kept: frame.f_globals[name] = None
    io.open('/etc/passwd').read()
finally: frame.f_globals.update(kept)""",
    "a file read, with what the frame of the hook holds": """\
try: open('/etc/passwd')
except OSError as error: held = error.__traceback__.tb_next.tb_frame.f_locals
assert 'home' in held
for x in [*held.values()]:
    with contextlib.suppress(Exception): x.__kwdefaults__.update(home=('/',), python=('/',))
    with contextlib.suppress(Exception): x.clear()
    with contextlib.suppress(Exception): x.extend(['/'])
sys.meta_path[:] = finders
open('/etc/passwd').read()""",
    "a file read, with a trace": "sys.settrace(lambda f, *a: f.f_locals.update(home=('/',)))\nopen('/etc/passwd').read()",
    "a list of files": "os.listdir('/')",
    "a list of files, by scandir": "list(os.scandir('/'))",
    "a list of packages' files": "os.listdir(PACKAGES + '/micrograd')",
}
TRIED = """
import contextlib, gc, io, os, resource, signal, socket, sys, threading, time
ours, home, PACKAGES, OUTSIDE = sys.meta_path[0], os.getcwd(), {packages!r}, {outside!r}
finders, through, find = [*sys.meta_path], [], type(ours).find_spec
for name, code in {codes!r}.items():
    try:
        exec(code, dict(globals()))
        through.append(name)
    except BaseException:
        pass
    sys.settrace(None); os.chdir(home); sys.meta_path[:] = finders; type(ours).find_spec = find
"""


def test_what_reaches_beyond_the_process_is_refused(ask, tmp_path):
    outside = tmp_path / "outside"
    source = TRIED.format(packages=str(Path(pytest.__file__).parents[1]), outside=str(outside), codes=REFUSED)
    started, (added, _) = ask(at_import(source) + "\nif through: raise ValueError(through)", Limits())
    assert started.stopped == ""
    assert added.numbers[0]["a"] == (2.0, 1.0)
    assert not outside.exists()


# The second line: what the system refuses where no audit hook is asked.
SYSTEM = """
import importlib.util, json, os, signal, socket, sys
spec = importlib.util.spec_from_file_location("confining", {confining!r})
confining = importlib.util.module_from_spec(spec); spec.loader.exec_module(confining)
limits = {{"RLIMIT_NPROC": 0}}
held = confining.confine({folder!r}, [], [], limits)
through = []
for name, code in {codes!r}.items():
    try:
        exec(code)
        through.append(name)
    except Exception as error:
        assert isinstance(error, (OSError, RuntimeError)), (name, error)
open("own.txt", "w").write("mine")
assert open("own.txt").read() == "mine"
import decimal, wave
print(json.dumps([held, through]))
"""
BY_SYSTEM = {
    "files": {
        "read": "open('/etc/passwd')",
        "written": "open(OUTSIDE, 'w')",
        "listed": "os.listdir('/')",
        "of another process": "open('/proc/%d/environ' % os.getppid())",
        "another program": "os.execv('/bin/sh', ['sh'])",
        "a link": "os.symlink('/etc/passwd', 'l')",
        "a package": "open(PACKAGES + '/micrograd/engine.py')",
    },
    "calls": {
        "a process": "os.fork() or os._exit(0)",
        "another one": "os.posix_spawn('/bin/true', ['true'], {})",
        "a thread": "import threading; threading.Thread(target=print).start()",
        "a socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "a signal": "os.kill(os.getppid(), 0)",
        "a pipe": "os.mkfifo('fifo')",
        "rights": "os.chmod('/tmp', 0o777)",
    },
}


def test_rights_that_cannot_be_given_up_are_kept_and_said(tmp_path):
    """Without Landlock the right to read cannot be kept alone."""
    if os.geteuid() == 0:
        (tmp_path / "locked").mkdir(mode=0o700)
        assert not confining.give_up_rights([str(tmp_path / "locked")], None, 0)
        assert os.geteuid() == 0
    file = tmp_path / "my_engine.py"
    file.write_text(at_import(""))
    with in_process_of_its_own(file) as process:
        assert process.started.ready
        assert remarks_on(process) == []
        process.bounds = Bounds(rights=False)
        assert ["administrator's rights" in remark for remark in remarks_on(process)] == [True]


def test_the_system_refuses_it_too(tmp_path):
    own, outside = tmp_path / "own", tmp_path / "outside"
    own.mkdir()
    if os.geteuid() == 0:
        os.chown(own, 65534, 65534)
    names = f"OUTSIDE, PACKAGES = {str(outside)!r}, {str(Path(pytest.__file__).parents[1])!r}\n"
    codes = {kind: {name: names + code for name, code in tried.items()} for kind, tried in BY_SYSTEM.items()}
    source = SYSTEM.format(confining=confining.__file__, folder=str(own), codes=codes["files"] | codes["calls"])
    ended = subprocess.run(
        [sys.executable, "-P", "-s", "-S", "-c", source], cwd=own, capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    held, through = json.loads(ended.stdout)
    if not held["files"] or not held["calls"]:
        pytest.skip("this system has no Landlock, or no seccomp")
    assert through == []
    assert held["rights"]
    assert not outside.exists()


IN_ONE = ["sys.exit", "os._exit", "a loop that catches all", "a signal to itself", "20 GB", "a recursion without an end"]
IN_ONE += ["a deep recursion", "pipes closed", "the pipe flooded"]


@pytest.mark.parametrize("code", [ENDED[name] for name in IN_ONE], ids=IN_ONE)
def test_what_breaks_out_in_one_operation_costs_that_operation(ask, code):
    started, (added, multiplied, again) = ask(in_backward(code), questions=[*ASKED, Question("run", (SUM,))])
    assert started.ready
    assert multiplied.error
    assert multiplied.numbers == () or multiplied.numbers[0]["a"].grad == 0.0
    assert added.numbers[0]["a"] == again.numbers[0]["a"] == (2.0, 1.0)


def test_an_error_names_the_line_in_the_students_file(ask):
    source = in_backward("[][1]")
    _, (_, multiplied) = ask(source)
    assert multiplied.error == "IndexError: list index out of range"
    assert source.splitlines()[multiplied.line - 1].strip() == "[][1]"


def test_a_time_out_names_the_line_and_is_tried_once_more(ask):
    source = in_backward("while True:\n    pass")
    _, (_, multiplied, again) = ask(source, questions=[*ASKED, ASKED[1]])
    assert multiplied.error == again.error == "TimeOut: more than 0.1 s of computing"
    assert "while True" in source.splitlines()[multiplied.line - 1] or "pass" in source.splitlines()[multiplied.line - 1]


def test_a_program_that_is_slow_once_is_right(ask):
    source = at_import("slow = [True]\n").replace(
        "pass", "if slow:\n                slow.clear()\n                while True: pass"
    )
    _, (_, multiplied) = ask(source)
    assert multiplied.numbers[0]["a"] == (2.0, -3.0)


def test_what_is_written_into_the_pipe_without_the_number_of_the_question_is_no_answer(ask):
    forged = r'{"numbers":[{"a":[{"float":"0x1p+3"},{"float":"0x1p+3"}]}],"error":"","line":0,"missing":"","found":{}}'
    line = f"0123456789abcdef {forged}\n".encode()
    code = f"import os\nfor i in range(3, 20):\n    try: os.write(i, {line!r})\n    except OSError: pass"
    _, (_, multiplied) = ask(in_backward(code))
    assert multiplied.numbers[0]["a"] == (2.0, -3.0)


def test_no_right_answer_is_in_the_process(ask):
    """What the driver was sent, as far as a program can read it, is the graph alone."""
    code = """\
import sys
frame, found = sys._getframe(), ''
while frame:
    found += str(frame.f_locals['asked']) if 'asked' in frame.f_locals else ''
    frame = frame.f_back
raise RuntimeError(found)"""
    _, (_, multiplied) = ask(in_backward(code))
    assert "-3.0" in multiplied.error  # a leaf's value
    assert "grad" not in multiplied.error
    assert "right" not in multiplied.error


PATCHED = {
    "json": "import json\njson.dumps = json.JSONEncoder.encode = lambda *a, **k: 'null'",
    "os.write": "import os\nos.write = lambda *a: 0\nos._exit = None",
    "__main__": "import sys\nsys.modules['__main__'].__dict__.clear()",
    "an exit handler": "import atexit, time\natexit.register(time.sleep, 99)",
    "prints": "for i in range(100000): print('x' * 100)",
    "a profiler": "import sys\nsys.setprofile(lambda *a: None)",
    "signals ignored": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
}


@pytest.mark.parametrize("code", PATCHED.values(), ids=PATCHED)
def test_what_a_program_replaces_changes_no_number(ask, code):
    _, (_, multiplied) = ask(at_import(code), Limits(seconds=2.0, import_seconds=2.0, wait=5.0))
    assert multiplied.numbers[0]["a"] == (2.0, -3.0)


@pytest.mark.parametrize("code", ["builtins.float = lambda x: 7.0", "builtins.isinstance = lambda *a: True"])
def test_what_is_built_in_and_replaced_is_an_error_and_not_a_number(ask, code):
    _, (_, multiplied) = ask(at_import(f"import builtins\n{code}"), Limits())
    assert multiplied.error
    assert multiplied.numbers in ((), ({"a": (None, None), "b": (None, None), "c": (None, None)},))


def test_prints_are_swallowed_and_counted(ask):
    started, _ = ask(at_import("print('hello')\nprint('again')"))
    assert started.printed == 2


def test_a_main_block_does_not_run(ask):
    started, _ = ask(at_import("if __name__ == '__main__':\n    raise SystemExit"))
    assert started == started._replace(ready=True, stopped="", error="")


def test_what_stands_before_an_error_at_import_is_there(ask):
    started, (added, _) = ask(ENGINE.replace("PLACE", "pass") + "\nassert Value(1.0).data == 2.0, 'my test'")
    assert started.ready
    assert started.stopped == "AssertionError: my test"
    assert started.stopped_at == len(ENGINE.splitlines()) + 2
    assert added.numbers[0]["a"] == (2.0, 1.0)


IMPORTS = {
    "a package that is not there": ("import nowhere_at_all as n", {"nowhere_at_all": 1}),
    "one that differentiates": ("import torch", {"torch": 1}),
    "one that reaches out": ("import subprocess, asyncio", {"subprocess": 1, "asyncio": 1}),
    "one of Windows": ("import winsound", {"winsound": 1}),
    "its names": ("from torch.nn import Linear, functional as F", {"torch": 1, "torch.nn": 1}),
    "one with another way out": (
        "try:\n    import torch\nexcept ImportError:\n    torch = None\nassert torch is None",
        {"torch": 2},
    ),
    "pictures": (
        """\
import matplotlib.pyplot as plt
from graphviz import Digraph
fig, ax = plt.subplots()
ax.plot([1]); plt.show(); Digraph(format='svg').node('a')""",
        {},
    ),
    "a progress bar": ("from tqdm import tqdm\nassert list(tqdm([1, 2])) == [1, 2]", {}),
    "the standard library": (
        "import math, random, itertools, dataclasses, typing, collections, functools, abc, enum, json",
        {},
    ),
}


@pytest.mark.parametrize(("code", "refused"), IMPORTS.values(), ids=IMPORTS)
def test_an_import_that_is_not_there_fails_when_it_is_used(ask, code, refused):
    started, (_, multiplied) = ask(at_import(code), Limits(wait=5.0))
    assert started.stopped == ""
    assert started.refused == refused
    assert multiplied.numbers[0]["a"] == (2.0, -3.0)


def test_a_package_that_is_not_there_says_so_in_the_line_that_uses_it(ask):
    _, (_, multiplied) = ask("import torch\n" + in_backward("torch.tensor(2.0)"))
    assert multiplied.error.startswith("ImportError: torch.tensor is used")
    assert multiplied.line > 1


def test_numpy_is_there_if_this_machine_has_it(ask):
    pytest.importorskip("numpy")
    _, (_, multiplied) = ask(
        at_import("import numpy as np\nassert float(np.tanh(0.0)) == 0.0").replace(
            "self.grad += other.data", "self.grad += np.float64(1.0) * other.data"
        ),
        Limits(),
    )
    assert multiplied.numbers[0]["a"] == (2.0, -3.0)


def test_a_program_that_dies_at_every_question_is_not_started_for_ever(ask, tmp_path):
    file = tmp_path / "my_engine.py"
    file.write_text(in_backward("import os; os._exit(3)"))
    sizes = [Question("values", (PRODUCT,))] * 2 + [Question("run", (PRODUCT,))] * 50
    with in_process_of_its_own(file, limits=QUICK) as process:
        answers = process(sizes)
        assert process.restarts == 0  # a question over which it died is not asked again
    assert "exit status 3" in answers[-1].error


INPUT = """\
x = float(input('x? '))
assert x == 1.0
PLACE
"""


def test_input_is_answered_while_the_file_is_imported_and_an_error_after(ask):
    started, (_, multiplied) = ask("x = 0\n" + INPUT.replace("PLACE", in_backward("input()")))
    assert (started.stopped, started.input_at) == ("", 2)
    assert multiplied.error.startswith("RuntimeError: input() waits for somebody to type")


def test_input_is_not_answered_for_ever(ask):
    started, _ = ask(at_import("while input() != 'q': pass"), Limits())
    assert started.stopped.startswith("RuntimeError: input() waits for somebody to type")


def test_the_text_of_an_exit_is_not_handed_on(ask):
    started, _ = ask(at_import("raise SystemExit('what it wants to be told')"))
    assert started.stopped == "SystemExit"


def test_a_program_that_sleeps_in_every_pass_has_its_values_and_an_end(ask):
    limits = Limits(wait=0.3)
    values = Question("values", (PRODUCT,))
    source = in_backward("pass").replace("self.grad = 1.0", "import time; time.sleep(99)")
    started, answers = ask(source, limits, [*ASKED * 20, values])
    assert started.ready
    assert answers[-1].numbers[0]["c"].data == -6.0
    assert {answer.error for answer in answers[:-1]} == {"TimeOut: no answer for 0.3 s"}


def test_a_program_that_is_deaf_to_the_clock_runs_out_of_time_all_the_same(ask):
    source = at_import("import signal; signal.signal(signal.SIGPROF, signal.SIG_IGN)").replace("pass", "while True: 0")
    _, (added, multiplied) = ask(source, replace(QUICK, import_seconds=5.0))
    assert added.numbers[0]["a"] == (2.0, 1.0)
    assert multiplied.error == "TimeOut: more than 0.1 s of computing"


def test_a_question_that_is_not_asked_again_has_the_error_and_no_numbers_of_the_smaller_graph(ask):
    larger = Program((("a", 5.0), ("b", 7.0)), (("c", "*", ("a", "b")), ("d", "*", ("c", "a"))))
    _, (first, second) = ask(
        in_backward("while True: pass"), questions=[Question("run", (PRODUCT,)), Question("run", (larger,))]
    )
    assert first.numbers[0]["c"].data == -6.0
    assert second.error == first.error == "TimeOut: more than 0.1 s of computing"
    assert second.line == first.line > 0
    assert second.numbers == ()


NN = """
IMPORT
class Neuron:
    def __init__(self, nin): self.w, self.b = [Value(0.5) for _ in range(nin)], Value(0.0)
    def __call__(self, x): return self.b
"""


@pytest.mark.parametrize(
    "way", ["from engine import Value", "from micrograd.engine import Value", "from mine.engine import Value"]
)
@pytest.mark.parametrize("first", ["engine.py", "nn.py"])
def test_networks_in_a_second_file_are_found_whatever_it_calls_the_engines_package(tmp_path, way, first):
    (tmp_path / "engine.py").write_text(at_import(""))
    (tmp_path / "nn.py").write_text(NN.replace("IMPORT", way))
    (other,) = {"engine.py", "nn.py"} - {first}
    with in_process_of_its_own(tmp_path / first, beside=[tmp_path / other], limits=Limits(wait=5.0)) as process:
        (found,) = process([Question("find")])
    assert found.error == ""
    assert found.found["class"] == "Value"
    assert found.found["networks"] == ["Neuron"]
    assert process.started.refused == {}
