"""Plots: what is drawn, what is written, what is refused."""

import gc
import io
import math
import pickle
import re
import sys
import weakref
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from chalkgrad.engine import Value, operation
from chalkgrad.engine.words.language import speaking
from chalkgrad.nn import MLP
from chalkgrad.viz.letters import themes
from chalkgrad.viz.plots import axes as house
from chalkgrad.viz.plots import plots
from chalkgrad.viz.plots.figures import STYLE, file_of
from chalkgrad.viz.plots.plots import (
    plot_activation,
    plot_confusion,
    plot_fit,
    plot_losses,
    plot_parameters,
    plot_regions,
    plot_sup_error,
)
from matplotlib import ft2font, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from processes import python

HISTORY = SimpleNamespace(
    loss=[4.0, 1.0, 0.5, 0.4],
    validation_loss=[4.5, 1.5, 0.9, 1.1],
    metric=[0.5, 0.7, 0.9, 0.95],
    validation_metric=[0.5, 0.6, 0.8, 0.75],
    gradient_norm=[9.0, 3.0, 1.0, 0.5],
    metric_name="accuracy",
    best_epoch=3,
)
SVG = "{http://www.w3.org/2000/svg}"
CORNERS, XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [-1, 1, 1, -1]


class Model:
    """Something with predict, of one sample at a time."""

    def __init__(self, function):
        self.function = function

    def predict(self, row):
        if hasattr(row[0], "__len__"):
            raise ValueError("one sample at a time")
        return self.function(*row)


class Batch(Model):
    """Something with predict, of a batch."""

    def predict(self, rows):
        return [self.function(*row) for row in rows]


SADDLE = Model(lambda a, b: -8 * (a - 0.5) * (b - 0.5))
THREE = Model(lambda a, b: [a, b, 0.8 - a - b])
LINE = Model(lambda x: 2 * x - 1)

DRAW = {
    "losses": lambda **options: plot_losses(HISTORY, **options),
    "regions": lambda **options: plot_regions(SADDLE, CORNERS, XOR, resolution=12, **options),
    "three": lambda **options: plot_regions(THREE, CORNERS, [2, 1, 0, 0], resolution=12, **options),
    "fit": lambda **options: plot_fit(LINE, [0.0, 1.0, 2.0], [-1.0, 1.5, 3.0], **options),
    "activation": lambda **options: plot_activation("relu", **options),
    "activations": lambda **options: plot_activation("tanh", "step", "gelu", **options),
    "tangent": lambda **options: plot_activation("tanh", at=1.0, **options),
    "parameters": lambda **options: plot_parameters(**options),
    "confusion": lambda **options: plot_confusion([0, 1, 1, 2], [0, 1, 2, 2], **options),
    "sup": lambda **options: plot_sup_error([1, 2, 4], [0.5, 0.1, 0.01], **options),
}
every_plot = pytest.mark.parametrize("name", DRAW)


def data(line):
    return [float(x) for x in line.get_xdata()], [float(y) for y in line.get_ydata()]


def own_axes(shape=(1, 1)):
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots(*shape)


def rendered(axes):
    """The page as rows of pixels, and the function from data to a pixel's colour."""
    canvas = axes.figure.canvas
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())

    def colour(x, y):
        across, up = axes.transData.transform((x, y))
        return to_hex(pixels[len(pixels) - 1 - int(up), int(across), :3] / 255)

    return colour


def words(axes):
    """Everything that is written in the axes."""
    legend = axes.get_legend()
    return [text.get_text() for text in [*axes.texts, *(legend.get_texts() if legend else [])]]


# All of them ---------------------------------------------------------------------------------------------------------


@every_plot
def test_it_returns_axes_of_its_own_or_those_given(name):
    axes = DRAW[name]()
    assert axes.figure.axes == [axes]
    left, right = own_axes((1, 2))
    assert DRAW[name](ax=right) is right
    assert right.has_data()
    assert not left.has_data()
    assert left.figure.axes == [left, right]
    left.figure.canvas.draw()


@pytest.mark.parametrize(("name", "kind"), [*((name, "svg") for name in DRAW), ("three", "png"), ("losses", "png")])
def test_the_same_plot_gives_the_same_bytes(name, kind, tmp_path):
    first, second = tmp_path / f"a.{kind}", tmp_path / f"b.{kind.upper()}"
    DRAW[name](save=first)
    with matplotlib.rc_context({"font.size": 33, "lines.linewidth": 9, "axes.grid": True, "axes.facecolor": "red"}):
        DRAW[name](save=str(second))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().startswith({"svg": b"<?xml", "png": b"\x89PNG"}[kind])


