"""Many paths, and long ones, fit the terminal: common factors are folded, and it is said where there are fewer."""

import re

import pytest
from chalkgrad.engine import Value, chain_rule
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.nn import MLP

SCREENS = 50  # lines on two of them


def batch_loss(samples=60):
    """The loss of a batch, added up from the left, and a weight of the first layer."""
    model = MLP(2, [4, 4, 1], activation="tanh", seed=1)
    total = Value(0.0, "start")
    for i in range(samples):
        total = total + (model([i / samples, 1.0 - i / samples]) - 1.0) ** 2
    total.label = "L"
    return total, model.parameters()[0]


@pytest.fixture(scope="module")
def batch():
    return batch_loss()


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("by", ["node", "unit"])
def test_the_paths_of_a_batch_fit_two_screens(batch, width, by, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    expansion = chain_rule(*batch, by=by)
    lines = str(expansion).splitlines()
    assert max(map(columns, lines)) <= width
    assert len(lines) <= SCREENS
    assert f"… and {expansion.count - 8} more paths" in str(expansion)
    said = " ".join(line.strip() for line in lines).partition("fewer factors: ")[2]
    assert said.split(", ") == [".factored()", *(['by="unit"'] if by == "node" else []), "the loss of one sample"]
    assert f"= {expansion.value:.4g}" in [line.strip() for line in lines]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_equations_of_a_batch_fit_two_screens(batch, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = str(chain_rule(*batch).factored()).splitlines()
    assert max(map(columns, lines)) <= width
    assert len(lines) <= SCREENS
    assert lines[-1] == "print(….factored().text(limit=None)) writes every equation"


def test_where_paths_part_is_written_and_what_they_share_is_counted(batch, monkeypatch):
    """Every line's factors and those that it says are folded are as many as the path has."""
    monkeypatch.setenv("COLUMNS", "200")
    expansion = chain_rule(*batch)
    first, *others = re.split(r"\n +[+=] ", expansion.text())[:8]
    for path, text in zip(expansion.paths, [first.split(" = ", 1)[1], *others], strict=True):
        symbols = "".join(line.split("│")[0] for line in text.splitlines())
        factors = [factor.strip() for factor in symbols.split("·")]
        folded = sum(int(count) for count in re.findall(r"… (\d+) (?:factors|as above) …", symbols))
        assert sum("∂" in factor for factor in factors) + folded == len(path)
    for text in others:
        assert "as above" in text
        assert text.count("∂") // 2 <= 9  # those of one sample's model


def test_numbers_beside_the_factors_multiply_to_the_number_that_is_told(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    x = Value(2.0, "x")
    y = x
    for i in range(4):
        y = y * 2 + y * 3
        y.label = f"y{i}"
    expansion = chain_rule(y, x, limit=16)
    assert expansion.count == 16
    told = [float(line.rpartition("= ")[2]) for line in expansion.text().splitlines() if "│" in line]
    assert told == pytest.approx(list(expansion.terms))
    assert sum(told) == pytest.approx(expansion.value)


def test_every_factor_is_written_where_that_is_asked_for(batch):
    expansion = chain_rule(*batch)
    text = expansion.text(width=100, factors=None)
    assert text.count("∂") // 2 == 1 + sum(map(len, expansion.paths))
    assert text.count("…") == 1  # and so many more paths


@pytest.mark.parametrize("width", [40, 60, 80])
def test_one_path_fits_too(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    x = y = Value(1.5, "layer1.neuron1.w1")
    for _ in range(7):
        y = y.tanh()
    lines = str(chain_rule(y, x)).splitlines()
    assert max(map(columns, lines)) <= width
