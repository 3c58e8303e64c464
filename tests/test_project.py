"""The project's papers: addresses and version come from one place, and what pyproject claims is what is tried."""

import re
import runpy
import shutil
import tomllib
from pathlib import Path

import chalkgrad

HOME = Path(__file__).parent.parent
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]
ADDRESSES = runpy.run_path(str(HOME / "docs" / "addresses.py"))
README = (HOME / "README.md").read_text("utf-8")


def papers(home):
    """The texts that a visitor reads, and what the tracker and the workflows read."""
    return [
        home / "pyproject.toml",
        *home.glob("*.md"),
        *home.glob("*.cff"),
        *(home / ".github").rglob("*.*"),
        *(home / "docs").rglob("*.md"),
    ]


def copy_of_the_papers(folder):
    for file in papers(HOME):
        place = folder / file.relative_to(HOME)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    return folder


def test_every_address_is_as_pyproject_has_it():
    stale = [path.name for path, text in ADDRESSES["texts"]().items() if path.read_text("utf-8") != text]
    assert stale == [], "docs/addresses.py writes them anew"


def test_every_link_of_the_readme_leads_to_a_file():
    names = ADDRESSES["names"](README)
    assert len(names) > 10
    assert [name for name in names if name != "site" and not (HOME / name).is_file()] == []


def test_no_link_of_the_readme_is_relative_so_that_a_package_index_shows_it():
    source, site = PROJECT["urls"]["Source"], PROJECT["urls"]["Documentation"]
    addresses = re.findall(r"\]\(([^)]*)\)|^\[[^\]]+\]: (.*)$", README, re.MULTILINE)
    begin = ("https://github.com/karpathy/micrograd", f"{source}/blob/main/", f"{source}/raw/main/", site)
    assert [found for pair in addresses for found in pair if found and not found.startswith(begin)] == []


def test_a_project_that_moves_leaves_no_old_address_behind(tmp_path):
    home = copy_of_the_papers(tmp_path)
    pyproject = home / "pyproject.toml"
    text = pyproject.read_text("utf-8")
    for name, there in (("Source", "https://example.org/chalk"), ("Documentation", "https://chalk.example.org")):
        text = text.replace(f'{name} = "{PROJECT["urls"][name]}"', f'{name} = "{there}"')
    pyproject.write_text(text, "utf-8")
    for path, text in ADDRESSES["texts"](home).items():
        path.write_text(text, "utf-8")
    old = [PROJECT["urls"]["Source"], PROJECT["urls"]["Documentation"].rstrip("/")]
    assert [path.name for path in papers(home) if any(address in path.read_text("utf-8") for address in old)] == []
    assert "[docs/start.md]: https://example.org/chalk/blob/main/docs/start.md" in (home / "README.md").read_text("utf-8")
    assert "\nurl: https://chalk.example.org/\n" in (home / "CITATION.cff").read_text("utf-8")


def test_the_readme_is_read_in_a_screen_and_a_half():
    assert len(ADDRESSES["DEFINITION"].sub("", README).splitlines()) <= 90


def test_the_version_is_that_of_pyproject_everywhere():
    assert chalkgrad.__version__ == PROJECT["version"]
    assert re.search(r"^version: (.*)$", (HOME / "CITATION.cff").read_text("utf-8"), re.MULTILINE)[1] == PROJECT["version"]
    assert re.search(r"^## (\S+)", (HOME / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[1] == PROJECT["version"]


def test_the_versions_of_python_that_are_named_are_those_that_the_workflow_tries():
    workflow = (HOME / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    job = re.search(r"^  checks:\n(.*?)(?=^  \w+:\n)", workflow, re.MULTILINE | re.DOTALL)[1]
    tried = re.findall(r'"(3\.\d+)"', re.search(r"python: \[(.*)\]", job)[1])
    named = [found[1] for line in PROJECT["classifiers"] if (found := re.fullmatch(r".* :: Python :: (3\.\d+)", line))]
    assert named == tried
    assert PROJECT["requires-python"] == f">={tried[0]}"
    floors = re.search(r"^  floors:\n(.*?)(?=^  \w+:\n|\Z)", workflow, re.MULTILINE | re.DOTALL)[1]
    assert re.findall(r'"(3\.\d+)"', floors) == tried[:1]


def test_the_licence_that_is_named_covers_the_tables_of_others():
    readme = (HOME / "nn" / "tables" / "README.md").read_text("utf-8")
    of_tables = dict(re.findall(r"^\| `([^`]+)` .*\| \[([^\]]+)\]", readme, re.MULTILINE))
    assert {*of_tables} == {path.name for path in (HOME / "nn" / "tables").iterdir()} - {"README.md"}
    spdx = {"CC BY 4.0": "CC-BY-4.0", "CC0 1.0": "CC0-1.0"}
    assert PROJECT["license"].split(" AND ") == ["MIT", *sorted({spdx[name] for name in of_tables.values()})]
    assert "nn/tables/README.md" in PROJECT["license-files"]


def test_every_dependency_of_users_has_an_oldest_version_that_the_floors_are_made_from():
    floors = runpy.run_path(str(HOME / ".ci" / "floors.py"))
    extras = [*floors["USERS"], "torch"]
    named = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    oldest = floors["floors"](extras)
    assert len(oldest) == len(named) > 8
    for pinned, line in zip(oldest, named, strict=True):
        assert pinned.replace("==", ">=") == line


def test_no_extra_of_users_is_left_out_of_the_floors():
    floors = runpy.run_path(str(HOME / ".ci" / "floors.py"))
    assert {*floors["USERS"], "torch", *floors["TOOLS"]} == {*PROJECT["optional-dependencies"]}


def test_each_promise_of_the_proof_has_a_job_of_its_own():
    names = re.search(
        r"^PROMISES: .*?= \((.*?)^\)", (HOME / "bench" / "proof" / "__main__.py").read_text("utf-8"), re.M | re.S
    )[1]
    workflow = (HOME / ".github" / "workflows" / "proof.yml").read_text("utf-8")
    jobs = re.search(r"^ +promise:\n((?: +- \w+\n)+)", workflow, re.MULTILINE)[1]
    assert re.findall(r"\w+", jobs) == re.findall(r'"(\w+)"', names)
    assert {path.stem for path in (HOME / "bench" / "proof").glob("*.py") if "\nPROMISE = " in path.read_text("utf-8")} == {
        *jobs.split()
    } - {"-"}