def test_a_pdf_does_not_say_when_it_was_made(tmp_path):
    for name in ("a.pdf", "b.pdf"):
        plot_losses(HISTORY, save=tmp_path / name)
    content = (tmp_path / "a.pdf").read_bytes()
    assert content == (tmp_path / "b.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert b"Date" not in content


@every_plot
def test_words_in_an_svg_are_words_with_attributes_that_every_program_keeps(name, tmp_path):
    axes = DRAW[name]()
    axes.save(tmp_path / "plot.svg")
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    texts = list(root.iter(f"{SVG}text"))
    said = {" ".join(text.text.split()) for text in texts}
    assert said >= {axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")} - {""}
    assert {line for text in words(axes) for line in text.splitlines()} <= said
    for text in texts:
        assert text.get("style") is None
        assert float(text.get("font-size")) >= 14
        assert text.get("font-family").startswith("Arial, ")
        assert re.fullmatch("#[0-9a-f]{6}", text.get("fill"))
    assert not list(root.iter(f"{SVG}style"))  # it would be the whole page's


def test_a_screen_reader_gets_a_title_and_what_is_written(tmp_path):
    axes = plot_losses(HISTORY, save=tmp_path / "loss.svg")
    axes.set_title("a < b", loc="left")
    axes.save(tmp_path / "other.svg")
    root = ElementTree.parse(tmp_path / "loss.svg").getroot()
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert (root.get("role"), root.get("aria-label"), root[0].text) == ("img", "Loss", "Loss")
    best = "best epoch 3 (ring) accuracy at the end 0.95, validation 0.75"
    assert root[1].text == f"A plot in which is written: epoch →; loss ↑; {best}; training; validation."
    assert ElementTree.parse(tmp_path / "other.svg").getroot()[0].text == "a < b"


def test_coordinates_in_an_svg_are_those_of_the_lines(tmp_path):
    axes = plot_losses([3.0, 1.0, 0.5], save=tmp_path / "loss.svg")
    height = 72 * axes.figure.get_size_inches()[1]
    points = axes.transData.transform(np.column_stack(data(axes.lines[0]))) * 72 / axes.figure.dpi
    right = " ".join(f"{'L' if n else 'M'} {x:.2f} {height - y:.2f}" for n, (x, y) in enumerate(points))
    drawn = [" ".join(path.get("d").split()) for path in ElementTree.parse(tmp_path / "loss.svg").iter(f"{SVG}path")]
    numbers = [[float(x) for x in re.findall(r"-?[\d.]+", course)] for course in drawn]
    wanted = [float(x) for x in re.findall(r"-?[\d.]+", right)]
    assert any(len(one) == len(wanted) and one == pytest.approx(wanted, abs=0.011) for one in numbers)


def test_what_is_returned_saves_itself(tmp_path):
    axes = plot_losses(HISTORY)
    for kind in ("svg", "png", "pdf"):
        axes.save(tmp_path / f"a.{kind}")
        plot_losses(HISTORY, save=tmp_path / f"b.{kind}")
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    left, _ = own_axes((1, 2))
    plot_losses(HISTORY, ax=left).save(tmp_path / "both.png")
    for name, width in (("a.png", 1920), ("both.png", 1920)):
        assert int.from_bytes((tmp_path / name).read_bytes()[16:20], "big") == width
    axes.save(tmp_path / "narrow.png", width=641)
    assert int.from_bytes((tmp_path / "narrow.png").read_bytes()[16:20], "big") == 641
    for name, options, said in (
        ("a.jpg", {}, r'a plot is saved as \.svg, \.png or \.pdf, and "a\.jpg" ends in none of these'),
        ("c.svg", {"width": 800}, r"width is how many pixels a \.png is wide, and \.svg has none"),
        ("c.png", {"width": 99_999}, "too large to open"),
    ):
        with pytest.raises(ValueError, match=said):
            axes.save(tmp_path / name, **options)
    assert not (tmp_path / "c.png").exists()


def test_saving_axes_that_were_given_saves_their_figure(tmp_path):
    left, right = own_axes((1, 2))
    left.set_title("mine")
    plot_losses(HISTORY, ax=left)
    plot_sup_error([1, 2], [0.5, 0.1], ax=right, save=tmp_path / "both.png")
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")


@every_plot
def test_nothing_of_pyplot_is_touched_and_no_figure_stays(name):
    pyplot = sys.modules.get("matplotlib.pyplot")
    before = pyplot.get_fignums() if pyplot else []
    figure = weakref.ref(DRAW[name]().figure)
    gc.collect()
    assert figure() is None
    assert (pyplot.get_fignums() if pyplot else []) == before


def test_matplotlib_is_imported_when_a_plot_is_asked_for_and_pyplot_never():
    code = """
        import sys
        import chalkgrad.viz.plots.plots
        assert not {"matplotlib", "numpy"} & set(sys.modules)
        chalkgrad.viz.plots.plots.plot_losses([2.0, 1.0])
        assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
        print("right")
    """
    assert python(code) == "right\n"


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=re.escape('plots need matplotlib: pip install "chalkgrad[plot]"')):
        plot_losses([2.0, 1.0])


def test_a_notebook_shows_the_axes_and_the_figure():
    axes = plot_losses(HISTORY)
    png, size = axes._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size == {"width": 720, "height": 440}
    assert axes.figure._repr_png_() == (png, size)
    assert pickle.loads(pickle.dumps(axes)).get_xlabel() == "epoch"
    assert pickle.loads(pickle.dumps(plot_losses(HISTORY, ax=own_axes()))).get_xlabel() == "epoch"
    given = own_axes()
    assert not hasattr(plot_losses(HISTORY, ax=given), "_repr_png_")


@every_plot
@pytest.mark.parametrize("theme", themes.THEMES)
def test_every_text_has_contrast_and_is_large(name, theme):
    axes = DRAW[name](theme=theme)
    page = themes.theme(theme).page
    assert to_hex(axes.get_facecolor()) == to_hex(axes.figure.get_facecolor()) == page
    texts = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
    texts += [*axes.texts, *(axes.get_legend().get_texts() if axes.get_legend() else [])]
    fills = {(patch.get_x() + 0.5, patch.get_y() + 0.5): to_hex(patch.get_facecolor()) for patch in axes.patches}
    for text in texts:
        if text.get_text():
            behind = fills.get(text.get_position(), page) if text in axes.texts else page
            assert themes.contrast(to_hex(text.get_color()), behind) >= 4.5, text
            assert text.get_fontsize() >= 14
            assert text.get_fontfamily() == ["DejaVu Sans"]


@every_plot
def test_nothing_is_written_or_drawn_when_refused(name, tmp_path):
    axes = own_axes()
    sentence = 'a plot is saved as .svg, .png or .pdf, and "moons.jpg" ends in none of these.'
    with pytest.raises(ValueError, match=re.escape(sentence)):
        DRAW[name](ax=axes, save=tmp_path / "moons.jpg")
    with pytest.raises(ValueError, match="no theme is called 'blue'; there are light, dark, print"):
        DRAW[name](ax=axes, save=tmp_path / "moons.svg", theme="blue")
    assert not axes.has_data()
    assert list(tmp_path.iterdir()) == []
    lost = tmp_path / "no" / "moons.svg"
    sentence = f"the drawing cannot be written to {lost} (No such file or directory): name another place"
    with pytest.raises(OSError, match=re.escape(sentence)):
        DRAW[name](save=lost)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match=r"ax is one of matplotlib's Axes, not 3; fig\.subplots\(\) has several"):
        DRAW[name](ax=3)


