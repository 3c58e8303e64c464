"""Frames, series and tensors give the same numbers as lists, wherever data or one sample is taken."""

import sys

import numpy
import pytest
from chalkgrad.engine import Value, logsumexp, softmax, total
from chalkgrad.nn import (
    MLP,
    Layer,
    Module,
    Network,
    Neuron,
    collapse,
    cross_entropy,
    fit,
    gradient_descent,
    logistic_head,
    newton,
    softmax_head,
    squared_error,
    untrainable,
)
from chalkgrad.nn.data import DataError, Table, as_rows, as_targets, iris
from chalkgrad.nn.demonstrations import least_squares, r_squared
from chalkgrad.viz import plot_confusion, plot_fit, plot_regions

ROWS = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5], [-2.0, 1.0, 1.0]]  # as many rows as columns: only the numbers tell them apart
CLASSES = [2, 0, 1]
NAMES = ["a", "b", "c"]


class Series:
    """A column of polars, or of pandas: going through it gives its elements."""

    def __init__(self, elements):
        self.elements = list(elements)

    def to_numpy(self):
        return numpy.array(self.elements)

    def __len__(self):
        return len(self.elements)

    def __iter__(self):
        return iter(self.elements)


class Polars:
    """A frame of polars: going through it gives its columns."""

    def __init__(self, rows, columns):
        self.rows, self.columns = [list(row) for row in rows], list(columns)

    @property
    def shape(self):
        return len(self.rows), len(self.columns)

    def to_numpy(self):
        return numpy.array(self.rows).reshape(self.shape)

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return (Series(column) for column in zip(*self.rows, strict=True))

    def __getitem__(self, i):
        return list(self)[i]


class Pandas(Polars):
    """A frame of pandas: going through it gives the labels of its columns."""

    ndim = 2

    def __iter__(self):
        return iter(self.columns)


class Tensor:
    """An array of another library: it has tolist(), and going through it gives tensors of no dimension in the end."""

    def __init__(self, content):
        self.content = numpy.array(content)
        self.ndim, self.shape = self.content.ndim, self.content.shape

    def tolist(self):
        return self.content.tolist()

    def __len__(self):
        return len(self.content)

    def __iter__(self):
        return (Tensor(element) for element in self.content)


class Arrow:
    """A table of Arrow, which has neither to_numpy() nor an iterator, but counts and indexes columns."""

    def __init__(self, rows):
        self.rows = rows

    def __array__(self, dtype=None, copy=None):
        return numpy.array(self.rows)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return [row[i] for row in self.rows]


def pandas_frame(rows, **options):
    return pytest.importorskip("pandas").DataFrame(rows, **options)


FRAMES = {
    "tuples": lambda rows: tuple(map(tuple, rows)),
    "numpy": numpy.array,
    "polars": lambda rows: Polars(rows, NAMES[: len(rows[0])]),
    "pandas": lambda rows: Pandas(rows, NAMES[: len(rows[0])]),
    "pandas, numbered": lambda rows: Pandas(rows, range(len(rows[0]))),
    "pandas itself": lambda rows: pandas_frame(rows, columns=NAMES[: len(rows[0])]),
    "pandas itself, numbered": lambda rows: pandas_frame(rows),
    "pandas itself, of objects": lambda rows: pandas_frame(rows).astype(object),
    "tensor": Tensor,
    "arrow": Arrow,
    "rows of polars": lambda rows: [Polars([row], NAMES[: len(row)]) for row in rows],
    "rows of pandas, numbered": lambda rows: [Pandas([row], range(len(row))) for row in rows],
    "series": lambda rows: [Series(row) for row in rows],
}
SERIES = {
    "tuple": tuple,
    "numpy": numpy.array,
    "series": Series,
    "pandas itself": lambda elements: pytest.importorskip("pandas").Series(elements, index=range(10, 10 + len(elements))),
    "tensor": Tensor,
    "arrow": Arrow,
}
A_ROW = {"polars": FRAMES["polars"], "pandas": FRAMES["pandas"], "numbered": FRAMES["pandas, numbered"]}
A_ROW |= {"pandas itself": FRAMES["pandas itself"], "itself, numbered": FRAMES["pandas itself, numbered"]}


