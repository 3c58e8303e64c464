"""Files that are read: cut off at each byte, changed at random, and far too large. Each is read, or refused in a sentence.

What was cut off or changed and is still read must be right in itself: a table without holes, a model of finite numbers.
"""

from __future__ import annotations

import functools
import io
import json
import math
import pickle
import random
import resource
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.proof.cases import WRONG, counted, each
from bench.proof.figure import Figure

PROMISE = "A file that is damaged, tampered with or too large is refused in a sentence, and read as a whole or not at all"


class Kind(NamedTuple):
    """A kind of file: whole ones, what reads one, and the errors that are its sentences."""

    whole: Callable[[], list[bytes]]
    read: Callable[[Path], Any]
    errors: tuple[type[Exception], ...]
    suffix: str
    cut: int = 1  # every so many bytes of it is cut off there: what takes long to read is cut at fewer places


# Kinds --------------------------------------------------------------------------------------------------------------------


def _tables() -> list[bytes]:
    texts = [
        'a,"b, c",y\n1,2,3\n"4",5,6\n7,8,9\n',
        "a;b;c\n1,5;2,25;x\n3,5;4,0;y\n1;2;x\n",
        "height\tweight\tkind\n1.5\t2\tcat\n1.25\t?\tdog\n3e-5\t4\tcat\n-7\t1\tdog\n",
        "1,2,3\r\n4,5,6\r\n7,8,9\r\n",
    ]
    return [text.encode() for text in texts] + ["\ufeffהגובה,b\n1,2\n3,4\n".encode(), "a,b\n1,2\n3,4\n".encode("utf-16")]


def _read_csv(path: Path) -> None:
    from chalkgrad.nn.data import read_csv

    table = read_csv(path)
    if len(table.X) != len(table.y) or len({len(row) for row in table.X}) > 1:
        raise AssertionError("a table with holes")
    if not all(math.isfinite(x) for row in table.X for x in row):
        raise AssertionError("a number that is not finite")


def _models() -> list[bytes]:
    from chalkgrad.nn import MLP

    return [_written(MLP(2, [3, 1], "tanh", seed=0).save), _written(MLP(1, [1], seed=1).save)]


def _written(save: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder, "file"))
        return Path(folder, "file").read_bytes()


def _load(path: Path) -> None:
    from chalkgrad.nn import MLP

    if not all(type(x) is float and math.isfinite(x) for x in MLP.load(path).theta.values):
        raise AssertionError("a model with a parameter that is not a finite number")


