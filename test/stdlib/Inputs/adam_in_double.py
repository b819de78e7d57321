"""Adam on loss = w x in double precision, against the losses of every step of a training in single precision.

  adam_in_double.py DATA.csv STEPS.csv RATE BETA1 BETA2
The gradient of a step is its one event's x. Fails where the distance walked differs by more than 2e-6 of it.
"""
import csv
import sys

rate, beta1, beta2 = map(float, sys.argv[3:6])
x = [float(row["x"]) for row in csv.DictReader(open(sys.argv[1]))]
losses = [float(row["loss"]) for row in csv.DictReader(open(sys.argv[2]))]
w = m = v = walked = 0.0
assert len(losses) >= 2 * len(x)
for t, loss in enumerate(losses, 1):
    g = x[(t - 1) % len(x)]
    if t > 1 and abs(loss - w * g) > 2e-6 * walked * abs(g):
        sys.exit(f"step {t}: loss {loss}, Adam in double precision gives {w * g}, off by {abs(loss - w * g) / (walked * abs(g))} of the way")
    m += (1 - beta1) * (g - m)
    v += (1 - beta2) * (g * g - v)
    step = rate * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + 1e-8)
    w -= step
    walked += abs(step)
