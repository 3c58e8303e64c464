"""The sheet as PDF: through LaTeX, else through Chromium, else a sentence that says what to install."""

import os
import re
import stat
import sys

import pytest
from chalkgrad.classroom.printing import pdf
from papers_by_hand import paper

POSIX = pytest.mark.skipif(os.name != "posix", reason="the programs here are scripts of a shell")


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Makes the programs that are to be found, scripts in Python; all others are hidden."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(name, script):
        file = folder / name
        file.write_text(f"#!{sys.executable} -I\nimport sys, pathlib, time\n{script}\n", "utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    return make


LATEX = (
    "pathlib.Path('sheet.pdf').write_bytes(b'%PDF latex' + bytes([10]) + pathlib.Path('sheet.tex').read_bytes())\n"
    "pathlib.Path('sheet.log').write_text('')"
)
BROWSER = (
    "to = next(a for a in sys.argv if a.startswith('--print-to-pdf=')).partition('=')[2]\n"
    "pathlib.Path(to).write_bytes(b'%PDF browser' + bytes([10]) + pathlib.Path('sheet.html').read_bytes())"
)


@POSIX
def test_the_browser_that_prints_has_no_names_of_machines_to_ask_for(programs, tmp_path):
    told = tmp_path / "told.txt"
    programs("chromium", f"{BROWSER}\npathlib.Path({str(told)!r}).write_text(chr(10).join(sys.argv))")
    pdf.write(paper(), tmp_path / "sheet.pdf")
    assert {"--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"} < {*told.read_text().splitlines()}


@POSIX
def test_latex_comes_first_then_chromium(programs, tmp_path):
    made = tmp_path / "sheet.pdf"
    programs("chromium", BROWSER)
    pdf.write(paper(), made, large=True)
    assert made.read_bytes().startswith(b"%PDF browser\n<!DOCTYPE html>")
    assert b'<body class="large' in made.read_bytes()
    programs("pdflatex", LATEX)
    pdf.write(paper(), made, filled=True)
    assert made.read_bytes().startswith(b"%PDF latex")
    assert b"3217.5" in made.read_bytes()
    assert set(os.listdir(tmp_path)) == {"bin", "sheet.pdf"}


@POSIX
def test_hebrew_is_not_set_by_pdflatex_nor_without_a_font(programs, tmp_path):
    made = tmp_path / "sheet.pdf"
    programs("pdflatex", LATEX)
    programs("chromium", BROWSER)
    pdf.write(paper("he"), made)
    assert made.read_bytes().startswith(b"%PDF browser")
    programs("lualatex", LATEX.replace("write_text('')", "write_text('chalkgrad: no font has the letters of this sheet')"))
    pdf.write(paper("he"), made)
    assert made.read_bytes().startswith(b"%PDF browser")
    programs("lualatex", LATEX)
    pdf.write(paper("he"), made)
    assert made.read_bytes().startswith(b"%PDF latex")


@POSIX
def test_where_latex_fails_chromium_prints(programs, tmp_path):
    programs("pdflatex", "print('! LaTeX Error: File `tikz.sty not found.')\nsys.exit(1)")
    with pytest.raises(pdf.NoPDFError, match=r"pdflatex: LaTeX Error: File `tikz.sty not found\.") as caught:
        pdf.write(paper(), tmp_path / "sheet.pdf")
    assert "apt-get install chromium" in str(caught.value)
    programs("chromium", BROWSER)
    pdf.write(paper(), tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF browser")


@POSIX
@pytest.mark.parametrize(
    ("epoch", "date"), [(None, b"20200101000000"), ("86400", b"19700102000000"), ("soon", b"20200101000000")]
)
def test_a_pdf_bears_no_date_of_its_making(programs, tmp_path, monkeypatch, epoch, date):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    if epoch:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    made = tmp_path / "sheet.pdf"
    programs(
        "chromium",
        BROWSER.replace("b'%PDF browser'", "b\"%PDF /CreationDate (D:20261130004250+00'00') /ModDate (D:20261130004250\""),
    )
    pdf.write(paper(), made)
    assert re.findall(rb"Date \(D:(\d+)", made.read_bytes()) == [date, date]
    programs("pdflatex", "import os\n" + LATEX.replace("b'%PDF latex'", "os.environ['SOURCE_DATE_EPOCH'].encode()"))
    pdf.write(paper(), made)
    assert made.read_bytes().startswith(b"86400" if epoch == "86400" else b"1577836800")


@POSIX
def test_a_program_that_does_not_end_is_ended(programs, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "TIME_LIMIT", 0.3)
    programs("pdflatex", "time.sleep(60)")
    with pytest.raises(pdf.NoPDFError, match=r"pdflatex was stopped after 0\.3 s"):
        pdf.write(paper(), tmp_path / "sheet.pdf")
    assert not (tmp_path / "sheet.pdf").exists()


def test_without_any_program_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pdf.NoPDFError) as caught:
        pdf.write(paper("he"), tmp_path / "sheet.pdf")
    assert str(caught.value) == (
        "a PDF is made by LaTeX or by Chromium, and neither made one here: install chromium, or a LaTeX (Debian: "
        "apt-get install chromium, or texlive-luatex and fonts-dejavu); or open the HTML in any browser, and print it."
    )