# Losses --------------------------------------------------------------------------------------------------------------


def test_the_lines_are_the_losses():
    axes = plot_losses(HISTORY)
    training, validation, ring = axes.lines
    assert data(training) == ([1, 2, 3, 4], HISTORY.loss)
    assert data(validation) == ([1, 2, 3, 4], HISTORY.validation_loss)
    assert data(ring) == ([3], [0.9])
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_color() != validation.get_color()
    assert words(axes) == ["best epoch 3 (ring)\naccuracy at the end 0.95, validation 0.75", "training", "validation"]


def test_a_list_of_losses_will_do():
    axes = plot_losses([3, 2, 1])
    assert [data(line) for line in axes.lines] == [([1, 2, 3], [3, 2, 1])]
    assert words(axes) == []
    assert axes.lines[0].get_marker() == "None"
    assert plot_losses([3]).lines[0].get_marker() == "o"


@pytest.mark.parametrize(
    ("losses", "scale"), [([1.0, 0.02], "linear"), ([1.0, 0.005], "log"), ([1.0, 0.0], "linear"), ([1.0, -100.0], "linear")]
)
def test_more_than_two_decades_are_logarithmic(losses, scale):
    assert plot_losses(losses).get_yscale() == scale


def test_powers_of_ten_are_written_as_on_a_blackboard():
    assert [house._power(x) for x in (1e-12, 0.001, 1, 100.0, 1e6, 2e5)] == ["10⁻¹²", "10⁻³", "10⁰", "10²", "10⁶", "2·10⁵"]


@pytest.mark.parametrize(("least", "most", "powers"), [(0.01, 100, False), (1e-8, 100, True), (1, 1e6, True)])
def test_an_axis_writes_all_its_numbers_in_one_way(least, most, powers):
    axes = plot_losses([most, least, least]).axes
    low, high = axes.get_ylim()
    said = [t.get_text() for t in axes.get_yticklabels() if low <= t.get_position()[1] <= high]
    assert len(said) > 1
    assert {bool(re.fullmatch("10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", text)) for text in said} == {powers}


