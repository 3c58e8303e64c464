"""Boost.Math: the Greeks of Black and Scholes, 240 mixed partials up to the twelfth order, and powers.

Numbers are printed in example/autodiff_black_scholes.cpp, and in test/test_autodiff.cpp, where Mathematica has computed them;
formulas of derivatives stand in test/test_autodiff_2.cpp.
"""

import math
from itertools import product

import pytest
from chalkgrad import engine
from chalkgrad.engine import NonFiniteError, Value, erfc, exp, gradient, log, sin, sqrt, tan
from published import EXACT, WHOLE, far, orders, recorded_orders

# Greeks: derivatives of the price of an option, by stock price S, volatility σ, time τ and interest rate r -----------

GREEKS = {  # orders by S, σ, τ, r: call, put; theta and charm are by time, which runs against τ
    "price": ((0, 0, 0, 0), 56.5136030677739, 51.4109161009333),
    "delta": ((1, 0, 0, 0), 0.773818444921274, -0.226181555078726),
    "vega": ((0, 1, 0, 0), 9.05493427705736, 9.05493427705736),
    "theta": ((0, 0, 1, 0), 275.73013426444, 274.481417851526),
    "rho": ((0, 0, 0, 1), 2.03320550539396, -6.17753255212599),
    "gamma": ((2, 0, 0, 0), 0.00199851912993254, 0.00199851912993254),
    "vanna": ((1, 1, 0, 0), 0.0410279463126531, 0.0410279463126531),
    "charm": ((1, 0, 1, 0), 1.2505564233679, 1.2505564233679),
    "vomma": ((0, 2, 0, 0), -0.928114149313108, -0.928114149313108),
    "veta": ((0, 1, 1, 0), 26.7947073115641, 26.7947073115641),
    "speed": ((3, 0, 0, 0), -2.90117322380992e-05, -2.90117322380992e-05),
    "zomma": ((2, 1, 0, 0), -0.000604548369901419, -0.000604548369901419),
    "color": ((2, 0, 1, 0), -0.0184014426606065, -0.0184014426606065),
    "ultima": ((0, 3, 0, 0), -0.0922426864775683, -0.0922426864775683),
}


def price(call, S, sigma, tau, r, K=100.0):
    phi = lambda x: 0.5 * erfc(-x / math.sqrt(2))  # noqa: E731 - a formula
    d1 = (log(S / K) + (r + sigma**2 / 2) * tau) / (sigma * sqrt(tau))
    d2 = (log(S / K) + (r - sigma**2 / 2) * tau) / (sigma * sqrt(tau))
    if call:
        return S * phi(d1) - exp(-r * tau) * K * phi(d2)
    return exp(-r * tau) * K * phi(-d2) - S * phi(-d1)


@pytest.mark.parametrize("name", GREEKS)
@pytest.mark.parametrize("call", [True, False])
def test_the_greeks_of_black_and_scholes_are_the_printed_ones(name, call):
    by, *printed = GREEKS[name]
    variables = [Value(105.0), Value(5.0), Value(30.0 / 365), Value(1.25 / 100)]
    found = price(call, *variables)
    for variable, times in zip(variables, by, strict=True):
        for _ in range(times):
            found = gradient(found, variable, create_graph=True)
    assert found.data == pytest.approx(printed[not call], rel=1e-13)


# Mixed partials ------------------------------------------------------------------------------------------------------

