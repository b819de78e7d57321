"""double_columns.py EVENTS WANT: events whose columns vary by little of their size, and what the block of double_columns.nn makes of them."""
import csv
import math
import random
import sys

random.seed(1)
events = []
for i in range(500):
    time = round(1.7e9 + random.uniform(-50, 50), 4)
    first = time if i % 2 else time + 1e-3
    events.append((time, 1e6 + random.uniform(-1, 1), 1_700_000_000_000_000_000 + 1000 * random.randrange(10**6), first, random.choice("ab"), random.randrange(2)))

with open(sys.argv[1], "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["time", "energy", "stamp", "first_time", "kind", "label"])
    out.writerows([repr(time), repr(energy), stamp, repr(first), kind, label] for time, energy, stamp, first, kind, label in events)


def mean(values):
    return math.fsum(values) / len(values)


def standardized(values):
    middle = mean(values)
    deviation = math.sqrt(mean([(v - middle) ** 2 for v in values]))
    return [(v - middle) / deviation for v in values]


times, energies, stamps = ([e[k] for e in events] for k in range(3))
both = list(zip(standardized(times), standardized(energies), standardized(stamps)))
middle, earliest, latest = mean(energies), min(times), max(times)
with open(sys.argv[2], "w", newline="") as file:
    out = csv.writer(file)
    rows = []
    for (time, energy, stamp, first, kind, _), prepared in zip(events, both):
        rows.append([*prepared, energy - middle, (time - earliest) / (latest - earliest), (time - earliest) / 10, time - 1_700_000_000.25,
                     (stamp - 1_700_000_000_000_000_000) / 1e9, (time - energy - 1_699_000_000) / 1e6, (2 * time - 2 * energy - 1_699_000_000) / 1e6,
                     int(time > 1_700_000_000.5), int(time == first), time % 3600, time // 86_400 - 19_676, math.floor(time) - 1_700_000_000,
                     energy**2 - 1e12, max(time, 1_700_000_000) - 1_700_000_000, math.sin(time * 0.5),
                     energy - middle, int(kind == "a"), int(kind == "b"), time - 1_700_000_000])
    out.writerow([f"Pass_{k}" for k in range(len(rows[0]))])
    out.writerows(rows)