@pytest.fixture(params=FRAMES)
def frame(request):
    return FRAMES[request.param]


@pytest.fixture(params=SERIES)
def series(request):
    return SERIES[request.param]


def network():
    return Network("x1 x2 x3", "z = h1(x1, x2, x3); y1 = h2(z, x1); y2 = h3(z, x3)", "tanh", seed=0)


MODELS = {
    "neuron": lambda: Neuron(3, activation="tanh", seed=0),
    "layer": lambda: Layer(3, 2, seed=0),
    "mlp": lambda: MLP(3, [4, 3], "tanh", seed=0),
    "expanded": lambda: MLP(3, [2, 1], "tanh", seed=0, expanded=True),
    "network": network,
}


def numbers(output):
    return [v.data for v in output] if isinstance(output, list) else output.data


def alike(ours, theirs):
    """To the bit; from Python 3.12 on but for the last digit: sum() corrects its rounding there, a line of + does not."""
    return ours == theirs or (sys.version_info >= (3, 12) and numpy.allclose(ours, theirs, rtol=1e-14, atol=1e-15))


@pytest.mark.parametrize("model", MODELS)
def test_predict_reads_what_fit_reads(model, frame):
    model = MODELS[model]()
    assert alike(model.predict(frame(ROWS)), [numbers(model(row)) for row in ROWS])
    assert alike(model.predict(frame(ROWS[:1])), [numbers(model(ROWS[0]))])
    assert alike(model.predict(frame(ROWS * 20)), model.predict(ROWS * 20))  # enough to compile


@pytest.mark.parametrize("model", MODELS)
def test_a_sample_may_be_a_series(model, series):
    model = MODELS[model]()
    assert numbers(model(series(ROWS[1]))) == model.predict(series(ROWS[1])) == numbers(model(ROWS[1]))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("form", A_ROW)
def test_a_frame_of_one_row_is_a_sample(model, form):
    model = MODELS[model]()
    assert numbers(model(A_ROW[form](ROWS[1:2]))) == numbers(model(ROWS[1]))


@pytest.mark.parametrize("model", MODELS)
def test_calling_a_model_with_several_samples_says_how_to_go_through_them(model, frame):
    model = MODELS[model]()
    with pytest.raises(
        ValueError, match=r"one sample at a time, and was given a list of 3 rows: write \[model\(x\) for x in X\]"
    ):
        model(frame(ROWS))


def test_a_table_is_predicted_row_by_row():
    table = iris()
    for model in (MLP(4, [3], seed=0), Network("a b c d", "y = h(a, b, c, d)", seed=0)):
        assert alike(model.predict(table), [model.predict(row) for row in table.X])
        with pytest.raises(ValueError, match="one sample at a time, and was given a list of 150 rows"):
            model(table)


@pytest.mark.parametrize("model", [lambda: MLP(1, [2, 1], "tanh", seed=0), lambda: Network("x", "y = h(x)", "tanh", seed=0)])
def test_numbers_are_samples_for_a_model_of_one_input_as_they_are_for_fit(model, series):
    model = model()
    fit(model, series([0.5, 1.0, -2.0]), series([1.0, 0.0, 0.5]), loss=squared_error, epochs=2, progress=False)
    assert model.predict(series([0.5, 1.0, -2.0])) == [model.predict([x]) for x in (0.5, 1.0, -2.0)]
    assert model.predict(series([0.5])) == model.predict([0.5])  # one number is one sample


def test_training_and_the_metric_are_those_of_lists(frame, series):
    def trained(x, y):
        model = MLP(3, [3], seed=0)
        history = fit(model, x, y, loss=cross_entropy.mean, epochs=3, progress=False, validation=(x, y))
        return model.theta.values, history.loss, history.validation_metric, model

    expected, found = trained(ROWS, CLASSES), trained(frame(ROWS), series(CLASSES))
    assert found[:3] == expected[:3]
    predicted = found[3].predict(frame(ROWS))
    column = frame([[c] for c in CLASSES])
    for targets in (CLASSES, series(CLASSES), column):
        assert cross_entropy.metric(frame(predicted), targets) == cross_entropy.metric(predicted, CLASSES)
        assert cross_entropy.over(frame(predicted), targets) == pytest.approx(cross_entropy.over(predicted, CLASSES))
        assert softmax_head.outputs(targets) == 3


