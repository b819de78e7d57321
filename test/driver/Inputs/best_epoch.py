"""metrics.json holds the lowest validation loss of log.csv, which is not the last one."""
import csv
import json
import os
import sys

run = sys.argv[1]
losses = [float(row["valid.loss"]) for row in csv.DictReader(open(os.path.join(run, "log.csv")))]
final = json.load(open(os.path.join(run, "metrics.json")))["valid"]["loss"]
assert len(losses) < 200 and min(losses) < losses[-1], losses
assert abs(final - min(losses)) <= 1e-9 * abs(final), (final, min(losses))
