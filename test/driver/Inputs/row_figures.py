"""row_figures.py FILE EVAL: the figures of row_figures.nn, from the file's rows; those of preparations from the training part's size alone are
not known here, so that the sums of standardized columns are 0 and their squares the number of rows there."""
import itertools
import sys

lines = [line.split() for line in open(sys.argv[2]) if line.split()]
names, parts = lines[0], {line[0]: [float(cell) for cell in line[1:]] for line in lines[1:] if line[0] in ("train", "valid")}
train, valid = (dict(zip(names, parts[part])) for part in ("train", "valid"))
rows = [line.split(",") for line in open(sys.argv[1]).read().splitlines()[1:]]
x = [float(row[4]) for row in rows]


def close(a, b, to):
    assert abs(a - b) <= to * max(1, abs(b)), (a, b)


close(train["rows"] + valid["rows"], len(rows), 1e-6)
close(train["x_mean"], 0, 0.02)
close(train["x_square"], train["rows"], 1e-3)
close(train["far"] + valid["far"], sum(value < 1 for value in x), 1e-6)
assert abs(train["e_cube"]) > 1 and abs(train["tile_cube"]) > 1
events = [[float(row[5]) for row in group] for _, group in itertools.groupby(rows, key=lambda row: row[:2])]
both = {name: train[name] + valid[name] for name in names}
assert train["same"] == 0 and valid["same"] == 0
close(train["turned_square"], train["rows"], 1e-3)
close(train["after_square"], train["rows"], 1e-3)
close(train["after_mean"], 0, 0.02)
close(both["turned"], sum(e + 1 for event in events for e in event), 1e-4)
close(both["after"], sum(e + 7 for event in events for e in [*event[1:], 0]), 1e-4)
close(both["pairs"], sum(a * b + 1 for event in events for a in event for b in event), 1e-4)
low, high = min(x), max(x)
assert 0 < train["f"] < train["rows"]
close((train["o"] + valid["o"]) / (high - low), train["f"] + valid["f"], 0.05)
