"""coupled.py make FOLDER: tables whose rows take few values, so that sums over pairs of events are sums over pairs of values.
coupled.py check FOLDER RUN plain|weighted|sources: the figures of a run over them are what their definitions say, worked out here in double precision.
coupled.py answers CSV RUN: the run's train.answer and train.square are mean and mean square of the answers in CSV.
"""
import collections
import json
import math
import os
import random
import sys

SIZES = {"train": 10000, "valid": 4999}
LEVELS_A, LEVELS_B, TARGETS, WEIGHTS = [-1.0, -0.5, 0.25, 0.75], [-0.75, 0.5, 1.0], [-1.0, 0.5], [0.5, 1.0, 3.0]


def make(folder):
    os.makedirs(folder, exist_ok=True)
    draw = random.Random(5)
    for part, size in SIZES.items():
        with open(os.path.join(folder, part + ".csv"), "w") as file:
            file.write("a,b,t,w\n")
            for _ in range(size):
                file.write(",".join(str(draw.choice(levels)) for levels in (LEVELS_A, LEVELS_B, TARGETS, WEIGHTS)) + "\n")


def read(folder, part):
    with open(os.path.join(folder, part + ".csv")) as file:
        return [tuple(map(float, line.split(","))) for line in file.read().split()[1:]]


def mean(values, weights):
    return sum(v * w for v, w in zip(values, weights)) / sum(weights)


def over_pairs(function, values, weights):
    """The weighted mean of function(v, v') over all pairs of events."""
    counts = collections.Counter()
    for value, weight in zip(values, weights):
        counts[value] += weight
    return sum(function(v, w) * m * n for v, m in counts.items() for w, n in counts.items()) / sum(weights) ** 2


def figures(rows, weighted):
    count = len(rows)
    w = [row[3] if weighted else 1.0 for row in rows]
    ones = [1.0] * count
    a, b, y = ([row[i] for row in rows] for i in range(3))
    u = [0.5 * (p + q) for p, q in zip(a, b)]
    squared = [(p - q) ** 2 for p, q in zip(u, y)]
    beside = collections.Counter(u)
    tanh_with_all = {v: sum(math.tanh(v * other) * times for other, times in beside.items()) / count for v in beside}
    attention = {v: sum(math.exp(v * o) * o * n for o, n in beside.items()) / sum(math.exp(v * o) * n for o, n in beside.items()) for v in beside}
    centre = mean(u, w)
    expected = {"loss": mean([s + tanh_with_all[v] + (0 if weighted else attention[v] ** 2) for s, v in zip(squared, u)], w)}
    if weighted:
        plain = mean(u, ones)
        expected |= {
            "again": expected["loss"], "plain": mean(squared, w), "twice": over_pairs(lambda p, q: math.tanh(p * q), u, w),
            "inner": over_pairs(lambda p, q: p * q, u, w), "spread": mean([(v - centre) ** 2 for v in u], w),
            "centred": mean([(v - plain) ** 2 for v in u], w),
        }
        return expected
    cross = sum(a)
    power = max(u)
    soft = [math.exp(v - power) for v in u]
    running, heap = 0.0, -math.inf
    for v in u:
        running += v
        heap = max(heap, running)
    gram = sum((sum(p * q for p, q in zip(i, j)) / count) ** 2 for i in (a, b) for j in (a, b))
    jumps = [(new[i] - old[i]) ** 2 for old, new in zip([(0.0, 0.0)] + rows, rows) for i in (0, 1)]
    both = mean(a + b, ones * 2)
    residual = [2 * (p - q) for p, q in zip(u, y)]
    expected |= {
        "pairs": over_pairs(lambda p, q: math.tanh(p * q), u, w), "products": mean(u, w) ** 2,
        "cross": cross * mean(b, w) / count, "square": cross**2 * mean([q * q for q in b], w) / count**2, "squares": gram,
        "pull": mean([r * p for r, p in zip(residual, a)], w) + mean([r * q for r, q in zip(residual, b)], w) + mean(residual, w),
        "share": count * sum(s * s for s in soft) / sum(soft) ** 2, "first": u.index(power), "heap": heap,
        "jump": sum(jumps) / len(jumps), "spread": mean([(v - centre) ** 2 for v in u], w),
        "attend": mean([attention[v] ** 2 for v in u], w), "centred": mean([(v - centre) ** 2 for v in u], w),
        "deviation": math.sqrt(mean([(v - both) ** 2 for v in a + b], ones * 2)),
        "counted": mean(u, w), "share_in": mean(u, w), "any_big": 0.0, "total": math.prod(1 + v / 64 for v in u),
    }
    return expected


def of_two_sources(left, right):
    u = [0.5 * (row[0] + row[1]) for row in left]
    v = [row[1] - 0.25 for row in right]
    beside = collections.Counter(v)
    kernel = {p: sum(math.tanh(p * q) * times for q, times in beside.items()) / len(v) for p in set(u)}
    cross = sum(kernel[p] for p in u) / len(u)
    return {
        "loss": cross + sum((p - row[2]) ** 2 for p, row in zip(u, left)) / len(u), "cross": cross, "back": cross,
        "kernel": sum(kernel[p] ** 2 for p in u) / len(u), "far": max(u) - min(v), "sizes": len(left) / len(right),
    }


# The mean over an epoch of the loss of batches in the order of the table: what couples events couples those of a batch.
def batch_loss(rows, batch):
    total = 0.0
    for first in range(0, len(rows), batch):
        part = rows[first : first + batch]
        total += figures(part, False)["loss"] * len(part)
    return total / len(rows)


def logged_loss(run):
    with open(os.path.join(run, "log.csv")) as file:
        names, values = (line.strip().split(",") for line in file.read().split()[:2])
    return float(values[names.index("train.loss")])


def check(folder, run, kind):
    with open(os.path.join(run, "metrics.json")) as file:
        found = json.load(file)
    wrong = 0
    rows = {part: read(folder, part) for part in SIZES}
    if kind == "plain":
        got, value = logged_loss(run), batch_loss(rows["train"], 300)
        if not abs(got - value) <= 1e-5:
            sys.exit(f"the logged loss is {got}, by its definition {value}")
    for part in SIZES:
        other = rows["valid" if part == "train" else "train"]
        expected = of_two_sources(rows[part], other) if kind == "sources" else figures(rows[part], kind == "weighted")
        for name, value in expected.items():
            got = found[part][name]
            if not abs(got - value) <= 2e-5 * max(abs(value), 0.02):
                print(f"{part}.{name} is {got}, by its definition {value}")
                wrong += 1
        if kind == "plain" and not abs(found[part]["drawn"] - found[part]["at_once"]) < 1e-2 < abs(found[part]["drawn"]):
            sys.exit(f"draws depend on blocks: {found[part]}")
    sys.exit(1 if wrong else 0)


def answers(csv, run):
    with open(csv) as file:
        values = [float(line) for line in file.read().split()[1:]]
    with open(os.path.join(run, "metrics.json")) as file:
        found = json.load(file)["train"]
    for name, value in (("answer", sum(values) / len(values)), ("square", sum(v * v for v in values) / len(values))):
        if not abs(found[name] - value) <= 1e-6:
            sys.exit(f"train.{name} is {found[name]}, of the answers {value}")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "answers":
        answers(sys.argv[2], sys.argv[3])
    else:
        check(sys.argv[2], sys.argv[3], sys.argv[4])
