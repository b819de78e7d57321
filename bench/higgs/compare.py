"""HIGGS: nnc against scikit-learn's MLPClassifier of the same size (64, 64), on the same training and test events.

    pip install scikit-learn
    python3 bench/higgs/compare.py NNC HIGGS.csv [SEEDS]

Prints the area under the ROC curve on the test part of each seed, and the means. Exit code 1 if nnc's mean is lower by more than 0.01.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "higgs.nn")


def split(lines, seed, folder):
    """80 % for training, 20 % for testing; returns both as lists of rows."""
    header, rows = lines[0], lines[1:]
    random.Random(seed).shuffle(rows)
    cut = len(rows) * 4 // 5
    for name, part in (("train", rows[:cut]), ("test", rows[cut:])):
        with open(os.path.join(folder, name + ".csv"), "w") as file:
            file.writelines([header] + part)
    numbers = [[float(v) for v in row.split(",")] for row in rows]
    return numbers[:cut], numbers[cut:]


def scikit(train, test, seed):
    scaler = StandardScaler().fit([row[:-1] for row in train])
    net = MLPClassifier((64, 64), early_stopping=True, random_state=seed, max_iter=100)
    net.fit(scaler.transform([row[:-1] for row in train]), [int(row[-1]) for row in train])
    return roc_auc_score([row[-1] for row in test], net.predict_proba(scaler.transform([row[:-1] for row in test]))[:, 1])


def own(nnc, folder, seed):
    with open(PROGRAM) as source, open(os.path.join(folder, "higgs.nn"), "w") as copy:
        copy.write(source.read())
    run = os.path.join(folder, "run")
    subprocess.run([nnc, "train", os.path.join(folder, "higgs.nn"), "--seed", str(seed), "--out", run], check=True, capture_output=True)
    with open(os.path.join(run, "metrics.json")) as file:
        return json.load(file)["test"]["auc"]


def main():
    nnc = os.path.abspath(sys.argv[1])
    lines = open(sys.argv[2]).readlines()
    seeds = range(int(sys.argv[3]) if len(sys.argv) > 3 else 3)
    ours, theirs = [], []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            train, test = split(list(lines), seed, folder)
            ours.append(own(nnc, folder, seed))
            theirs.append(scikit(train, test, seed))
            print(f"seed {seed}: nnc {ours[-1]:.4f}, scikit-learn {theirs[-1]:.4f}", flush=True)
    a, b = sum(ours) / len(ours), sum(theirs) / len(theirs)
    print(f"mean: nnc {a:.4f}, scikit-learn {b:.4f}")
    sys.exit(0 if a >= b - 0.01 else 1)


if __name__ == "__main__":
    main()
