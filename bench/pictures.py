"""Measures `fit` on made pictures of 28×28 pixels against PyTorch's loop: time of the processor, and memory at its peak. Run it
with

    .venv/bin/python bench/pictures.py [--pictures N] [--rounds N] [--optimiser adam|descent] [CONTENDER ...]

CONTENDER is one or several of numpy, llvm, torch, loop; all, if none is given. The network is 784-128-10 with ReLU and
cross-entropy, one epoch of batches of 128, in float64, on one core. `fit` measures the loss before the first step, and loss and
accuracy after the epoch: so does `torch`; `loop` takes the steps alone. What is timed is all of it, from the model that is
there to the trained one, so for `fit` also the recording, the program and its compilation. Each contender has a process of its
own in each round. The goals: numpy ≤ 1.3, llvm ≤ 1 times PyTorch's time, memory ≤ the data's + 300 MB.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median

from networks import environment, kernel

CONTENDERS = ("numpy", "llvm", "torch", "loop")

START = """
import os, resource, sys, time
os.sched_setaffinity(0, {{sorted(os.sched_getaffinity(0))[-1]}})
import numpy as np
random = np.random.default_rng(0)
X = random.random(({pictures}, 784))
middles = random.random((10, 784)) - 0.5
y = (X @ middles.T + random.normal(scale=2.0, size=({pictures}, 10))).argmax(1)
"""

FIT = """
from chalkgrad.nn import MLP, Adam, GradientDescent, cross_entropy, fit
model = MLP(784, [128, 10], "relu", init="he", seed=0)
optimiser = {{"adam": Adam(0.001), "descent": GradientDescent(0.1)}}[{optimiser!r}]
import llvmlite
start = time.process_time()
history = fit(model, X, y, loss=cross_entropy.mean, optimizer=optimiser, epochs=1, batch_size=128, compiled={contender!r},
              progress=False)
took = time.process_time() - start
result = history.loss[-1], history.metric[-1]
"""

TORCH = """
import torch
torch.set_num_threads(1)
torch.manual_seed(0)
data, classes = torch.from_numpy(X), torch.from_numpy(y)
layers = torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10)
model = torch.nn.Sequential(*layers).double()
optimiser = {{"adam": lambda: torch.optim.Adam(model.parameters(), 0.001),
             "descent": lambda: torch.optim.SGD(model.parameters(), 0.1)}}[{optimiser!r}]()
loss = torch.nn.CrossEntropyLoss()

def measured():
    if {contender!r} == "loop":
        return 0.0, 0.0
    with torch.no_grad():
        scores = model(data)
        return float(loss(scores, classes)), float((scores.argmax(1) == classes).double().mean())

loss(model(data[:128]), classes[:128]).backward()
start = time.process_time()
measured()
order = torch.randperm(len(data))
for k in range(0, len(data), 128):
    batch = order[k : k + 128]
    optimiser.zero_grad()
    loss(model(data[batch]), classes[batch]).backward()
    optimiser.step()
result = measured()
took = time.process_time() - start
"""

END = """
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - X.nbytes / 2**20, *result)
"""


def run(contender: str, pictures: int, optimiser: str) -> list[float]:
    """Returns the seconds, the peak of memory beside the data in MB, the loss and the accuracy."""
    program = START + (FIT if contender in ("numpy", "llvm") else TORCH) + END
    written = program.format(pictures=pictures, contender=contender, optimiser=optimiser)
    result = subprocess.run([sys.executable, "-c", written], capture_output=True, text=True, env=environment())
    if result.returncode:
        sys.exit(f"{contender} failed:\n{result.stderr}")
    return [float(x) for x in result.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--optimiser", choices=("adam", "descent"), default="adam")
    parser.add_argument("contenders", nargs="*", choices=[*CONTENDERS, []])
    given = parser.parse_args()
    contenders = [x for x in CONTENDERS if x in given.contenders] or [*CONTENDERS]
    found: dict[str, list[list[float]]] = {name: [] for name in contenders}
    for _ in range(given.rounds):
        for name in contenders:
            found[name].append(run(name, given.pictures, given.optimiser))
    times = {name: median(row[0] for row in rows) for name, rows in found.items()}
    print("| contender | seconds | × torch | × loop | MB beside the data | loss | accuracy |")
    for name, rows in found.items():
        ratios = [f"{times[name] / times[other]:.2f}" if other in times else "–" for other in ("torch", "loop")]
        peak = max(row[1] for row in rows)
        print(f"| {name} | {times[name]:.2f} | {' | '.join(ratios)} | {peak:.0f} | {rows[-1][2]:.4f} | {rows[-1][3]:.3f} |")
    if blas := kernel():
        print(f"\nOpenBLAS with its kernel {blas}")


if __name__ == "__main__":
    main()