def test_both_axes_of_the_counts_of_parameters_have_powers_of_ten():
    axes = plot_parameters()
    axes.figure.canvas.draw()
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
        said = [label.get_text() for x, label in ticks if low <= x <= high]
        assert len(said) > 2
        assert all(re.fullmatch("10[⁰¹²³⁴⁵⁶⁷⁸⁹]+", text) for text in said)


def test_names_at_the_ends_do_not_overlap():
    axes = plot_losses(SimpleNamespace(loss=[2.0, 1.0], validation_loss=[2.0, 1.0]))
    axes.figure.canvas.draw()
    one, other = (Text.get_window_extent(text) for text in axes.texts)  # an annotation's has its leader in it
    assert not one.overlaps(other)
    assert max(one.x1, other.x1) <= axes.figure.bbox.x1
    assert house._apart([0, 1, 50, 51, 52], 10, -99, 99) == [-4.5, 5.5, 41, 51, 61]
    assert house._apart([0, 1, 99, 99], 10, 0, 99) == [0, 10, 99, 89]


def test_over_narrow_axes_titles_are_smaller_and_the_line_below_them_is_broken():
    figure = Figure(figsize=(9, 4))
    FigureCanvasAgg(figure)
    narrow, _ = figure.subplots(1, 2)
    short = SimpleNamespace(loss=[2.0, 1.0], metric=[0.5, 0.7], metric_name="R²", best_epoch=2)
    assert words(plot_losses(short)) == ["best epoch 2 (ring); R² at the end 0.7"]
    assert words(plot_losses(short, ax=narrow)) == ["best epoch 2 (ring)\nR² at the end 0.7"]
    plot_activation("tanh", "relu", ax=narrow)
    assert narrow._left_title.get_fontsize() == 14


# Models --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [SADDLE, Batch(lambda a, b: [SADDLE.function(a, b)])], ids=["one by one", "batch"])
@pytest.mark.parametrize("theme", themes.THEMES)
def test_the_regions_have_the_colour_of_the_sign(model, theme):
    colour = rendered(plot_regions(model, CORNERS, XOR, resolution=60, theme=theme))
    fills = [house.region_colour(themes.theme(theme), i) for i in (0, 1)]
    checked = set()
    for i in range(-5, 106, 10):
        for j in range(-5, 106, 10):
            a, b = i / 100, j / 100
            score = SADDLE.function(a, b)
            near = min(abs(score - level) for level in (-1, 0, 1))
            if near > 0.4 and all(math.hypot(a - p, b - q) > 0.15 for p, q in CORNERS):
                checked.add(score > 0)
                assert colour(a, b) == fills[score > 0]
    assert checked == {False, True}


def test_the_regions_of_several_outputs_are_those_of_the_largest():
    axes = plot_regions(THREE, CORNERS, [2, 1, 0, 0], resolution=60)
    colour, fills = rendered(axes), [house.region_colour(themes.theme("light"), i) for i in range(3)]
    checked = set()
    for i in range(-10, 111, 8):
        for j in range(-10, 111, 8):
            a, b = i / 100, j / 100
            outputs = THREE.function(a, b)
            first, second = sorted(outputs)[:-3:-1]
            if first - second > 0.1 and all(math.hypot(a - p, b - q) > 0.15 for p, q in CORNERS):
                checked.add(outputs.index(first))
                assert colour(a, b) == fills[outputs.index(first)]
    assert checked == {0, 1, 2}


def test_the_points_of_each_class_have_a_marker_and_wrong_ones_a_ring():
    axes = plot_regions(SADDLE, CORNERS, [-1, 1, 1, 1], resolution=20)
    lines = {line.get_label(): line for line in axes.lines}
    assert data(lines["class -1"]) == ([0], [0])
    assert data(lines["class 1"]) == ([0, 1, 1], [1, 0, 1])
    assert data(lines["wrong"]) == ([1], [1])
    assert lines["class -1"].get_marker() != lines["class 1"].get_marker()
    assert axes.get_title(loc="left") == "3 of 4 points right"
    assert words(axes) == ["margin ±1", "class -1", "class 1", "wrong"]


def test_zero_and_one_are_parted_by_0_or_by_the_threshold_given():
    assert plot_regions(SADDLE, CORNERS, [0, 1, 1, 0], resolution=9).get_title(loc="left") == "4 of 4 points right"
    chances = Model(lambda a, b: 0.3 + 0.4 * (a != b))
    assert plot_regions(chances, CORNERS, [0, 1, 1, 0], resolution=9).get_title(loc="left") == "2 of 4 points right"
    axes = plot_regions(chances, CORNERS, [0, 1, 1, 0], resolution=9, threshold=0.5)
    assert axes.get_title(loc="left") == "4 of 4 points right"


