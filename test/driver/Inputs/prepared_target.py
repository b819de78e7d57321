"""prepared_target.py INPUT ANSWERS KIND: the answers are what the definition makes of answers in prepared units.

The model gives its input column `u` back, so its answer in prepared units is u itself; KIND says what
undoes the preparation: a function of u and of the numbers fitted on the column t (all rows are the training part).
"""
import csv
import math
import sys

source, answers, kind = sys.argv[1:]
rows = list(csv.DictReader(open(source)))
t = [float(row["t"]) for row in rows]
v = [float(row["v"]) for row in rows]


def moments(x):
    mean = sum(x) / len(x)
    return mean, math.sqrt(sum((e - mean) ** 2 for e in x) / len(x))


def standard(x, u):
    mean, deviation = moments(x)
    return u * deviation + mean


def span(x, u):
    return u * (max(x) - min(x)) + min(x)


undo = {
    "standardize": lambda u: [standard(t, u)],
    "minmax": lambda u: [span(t, u)],
    "center": lambda u: [u + moments(t)[0]],
    "logarithm": lambda u: [math.exp(u)],
    "twice": lambda u: [math.exp(standard([math.log(e) for e in t], u))],
    "reversed": lambda u: [(max(t) - 2 * u) * 3],
    "pair": lambda u: [standard(t, u), standard(v, u)],
    "elements": lambda u: [standard(t, u), span(v, u), u],
    "definition": lambda u: [standard([math.log(e) for e in t], u)],
    "none": lambda u: [u],
}[kind]
for row, answer in zip(rows, list(csv.reader(open(answers)))[1:], strict=True):
    expected = undo(float(row["u"]))
    got = [float(cell) for cell in answer]
    assert len(got) == len(expected), (got, expected)
    for a, b in zip(got, expected):
        assert abs(a - b) <= 2e-6 * max(1, abs(b)), (row, got, expected)
