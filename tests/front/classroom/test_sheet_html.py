"""The sheet as HTML: one file that prints, that a screen reader reads, and that holds no answer."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from chalkgrad.classroom.paper import Box, Exercise, Follows, Formula, Grid, Paragraph, Question, Slip
from chalkgrad.classroom.printing import html, tex
from chalkgrad.classroom.printing.room import left
from chalkgrad.classroom.printing.typeset import answer, parts
from chalkgrad.engine.words.language import _read, speaking
from contrast import contrast
from papers_by_hand import LETTERS, paper

VOID = {"meta", "wbr", "br", "img", "input", "link"}
STYLE = (Path(html.__file__).parent / "sheet.css").read_text("utf-8")


class Read(HTMLParser):
    """A file's elements as (name, attributes, names and directions of those around, text), and what is wrong with it."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.texts.append((data, [tag for tag, _ in self.open], [a["dir"] for _, a in self.open if "dir" in a]))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def emptied(text):
    """A file without what is in its boxes, of which the tag and the space for working are two."""
    text = re.sub(r'(<span class="(?:box [^"]*|tag)"[^>]*>)[^<]*', r"\1", text)
    text = re.sub(r'(<text class="box">)[^<]*', r"\1", text)
    return re.sub(r'(<section class="working"[^>]*>).*?(</section>)', r"\1\2", text, flags=re.DOTALL)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("language", ["en", "he"])
def test_sheet_and_key_differ_in_the_boxes_alone(language, large):
    sheet, key = (html.page(paper(language), filled, large) for filled in (False, True))
    assert sheet != key
    assert emptied(key) == sheet


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("language", ["en", "he"])
def test_a_sheet_holds_no_answer_and_no_slip_and_the_key_holds_all(language, large):
    made = paper(language)
    sheet, key = (html.page(made, filled, large) for filled in (False, True))
    sheet = re.sub("<meta http-equiv[^>]*>", "", sheet, count=1)  # hashes of its styles, which have letters of all kinds
    numbers = [f"{box.answer:g}"[:4] for box in made.boxes if not isinstance(box.answer, str)]
    secrets = {*numbers, *LETTERS, "3217", "3218", *(["through c"] if language == "en" else ["נספר רק"])}
    assert len(set(numbers)) == len(numbers) > 15
    assert [secret for secret in secrets if secret in sheet] == []
    assert [secret for secret in secrets if secret not in key] == []
    assert '<span class="tag"></span>' in sheet
    assert '<span class="box choice" style="--w:1" role="textbox" aria-label=' in sheet


def test_a_number_is_written_with_the_decimals_of_its_tolerance():
    box = Box("1.a.value", "value", 0.7310585786, "a")
    said = [answer(replace(box, tolerance=tolerance)) for tolerance in (0.0, 0.05, 0.005, 0.0005, 0.5, 3)]
    assert said == ["0.7311", "0.7", "0.73", "0.731", "1", "0.7311"]
    assert answer(replace(box, answer=7919.25)) == "7919.25"
    assert answer(replace(box, answer=-0.001, tolerance=0.005)) == "0"


@pytest.mark.parametrize("filled", [False, True])
def test_in_hebrew_every_formula_and_number_runs_from_left_to_right(filled):
    read = Read(html.page(paper("he"), filled))
    assert read.all("html")[0]["dir"] == "rtl"
    texts = [text for text in read.texts if "body" in text[1]]
    wrong = [
        text
        for text, around, directions in texts
        if directions[-1] == "rtl" and re.search(r"[A-Za-z0-9∂=+·]", text.replace(" · ", ""))
    ]
    # ordinals are numbers by themselves; letters of options stand alone
    assert [text for text in wrong if not re.fullmatch(r"[1-9A-D]", text)] == []
    assert [text for text, around, directions in texts if directions[-1] == "ltr" and re.search("[א-ת]", text)] == []
    assert ("b", "ltr") in [(text, directions[-1]) for text, around, directions in texts]


def hebrew(texts, where=""):
    """The sentences of the file of Hebrew, each with a formula in its blanks, by where they stand."""
    if isinstance(texts, str):
        return {where: re.sub(r"\{\w+[^{}]*\}", "x - 1", texts)}
    return {at: said for key, text in texts.items() if key != "plural" for at, said in hebrew(text, f"{where}/{key}").items()}


