"""What axe-core, which looks for what keeps people out of a page, finds in the page: nothing, in any of its states."""

import pytest
from browsing import findings
from chalkgrad.nn import MLP
from chalkgrad.nn.data import moons

STATES = {
    "colah": {"L": "", "at the end": "9", "inputs": "9&panel=inputs", "table": "9&panel=table", "chain rule": "9&chosen=b",
              "mistake": "9&mistake=overwrite&panel=mistakes", "predicting": "2?&predict", "curve": "3&curve=e",
              "dark": "9&theme=dark", "print": "9&theme=print", "circuit": "9&look=circuit", "embedded": "3&embed"},
    "xor": {"diagram": "f2", "backward": "7", "opened": "7&unit=L", "matrices": "f2&panel=table", "dark": "9&theme=dark"},
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_in_any_state_of_a_page(opened, name):
    player = opened(name)
    for state, address in STATES[name].items():
        player.tab.evaluate("(address) => { location.hash = address; }", address)
        player.tab.wait_for_timeout(100)
        assert (state, findings(player.tab)) == (state, [])


def test_axe_finds_nothing_where_a_model_is_trained(opened):
    player = opened(MLP(2, [3, 1], "tanh", seed=0), data=moons(20))
    assert findings(player.tab) == []
    player.tab.keyboard.press("ArrowRight")
    player.tab.keyboard.press("?")
    assert findings(player.tab) == []
