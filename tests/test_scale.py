"""The page on many devices, in processes of its own: jax is told of its devices before it starts."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

TEXT = (Path(__file__).parent.parent / "docs" / "scale.md").read_text("utf-8")
*BLOCKS, HOSTS = re.findall(r"^```pycon\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)

RUN = """
import doctest, sys
examples = doctest.DocTestParser().get_doctest(sys.stdin.read(), {"__name__": "__main__"}, "scale.md", "scale.md", 0)
print(doctest.DocTestRunner().run(examples))
"""


def started(examples, folder, **asked):
    environment = os.environ | {"JAX_PLATFORMS": "cpu"} | asked
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=pipe, stdout=pipe, stderr=pipe, env=environment, cwd=folder, text=True
    )
    process.stdin.write(examples)
    process.stdin.close()
    process.stdin = None
    return process


def assert_all_hold(process, examples):
    out, error = process.communicate(timeout=300)
    assert out.splitlines()[-1:] == [f"TestResults(failed=0, attempted={examples.count('>>> ')})"], out + error


def test_all_other_python_of_the_page_is_run_here():
    assert re.findall(r"^```(\w*)$", TEXT, re.MULTILINE).count("pycon") == len(BLOCKS) + 1
    assert {*re.findall(r"^```(\w+)$", TEXT, re.MULTILINE)} == {"pycon", "sh"}


def test_the_page_runs_on_eight_devices(tmp_path):
    examples = "\n".join(BLOCKS)
    assert_all_hold(started(examples, tmp_path, XLA_FLAGS="--xla_force_host_platform_device_count=8"), examples)


def test_what_each_host_begins_with_joins_two_processes(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    hosts = [started(HOSTS, tmp_path, COORDINATOR=address, HOSTS="2", HOST=str(number), XLA_FLAGS="") for number in (0, 1)]
    for host in hosts:
        assert_all_hold(host, HOSTS)
