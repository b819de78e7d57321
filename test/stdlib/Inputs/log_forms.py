"""Logarithms of probabilities at extreme logits, by their definitions in 1600 decimal digits.

log_forms.py data         a CSV file of logits
log_forms.py want FILE    for each form NAME its value NAME and its derivative by the logit a, NAME_slope, at the rows of FILE
"""
import csv
import itertools
import sys
from decimal import Decimal, getcontext

getcontext().prec = 1600
STEP = Decimal(10) ** -200


def sigmoid(z):
    return 1 / (1 + (-z).exp())


def softmax(*z):
    powers = [x.exp() for x in z]
    return [power / sum(powers) for power in powers]


def product(values):
    total = Decimal(1)
    for value in values:
        total *= value
    return total


# Each takes p = sigmoid(a), q = sigmoid(b), r = sigmoid(c), and the softmax s of [a, b, c].
FORMS = {
    "both": lambda p, q, r, s: 1 - p * q,
    "either": lambda p, q, r, s: 1 - (1 - p) * (1 - q),
    "halves": lambda p, q, r, s: 1 - (p + q) / 2,
    "prod": lambda p, q, r, s: p * q * r,
    "prod_rest": lambda p, q, r, s: (1 - p) * (1 - q) * (1 - r),
    "noisy_or": lambda p, q, r, s: 1 - (1 - p) * (1 - q) * (1 - r),
    "most": lambda p, q, r, s: max(p, q, r),
    "least_rest": lambda p, q, r, s: 1 - min(p, q, r),
    "average": lambda p, q, r, s: (p + q + r) / 3,
    "average_rest": lambda p, q, r, s: 1 - (p + q + r) / 3,
    "average_class": lambda p, q, r, s: (s[0] ** 2 + s[1] ** 2 + s[2] ** 2) / 3,
    "some": lambda p, q, r, s: s[0] + s[1],
    "range": lambda p, q, r, s: s[0] + s[1],
    "others": lambda p, q, r, s: 1 - s[0] - s[1],
    "most_class": lambda p, q, r, s: max(s),
    "prod_class": lambda p, q, r, s: product(s),
    "choice": lambda p, q, r, s: 1 - (r * p + (1 - r) * q),
    "chance": lambda p, q, r, s: r * p + (1 - r) * q,
    "either_or": lambda p, q, r, s: 1 - (p + q * (1 - p)),
    "square": lambda p, q, r, s: 1 - p ** 2,
    "root": lambda p, q, r, s: 1 - p.sqrt(),
    "tenth": lambda p, q, r, s: 1 - p * p * p * p * p * p * p * p * p * p,
    "odd": lambda p, q, r, s: p * (1 - q) + q * (1 - p),
    "weighted": lambda p, q, r, s: 1 - (Decimal("0.25") * p + Decimal("0.25") * q + Decimal("0.5") * r),
}


def at(a, b, c):
    p, q, r, s = sigmoid(a), sigmoid(b), sigmoid(c), softmax(a, b, c)
    return [form(p, q, r, s).ln() for form in FORMS.values()]


def want(path):
    with open(path, newline="") as file:
        rows = [[Decimal(row[name]) for name in ("a", "b", "c")] for row in csv.DictReader(file)]
    writer = csv.writer(sys.stdout)
    writer.writerow([name + slope for name in FORMS for slope in ("", "_slope")])
    for a, b, c in rows:
        line = []
        for value, above, below in zip(at(a, b, c), at(a + STEP, b, c), at(a - STEP, b, c)):
            line += [float(value), float((above - below) / (2 * STEP))]
        writer.writerow(line)


if sys.argv[1] == "data":
    print("a,b,c")
    for triple in itertools.product([-1000, -31, 0.5, 30, 1000], [-100, 900], [-1.5, 104]):
        print(*triple, sep=",")
else:
    want(sys.argv[2])
