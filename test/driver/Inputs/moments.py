"""The columns of drawn.nn have the moments of their distributions, and `w` is made of the other two."""
import csv
import sys

rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(open(sys.argv[1]))]
mean = lambda name: sum(row[name] for row in rows) / len(rows)
assert all(-1 <= row["u"] < 3 for row in rows)
assert abs(mean("u") - 1) < 0.15 and abs(mean("v") - 2) < 0.07, (mean("u"), mean("v"))
assert len({row["u"] for row in rows}) > 990
assert all(abs(row["w_0"] - row["u"] - row["v"]) < 1e-5 and abs(row["w_1"] - row["u"] + row["v"]) < 1e-5 for row in rows)