PARTIALS = """
19878.406289804349223 20731.748382749395173 14667.607676239390148 1840.5599364498131187 -9219.3180052370721296
-7272.3006340128117838 -2135.2963700622839242 3095.0810272518467995 4249.0267629086156274 2063.9890610627344166
-885.52841148764960841 -1962.1334204417431580 -1846.8998307870845186 -160.95901276032957552 1091.0394123416339941
452.43955743452299467 666.40139227277049900 -415.64641143336291078 -625.14641790399863613 369.94916697726171101
-24330.896138493893431 -18810.416051756267521 -4890.4061227023590999 8833.0050547689764171 8484.3507396816137478
3097.2041512403988935 -3255.0451367834406121 -4342.7785533321930979 -2407.9872379065234860 861.11739164703000843
2436.7437257633086191 -19.246496107338277838 187.78551488705117144 -1259.4660633352121952 -709.68605239721582613
1423.0005586086045369 484.92081333892339591 763.97468850744531805 -327.41629182280555682 -1122.3377072484945211
23973.060071923469893 8840.5431517787968699 -9082.5710332215493783 -12270.273782892587177 -4320.4340714205998547
3281.3519677072808985 5880.3362630834187672 -1288.4827852197065498 -803.97135376265805266 -2986.3872453316983903
-586.73168598226583063 3929.0731892807393562 1453.7282809838266301 1037.8780716859538297 -1482.7458052774013366
-1877.1347929338288106 -931.71387103692982071 254.65655904203226329 1391.2480647456116638 -431.48205631541379551
16975.340053651795550 19662.603563033417098 15765.851307040200043 3972.1550361959370138 -8681.7485397897205125
-7703.1830424603876567 -3049.7086965695187740 2971.4696859922708762 4370.1964998575500257 2524.6324733574356708
-656.60800002366790717 -2423.4529173252581326 -2074.9876642042632042 -381.22537949881329845 1219.5072457919973510
805.38022398408368773 838.40041900589123805 -390.61251971089838316 -828.20854892982357583 293.89998544549947901
-22965.859858439519778 -20026.691015299296217 -7316.0927450633559965 8632.4661339726146593 8987.0468828704522662
4199.9253995361375411 -2958.4298508960628932 -5665.5638912186240622 -2945.4045522503416159 555.65662724782625247
2936.7964035500791392 651.51916507471100081 444.76294274861551486 -1390.9896717990958013 -1142.8614689467638609
1541.9787231173408435 455.71460632938144702 998.79435039403570373 -204.84855819811212954 -1560.3541154604787861
25278.294506052472235 11873.223371790464699 -8242.1873033688781033 -15939.980564174657519 -5648.8335396980314868
2751.5139261227171185 7349.4320024790771292 194.99725459803711274 -402.81568576826882656 -3518.8719086830633712
-1494.3047934746826191 4640.9275094260800875 1585.7577052032271420 1565.1699924044071379 -1513.2598097335400189
-2974.4378726746800928 -1203.2362926538234416 72.524259498791533840 1871.6252742534199495 -2.4899843373796816664
14462.744235186331026 18367.747409164327117 16565.763244996739614 6054.3152526511029520 -8084.9812719820301461
-7988.3143591282012972 -3989.3193469414926985 2616.7211865346490167 4420.8592709704865621 2973.0335197645479091
-324.14530169827137080 -2843.2420399589692219 -2281.4618061432895177 -642.93532295820559249 1299.2872741769553585
1238.5970833720697622 1021.3340427708481651 -329.05293450692710796 -1046.2543015440520751 134.73430395544806552
-21431.416435076611924 -20856.882814790157847 -9829.2619705919309076 7806.8586470778118280 9319.7000856495681801
5319.8987680257582564 -2387.9548264668417364 -6958.2985251653597607 -3468.5391063919725607 130.41672533427094017
3371.1399302351759874 1569.2326780049081053 750.09121011790652458 -1462.2572096265974522 -1661.5778096302406157
1509.6285286038691333 383.89509025808162595 1248.0510963436380133 17.185695642652602749 -2038.0245980026048531
26118.981320178235148 14943.619434822279033 -6650.6862622761310724 -19519.815295474040679 -6983.1902365008486475
1899.2975028736889830 8715.0036526429634882 2368.1506906818643019 136.89207930934828319 -3954.7327061634171420
-2673.5564402311867864 5078.4839352490435947 1643.4591437212048172 2182.2169795063802937 -1345.8388309636205015
-4309.2853506291084135 -1488.0508699224178177 -228.05849430703437209 2373.3989404257091779 773.84813281039280582
12294.403877378555486 16977.349665718583019 17057.174756225031750 8121.1897585118309359 -7458.4435414062843899
-8134.1311608827380587 -4912.8811586137844196 2030.6531360989337179 4407.4905277094127309 3392.4345688258927524
104.03723558415061987 -3180.8176204844632144 -2460.5239870750694373 -938.22093140691334328 1315.2469055718764567
1735.8623924059921882 1209.7596572231669549 -227.33200545666422971 -1266.1262099919292594 -123.07945723381491568
-19806.907943338346855 -21314.816354405752293 -12317.583844301308050 6349.4186598882814744 9489.8196876965277351
6409.5389484563099944 -1550.2817990131252676 -8109.7111997852175121 -3957.8403302968748777 -404.07965558366678588
3693.6143513011819801 2716.1466583227900648 1094.5910866413989005 -1456.2696455499464209 -2244.3806087356369623
1268.5938915562618711 265.22067303277493466 1496.0915787786394884 354.61373510477227819 -2508.4771100486841292
26517.861408751573247 17922.983877419151441 -4328.2591421276680409 -22704.702459400809491 -8268.6137471737389714
740.40560743926114647 9848.9001828360350810 5213.5983414762103377 801.24629237235082333 -4241.8701339207678459
-4092.2413558685505706 5074.4359092060839438 1607.7653292548209160 2861.1556511165675262 -918.93105463172960902
-5803.2113236460920193 -1767.5418979944773144 -663.06462075200757263 2837.9031946139384145 1976.3196007477977178
"""
ORDERS = list(product(range(4), range(3), range(5), range(4)))  # by w, x, y and z
PRINTED = dict(zip(ORDERS, map(float, PARTIALS.split()), strict=True))
AS_LONG_AS = 12 if WHOLE else 6  # the total order: all 240 take half a minute


