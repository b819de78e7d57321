"""An LSTM's training step: nnc against PyTorch, on one core, alternately.

    pip install torch
    python3 bench/lstm/compare.py NNC [RUNS]

Prints the time of a step in milliseconds, medians over the runs, and their ratio. nnc's is that of a whole training less that of one of a tenth of its
epochs: reading, compiling and judging are in both. Exit code 1 if nnc's median is longer.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lstm.nn")
EVENTS, BATCH, INPUTS, TURNS, HIDDEN, EPOCHS = 640, 64, 32, 64, 128, 10


def train(nnc, folder, epochs):
    start = time.perf_counter()
    subprocess.run([nnc, "train", PROGRAM, "--epochs", str(epochs), "--out", os.path.join(folder, str(epochs)), "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def ours(nnc, folder):
    return 1e3 * (train(nnc, folder, 11) - train(nnc, folder, 1)) / (10 * EVENTS / BATCH)


def theirs():
    torch.set_num_threads(1)
    x = torch.rand(EVENTS, TURNS, INPUTS) * 2 - 1
    y = x[:, 0, 0] + x[:, -1, 1]
    net, last = torch.nn.LSTM(INPUTS, HIDDEN, batch_first=True), torch.nn.Linear(HIDDEN, 1)
    optimizer = torch.optim.Adam([*net.parameters(), *last.parameters()], 1e-3)

    def epoch():
        for first in range(0, EVENTS, BATCH):
            batch = slice(first, first + BATCH)
            optimizer.zero_grad()
            ((last(net(x[batch])[0][:, -1])[:, 0] - y[batch]) ** 2).mean().backward()
            optimizer.step()

    epoch()
    start = time.perf_counter()
    for _ in range(EPOCHS):
        epoch()
    return 1e3 * (time.perf_counter() - start) / (EPOCHS * EVENTS / BATCH)


def main():
    nnc, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    times = {"nnc": [], "PyTorch": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs):
            times["nnc"].append(ours(nnc, folder))
            times["PyTorch"].append(theirs())
    median = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name}: " + " ".join(f"{value:.1f}" for value in values))
    print(f"a step in ms: nnc {median['nnc']:.1f}, PyTorch {median['PyTorch']:.1f}, ratio {median['PyTorch'] / median['nnc']:.2f}")
    sys.exit(median["nnc"] > median["PyTorch"])


if __name__ == "__main__":
    main()