def test_a_model_that_knows_one_class_paints_the_whole_plane():
    for score, number in ((5.0, 1), (-0.5, 0), (0.0, 0)):
        axes = plot_regions(Model(lambda a, b, score=score: score), CORNERS, XOR, resolution=9)
        assert rendered(axes)(0.5, 0.5) == house.region_colour(themes.theme("light"), number)


def test_networks_and_arrays_will_do():
    axes = plot_regions(MLP(2, [3, 1], seed=0), np.array(CORNERS), np.array(XOR), resolution=9)
    assert axes.get_title(loc="left").endswith("of 4 points right")
    plot_regions(MLP(2, [3, 3], seed=0), CORNERS, [[0], [1], [2], [2.0]], resolution=9)
    assert len(plot_fit(MLP(1, [3, 1], seed=0), np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]])).lines) == 2


def test_the_fitted_curve_is_the_model_and_the_points_are_the_data():
    axes = DRAW["fit"]()
    points, curve = axes.lines
    assert data(points) == ([0, 1, 2], [-1, 1.5, 3])
    xs, ys = data(curve)
    assert len(xs) > 200
    assert ys == [2 * x - 1 for x in xs]
    assert xs[0] < 0 < 2 < xs[-1]
    assert axes.get_title(loc="left") == "R² = 0.969"
    assert plot_fit(LINE, [1.0], [1.0]).get_title(loc="left") == "Fitted curve"


# Activations ---------------------------------------------------------------------------------------------------------

BY_HAND = {
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2),
    "softplus": (lambda x: math.log(1 + math.exp(x)), lambda x: 1 / (1 + math.exp(-x))),
    "elu": (lambda x: x if x > 0 else math.exp(x) - 1, lambda x: 1 if x > 0 else math.exp(x)),
    "sin": (math.sin, math.cos),
    "identity": (lambda x: x, lambda x: 1),
}


def named_lines(axes):
    """The curves: solid for a function, dashed for its derivative."""
    return [line for line in axes.lines if len(line.get_xdata()) > 100]


@pytest.mark.parametrize("name", BY_HAND)
def test_a_smooth_activation_and_its_derivative(name):
    axes = plot_activation(name)
    value, slope = named_lines(axes)
    for line, function in zip((value, slope), BY_HAND[name], strict=True):
        xs, ys = data(line)
        assert xs[0] == -4
        assert xs[-1] == 4
        assert ys == pytest.approx([function(x) for x in xs], abs=1e-12)
    assert value.get_linestyle() == "-"
    assert slope.get_linestyle() != "-"
    assert words(axes) == [name, f"{name}′"]
    assert len(axes.lines) == 4


def test_a_kink_shows_the_convention():
    axes = plot_activation("relu")
    value, slope = named_lines(axes)
    xs, ys = data(value)
    assert ys == [max(x, 0) for x in xs]
    xs, ys = data(slope)
    place = next(i for i, y in enumerate(ys) if math.isnan(y))
    assert (xs[place - 1 : place + 2], ys[place - 1], ys[place + 1]) == ([0, 0, 0], 0, 1)
    assert all(y == (i > place) for i, y in enumerate(ys) if i != place)
    circle, dot = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert (data(circle), circle.get_markerfacecolor()) == (([0], [1]), "#ffffff")
    assert (data(dot), dot.get_markerfacecolor()) == (([0], [0]), slope.get_color())


def test_jumps_are_not_joined():
    (value, slope), dots = named_lines(axes := plot_activation("step")), 0
    assert sum(map(math.isnan, data(value)[1])) == 1
    assert set(data(slope)[1]) == {0}
    absolute = plot_activation("abs")
    assert [data(line) for line in absolute.lines if len(line.get_xdata()) == 1] == [([0], [-1]), ([0], [1]), ([0], [0])]
    dots = [data(line) for line in axes.lines if len(line.get_xdata()) == 1]
    assert dots == [([0], [1]), ([0], [0])]
    floors = named_lines(plot_activation("floor", low=-2, high=2))[0]
    assert sum(map(math.isnan, data(floors)[1])) == 4
    pole = plot_activation("tan", low=-2, high=2)
    assert sum(map(math.isnan, data(named_lines(pole)[0])[1])) == 2


def test_outside_its_domain_nothing_is_drawn():
    axes = plot_activation("log", low=-1, high=2)
    xs, ys = data(named_lines(axes)[0])
    assert all(math.isnan(y) == (x <= 0) for x, y in zip(xs, ys, strict=True))
    with pytest.raises(ValueError, match="there is nothing to plot: no function has a value between -2 and -1"):
        plot_activation("log", low=-2, high=-1)


