"""Mistakes on purpose: the wrong gradients are those a sweep with that mistake gives, and the step where they part is right."""

import random

import pytest
from chalkgrad.engine import Value


def colah():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    c, d = a + b, b + 1
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    return a, b, c, d, e


def by_label(gradients):
    return {node.label: gradient for node, gradient in gradients.items()}


def test_overwriting_keeps_only_what_comes_last():
    *_, e = colah()
    wrong = e.steps(mistake="overwrite")
    assert by_label(wrong.wrong) == {"e": 1, "c": 2, "d": 3, "b": 2, "a": 2}
    assert by_label(wrong.right)["b"] == 5
    assert wrong.parts_at == 5
    assert str(wrong[4]).endswith("b.grad = ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 2   it should be 5")


def test_without_an_order_a_node_passes_on_its_adjoint_too_early():
    a = Value(2.0, "a")
    b = 2 * a
    c = 3 * b
    L = b + c  # noqa: N806 - the loss is L in every book
    b.label, c.label, L.label = "b", "c", "L"
    wrong = L.steps(mistake="order")
    assert by_label(wrong.wrong) == {"L": 1, "b": 4, "c": 1, "a": 2}
    assert by_label(wrong.right) == {"L": 1, "b": 4, "c": 1, "a": 8}
    assert wrong.parts_at == 3
    assert str(wrong).splitlines()[-2:] == [
        "a: 2 instead of 8",
        (
            "b passes on its adjoint in b = 2*a; c = 3*b; L = b + c before the part through c has come: "
            "no smaller graph goes wrong"
        ),
    ]


def test_no_graph_of_fewer_nodes_goes_wrong_without_an_order():
    """All graphs of three nodes, sums and products of any two before them: none of them parts from the right sweep."""
    for combine in (lambda x, y: x + y, lambda x, y: x * y):
        for i in range(2):
            for j in range(2):
                nodes = [Value(2.0)]
                nodes.append(combine(nodes[0], nodes[0]))
                root = combine(nodes[i], nodes[j])
                assert root.steps(mistake="order").parts_at is None


def test_without_zero_grad_a_second_sweep_doubles_the_leaves():
    a, b, c, d, e = colah()
    e.backward()
    e.backward()
    wrong = e.steps(mistake="no zero_grad")
    assert {node: wrong.wrong[node] for node in (a, b, c, d, e)} == {node: node.grad for node in (a, b, c, d, e)}


@pytest.mark.parametrize(("mistake", "smallest"), [("overwrite", "b = a + a"), ("order", "b = 2*a; c = 3*b; L = b + c")])
def test_where_it_does_no_harm_it_names_the_smallest_graph_where_it_does(mistake, smallest):
    a = Value(2.0, "a")
    steps = (a * 3).steps(mistake=mistake)
    assert steps.parts_at is None
    assert str(steps).endswith(f"it does no harm on this graph; the smallest on which it does: {smallest}")


def test_a_mistake_changes_no_grad_and_an_unknown_one_is_refused():
    *nodes, e = colah()
    str(e.steps(mistake="overwrite"))
    assert not any(node.has_grad for node in (*nodes, e))
    with pytest.raises(ValueError, match="there is no mistake 'typo' to make: choose one of 'overwrite', 'order'"):
        e.steps(mistake="typo")


def wrong_by_hand(root, mistake):
    """The same mistakes, written out on their own."""
    sweep = [node for node in reversed(root.tape()) if node.parents]
    if mistake == "order":
        met = [root]
        for node in met:
            met += [p for p in dict.fromkeys(node.parents) if p not in met]
        sweep = [node for node in met if node.parents]
    grads = {root: 1.0}
    for node in sweep:
        for parent, partial in zip(node.parents, node.partials, strict=True):
            before = 0.0 if mistake == "overwrite" else grads.get(parent, 0.0)
            grads[parent] = before + grads[node] * partial
    return grads


@pytest.mark.parametrize("mistake", ["overwrite", "order"])
def test_random_graphs_go_wrong_as_written_out_by_hand(mistake):
    source = random.Random(5)
    for _ in range(60):
        nodes = [Value(source.uniform(0.5, 2)) for _ in range(3)]
        for _ in range(12):
            x, y = source.choice(nodes), source.choice(nodes)
            nodes.append(source.choice([x + y, x * y, x * 0.5, x.tanh()]))
        root = nodes[-1] + nodes[-2]
        steps = root.steps(mistake=mistake)
        assert steps.wrong == wrong_by_hand(root, mistake)
        harmful = any(steps.wrong[node] != right for node, right in steps.right.items())
        assert not harmful or steps.parts_at is not None
