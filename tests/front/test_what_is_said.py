"""What networks and the command line say stands in the language's file; the code holds keys, errors and the help."""

import ast
import json
import re
import string
from pathlib import Path

import pytest
from chalkgrad.command import demo, examples, tasks
from chalkgrad.engine.words import language
from chalkgrad.nn import MLP, Adam, Gaussian, Layer, Network, Neuron, hinge, newton, softmax_head, untrainable
from chalkgrad.nn.data import xor
from chalkgrad.nn.history import History
from processes import python

ROOT = Path(__file__).parents[2]
FILES = [file for folder in ("nn", "front") for file in sorted((ROOT / folder).rglob("*.py"))]
ENGLISH = json.loads((ROOT / "engine/words/language/en.json").read_text("utf-8"))
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")

# The functions, classes and constants whose words stay in the code. Errors are English in every language, as Python's are.
ERRORS = {
    "nn/checkpoints.py": {"write", "_read_content", "_refuse_other", "_ANOTHER", "_BEGIN_ANEW", "_difference"},
    "nn/data/csv_files.py": {"read_csv", "table_in"},
    "nn/data/kinds.py": {
        "_check_name",
        "_column",
        "_compare",
        "_complete",
        "_no_number",
        "_number",
        "_refuse",
        "_targets",
        "table",
    },
    "nn/data/sheets.py": {"_OTHER_FILES", "_unreadable"},
    "nn/data/table.py": {"split"},
    "nn/losses.py": {"encode", "class_of", "advice_for_text", "read_class_number"}
    | {"TwoClasses", "Hinge", "CrossEntropy", "CrossEntropyOfProbabilities"}  # advice: which other loss to use
    | {"OWN_LOSS", "LossFunction", "encode", "formula", "_loss_of_one", "_numbered"},
    "front/words_of_others.py": {"_VALUE", "_DATA", "WORDS"},  # advice in an error
    "nn/elsewhere.py": {"LAYERS", "WITHOUT_LAYERS", "MODEL", "OPTIMISER", "OPTIMISER_NAMES", "RATE", "HISTORY", "MODULES"}
    | {"_TRAINING", "_NO_MODES", "_NO_DEVICES", "_BY_NAME", "_SET", "_WEIGHTS", "_BIASES", "_MEASURE", "_FROZEN"}
    | {"_LOSS", "_ACTIVATION"},
    "nn/models/affine.py": {"_DOES", "_not_affine"},
    "nn/models/batches.py": {"__init__"},
    "nn/models/layers.py": {"__init__", "activation_named", "LAYERS_OPTIONS", "_WIDTHS"},
    "nn/models/matrices.py": {"__init__", "layers_of", "adjoints_of_outputs"},
    "nn/models/module.py": {"_INSTEAD", "__getattr__", "_place_and_activation", "one_at_a_time"},
    "nn/models/network.py": {"_check_names", "_did_you_mean", "_read_inputs"},
    "nn/models/parameters.py": {"_refuse", "rectangle", "_advice", "__setitem__"},
    "nn/models/pytorch.py": {"_refuse_shared", "read", "_flat", "_activation", "_takes"},
    "nn/models/saving.py": {"fill", "save"},
    "nn/models/theta.py": {"__getitem__"},
    "nn/options.py": {"call"},
    "nn/optimisers.py": {"__init__", "rate", "_MINUS"},
    "nn/priors.py": {"__init__", "_positive", "_OTHERS"},
    "nn/sample_gradients.py": {
        "__init__",
        "choose_gradients",
        "difference_from_recording",
    },  # raised, or the history's `obstacle`, which may be any error's text
    "nn/data/rows.py": {"read_targets"},  # raised
    "nn/samples.py": {"divide"},
    "nn/training.py": {"_RATE", "_OTHERS", "_explained_failure", "_refuse_improbable", "_back"},
    "front/command/commands.py": {"run", "_unknown_command", "_examples"},
    "front/command/console.py": {"_sentence", "did_you_mean"},
    "front/expressions/expression.py": {"_parse", "_call", "_lists", "_matched_values", "_check_values", "read_values"},
    "front/expressions/functions.py": {"takes", "_OTHER_NAMES", "unknown_function"},
    "front/expressions/scan.py": {"_COMPARISON", "_NOT_HERE", "scan", "_missing_operator", "_character"},
    "front/command/graphs.py": {"_meant_example", "_value_named", "step"},
    "front/command/tasks.py": {"task_named"},
    "front/command/train_options.py": {"_REASONS", "check", "_plottable"},
    "front/classroom/grading/running/driver.py": {"_class", "number"},
    "front/classroom/grading/running/runner.py": {"_answer", "_over", "_no_answer", "_started_in", "_ending"}
    | {"NOT_AN_ANSWER"},  # why a program ended
    "front/command/pictures.py": {"not_written", "obstacles"},  # raised
    "front/command/train_reports.py": {"_kept", "sentence_of"},
    **{
        f"front/classroom/forms/{name}.py": {"refusal"}  # what a form cannot ask is an error of a worksheet
        for name in (
            "chain",
            "choice",
            "dead",
            "graph",
            "needed",
            "residual",
            "shapes",
            "sign",
            "table",
            "trace",
            "wrong_cell",
            "wrong_line",
        )
    },
    "front/classroom/printing/pdf.py": {"_missing", "_run", "_advice"},
    "front/classroom/marking/records.py": {"write_all"},  # what an error calls a file
    "front/command/sheets.py": {"_refuse_misspelt", "_unread"},
    "front/classroom/versions.py": {"candidates", "_too_few", "advice", "_advice", "_helping", "RIGHT"},
    "front/classroom/templates.py": {"_refuse_unknown", "_why", "tried", "_step_refused"},
    "front/classroom/course.py": {"key_in", "write_roster"},  # what an error calls a file
    "front/lecture/making.py": {"make", "_list", "_make"},  # what an error calls a file
    "front/classroom/grading/batch.py": {"_write", "_write_feedback"},  # likewise
    "front/classroom/grading/telling/gradescope.py": {"scaffold"},
    "front/command/grading.py": {"_one"},
    "front/command/latex.py": {"latex"},
    "front/classroom/folder.py": {"_list", "_files", "write_one", "_damage"},
    "front/classroom/worksheet.py": {"_problem", "forms_in", "meant", "_asked_of", "_refuse_misspelt"},
}
OTHER = {
    "nn/data/shipped.py": {"iris", "digits", "penguins"},  # titles of papers, licences
    "nn/models/saving.py": {""},  # what a file says that it is
    "nn/checkpoints.py": {"", "_content", "_standing"},  # likewise, and its keys
    "nn/training.py": {"facts"},  # likewise
    "front/command/commands.py": {
        "ABOUT",
        "DEMO",
        "TRAIN",
        "EXAMPLES",
        "COMPLETION",
        "LANGUAGE",
    },  # the help
    "front/command/completion.py": {"bash", "zsh", "fish", "_bash_words", "_zsh_words"},  # the languages of shells
    "front/command/graphs.py": {"_DRAW", "_FRAMES", "_STEP", "_PLAY"},  # the help
    "front/command/latex.py": {"LATEX"},
    "front/lecture/notebooks.py": {"notebook"},  # HTML
    "front/command/grading.py": {"GRADE"},
    "front/classroom/forms/step.py": {"slips_of_leaf", "slips_of_root"},  # names of slips
    "front/classroom/forms/table.py": {"question"},  # a key
    "front/classroom/forms/cells.py": {"slips_of_value", "slips_of_local"},  # names of slips
    "front/classroom/forms/dead.py": {"CHANGES"},  # keys
    "front/classroom/forms/shapes.py": {"HEADINGS"},  # keys
    "front/classroom/printing/html.py": {  # HTML
        *("whole", "header", "footer", "exercise", "question", "block", "grid", "row", "cell", "graph", "working", "noted"),
        *("remarked", "below"),
        *("line", "words", "run", "piece", "box"),
    },
    "front/classroom/printing/tex.py": {"words"},  # TeX
    "front/classroom/grading/judging/diagnosis.py": {"_where"},  # keys
    "front/classroom/grading/telling/gradescope.py": {"_SETUP", "_RUN"},  # scripts
    "front/classroom/grading/telling/report_page.py": {"_STYLE", "page", "_table", "described"},  # CSS, HTML
    "front/classroom/grading/running/student_process.py": {
        "REFUSED",
        "LOCKED",
        "SHOWN",
        "_FORBIDDEN",
        "_CHANGES",
        "_LOOKS",
        "_TAKEN_AWAY",
    }  # packages, events
    | {"find_spec"},  # an ImportError's
    "front/classroom/grading/batch.py": {""},  # Moodle's headings
    "front/classroom/grading/telling/report_json.py": {"as_data"},  # the name of the schema
    "front/classroom/grading/one_submission.py": {"_encoding_of"},  # Python's own message
    "front/command/demo.py": {"ending"},  # commands to be typed
    "front/command/examples.py": {"show", "code"},  # a command, a loop in Python
    "front/command/tasks.py": {"listing"},  # commands
    "front/command/marks.py": {"MARK", "_write_template"},  # the help, and what an error calls a file
    "front/classroom/marking/classreport.py": {"html", "STYLE"},  # HTML
    "front/classroom/printing/moodle.py": {"quiz", "text", "_question", "grid", "graph", "block", "line", "piece"},  # HTML
    "front/classroom/course.py": {"NOTE", "_HEADINGS"},  # what a key's file says; what stands above ids
    "front/classroom/templates.py": {"_parsed"},  # sets draws apart
    "front/classroom/sheet.py": {"__repr__"},
    "front/classroom/practising.py": {"__repr__"},
    "front/classroom/printing/notebook.py": {"shown"},  # HTML
    "front/command/sheets.py": {"_SHEET"},  # the help
    "front/command/lecture.py": {"_LECTURE"},
    "front/lecture/index.py": {"page", "_line", "_tick", "_row", "_slide", "_item", "_own", "_copied", "_set"}  # HTML
    | {"_code"},
}


