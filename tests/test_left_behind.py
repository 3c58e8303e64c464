"""What stays when what a public call returned is dropped: not one object, even if the collector of cycles never runs.

A cycle keeps a whole graph, or a page with its pictures, until the collector comes by, which in a loop of large graphs is late.
"""

import gc
import warnings

import public_calls
import pytest
from frozen import freeze


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    freeze()  # or each of the thousand collections here would visit all that the tests before have imported
    return public_calls.calls(tmp_path_factory.mktemp("left"))


def left(call):
    """How many objects only the collector frees after a call that has been made before, so that caches are filled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call()
        call()
        gc.collect()
        gc.disable()
        try:
            call()
            return gc.collect()
        finally:
            gc.enable()


def test_each_exported_name_is_called(calls):
    called = {*calls, *public_calls.KINDS, *public_calls.WORDS}
    assert sorted(public_calls.exported() - called) == []


def test_no_public_call_leaves_an_object_behind(calls):
    found = {name: left(call) for name, call in calls.items() if name not in public_calls.CYCLES_OF_OTHERS}
    assert {name: count for name, count in found.items() if count} == {}


def test_a_cycle_would_be_counted():
    def cycle():
        one = []
        one.append(one)

    assert left(cycle) == 1