def test_losses_and_heads_of_one_sample_take_series_and_frames_of_one_row(series):
    scores = [0.5, -1.0, 2.0]
    assert cross_entropy(series(scores), 2) == cross_entropy(scores, 2)
    assert squared_error(series(scores), series(ROWS[0])) == squared_error(scores, ROWS[0])
    assert softmax_head(series(scores)) == softmax_head(scores)
    assert softmax_head.decide(series(scores)) == 2
    assert logistic_head(series([0.5])) == logistic_head(0.5)
    for row in A_ROW.values():
        assert cross_entropy(row([scores]), 2) == cross_entropy(scores, 2)
        assert softmax_head.decide(row([scores])) == 2


def test_regression_is_measured_as_on_lists(frame):
    wanted = [[1.0, 2.0, 0.5], [0.0, 1.0, 1.0], [3.0, -1.0, 2.0]]
    assert squared_error.metric(frame(ROWS), frame(wanted)) == squared_error.metric(ROWS, wanted)
    assert r_squared(frame(ROWS), frame(wanted)) == r_squared(ROWS, wanted)


def test_targets_may_be_the_table_itself():
    table = iris()
    model = MLP(4, [3], seed=0)
    predicted = model.predict(table)
    assert cross_entropy.metric(predicted, table) == cross_entropy.metric(predicted, table.y)
    assert softmax_head.outputs(table) == 3


def test_least_squares_are_fitted_and_predicted_as_on_lists(frame):
    x, y = [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [1.0, 1.0]], [1.0, 2.0, 0.0, 4.0]
    best = least_squares(frame(x), y)
    assert best == least_squares(x, y)
    assert best.predict(frame(x)) == best.predict(x) == [best.predict(row) for row in x]