def test_no_formula_in_a_hebrew_sentence_has_half_of_a_pair_of_brackets():
    with speaking("he"):
        sentences = hebrew(_read("he"))
    made = paper("he", said={"note": "נלקח p·(1 - p), הנגזרת לבדה", "slip": "(לפי x), לא f(x) - g(x)"})
    pages = {filled: html.page(made, filled) for filled in (False, True)}
    assert '<bdi dir="ltr" class=short>p·(1 - p)</bdi>' in pages[True]
    formulas = [(at, part) for at, said in sentences.items() for part, formula in parts(said) if formula]
    formulas += [(at, re.sub("<[^>]*>", "", part)) for at, page in pages.items() for part in re.findall("<bdi.*?</bdi>", page)]
    assert len(formulas) > 300
    assert [(at, part) for at, part in formulas if part.count("(") != part.count(")")] == []


def test_a_formula_with_its_box_is_one_whole_from_left_to_right_and_sentences_are_not():
    page = html.page(paper("he"))
    at = page.index("∂c/∂a = ")
    assert page.rindex('<bdi class="formula" dir="ltr">', 0, at) > page.rindex("</bdi>", 0, at)
    assert re.search(r'∂c/∂a = </span><span class="box local"[^>]*></span></span></bdi><span class="gap">', page)
    assert re.search(r"נכנס אל <bdi[^>]*><span class=\"short\">c = a \+ b</span></bdi>: <bdi", page)


def test_everything_is_escaped():
    evil = '</style><script>alert("1")</script>&lt;\x07\u202e'
    made = paper("en", said=dict.fromkeys(("title", "course", "given", "table", "slip", "seen", "new", "none", "note"), evil))
    read = Read(html.page(made, filled=True))
    assert read.all("script") == []
    assert len(read.all("style")) == 1
    assert "\u202e" not in html.page(made, filled=True)
    assert sum(evil[:20] in text for text, _, _ in read.texts) >= 9


