"""A training step of an embedding of 50 000 x 64 by 256 numbers: nnc against PyTorch, on one core, alternately.

    pip install torch
    python3 bench/embedding/compare.py NNC [RUNS]

Prints the time of a step in milliseconds, medians over the runs: nnc, PyTorch with gradients of the whole table, and PyTorch with sparse ones. nnc's is that
of a whole training less that of one of a tenth of its epochs: reading, compiling and judging are in both. Exit code 1 if nnc's median is longer than either.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "embedding.nn")
EVENTS, BATCH, ROWS, WIDTH, EPOCHS = 64000, 256, 50000, 64, 10


def train(nnc, folder, epochs):
    start = time.perf_counter()
    subprocess.run([nnc, "train", PROGRAM, "--epochs", str(epochs), "--out", os.path.join(folder, str(epochs)), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def ours(nnc, folder):
    return 1e3 * (train(nnc, folder, 44) - train(nnc, folder, 4)) / (40 * EVENTS / BATCH)


def theirs(sparse, epochs):
    torch.set_num_threads(1)
    ids = torch.randint(0, ROWS, (EVENTS,))
    y = torch.rand(EVENTS)
    table, last = torch.nn.Embedding(ROWS, WIDTH, sparse=sparse), torch.nn.Linear(WIDTH, 1)
    optimizer = torch.optim.SGD([*table.parameters(), *last.parameters()], 0.1)
    start = time.perf_counter()
    for _ in range(epochs):
        for first in range(0, EVENTS, BATCH):
            batch = slice(first, first + BATCH)
            optimizer.zero_grad()
            ((last(table(ids[batch]))[:, 0] - y[batch]) ** 2).mean().backward()
            optimizer.step()
    return 1e3 * (time.perf_counter() - start) / (epochs * EVENTS / BATCH)


def main():
    nnc, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    times = {"nnc": [], "PyTorch": [], "PyTorch, sparse": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            times["nnc"].append(ours(nnc, folder))
            times["PyTorch"].append(theirs(False, 1))
            times["PyTorch, sparse"].append(theirs(True, EPOCHS))
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name}: " + " ".join(f"{value:.3f}" for value in values))
    print("a step in ms: " + ", ".join(f"{name} {value:.3f}" for name, value in median.items()))
    sys.exit(median["nnc"] > min(median["PyTorch"], median["PyTorch, sparse"]))


if __name__ == "__main__":
    main()