def test_least_squares_predict_at_a_series(series):
    best = least_squares([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [1.0, 1.0]], [1.0, 2.0, 0.0, 4.0])
    assert best.predict(series([2.0, 3.0])) == best.predict([2.0, 3.0])
    line = least_squares([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
    assert line.predict(series([0.0, 2.0])) == pytest.approx([1.0, 5.0])


@pytest.mark.parametrize("form", A_ROW)
def test_a_trace_and_an_example_take_a_frame_of_one_row(form, series):
    model = MLP(3, [2, 1], "tanh", seed=0)
    for sample in (A_ROW[form](ROWS[:1]), series(ROWS[0])):
        assert [v.data for v in model.trace(sample).z[0]] == ROWS[0]
        assert model.trace(sample).output.data == model(ROWS[0]).data
        assert untrainable(model, sample) == ""
        assert len(collapse(MLP(3, [2, 1], None, seed=0), sample).inputs) == 3
    line = collapse(MLP(3, [2, 1], None, seed=0))
    assert line(A_ROW[form](ROWS[:1])) == line(series(ROWS[0])) == line(ROWS[0])


def test_parameters_are_set_to_the_rows_of_a_frame_not_to_its_columns(frame, series):
    layer = Layer(3, 3, seed=0)
    layer.W = frame(ROWS)
    layer.b = series([1.0, 2.0, 3.0])
    assert [[w.data for w in row] for row in layer.W] == ROWS
    assert [b.data for b in layer.b] == [1.0, 2.0, 3.0]
    neuron = Neuron(2, seed=0)
    neuron.theta = series([1.0, 2.0, 3.0])
    assert neuron.theta.values == [1.0, 2.0, 3.0]


class Product(Module):
    """A module of one's own, which takes its row apart itself."""

    def __init__(self):
        self.w = Value(2.0, "w")

    def __call__(self, x):
        first, *others = x
        return self.w * first + sum(others)


@pytest.mark.parametrize("form", A_ROW)
def test_a_module_of_ones_own_is_given_rows_of_a_frame(form):
    assert Product().predict(A_ROW[form](ROWS)) == [2 * a + b + c for a, b, c in ROWS]
    assert Product().predict(A_ROW[form](ROWS[:1])) == [2 * a + b + c for a, b, c in ROWS[:1]]
    assert Product().predict(Series(ROWS[0])) == Product().predict(ROWS[0])
    assert Product().predict(Table(ROWS, CLASSES)) == [2 * a + b + c for a, b, c in ROWS]


def test_rows_that_have_no_order_are_refused():
    model = MLP(2, [2], seed=0)
    for x in ({0: 1.0, 1: 2.0}, {1.0, 2.0}, {1: 1.0, 2: 2.0}.keys()):
        with pytest.raises(TypeError, match="takes a list of 2 numbers or Values"):
            model(x)
        with pytest.raises(ValueError, match="takes 2 inputs"):
            model.predict([x] * 30)
        with pytest.raises(TypeError, match="needs a real number, not the"):
            model.predict([x] * 2)
        with pytest.raises(DataError, match="not a list of numbers or of rows of them"):
            as_rows(x)
    with pytest.raises(TypeError, match=r"a sample set has a list of outputs and a list of targets, and these outputs are \{0"):
        cross_entropy.metric({0: [1.0, 2.0]}, [0])


def test_masked_numbers_are_refused_by_predict_as_they_are_by_fit():
    masked = numpy.ma.masked_array(ROWS * 20, [[False, False, False]] * 59 + [[True, False, False]])
    with pytest.raises(TypeError, match="needs a real number, not None"):
        MLP(3, [2], seed=0).predict(masked)
    with pytest.raises(DataError, match="None is no number"):
        as_rows(masked)


def test_frames_without_columns_or_rows_are_refused():
    with pytest.raises(DataError, match="X has no rows"):
        as_rows(Polars([], NAMES))
    with pytest.raises(ValueError, match="takes 3 inputs"):
        MLP(3, [2], seed=0).predict(Polars([], NAMES))
    with pytest.raises(DataError, match="y has 3 targets, and X has 2 rows"):
        as_targets(Series([0, 1, 2]), 2)


@pytest.mark.parametrize("form", A_ROW)
def test_a_descent_starts_at_a_series_or_at_the_row_of_a_frame(form, series):
    def f(v):
        return (v[0] - 1) ** 2 + v[0] * v[1] + v[1] ** 2 + v[2] ** 2

    for start in (A_ROW[form](ROWS[:1]), series(ROWS[0])):
        assert [step.x for step in newton(f, start)] == [step.x for step in newton(f, ROWS[0])]
        assert gradient_descent(f, start, steps=3).x == gradient_descent(f, ROWS[0], steps=3).x
    with pytest.raises((TypeError, ValueError)):
        newton(f, A_ROW[form](ROWS))


# The engine's own lists, and plots ------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [total, logsumexp, softmax])
def test_the_engine_takes_a_series_and_refuses_a_table(operation):
    numbers = [1.0, 2.5, -1.0]
    assert operation(Series(numbers)) == operation(numbers)
    for kind in (Polars, Pandas):
        with pytest.raises(TypeError, match="takes a list of Values"):
            operation(kind([[1.0, 2.0], [3.0, 4.0]], [0, 1]))


@pytest.mark.parametrize("kind", [Polars, Pandas])
def test_points_of_a_frame_are_drawn_where_those_of_lists_are(kind):
    pytest.importorskip("matplotlib")
    model, rows, labels = MLP(2, [3, 1], activation="tanh", seed=0), [[0.5, -1.0], [1.5, 0.25]], [0, 1]
    drawn = plot_regions(model, kind(rows, [0, 1]), Series(labels), resolution=5)
    right = plot_regions(model, rows, labels, resolution=5)
    assert [line.get_xydata().tolist() for line in drawn.lines] == [line.get_xydata().tolist() for line in right.lines]
    curve = MLP(1, [3, 1], activation="tanh", seed=0)
    drawn, right = plot_fit(curve, kind([[0.5], [1.5]], ["x"]), Series([1.0, 2.0])), plot_fit(curve, [[0.5], [1.5]], [1.0, 2.0])
    assert [line.get_xydata().tolist() for line in drawn.lines] == [line.get_xydata().tolist() for line in right.lines]
    assert plot_confusion(Series([0, 1, 1]), Series([0, 1, 0])).get_title() == plot_confusion([0, 1, 1], [0, 1, 0]).get_title()
