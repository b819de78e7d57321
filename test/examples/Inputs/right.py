"""right.py TRUTH.csv COLUMN ANSWERS.csv AT_LEAST: how often the last column of the answers, rounded, is the truth."""
import csv
import sys

truth = [float(row[sys.argv[2]]) for row in csv.DictReader(open(sys.argv[1]))]
answers = [float(row[-1]) for row in list(csv.reader(open(sys.argv[3])))[1:]]
assert len(truth) == len(answers) > 0, (len(truth), len(answers))
share = sum((a >= 0.5) == (t >= 0.5) for a, t in zip(answers, truth)) / len(truth)
print(f"{len(truth)} events, {share:.4f} right")
sys.exit(0 if share >= float(sys.argv[4]) else 1)
