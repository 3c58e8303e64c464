"""What is read is never run: models, checkpoints and expressions that would do something if Python unpickled or evaluated them.

An audit hook, which Python has for this, hears of code that is made or run, of imports, and of files that are opened.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.proof.figure import Figure

RUN = {
    *("exec", "compile", "import", "pickle.find_class", "marshal.loads", "code.__new__", "builtins.input", "ctypes.dlopen"),
    *("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect"),
    *("open", "os.remove", "os.rename", "os.mkdir"),
}
_watching: list[list[str]] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in RUN:
        _watching[-1].append(f"{event} {str(arguments[0])[:120] if arguments else ''}")


def heard(call: Callable[[], object], of: str = "") -> tuple[list[str], BaseException | None]:
    """Returns what a call ran or opened beside one file, and the error that it raised."""
    if not heard.__dict__.setdefault("hooked", False):
        sys.addaudithook(_hear)  # for good: a hook is not taken away
        heard.__dict__["hooked"] = True
    _watching.append([])
    error = None
    try:
        call()
    except Exception as raised:
        error = raised
    events = _watching.pop()
    return [event for event in events if not (of and event == f"open {of[:120]}")], error


class _Trap:
    """A pickle of this writes a file as soon as it is unpickled."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (self.place,)


def hostile_files(good: dict[str, Any], canary: str) -> Iterator[tuple[str, bytes]]:
    """Yields files in the place of a model: pickles, archives, code, and a good one with something else in each place."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield f"a pickle of protocol {protocol}", pickle.dumps(_Trap(canary), protocol)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(_Trap(canary), 2))
        archive.writestr("archive/version", "3")
    yield "an archive as PyTorch has it", content.getvalue()
    yield "code", f"import os; os.mkdir({canary!r})".encode()
    yield (
        "an array of NumPy with objects",
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
        + b"\n"
        + pickle.dumps(_Trap(canary)),
    )
    code = [f"__import__('os').mkdir({canary!r})", "{0.__class__}", "%(x)s", f"!!python/object/apply:os.mkdir [{canary}]"]
    objects: list[Any] = [
        *code,
        {"__class__": "os.mkdir"},
        {"__reduce__": ["os.mkdir", canary]},
        [code[0]],
        {"py/object": "os.mkdir"},
    ]
    for place in places_in(good):
        for other in objects:
            yield f"{other!r} at {'.'.join(map(str, place))}", json.dumps(replaced(good, place, other)).encode()
    for key in objects[:4]:
        yield f"a key {key!r}", json.dumps({**good, key: key}).encode()


def places_in(content: Any, so_far: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yields the path to each element of a JSON."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, element in inner:
        yield (*so_far, key)
        yield from places_in(element, (*so_far, key))


def replaced(content: Any, place: Sequence[str | int], other: Any) -> Any:
    """Returns a JSON with another element in a place."""
    if not place:
        return other
    copy = dict(content) if isinstance(content, dict) else list(content)
    copy[place[0]] = replaced(content[place[0]], place[1:], other)
    return copy


def loading(quick: bool) -> Figure:
    """Loads hostile files as models and as checkpoints, and returns what was run meanwhile."""
    from chalkgrad.nn import MLP, fit, squared_error

    inputs, targets = [[0.0, 1.0], [1.0, 0.5]], [0.0, 1.0]
    count, accepted, wrong = 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        model, path, canary = MLP(2, [2, 1], "tanh", seed=0), str(Path(folder) / "m.json"), str(Path(folder) / "it_ran")

        def continued() -> None:
            fit(
                MLP(2, [2, 1], "tanh", seed=0),
                inputs,
                targets,
                loss=squared_error,
                epochs=1,
                compiled=False,
                progress=False,
                checkpoint=path,
            )

        ways: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "load": (lambda: MLP.load(path), lambda: model.save(path)),
            "load_parameters": (lambda: model.load_parameters(path), lambda: model.save(path)),
            "checkpoint": (continued, continued),
        }
        for name, (read, write) in ways.items():
            Path(path).unlink(missing_ok=True)
            write()
            good = json.loads(Path(path).read_text("utf-8"))
            read()  # what is imported for it, is so by now
            cases = [*hostile_files(good, canary)]
            for what, content in cases[:: 7 if quick else 1]:
                Path(path).write_bytes(content)
                events, error = heard(read, path)
                count += 1
                accepted += error is None
                # A checkpoint that is taken is written again, and a model that is taken makes its activations.
                ran = (
                    [event for event in events if not event.startswith(("open ", "os.rename", "os.remove"))]
                    if name == "checkpoint"
                    else events
                )
                wrong += [f"* {name} of {what}: {event}" for event in ran]
                wrong += [f"* {name} of {what}: it ran"] * Path(canary).exists()
                if error is not None and not isinstance(error, ValueError):
                    wrong.append(f"* {name} of {what}: {type(error).__name__}: {error}")
        Path(path).write_bytes(pickle.dumps(_Trap(canary)))
        events, _ = heard(lambda: pickle.loads(Path(path).read_bytes()), path)
        seen = Path(canary).exists() and any(event.startswith("pickle.find_class") for event in events)
    what = f"{count:,} hostile files read by load, load_parameters and fit's checkpoint: pickles, archives, code in each place"
    measured = f"{len(wrong)} wrong; {accepted} were harmless and taken" + "; the hook heard no pickle" * (not seen)
    goal = "0 run, import, compile, unpickle or open another file; a ValueError"
    return Figure(what, measured, goal, seen and not wrong and accepted < count, "", tuple(wrong[:20]))


HOSTILE = [
    *(
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "open('x','w')",
        "eval('1')",
        "exec('1')",
    ),
    *(
        "a.__class__",
        "a.backward()",
        "a.data",
        "lambda: 1",
        "[x for x in (1,)]",
        "(yield)",
        "f'{a}'",
        "'a'*9",
        "b'a'",
        "globals()",
    ),
    *(
        "getattr(a, 'data')",
        "print(a)",
        "a if a else a",
        "a and a",
        "not a",
        "a[0]",
        "{a}",
        "{a: a}",
        "a := 1",
        "*a",
        "await a",
        "...",
    ),
    *("import os", "del a", "raise a", "assert a", "global a", "def f(): pass", "class A: pass", "with a: pass", "a: int = 1"),
    *(
        "breakpoint()",
        "exit()",
        "input()",
        "help()",
        "compile('1','','exec')",
        "vars()",
        "__builtins__",
        "a@a",
        "a@=a",
        "~a",
        "1j",
    ),
    *("tanh.__globals__", "tanh(a).__init__", "total([a]).__dict__", "exp(a, __import__)", "exp(x=a)", "exp(**a)", "type(a)"),
]


def expressions() -> Figure:
    """Reads what Python would run as expressions, tables and answers, and returns what was run meanwhile."""
    from chalkgrad.expressions.expression import ExpressionError, names_in, parse, read_values

    wrong, accepted, count = [], [], 0
    known = {"a": 2.0, "b": 3.0, "x": 1.0}
    readers: dict[str, Callable[[str], object]] = {
        "an expression": lambda text: parse(text, {name: known[name] for name in known if name in text}),
        "a number": lambda text: read_values([f"a={text}"]),
        "a list of names": names_in,
    }
    for way, read in readers.items():
        for text in HOSTILE[:2]:
            heard(lambda read=read, text=text: read(text))  # what is imported for an error, is so by now
        for text in HOSTILE:
            count += 1
            events, error = heard(lambda read=read, text=text: read(text))
            # ast.parse is heard as compile: it makes a tree, and runs nothing.
            wrong += [f"* {text!r} as {way}: {event}" for event in events if not event.startswith("compile ")]
            accepted += [f"* {text!r} was taken for {way}"] if error is None and read is not names_in else []
            if error is not None and not isinstance(error, ExpressionError):
                wrong.append(f"* {text!r} as {way}: {type(error).__name__}: {error}")
    what = f"{count} times Python's own code as an expression, a number, a list of names"
    measured = f"{len(wrong)} run or opened, {len(accepted)} taken for an expression"
    return Figure(what, measured, "0; 0", not wrong and not accepted, "", (*wrong[:20], *accepted[:20]))