def test_a_function_of_ones_own():
    def swish(x):
        return x * (2 * x).sigmoid()

    square = operation("square", lambda x: x * x)
    axes = plot_activation(swish, square, low=-1, high=1)
    lines = named_lines(axes)
    xs, ys = data(lines[1])
    x = Value(xs[100])
    swish(x).backward()
    assert ys[100] == x.grad
    assert data(lines[3])[1] == [2 * x for x in data(lines[3])[0]]
    assert sorted(words(axes)) == sorted(["● swish", "● swish′", "■ square", "■ square′"])


def test_names_of_activations_ignore_case():
    assert words(plot_activation("ReLU")) == words(plot_activation("relu"))


def test_several_activations_have_their_own_markers():
    lines = named_lines(plot_activation("tanh", "sigmoid"))
    assert [line.get_marker() for line in lines] == ["o", "o", "s", "s"]


# Confusion -----------------------------------------------------------------------------------------------------------


def test_the_cells_count():
    axes = plot_confusion([0, 1, 1, 2, 2, 2], [0, 1, 2, 2, 2, 0])
    assert words(axes) == ["1", "0", "0", "0", "1", "1", "1", "0", "2"]
    assert [text.get_position() for text in axes.texts][5] == (2, 1)  # class 1, taken for 2
    assert axes.get_title(loc="left") == "4 of 6 right (66.7 %)"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "2"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true class")


def test_ten_classes_fit():
    digits = [i % 10 for i in range(5000)]
    axes = plot_confusion(digits, digits[::-1])
    axes.figure.canvas.draw()
    width = axes.get_window_extent().width / 10
    assert all(text.get_window_extent().width < width for text in axes.texts)


def test_classes_are_labels_or_names():
    def ticks(*given, **options):
        return [label.get_text() for label in plot_confusion(*given, **options).get_xticklabels()]

    assert ticks([1, -1], [1.0, 1]) == ["-1", "1"]
    assert ticks(np.array([1, -1]), np.array([[1.0], [1.0]])) == ["-1", "1"]
    assert ticks(["cat", "dog"], ["dog", "dog"]) == ["cat", "dog"]
    assert ticks([0, 1], [1, 1], classes=["cat", "dog", "cow"]) == ["cat", "dog", "cow"]
    assert ticks([2, 1], [1, 1], classes=[2, 1, 0]) == ["2", "1", "0"]


def test_a_percentage_is_a_hundred_for_all_alone():
    assert [plots._percent(part, 10_000) for part in (0, 5000, 9999, 10_000)] == ["0 %", "50 %", "99.9 %", "100 %"]


def test_the_largest_errors_against_the_widths():
    axes = DRAW["sup"]()
    assert data(axes.lines[0]) == ([1, 2, 4], [0.5, 0.1, 0.01])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert set(data(axes.lines[1])[1]) == {0.02}
    assert words(axes) == ["goal 0.02"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "4"]
    assert len(plot_sup_error([1, 2], [0.5, 0.1], goal=None).lines) == 1


# What is refused -----------------------------------------------------------------------------------------------------

