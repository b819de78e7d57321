"""coupled.py make FOLDER: tables whose rows take few values, so that sums over pairs of events are sums over pairs of values.
coupled.py check FOLDER RUN [weighted]: the figures of a run over them are what their definitions say, worked out here in double precision.
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
    expected = {"loss": mean([s + tanh_with_all[v] for s, v in zip(squared, u)], w)}
    if weighted:
        plain = mean(u, ones)
        expected |= {
            "again": expected["loss"], "plain": mean(squared, w), "twice": over_pairs(lambda p, q: math.tanh(p * q), u, w),
            "inner": over_pairs(lambda p, q: p * q, u, w), "spread": mean([(v - mean(u, w)) ** 2 for v in u], w),
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
        "jump": sum(jumps) / len(jumps), "spread": mean([(v - mean(u, w)) ** 2 for v in u], w),
        "centred": mean([(v - mean(u, w)) ** 2 for v in u], w), "deviation": math.sqrt(mean([(v - both) ** 2 for v in a + b], ones * 2)),
        "counted": mean(u, w), "share_in": mean(u, w), "any_big": 0.0, "total": math.prod(1 + v / 64 for v in u),
    }
    return expected


def check(folder, run, weighted):
    with open(os.path.join(run, "metrics.json")) as file:
        found = json.load(file)
    wrong = 0
    for part in SIZES:
        for name, value in figures(read(folder, part), weighted).items():
            got = found[part][name]
            if not abs(got - value) <= 2e-5 * max(abs(value), 0.02):
                print(f"{part}.{name} is {got}, by its definition {value}")
                wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        check(sys.argv[2], sys.argv[3], len(sys.argv) > 4)
