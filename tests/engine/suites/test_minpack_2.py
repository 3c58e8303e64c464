"""MINPACK-2 (Averick, Carter, Moré and Xue, 1992): problems of its collection on small grids; value, gradient and Hessian."""

import itertools
import math

import pytest
from chalkgrad.engine import gradient, total
from published import far_of, numbers_of


def on_grid(x, n, edge):
    """The grid of n × n unknowns with a border, whose values are given."""
    inside = range(1, n + 1)
    return [[x[(i - 1) * n + j - 1] if i in inside and j in inside else edge(i, j) for j in range(n + 2)] for i in range(n + 2)]


def triangles(v, n):
    """The two differences of each lower and each upper triangle of the grid."""
    for i, j in itertools.product(range(n + 1), repeat=2):
        yield v[i + 1][j] - v[i][j], v[i][j + 1] - v[i][j]
        yield v[i + 1][j + 1] - v[i][j + 1], v[i + 1][j + 1] - v[i + 1][j]


def torsion(m, x, n=2, c=5.0):
    v, h = on_grid(x, n, lambda i, j: 0.0), 1 / (n + 1)
    bent = m.total([(a * a + b * b) / 4 for a, b in triangles(v, n)])
    return bent - c * h * h * m.total(x)


def minimal_surface(m, x, n=2):
    h = 1 / (n + 1)
    v = on_grid(x, n, lambda i, j: (i * h) ** 2 - (j * h) ** 2 + 0.3 * i * j * h)
    return m.total([m.sqrt(1 + (a * a + b * b) / h**2) * h * h / 2 for a, b in triangles(v, n)])


def bratu(m, x, n=2, heat=2.0):
    v, h = on_grid(x, n, lambda i, j: 0.0), 1 / (n + 1)
    bent = m.total([(a * a + b * b) / 4 for a, b in triangles(v, n)])
    return bent - heat * h * h * m.total([m.exp(u) for u in x])


def lennard_jones(m, x):
    atoms = [x[i : i + 3] for i in range(0, len(x), 3)]

    def energy(a, b):
        r2 = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
        return r2**-6 - 2 * r2**-3

    return m.total([energy(a, b) for a, b in itertools.combinations(atoms, 2)])


def ginzburg_landau(m, x):
    """One layer after another in one dimension: α u² + β u⁴/2 + ½ (u')², with periodic ends."""
    h = 0.8
    alphas = [-3.0 if i % 2 else 1.2 for i in range(len(x))]
    bulk = [a * u**2 + 0.6 * u**4 / 2 for a, u in zip(alphas, x, strict=True)]
    return h * m.total(bulk) + m.total([(x[i] - x[i - 1]) ** 2 / (2 * h) for i in range(len(x))])


def heart_dipole(m, x):
    a, b, c, d, t, u, v, w = x
    cube = lambda p, q: p * (p**2 - 3 * q**2)  # noqa: E731 - a formula
    return m.total(
        [
            r * r
            for r in (
                a + b - (-0.69),
                c + d - (-0.044),
                t * a + u * b - v * c - w * d - (-1.57),
                v * a + w * b + t * c + u * d - (-1.31),
                a * (t**2 - v**2) - 2 * c * t * v + b * (u**2 - w**2) - 2 * d * u * w - (-2.65),
                c * (t**2 - v**2) + 2 * a * t * v + d * (u**2 - w**2) + 2 * b * u * w - 2.0,
                a * cube(t, v) + c * cube(v, t) + b * cube(u, w) + d * cube(w, u) + 12.6,
                c * cube(t, v) - a * cube(v, t) + d * cube(u, w) - b * cube(w, u) - 9.48,
            )
        ]
    )  # fmt: skip


TETRAHEDRON = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5, math.sqrt(3) / 2, 0.0, 0.5, math.sqrt(3) / 6, math.sqrt(6) / 3]
PROBLEMS = {
    "elastic-plastic torsion": (torsion, (0.1, 0.3, -0.2, 0.25)),
    "minimal surface area": (minimal_surface, (0.2, -0.1, 0.4, 0.3)),
    "solid fuel ignition (Bratu)": (bratu, (0.2, 0.5, -0.1, 0.4)),
    "Lennard-Jones clusters": (lennard_jones, [x + 0.1 * math.sin(i) for i, x in enumerate(TETRAHEDRON)]),
    "Ginzburg-Landau, one dimension": (ginzburg_landau, (0.4, 0.9, -0.3, 0.7, 0.2)),
    "human heart dipole": (heart_dipole, (-0.3, -0.39, 0.3, -0.344, -1.2, 2.69, 1.59, -1.5)),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_value_gradient_and_hessian(name, record_property):
    f, point = PROBLEMS[name]
    assert far_of(f, point) == {}
    record_property("numbers", numbers_of(point))


@pytest.mark.parametrize(("atoms", "energy"), [(2, -1.0), (3, -3.0), (4, -6.0)])
def test_the_least_energies_of_clusters(atoms, energy):
    """The Cambridge Cluster Database has them, in units of the pair's well: each pair of up to four atoms is at distance 1."""

    class M:
        total = staticmethod(total)

    point = TETRAHEDRON[: 3 * atoms]
    assert lennard_jones(M, point) == pytest.approx(energy, rel=1e-14)
    assert gradient(lambda x: lennard_jones(M, x))(point) == pytest.approx([0] * len(point), abs=1e-13)