def test_nothing_is_fetched():
    page = html.page(paper(), filled=True)
    for harmless in ('xmlns="http://www.w3.org/2000/svg"', "http-equiv"):
        page = page.replace(harmless, "")
    assert [word for word in ("http", "src=", "href=", "<script", "<link", "url(", "@import") if word in page] == []


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("filled", [False, True])
def test_a_screen_reader_finds_headings_in_order_named_boxes_and_a_table_with_headings(filled, large):
    made = paper()
    read = Read(html.page(made, filled, large))
    levels = [int(tag[1]) for tag, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    boxes = [attributes for attributes in read.all("span") if attributes.get("role") == "textbox"]
    assert len(boxes) == len(made.boxes) - 2 + 1  # two are in the picture, of which the list of edges has one
    assert {attributes["aria-label"] for attributes in boxes} >= {"blank: ∂e/∂b", "blank: ∂c/∂a", "blank: over"}
    scopes = [attributes["scope"] for attributes in read.all("th")]
    assert (scopes.count("col"), scopes.count("row")) == (4, 4)
    labels = {attributes.get("id") for _, attributes in read.elements}
    assert {attributes["aria-labelledby"] for _, attributes in read.elements if "aria-labelledby" in attributes} <= labels


def test_the_graph_is_a_list_of_edges_too_which_is_always_to_be_seen_where_letters_are_large():
    page, large = html.page(paper()), html.page(paper(), large=True)
    assert all("a and b go into c." in text and "a goes into " in text for text in (page, large))
    assert '<details class="edges">' in page
    assert "<details" not in large


def test_points_and_minutes_are_stated():
    text = re.sub(r"<[^>]*>", "", html.page(paper()))
    assert "version A · 21 points · 13 min" in text
    assert "10 points · 5 min" in text
    assert "1 point · 1 min" in text
    in_hebrew = re.sub(r"<[^>]*>", "", html.page(paper("he")))
    assert "10 נקודות · 5 דקות" in in_hebrew
    assert "נקודה אחת · דקה אחת" in in_hebrew


def test_letters_stand_out_from_what_is_behind_them():
    named = dict(re.findall(r"--(\w+): (#\w+);", STYLE))
    colours = {named.get(c[6:-1], c) for c in re.findall(r"[{ ;]color: ([^;}]+?)[; }]", STYLE)} - {"#fff"}
    assert len(colours) >= 3
    assert [(c, ground) for c in colours for ground in ("#ffffff", "#fff2ea") if contrast(c, ground) < 4.5] == []
    assert min(contrast("#ffffff", ground) for ground in ("#9c3a00", named["ink"])) >= 4.5


def test_large_letters_have_18_points_at_least():
    assert re.search(r":has\(body\.large\) \{ font-size: 18pt;", STYLE)
    small = dict(re.findall(r"--(\w+): ([\d.]+)rem", re.search(r"body\.large\).*", STYLE)[0]))
    sizes = re.findall(r"font-size: ([^;}]+)[;}]", STYLE)
    assert len(sizes) > 15
    for size in map(str.strip, sizes):
        if found := re.fullmatch(r"var\(--(\w+)\)", size):
            assert float(small[found[1]]) >= 1
        else:
            assert size in ("12.5pt", "18pt") or float(re.fullmatch(r"([\d.]+)r?em", size)[1]) >= 1, size
    page = html.page(paper(), large=True)
    assert re.search('<body class="large( full)?">', page)
    assert set(re.findall(r"@bottom-\w+{[^}]*font-size:(\w+)", page)) == {"18pt"}


def test_a_language_without_a_file_is_refused():
    with pytest.raises(ValueError, match="there is no language 'tlh'"):
        html.page(replace(paper(), language="tlh"))


def said_on_the_key(*questions):
    """The text of the key's remarks on these questions, each a tuple of boxes."""
    asked = tuple(Question("numbers", f"Question {i}", "", (Paragraph(boxes),), 1) for i, boxes in enumerate(questions, 1))
    made = html.page(replace(paper(), exercises=(Exercise((), asked),)), filled=True)
    return re.sub(r"<[^>]*>", " ", made[made.index('<section class="working"') :])


def slipped(name, asked, kind="gradient", of=range(2, 20), needs=()):
    """A box whose answer is 1, with a slip for each of these numbers."""
    slips = tuple(Slip(float(n), "", f"slip {n}.") for n in of)
    return Box(name, kind, 1.0, asked, slips=slips, follows=Follows(needs, lambda own: 1.0) if needs else None)


def test_the_key_names_the_most_frequent_slips_once_for_boxes_that_ask_the_same():
    box = slipped("1.b.gradient", "∂e/∂b")
    others = [replace(box, name="1.c.gradient", asked="∂e/∂c"), replace(box, name="2.b.gradient")]
    said = said_on_the_key((box, "  ", others[0]), (others[1],))
    assert "If ∂e/∂b, ∂e/∂c is …" in said
    assert "Question 2" not in said
    assert re.findall(r"slip \d+\.", said) == [f"slip {n}." for n in range(2, 7)]


def test_the_key_leaves_out_what_a_marker_sees_without_it():
    local, value = slipped("1.c.local", "∂c/∂a", "local"), slipped("1.c.value", "c", "value")
    asked = slipped("1.a.gradient", "∂e/∂a", of=(-1, 30), needs=("1.c.gradient",))
    said = said_on_the_key((value, local, slipped("1.c.gradient", "∂e/∂c", of=range(40, 50)), asked))
    assert re.findall(r"slip (-?\d+)\.", said) == ["40", "41", "30"]  # no lost sign; few of what is on the way
    assert re.findall(r"slip (\d+)\.", said_on_the_key((value,))) == ["2", "3", "4", "5", "6"]


def test_many_boxes_have_fewer_slips_each_on_the_key():
    boxes = [slipped(f"1.{name}.gradient", f"∂e/∂{name}", of=range(10 * i, 10 * i + 9)) for i, name in enumerate("abcdefgh", 1)]
    assert len(re.findall(r"slip \d+\.", said_on_the_key(tuple(boxes)))) == 3 * 8


def test_the_space_for_working_is_left_out_where_little_is_left_and_is_no_part_of_what_is_asked():
    def with_rows(count):
        rows = tuple(((Formula(f"v{i}"),), (Box(f"1.v{i}.value", "value", 1.0, f"v{i}"),)) for i in range(count))
        asked = Question("table", "Fill in", "", (Grid(("node", "value"), rows),), 1)
        return replace(paper(), exercises=(Exercise((), (asked,)),))

    rooms = [left(with_rows(count)) for count in range(1, 22)]
    assert all(9 < before - after < 12 for before, after in pairwise(rooms))
    few, many = html.page(with_rows(2)), html.page(with_rows(20))
    assert '<body class="">' in few
    assert left(with_rows(20)) < html.LEAST
    assert '<body class="full">' in many
    assert html.page(with_rows(20), filled=True).count('<body class="full">') == 1
    assert few.index("</main>") < few.index('<section class="working"')


def test_what_a_bar_means_is_said_once_where_it_occurs():
    def of(*plain):
        return Question(
            "numbers",
            "Compute",
            "",
            tuple(Paragraph((Formula(text), Box(f"1.{text}", "local", 1.0, text))) for text in plain),
            1,
        )

    asked = (of("∂z/∂x = "), of("∂z₄/∂z₁|z₂ = "), of("∂L/∂a|ₚ = "))
    made = html.page(replace(paper(), exercises=(Exercise((), asked),)))
    assert "∂z₄/∂z₁|<sub>z₂</sub> = " in made
    assert "∂L/∂a|<sub>p</sub> = " in made
    plain = re.sub(r"<[^>]*>", "", made[made.index("<main>") :])
    assert plain.count("held fixed") == 1
    assert "In ∂z₄/∂z₁|z₂ the bar says that z₂ is held fixed." in plain
    assert plain.index("Compute", plain.index("Compute") + 1) < plain.index("held fixed")
    in_tex = tex.document([replace(paper(), exercises=(Exercise((), asked),))])
    assert in_tex.count("is held fixed") == 1
    assert "מוחזק קבוע" in html.page(replace(paper("he"), exercises=(Exercise((), asked),)))


def test_parts_of_a_line_are_columns_where_it_is_broken_and_a_label_stays_with_its_box():
    def of(count):
        pieces = [piece for i in range(count) for piece in ("   ", f"new v{i}: ", Box(f"1.v{i}", "number", 1.0, f"v{i}"))]
        return html.page(
            replace(paper(), exercises=(Exercise((), (Question("step", "Step", "", (Paragraph((*pieces,)),), 1),)),))
        )

    assert '<p class="row">' in of(3)
    assert re.search(r'<p class="parts" style="--part:[\d.]+"><span>', of(9))
    assert re.search(r"<span><span class=\"atom\">new v2: ", of(9))


def test_the_foot_of_a_page_has_the_words_of_the_course():
    made = html.page(replace(paper(), course='Learning systems, week 3 "a"'))
    content = re.search(r'@bottom-left\{content:"([^"]*)"', made)[1]
    assert re.sub(r"\\([0-9a-f]{1,6})[ ]?", lambda found: chr(int(found[1], 16)), content) == 'Learning systems, week 3 "a"'


def test_a_run_sets_a_question_once_for_all_sheets_that_have_it():
    made, drawn = paper(), []
    graph = next(block for question in made.questions for block in question.blocks if hasattr(block, "svg"))
    counted = replace(graph, svg=lambda filled: drawn.append(filled) or "<svg></svg>")
    question = replace(made.questions[1], blocks=(counted,))
    for code in ("NSGEAY", "QWERTY"):
        html.page(replace(made, code=code, exercises=(Exercise((), (question,)),)))
    assert len(drawn) <= 2  # for its size, and for the page


@pytest.mark.parametrize("language", ["en", "he"])
def test_marks_of_direction_are_not_written_out(language):
    line = (
        "\u2066",
        Formula("\u2066a\u2069 = "),
        " · ",
        "\u2069",
        Box("1.a", "number", 1.0, "\u2066a\u2069"),
        "\u2069 של \u2066",
    )
    question = Question("numbers", "\u2066a\u2069", "", (Paragraph(line),), 1)
    for medium in (html.page, lambda made: tex.document([made])):
        made = medium(replace(paper(language), exercises=(Exercise((), (question,)),)))
        assert "2066" not in made
        assert "2069" not in made
