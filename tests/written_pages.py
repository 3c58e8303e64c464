"""Commands that write all kinds of files, the pages among these, and what a page's content security policy lets pass."""

import base64
import hashlib
import re
import zipfile
from html.parser import HTMLParser

ENGINE = """\
class Value:
    def __init__(self, data, ways=()):
        self.data, self.grad, self.ways = data, 0.0, ways

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, self.data), (other, self.data)))

    def backward(self, grad=1.0):
        self.grad += grad
        for parent, partial in self.ways:
            parent.backward(grad * partial)
"""
FILES = {
    "engine.py": ENGINE,
    "handed_in/One_1_assignsubmission_file_/engine.py": ENGINE,
    "data.csv": "a,b,c\n" + "".join(f"{i},{i * i % 7},{i % 3 + i / 4}\n" for i in range(24)),
    "week3.toml": 'title = "Week 3"\n\n[[exercise]]\ngraph = "c = a + b; L = c*d"\nask = ["table"]\n',
}
GRAPH = ["e = a*b; d = e + c; L = d*f", "a=2", "b=-3", "c=10", "f=-2"]
# One of each maker of pages, and then others of the same makers.
EACH_MAKER = [
    ["play", "colah", "-o", "play.html"],
    ["draw", "e = a*b; f = a + b", "a=2", "b=3", "-o", "roots.html"],
    ["sheet", "week3.toml", "--key", "--versions", "1", "-o", "week3"],
    ["mark", "--sheets", "week3", "--template", "answers.csv"],
    ["mark", "answers.csv", "--sheets", "week3", "-o", "marks"],
    ["grade", "engine.py", "--html", "grade.html"],
    ["lecture", "--rows", "1", "-o", "lecture"],
]
WITH_PAGES = [
    *EACH_MAKER,
    ["play", "colah", "--language", "he,en", "--note", "1: </script><img src=x onerror=alert(1)>", "-o", "two.html"],
    ["play", "mazur", "--theme", "dark", "-o", "dark_page.html"],
    ["draw", "colah", "-o", "picture.html"],
    ["draw", "colah", "--theme", "dark", "--skin", "circuit", "-o", "dark.html"],
    ["sheet", "row13", "--key", "--versions", "2", "--as", "html,json,moodle,tex", "-o", "row13"],
    ["sheet", "row14", "--key", "--versions", "1", "--large", "--language", "he", "-o", "large"],
    ["--language", "he", "grade", "engine.py", "--html", "he.html"],
    ["grade", "--moodle", "handed_in", "-o", "feedback.zip", "--named", "engine.py", "--jobs", "1"],
    ["lecture", "--rows", "13", "-o", "lecture13"],
]
QUICK = [
    ["play", "colah", "-o", "play.html"],
    ["sheet", "week3.toml", "--key", "--versions", "1", "-o", "week3"],
    ["latex", "colah"],
]
WITHOUT_PAGES = [
    *(["draw", *GRAPH, "-o", f"L{kind}"] for kind in (".svg", ".png", ".pdf", ".dot", ".tex")),
    ["frames", "colah", "-o", "frames"],
    ["step", "colah"],
    ["latex", "colah", "--tape"],
    ["train", "xor", "--epochs", "2", "--save", "m.json", "--plot", "p.svg"],
    ["train", "data.csv", "--target", "c", "--epochs", "2", "--checkpoint", "run.json"],
    ["examples"],
    ["examples", "colah"],
    ["completion", "bash"],
    ["demo", "--out", "demo"],
    ["--version"],
    ["--help"],
]


def prepare(folder):
    """Writes the files that the commands read."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def pages(folder):
    """Yields the name and the text of each page in a folder, those inside of archives, too."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".html":
            yield str(path.relative_to(folder)), path.read_text("utf-8")
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".html"):
                        yield f"{path.name}: {name}", archive.read(name).decode("utf-8")


class _Read(HTMLParser):
    """Of a page: its policies, what stands before them, its scripts, styles and what asks for something."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.policies, self.before, self.attributes, self.handlers, self.asks = [], [], [], [], []
        self.blocks, self._inside = {"script": [], "style": []}, ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if (tag, given.get("http-equiv", "").lower()) == ("meta", "content-security-policy"):
            self.policies.append(given["content"])
        elif not self.policies and tag not in ("html", "head", "meta", "title"):
            self.before.append(tag)
        if tag in self.blocks:
            self._inside = tag
            self.blocks[tag].append(("", given.get("type", "")))
        self.attributes += [text for name, text in attrs if name == "style"]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.asks += [text for name, text in attrs if name in ("src", "srcset", "action", "data", "poster") and tag != "iframe"]
        self.asks += [given.get("href") or ""] if tag in ("link", "base") else []

    def handle_endtag(self, tag):
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data):
        if self._inside:
            text, kind = self.blocks[self._inside][-1]
            self.blocks[self._inside][-1] = (text + data, kind)


def _hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def breaches(page):
    """Returns how a page's policy is not strict, or not the page's own, by another reader and hash than the writer's."""
    read = _Read()
    read.feed(page)
    if len(read.policies) != 1:
        return [f"it has {len(read.policies)} policies"]
    allowed = {words[0]: words[1:] for part in read.policies[0].split(";") if (words := part.split())}
    found = [f"<{tag}> stands before the policy" for tag in read.before]
    for name, only in (("default-src", "'none'"), ("base-uri", "'none'"), ("form-action", "'none'")):
        if allowed.get(name) != [only]:
            found.append(f"{name} is {allowed.get(name)}")
    hashes = {name: [source for source in allowed.get(name, []) if source.startswith("'sha256-")] for name in allowed}
    for name, sources in allowed.items():
        harmless = {"img-src": {"data:", "'self'", "file:"}, "style-src": {"'unsafe-hashes'"}}.get(name, set()) | {"'none'"}
        found += [f"{name} allows {source}" for source in sources if source not in harmless and source not in hashes[name]]
    found += [f"a handler {name}" for name in read.handlers]
    found += [f"it asks for {address[:80]}" for address in read.asks if re.match(r"\s*(https?:|//|ftp:)", address)]
    scripts = [text for text, kind in read.blocks["script"] if kind in ("", "module", "text/javascript")]
    for name, texts in (("script-src", scripts), ("style-src", [text for text, _ in read.blocks["style"]] + read.attributes)):
        known = hashes.get(name, [])
        found += [f"{name} refuses the page's own {text[:40]!r}" for text in texts if _hash(text) not in known]
        found += [f"{name} allows what the page does not have" for _ in {*known} - {_hash(text) for text in texts}]
    if read.attributes and "'unsafe-hashes'" not in allowed.get("style-src", []):
        found.append("style attributes are refused, because 'unsafe-hashes' is not there")
    return found