def partials(most):
    """Yields the mixed partials at (11, 12, 13, 14) with their orders: each of the one before, differentiated once more."""
    variables = w, x, y, z = [Value(float(number)) for number in (11, 12, 13, 14)]
    f = exp(w * sin(x * log(y) / z) + sqrt(w * z / (x * y))) + w**2 / tan(z)

    def further(found, first, by):
        yield by, found.data
        for i in range(first, 4):
            next_by = (*by[:i], by[i] + 1, *by[i + 1 :])
            if next_by in PRINTED and sum(next_by) <= most:
                yield from further(gradient(found, variables[i], create_graph=True), i, next_by)

    yield from further(f, 0, (0, 0, 0, 0))


def test_mixed_partials_are_those_of_mathematica(record_property):
    found = dict(partials(AS_LONG_AS))
    assert len(found) == sum(sum(by) <= AS_LONG_AS for by in PRINTED)
    wrong = {by: (x, PRINTED[by]) for by, x in found.items() if x != pytest.approx(PRINTED[by], rel=6.8e-13)}
    assert wrong == {}  # Boost prints a relative error of 6.8e-13 for its own, of the last of them
    record_property("numbers", len(found))


# Powers, and functions whose derivatives are written there as formulas -----------------------------------------------


def test_mixed_partials_of_a_power_are_its_closed_form(record_property):
    """∂ⁱ⁺ʲ xʸ at (2, 5/2): by Leibniz's rule, x^(y - i) · Σ C(j, k) (ln x)^(j - k) · dᵏ/dyᵏ y(y-1)…(y-i+1)."""
    x, y = Value(2.0), Value(2.5)

    def closed(i, j):
        falling = [1.0]  # the coefficients of y(y-1)…(y-i+1), the constant first
        for k in range(i):
            falling = [a - k * b for a, b in zip([0.0, *falling], [*falling, 0.0], strict=True)]
        total = 0.0
        for k in range(j + 1):
            total += math.comb(j, k) * math.log(2) ** (j - k) * sum(c * 2.5**n for n, c in enumerate(falling))
            falling = [n * c for n, c in enumerate(falling)][1:]
        return 2 ** (2.5 - i) * total

    most = 3 if WHOLE else 2  # formulas of both arguments grow six times with each order
    by_x = x**y
    for i in range(most + 1):
        by_x = gradient(by_x, x, create_graph=True) if i else by_x
        by_both = by_x
        for j in range(most + 1):
            by_both = gradient(by_both, y, create_graph=True) if j else by_both
            assert by_both.data == pytest.approx(closed(i, j), rel=1e-12, abs=1e-13), (i, j)
    record_property("numbers", (most + 1) ** 2)


def test_powers_of_0_have_the_derivatives_that_are_finite():
    assert recorded_orders(lambda m, x: x**3, 0.0, 5) == [0, 0, 0, 6, 0, 0]
    assert recorded_orders(lambda m, x: x**3.5, 0.0, 3) == [0, 0, 0, 0]
    with pytest.raises(NonFiniteError, match=r"x\^0.5.*not differentiable here"):
        recorded_orders(lambda m, x: x**3.5, 0.0, 4)


def test_1_over_1_plus_a_square():
    assert recorded_orders(lambda m, x: 1 / (1 + x * x), 1.0, 4) == [0.5, -0.5, 0.5, 0, -3]


FUNCTIONS = {
    "exp": (lambda m, x: m.exp(x), 2.0),
    "sqrt": (lambda m, x: m.sqrt(x), 4.0),
    "log": (lambda m, x: m.log(x), 2.0),
    "cos": (lambda m, x: m.cos(x), math.pi / 3),
    "sin": (lambda m, x: m.sin(x), math.pi / 3),
    "acos": (lambda m, x: m.acos(x), 0.5),
    "asin": (lambda m, x: m.asin(x), 0.5),
    "asin, by its slope": (lambda m, x: 1 / m.sqrt(1 - x * x), 0.5),
    "asinh": (lambda m, x: m.asinh(x), 1.0),
    "acosh": (lambda m, x: m.acosh(x), 2.0),
    "atanh": (lambda m, x: m.atanh(x), 0.5),
    "atan": (lambda m, x: m.atan(x), 1.0),
    "tan": (lambda m, x: m.tan(x), math.pi / 6),
    "sinh": (lambda m, x: m.sinh(x), 1.0),
    "cosh": (lambda m, x: m.cosh(x), 1.0),
    "tanh": (lambda m, x: m.tanh(x), 1.0),
    "erf": (lambda m, x: m.erf(x), 1.0),
}


def test_a_power_of_a_variable_to_itself_up_to_the_third_order(record_property):
    most = 5 if WHOLE else 3  # the fifth order has formulas of which each is derived and compiled once, in seconds
    assert far(recorded_orders(lambda m, x: x**x, 2.0, most), orders(lambda m, x: x**x, 2.0, most), 1e-13) == []
    record_property("numbers", most + 1)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_up_to_the_fifth_order(name, record_property):
    f, x = FUNCTIONS[name]
    exact = orders(f, x, 5)
    assert far(recorded_orders(f, x, 5), exact, 1e-13) == []
    record_property("numbers", 6)


def test_atan2_of_the_printed_points():
    assert engine.atan2(Value(3.0), Value(4.0)).data == float(EXACT.atan2(3, 4))