def sentences(node, where=""):
    """Yields what reads like a sentence, with the function, class or constant it stands in; keys and errors are left out."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        where = node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and not where:
        where = getattr(node.targets[0] if isinstance(node, ast.Assign) else node.target, "id", "")
    elif (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SENTENCE.search(node.value)
        and not is_key(node.value)
    ):
        yield where, node.value
    documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if not (documentation or isinstance(node, ast.Raise) or called(node).endswith(("Error", "error"))):
        for child in ast.iter_child_nodes(node):
            yield from sentences(child, where)


def called(node):
    """The name of what a call calls."""
    return getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""


def is_key(text):
    return text in ENGLISH or any(text in section for section in ENGLISH.values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_code_holds_no_sentence(file):
    name = file.relative_to(ROOT).as_posix()
    allowed = ERRORS.get(name, set()) | OTHER.get(name, set())
    assert [(where, text) for where, text in sentences(ast.parse(file.read_text("utf-8"))) if where not in allowed] == []


def test_every_key_that_the_code_uses_exists():
    used = 0
    for file in FILES:
        tree = ast.parse(file.read_text("utf-8"))
        names = {  # of variables that hold a section, and the section
            target.id: node.value.args[0].value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and called(node.value) == "section"
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Subscript):
                holder, key = node.value, node.slice
            elif called(node) == "form" and isinstance(node.func, ast.Attribute):
                holder, key = node.func.value, node.args[0]
            else:
                continue
            section = names.get(getattr(holder, "id", "")) or (holder.args[0].value if called(holder) == "section" else None)
            for constant in [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]:
                if section is not None and isinstance(constant, ast.Constant):
                    assert constant.value in ENGLISH[section], file
                    used += 1
    assert used > 100


def test_all_forms_of_a_template_fill_blanks_that_the_other_form_has():
    for section in ENGLISH.values():
        for template in section.values():
            if isinstance(template, dict) and "other" in template:
                blanks = {
                    form: {field for _, field, _, _ in string.Formatter().parse(text) if field}
                    for form, text in template.items()
                }
                assert blanks["one"] <= blanks["other"] | {"count"}


def test_nothing_is_read_before_something_is_said():
    code = (
        "import chalkgrad.nn, chalkgrad.command.train, chalkgrad.command.demo, chalkgrad.command.graphs\n"
        "from chalkgrad.engine.words import language\n"
        "print(language._read.cache_info().currsize)"
    )
    assert python(code).strip() == "0"


@pytest.fixture
def another_language(monkeypatch):
    """Chooses a language whose templates are the English ones after an ¡."""

    def marked(template):
        return {form: f"¡{text}" for form, text in template.items()} if isinstance(template, dict) else f"¡{template}"

    other = {
        name: {key: marked(text) for key, text in section.items()} for name, section in ENGLISH.items() if name != "plural"
    }
    contents = {"en": ENGLISH, "xx": {"plural": ENGLISH["plural"], **other}}
    monkeypatch.setattr(language, "_read", contents.__getitem__)
    monkeypatch.setattr(language, "_current", ["xx"])


@pytest.mark.usefixtures("another_language")
def test_another_language_is_spoken_by_all():
    net = Network("x", "z = h1(x); y = h2(z)", "step", seed=0)
    reprs = (
        Neuron(2),
        Layer(2, 2),
        MLP(2, [2]),
        net,
        net.is_deep,
        hinge,
        softmax_head,
        Gaussian(1.0),
        Adam(),
        History("loss", "numpy"),
    )
    for text in (*map(repr, reprs), repr(xor()), untrainable(net), tasks.TASKS["iris"].lesson, demo.DEMO_WORDS["trace"]):
        assert text.startswith("¡"), text
    assert "¡layer" in str(MLP(2, [2]).describe())
    assert "¡hidden units" in str(net.describe())
    path = newton(lambda x: x**2, 1.0)
    assert path.steps[0].how == "¡start"
    assert path.stopped.startswith("¡the gradient")
    assert "  ¡steps" in examples.show(examples.load("colah"))
    assert "¡tells" in tasks.listing()


@pytest.mark.usefixtures("another_language")
def test_errors_stay_english():
    with pytest.raises(ValueError, match=r"^there is no activation"):
        MLP(2, [2, 1], "tangent")
    with pytest.raises(ValueError, match=r"^the Hessian at x = 1, y = 2 is singular"):
        newton(lambda x, y: x + y, 1.0, 2.0, line_search=False)