NAN = math.nan
REFUSED = [
    (lambda: plot_losses([]), "there is no loss to plot: train for at least one epoch first"),
    (lambda: plot_losses([1.0, NAN]), "the loss of epoch 2 is nan: only finite numbers can be drawn"),
    (
        lambda: plot_losses(SimpleNamespace(loss=[1.0], validation_loss=[math.inf])),
        "the validation loss of epoch 1 is inf: only finite numbers can be drawn",
    ),
    (
        lambda: plot_losses(SimpleNamespace(loss=[1.0, 2.0], validation_loss=[1.0])),
        "a validation loss belongs to each epoch: there are 2 losses and 1 of validation",
    ),
    (lambda: plot_losses(3), "a list of numbers is needed (the loss of epoch 1, 2, …), not 3"),
    (
        lambda: plot_regions(SADDLE, [[1.0, 2.0, 3.0]], [1]),
        "plot_regions draws a plane: a row of X has 2 numbers, and this one has 3",
    ),
    (
        lambda: plot_regions(MLP(3, [1]), CORNERS, XOR),
        "MLP 3 → 1, linear, 4 parameters, takes 3 inputs, such as [x1, …, x3], and was given 2",
    ),
    (lambda: plot_regions(len, CORNERS, XOR), "a model with predict is needed, such as an MLP, not <built-in function len>"),
    (lambda: plot_regions(SADDLE, CORNERS, [1]), "each row of X has its element of y: X has 4 rows and y 1 elements"),
    (lambda: plot_regions(SADDLE, [], []), "there are no points to plot: X and y are empty"),
    (
        lambda: plot_regions(SADDLE, [[0.0, 0.0], [0.0]], [1, 1]),
        "the rows of X have one length: row 1 has 2 numbers, and row 2 has 1",
    ),
    (
        lambda: plot_regions(SADDLE, [[0.0, 0.0], [0.0, NAN]], [1, 1]),
        "in row 2 of X number 2 is nan: only finite numbers can be drawn",
    ),
    (
        lambda: plot_regions(SADDLE, CORNERS, [0.5, 1, 1, 1]),
        "a class in y is a whole number or a word, and one is 0.5: a score is not yet a class",
    ),
    (
        lambda: plot_regions(SADDLE, CORNERS, [None, 1, 1, 1]),
        "a class in y is a whole number or a word, not None",
    ),
    (
        lambda: plot_regions(SADDLE, CORNERS, [0, 1, 2, 1]),
        "a model of one output tells two classes apart, and y has 3: 0, 1, 2",
    ),
    (
        lambda: plot_regions(SADDLE, CORNERS, [7, 7, 7, 7]),
        "two classes are needed, such as -1 and 1, and y has one: 7",
    ),
    (lambda: plot_regions(THREE, CORNERS, [0, 1, 3, 1]), "the classes of a model of 3 outputs are 0 to 2, and y has 3"),
    (
        lambda: plot_regions(Model(lambda a, b: [a] * 11), CORNERS, [0, 1, 2, 1]),
        "11 classes in one plot cannot be told apart: there are markers for 10",
    ),
    (
        lambda: plot_regions(Model(lambda a, b: NAN), CORNERS, XOR, resolution=3),
        "an output of the model is infinite or not a number: it cannot be drawn",
    ),
    (
        lambda: plot_regions(Model(lambda a, b: [a, b]), CORNERS, XOR, threshold=0.5),
        "a threshold divides the scores of one output, and this model has 2: leave threshold=0.5 out",
    ),
    (lambda: plot_regions(SADDLE, CORNERS, XOR, resolution=1), "resolution is a whole number from 2, not 1"),
    (
        lambda: plot_fit(LINE, [[1.0, 2.0]], [1.0]),
        "plot_fit draws over a line: a row of X has 1 number, and this one has 2",
    ),
    (lambda: plot_fit(LINE, [1.0], [NAN]), "target 1 is nan: only finite numbers can be drawn"),
    (
        lambda: plot_fit(Model(lambda x: [x, x]), [1.0], [1.0]),
        "plot_fit draws a model of one output, and this one has 2",
    ),
    (
        lambda: plot_fit(Model(lambda x: NAN), [1.0], [1.0]),
        "the output of the model at point 1 is nan: only finite numbers can be drawn",
    ),
    (lambda: plot_activation("rellu"), "there is no activation 'rellu': did you mean relu?"),
    (lambda: plot_activation("qqq"), "there is no activation 'qqq': choose one such as relu, tanh or sigmoid"),
    (lambda: plot_activation("hypot"), "hypot is no function of one variable: choose one such as relu, tanh or sigmoid"),
    (lambda: plot_activation(), 'plot_activation needs a name, as in plot_activation("relu", "tanh")'),
    (lambda: plot_activation(["relu"]), 'plot_activation takes names, as in plot_activation("relu", "tanh"), not [\'relu\']'),
    (lambda: plot_activation(*["relu"] * 11), "11 functions in one plot cannot be told apart: give at most 10"),
    (lambda: plot_activation("relu", low=1, high=1), "low and high are numbers with low < high, and were given as 1 and 1"),
    (lambda: plot_confusion([1, 2], [1]), "each target has its prediction: there are 2 targets and 1 predictions"),
    (lambda: plot_confusion([], []), "there is nothing to count: targets and predictions are empty"),
    (
        lambda: plot_confusion([1], [0.37]),
        "a class is a whole number or a word, and one is 0.37: a score is not yet a class",
    ),
    (
        lambda: plot_confusion(range(30), range(30)),
        "there are 30 different labels, and a matrix of more than 20 can hardly be read",
    ),
    (lambda: plot_confusion([5], [5], classes=["cat", "dog"]), "the class 5 is not among the classes cat, dog"),
    (lambda: plot_sup_error([1, 2], [0.5]), "each width has its error: there are 2 widths and 1 errors"),
    (lambda: plot_sup_error([], []), "there is nothing to plot: widths and errors are empty"),
    (lambda: plot_sup_error([1], [0.0]), "the axes are logarithmic: each error is positive, and one is 0"),
]


@pytest.mark.parametrize(("call", "sentence"), REFUSED, ids=[sentence[:40] for _, sentence in REFUSED])
def test_what_is_refused_says_why(call, sentence):
    with pytest.raises((TypeError, ValueError)) as refusal:
        call()
    assert str(refusal.value) == sentence


# Parameters against inputs, and a tangent ----------------------------------------------------------------------------


