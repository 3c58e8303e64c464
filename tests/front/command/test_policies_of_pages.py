"""Each page that a command writes has a policy that lets its own script and styles pass, and nothing else."""

import pytest
import written_pages
from chalkgrad.command.commands import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    written_pages.prepare(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for line in written_pages.EACH_MAKER:
            assert run(line) in (0, 1), line
    return folder


def test_each_page_that_a_command_writes_has_a_strict_policy(folder):
    found = {name: written_pages.breaches(page) for name, page in written_pages.pages(folder)}
    assert len(found) >= 7
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("loosened", "said"),
    [
        (("default-src 'none'", "default-src *"), "default-src is ['*']"),
        (("script-src ", "script-src 'unsafe-inline' "), "script-src allows 'unsafe-inline'"),
        (("script-src ", "script-src 'unsafe-eval' "), "script-src allows 'unsafe-eval'"),
        (("style-src ", "style-src https: "), "style-src allows https:"),
        (("form-action 'none'", ""), "form-action is None"),
        (("<body", "<script>alert(1)</script><body"), "script-src refuses the page's own 'alert(1)'"),
        (("<body", "<body onload='x'"), "a handler onload"),
        (("<body", "<img src='https://example.org/x'><body"), "it asks for https://example.org/x"),
    ],
)
def test_a_page_whose_policy_is_looser_would_be_found(folder, loosened, said):
    page = (folder / "play.html").read_text("utf-8")
    assert page.count(loosened[0]) >= 1
    assert said in written_pages.breaches(page.replace(*loosened, 1))
