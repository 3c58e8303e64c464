"""What a computation costs, in counts that are the same on every machine: lines of Python executed, bytes held at the peak.

A test that work grows in proportion counts it at two sizes; what takes so many seconds is a matter for bench/.
"""

import gc
import sys
import tracemalloc


def lines(work):
    """Returns how many lines of Python a call executes in whatever it calls; each round of a comprehension counts as one.

    The collector waits meanwhile, because it calls what others have asked it to call, Hypothesis for one.
    """
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before, collecting = sys.gettrace(), gc.isenabled()
    gc.disable()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return count


def peak(work):
    """Returns how many bytes a call holds at its peak, beyond those held before."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