def _trained(path: Path, epochs: int) -> Any:
    from chalkgrad.nn import MLP, fit, squared_error

    model = MLP(1, [2, 1], "tanh", seed=0)
    xs, ys = [[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0]
    fit(model, xs, ys, loss=squared_error.mean, batch_size=2, epochs=epochs, progress=False, checkpoint=path, compiled="python")
    return model.theta.values


def _checkpoints() -> list[bytes]:
    return [_written(lambda path: _trained(path, 2))]


def _go_on(path: Path) -> None:
    if not all(type(x) is float for x in _trained(path, 3)):
        raise AssertionError("a parameter that is not a number")


def _worksheets() -> list[bytes]:
    from importlib.resources import files

    from chalkgrad.classroom import exercises

    folder = files(exercises)
    shipped = [folder.joinpath(name).read_bytes() for name in ("table.toml", "step.toml", "shapes.toml")]
    own = 'title = "Week 3"\nversions = 2\nnumbers = "halves"\n\n[[exercise]]\ngraph = "c = a + b; L = c*d"\nask = ["table"]\n'
    return [*shipped, (own + 'inputs = { a = [1, 2], b = "-4..4 except 0", d = 2 }\n').encode()]


def _read_worksheet(path: Path) -> None:
    from chalkgrad.classroom.worksheet import WorksheetError, facts_of_worksheet, from_facts, read

    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:  # the command says so before it comes to the reader
        raise WorksheetError(f"this is not a text: {error}") from None
    sheet = read(text, path.name)
    if from_facts(facts_of_worksheet(sheet)) != sheet:
        raise AssertionError("a worksheet that is another one when it is written down")


@functools.cache
def _papers() -> Any:
    from chalkgrad.classroom.sheet import Sheet

    return list(Sheet("c = a + b; d = b + 1; e = c*d", ask="table", key=b"0" * 32).versions(2))


def _answers() -> list[bytes]:
    papers = _papers()
    names = [box.name for box in papers[0].boxes][:4]
    wide = (
        ",".join(["code", *names])
        + "\n"
        + "\n".join(",".join([paper.code, "3", "1/2", "-4,5", "x"]) for paper in papers)
        + "\n"
    )
    long = f"code;box;answer\n{papers[0].code};{names[0]};3\n{papers[1].code};{names[1]};½\n"
    rows = [{"code": papers[0].code, names[0]: 3, names[1]: "1,5"}, {"code": papers[1].code, names[0]: None}]
    return [wide.encode(), long.encode("utf-16"), json.dumps(rows).encode()]


def _mark(path: Path) -> None:
    from chalkgrad.classroom.marking.intake import read_answers

    read_answers(path.read_bytes(), _papers())


def _read_roster(path: Path) -> None:
    from chalkgrad.classroom.marking.rows import read_roster

    read_roster(path.read_bytes())


def _students(path: Path) -> None:
    from chalkgrad.classroom.course import students_in

    students_in(path)


def _key(path: Path) -> None:
    from chalkgrad.classroom.course import key_in

    if len(key_in(path, make=False)[0]) != 32:
        raise AssertionError("a key of another length")


def _manifests() -> list[bytes]:
    from chalkgrad.classroom import folder as folders
    from chalkgrad.classroom.sheet import Sheet

    sheet = Sheet("c = a + b; L = c*d", ask="table", key=b"0" * 32)
    return [json.dumps(folders.manifest(sheet, sheet.versions(2), ["sheet-A.html"]), indent=2).encode()]


def _papers_of(path: Path) -> None:
    from chalkgrad.classroom.folder import MANIFEST, manifest_in

    path.rename(path.with_name(MANIFEST))
    try:
        manifest_in(path.parent)
    finally:
        path.with_name(MANIFEST).unlink()


def _archives() -> list[bytes]:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for student in ("Ada One_11_assignsubmission_file_", "Bob Two_12_assignsubmission_file_"):
            archive.writestr(f"{student}/engine.py", "class Value:\n    pass\n" * 4)
    return [content.getvalue()]


def _unpack(path: Path) -> None:
    from chalkgrad.classroom.grading.submissions import submissions

    with tempfile.TemporaryDirectory() as unpacked:
        for submission in submissions(path, Path(unpacked)):
            for _, file in submission.files:
                if not file.resolve().is_relative_to(Path(unpacked).resolve()):
                    raise AssertionError("a file outside")


def _programs() -> list[bytes]:
    return [b"class Value:\n    def __init__(self, data):\n        self.data = data  # caf\xc3\xa9\n"]


def _pickles() -> list[bytes]:
    from chalkgrad.engine import Value

    x = Value(2.0, "x")
    small = (x * x + 1.0).tanh()
    small.backward()
    large = x
    for _ in range(300):
        large = large * 0.5 + x
    return [pickle.dumps(small), pickle.dumps(large)]


def _unpickle(path: Path) -> None:
    pickle.loads(path.read_bytes())


@functools.cache
def kinds() -> dict[str, Kind]:
    from chalkgrad.classroom.course import CourseError
    from chalkgrad.classroom.grading.submissions import BadArchive
    from chalkgrad.classroom.worksheet import WorksheetError
    from chalkgrad.nn.data import DataError

    roster = [b"code,id\nABCD,s1\nEFGH,s2\n", b"code;id\nABCD;1\n"]
    students = [b"id,name\ns1,One\ns2,Two\n", b"s1\ns2\ns3\n"]
    key = [b"# The key of a course\n" + b"0f" * 32 + b"\n"]
    return {
        "tables (CSV)": Kind(_tables, _read_csv, (DataError,), ".csv"),
        "models (JSON)": Kind(_models, _load, (ValueError,), ".json"),
        "checkpoints": Kind(_checkpoints, _go_on, (ValueError,), ".json"),
        "worksheets (TOML)": Kind(_worksheets, _read_worksheet, (WorksheetError,), ".toml"),
        "answers (CSV, JSON)": Kind(_answers, _mark, (ValueError,), ".csv"),
        "rosters": Kind(lambda: roster, _read_roster, (ValueError,), ".csv"),
        "lists of students": Kind(lambda: students, _students, (CourseError,), ".csv"),
        "keys of courses": Kind(lambda: key, _key, (CourseError,), ".key"),
        "lists of sheets (JSON)": Kind(_manifests, _papers_of, (CourseError,), ".json"),
        "archives of submissions": Kind(_archives, _unpack, (BadArchive,), ".zip"),
    }


# Cases --------------------------------------------------------------------------------------------------------------------

AT_ONCE = 50
TAMPERED = {  # pieces that are put into a file
    ".json": [
        b"9" * 30,
        b"-",
        b"null",
        b"[",
        b"{",
        b"}",
        b'"',
        b"1e999",
        b"NaN",
        b"\\u0000",
        b"true",
        b"0",
        b'"\\ud800"',
        b"[]",
        b"{}",
    ],
    ".toml": [
        b"[",
        b"]",
        b"[[",
        b'"',
        b"'''",
        b"=",
        b"\n",
        b"9" * 30,
        b"inf",
        b"nan",
        b"1979-05-27",
        b"[[exercise]]",
        b"\\uD800",
        b"{",
    ],
    ".zip": [b"PK\x03\x04", b"PK\x05\x06", b"\xff\xff\xff\xff", b"../", b"/etc/", b"\x00" * 20],
}
USUAL = [
    b",",
    b";",
    b'"',
    b"\n",
    b"\r",
    b"\t",
    b"\x00",
    b"\xff",
    b"\xc3",
    b"nan",
    b"1e308",
    b"1e999",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
]


def one_file(kind: str, content: bytes, what: str) -> Counter[str]:
    """Reads a file; anything but a result that holds together or an error of its own with a sentence is wrong."""
    given = kinds()[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file{given.suffix}")
        path.write_bytes(content)
        try:
            given.read(path)
        except given.errors as error:
            if type(error).__module__ == "builtins" and type(error) is not ValueError:
                return Counter({f"{WRONG}{kind}, {what}: {error!r}"[:600]: 1})
            if len(str(error).split()) < 2:  # "is empty": the command puts the file's name before it
                return Counter({f"{WRONG}{kind}, {what}: no sentence: {error}"[:600]: 1})
            return Counter(refused=1)
        except Exception as error:
            return Counter({f"{WRONG}{kind}, {what}: {type(error).__name__}: {str(error)[:150]}; {content[:300]!r}"[:800]: 1})
    return Counter(read=1)


def cut(case: tuple[str, int, int]) -> Counter[str]:
    """Reads a file that ends after each of some bytes."""
    kind, number, start = case
    whole = kinds()[kind].whole()[number]
    seen: Counter[str] = Counter()
    for end in range(start, min(start + AT_ONCE, len(whole))):
        seen += one_file(kind, whole[:end], f"file {number} cut after {end} bytes")
    return seen


def tampered(case: tuple[str, int]) -> Counter[str]:
    """Reads files into which something was put, or of which something was taken or changed."""
    kind, seed = case
    given, draw = kinds()[kind], random.Random(f"{case[0]} {seed}")
    pieces = TAMPERED.get(given.suffix, []) + USUAL
    wholes, seen = given.whole(), Counter[str]()
    for _ in range(AT_ONCE):
        content = bytearray(draw.choice(wholes))
        for _ in range(draw.randint(1, 4)):
            at, what = draw.randrange(len(content) + 1), draw.random()
            if what < 0.35 and at < len(content):
                content[at] = draw.randrange(256)
            elif what < 0.65:
                content[at:at] = draw.choice(pieces)
            elif what < 0.85:
                del content[at : at + draw.randint(1, 10)]
            else:
                content[at:at] = content[: draw.randint(0, 40)]
        seen += one_file(kind, bytes(content), f"seed {seed}")
    return seen


OVERSIZED: dict[str, list[bytes]] = {
    "tables (CSV)": [
        b"a,b\n" + b"9" * 10**6 + b",1\n",
        b"a,b\n" + b"x" * 10**6 + b",1\n",
        ",".join(f"c{i}" for i in range(20000)).encode() + b"\n" + b",".join([b"1"] * 20000) + b"\n",
        b'a,b\n"' + b"\n" * 10**6,
        b"\n" * 10**5,
        b"," * 10**5,
    ],
    "models (JSON)": [
        b"[" * 10**5,
        b'{"a":' * 10**5,
        (
            b'{"format": "chalkgrad model", "version": 1, "class": "MLP", "inputs": 3000000, "widths": [3000000, 1],'
            b' "activations": ["tanh", "linear"], "parameters": {}}'
        ),
        b'{"format": "chalkgrad model", "version": 1, "parameters": {"w": ' + b"9" * 10**5 + b"}}",
        b'{"format": "chalkgrad model", "version": ' + b"9" * 10**4 + b"}",
    ],
    "checkpoints": [b"[" * 10**5, b'{\n "format": "chalkgrad training",' + b" " * 10**6, b'{"version": ' + b"9" * 10**5 + b"}"],
    "worksheets (TOML)": [
        b"a = " + b"[" * 10**5,
        b"versions = " + b"9" * 10**4,
        b"[[exercise]]\n" * 10**4,
        b'title = "' + b"x" * 10**6 + b'"\n[[exercise]]\ngraph = "c = a*b"\n',
        b'[[exercise]]\ngraph = "' + b"a*" * 10**5 + b'a"\n',
        b'[[exercise]]\ngraph = "c = a*b"\ninputs = { a = "0..99999999999" }\n',
        b"a." * 10**4 + b"a = 1\n",
    ],
    "answers (CSV, JSON)": [b"[" * 10**5, b"code," + b"1.a.value," * 10**4, b"code,box,answer\n" + b"x" * 10**6, b'"' * 10**5],
    "rosters": [b"code,id\n" + b"x" * 10**6, b'"' * 10**5],
    "lists of students": [b"id\n" + b"x" * 10**6, b'"' * 10**5, b"id," * 10**5],
    "keys of courses": [b"0" * 10**6, b"#" * 10**6, b"\n" * 10**6],
    "lists of sheets (JSON)": [b"[" * 10**5, b'{"version": ' + b"9" * 10**5 + b"}"],
}


def bomb() -> bytes:
    """Returns an archive of a few kilobytes that unpacks to a gigabyte."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("Ada One_11_assignsubmission_file_/engine.py", "w", force_zip64=True) as file,
    ):
        for _ in range(1 << 10):
            file.write(bytes(1 << 20))
    return content.getvalue()


def oversized(case: tuple[str, int]) -> Counter[str]:
    """Reads a file that is far too large; it may not take much more memory than the file has."""
    kind, number = case
    content = bomb() if number < 0 else OVERSIZED[kind][number]
    before, start = _peak(), time.monotonic()
    seen = one_file(kind, content, f"oversized file {number}")
    if _peak() - before > MOST_MEMORY:
        seen[f"{WRONG}{kind}, oversized file {number}: {(_peak() - before) >> 20} MB"] += 1
    if time.monotonic() - start > LONGEST:
        seen[f"{WRONG}{kind}, oversized file {number}: {time.monotonic() - start:.0f} s"] += 1
    return seen


MOST_MEMORY, LONGEST = 400 << 20, 60.0  # bytes and seconds that a file of a megabyte may take on a busy machine


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


# Pickles ------------------------------------------------------------------------------------------------------------------


def pickles() -> Counter[str]:
    """Unpickles what was cut off, and what another version has written, whose nodes have other fields.

    A pickle is a program: whoever changes one may run anything, so tampered ones are not tried. Cut off, pickle refuses it.
    """
    from chalkgrad.engine.recording import copying

    seen: Counter[str] = Counter()
    for number, whole in enumerate(_pickles()):
        for end in range(len(whole)):
            try:
                pickle.loads(whole[:end])
                seen[f"{WRONG}pickle {number} cut after {end} bytes was read"] += 1
            except (pickle.UnpicklingError, EOFError):
                seen["refused"] += 1
            except Exception as error:
                seen[f"{WRONG}pickle {number} cut after {end} bytes: {error!r}"[:300]] += 1
    fields = copying._FIELDS
    for other in (fields[:-1], (*fields, fields[-1])):
        copying._FIELDS = other
        try:
            older = _pickles()[0]
        finally:
            copying._FIELDS = fields
        try:
            pickle.loads(older)
            seen[f"{WRONG}a pickle with {len(other)} fields was read"] += 1
        except ValueError as error:
            seen["refused" if "another version of chalkgrad" in str(error) else f"{WRONG}another version: {error}"] += 1
        except Exception as error:
            seen[f"{WRONG}another version: {error!r}"] += 1
    return seen


def figures(quick: bool) -> Iterator[Figure]:
    for kind, given in kinds().items():
        wholes = given.whole()
        cuts = [(kind, n, start) for n, whole in enumerate(wholes) for start in range(0, len(whole), AT_ONCE)]
        if quick:
            cuts = random.Random(1).sample(cuts, min(len(cuts), 3))
        seen, wrong = counted(each(cut, cuts, f"{kind}, cut off", quick))
        changed, more = counted(each(tampered, [(kind, seed) for seed in range(2 if quick else 40)], f"{kind}, changed", quick))
        large = [(kind, n) for n in range(len(OVERSIZED.get(kind, ())))] + [(kind, -1)] * (given.suffix == ".zip")
        huge, most = counted(each(oversized, [] if quick else large, f"{kind}, oversized", quick))
        total = seen + changed + huge
        count = f"{sum(seen.values()):,} cut off, {sum(changed.values()):,} changed, {sum(huge.values())} oversized"
        said = f"{count}: {total['refused']:,} refused, {total['read']:,} read, {total[WRONG]} wrong"
        yield Figure(kind, said, "refused in a sentence, or read as a whole", not total[WRONG], details=wrong + more + most)
    seen, wrong = counted([pickles()])
    yield Figure(
        "pickles, cut off or of another version",
        f"{seen['refused']:,} refused, {seen[WRONG]} wrong",
        "refused",
        not wrong,
        "",
        wrong,
    )