def test_a_polynomial_needs_as_many_parameters_as_it_has_monomials_and_a_network_linearly_many():
    axes = plot_parameters(10_000, degree=3, widths=(100, 1))
    polynomial, point, network, other = axes.lines
    for line, count in ((polynomial, lambda d: math.comb(d + 3, 3)), (network, lambda d: 100 * d + 201)):
        xs, ys = data(line)
        assert (xs[0], xs[-1]) == (1, 10_000)
        assert ys == [count(round(x)) for x in xs]
    assert data(point) == ([10_000], [166_766_685_001])
    assert data(other) == ([10_000], [1_000_201])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert words(axes) == ["polynomial of degree 3\n166,766,685,001", "MLP of widths 100, 1\n1,000,201"]


def test_names_at_the_ends_of_curves_on_logarithmic_axes_stand_beside_each_other():
    axes = plot_parameters(1000, degree=2, widths=(500, 1))  # 501,501 and 501,001: the curves meet
    axes.figure.canvas.draw()
    upper, lower = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: -box.y0)
    assert upper.y0 > lower.y1
    assert max(upper.x1, lower.x1) <= axes.figure.bbox.x1


@pytest.mark.parametrize("options", [{"inputs": 1}, {"inputs": 2.5}, {"degree": -1}, {"widths": ()}])
def test_counts_that_make_no_curve_are_refused(options):
    with pytest.raises(ValueError, match=r"the curves go from 1 input|inputs and widths count from 1"):
        plot_parameters(**options)


def test_a_tangent_has_the_slope_of_the_derivative():
    axes = plot_activation("tanh", at=1.0)
    tangent, point = axes.lines[-2:]
    (x0, x1), (y0, y1) = data(tangent)
    assert (y1 - y0) / (x1 - x0) == pytest.approx(1 - math.tanh(1) ** 2)
    assert data(point) == ([1.0], [pytest.approx(math.tanh(1))])
    assert any(text.startswith("at x = 1: tanh is 0.7616, slope 0.4") for text in words(axes))
    with pytest.raises(ValueError, match="from -4 to 4"):
        plot_activation("tanh", at=5)
    with pytest.raises(ValueError, match="log has no tangent at -1"):
        plot_activation("log", at=-1)


SENTENCE, FORMULA = "המחזור הטוב \u206620\u2069 (טבעת), L", "∂ב/∂א = 2·א"


def hebrew_plot(words):
    figure = Figure(figsize=(6, 1), dpi=50)
    figure.text(0.02, 0.3, words, family="DejaVu Sans", fontsize=20)
    return figure


@pytest.mark.parametrize(("words", "seen"), [(SENTENCE, "L ,(תעבט) 20 בוטה רוזחמה"), (FORMULA, "∂ב/∂א = 2·א")])
def test_hebrew_in_a_plot_is_seen_in_its_order(words, seen, tmp_path):
    """Its pixels are those of the letters set one by one from the left, in the order in which they are to be seen."""
    one_by_one = f"\u202d{seen}\u202c" if hasattr(ft2font, "__libraqm_version__") else seen
    figure = hebrew_plot(words)
    shown = file_of(figure, "png", 50)
    reference = io.BytesIO()
    with style.context(["default", STYLE]):
        hebrew_plot(one_by_one).savefig(reference, format="png", dpi=50)
    left, right = (np.asarray(Image.open(picture).convert("L")) < 128 for picture in (io.BytesIO(shown), reference))
    assert left.sum() > 100
    assert (left == right).all()
    assert figure.texts[0].get_text() == words


def test_before_matplotlib_orders_letters_a_plot_is_measured_without_marks_too(monkeypatch):
    monkeypatch.delattr(ft2font, "__libraqm_version__", raising=False)
    measured = []
    monkeypatch.setattr(
        Figure, "draw_without_rendering", lambda self: measured.extend(one.get_text() for one in self.findobj(Text))
    )
    with speaking("he"):
        plot_activation("step", at=0.5)
    assert any("\u05d0" <= letter <= "\u05ea" for letter in "".join(measured))
    assert [words for words in measured if re.search("[\u200e\u2066-\u2069]", words)] == []


def test_hebrew_in_a_plots_svg_has_marks_that_a_browser_orders_it_by():
    assert (
        ">\u202bהמחזור הטוב \u202a20\u202c (טבעת), \u202aL\u202c\u202c</text>"
        in file_of(hebrew_plot(SENTENCE), "svg", 100).decode()
    )
    assert "∂\u200eב\u200e/∂\u200eא\u200e = 2·\u200eא\u200e" in file_of(hebrew_plot(FORMULA), "svg", 100).decode()


def test_hebrew_in_a_plots_pdf_is_drawn_as_outlines_whose_places_are_right():
    latin, hebrew = (file_of(hebrew_plot(words), "pdf", 100) for words in ("abc", FORMULA))
    assert b"/Type0" in latin
    assert b"/Type0" not in hebrew
