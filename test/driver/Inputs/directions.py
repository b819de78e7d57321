"""directions.py NNC FOLDER: `stop when valid.m ...` for metrics of every kind. Among the epochs of log.csv the best one is the first with the
largest or smallest figure, and metrics.json names it and holds its figure."""
import csv
import json
import os
import subprocess
import sys

nnc, folder = sys.argv[1:]
os.makedirs(folder)

PROGRAM = """data d = sample 60 {{
    x ~ normal[6](0, 1)
    y ~ bernoulli(0.5)
    split train 0.5, valid 0.5 seed 2
}}
model M(x: f32[N, 6]) -> f32[N] {{ x |> dense{{32}} |> tanh |> dense{{1}} |> squeeze |> sigmoid }}
{declarations}
train M on d {{
    loss = bce(M(x), y)
    optimizer = adam{{0.05}}
    batch = 10
    epochs = 30
    metric m = {metric}
    stop when {figure} {trend} 4
}}
"""


def train(metric, trend, declarations="", figure="valid.m"):
    path, run = os.path.join(folder, "program.nn"), os.path.join(folder, "run")
    with open(path, "w") as file:
        file.write(PROGRAM.format(metric=metric, trend=trend, declarations=declarations, figure=figure))
    done = subprocess.run([nnc, "train", path, "--out", run, "--quiet"], capture_output=True, text=True)
    return done, run


def unknown(metric, declarations=""):
    done, _ = train(metric, "stalls", declarations)
    assert done.returncode == 1 and "error[E0507]" in done.stderr, (metric, done.returncode, done.stderr)


# Said against what is known.
def contrary(metric, trend, figure="valid.m"):
    done, _ = train(metric, trend, figure=figure)
    assert done.returncode == 1 and "error[E0507]" in done.stderr and "keep the worst weights" in done.stderr, (metric, done.returncode, done.stderr)


def known(metric, trend, best, declarations="", figure="valid.m"):
    done, run = train(metric, trend, declarations, figure)
    assert done.returncode == 0, (metric, done.stderr)
    with open(os.path.join(run, "log.csv")) as file:
        figures = [float(row[figure]) for row in csv.DictReader(file)]
    with open(os.path.join(run, "metrics.json")) as file:
        metrics = json.load(file)
    epoch = figures.index(best(figures)) + 1
    assert metrics["header"]["best_epoch"] == epoch, (metric, trend, epoch, metrics["header"], figures)
    part, name = figure.split(".")
    assert metrics[part][name] == best(figures), (metric, metrics, figures)
    stalled = len(figures) < 30
    assert metrics["header"]["ended"] == ("stalled" if stalled else "complete") and (not stalled or len(figures) == epoch + 4), (figures, epoch)


RIGHT = "mean(if (M(x) >= 0.5) == (y == 1) then 1 else 0)"
AUC = "roc_auc(M(x), y)"
# The library's, and what rises or falls with them alone.
known(AUC, "stalls", max)
known(f"2 * {AUC} - 1", "stalls", max)
known(f"{AUC} / 2", "stalls", max)
known(f"-{AUC}", "stalls", min)
known("1 - accuracy(M(x), y)", "stalls", min)
known(f"{AUC} + 3 * f1(M(x), y)", "stalls", max)
known("mean_squared_error(M(x), y)", "stalls", min)
known("mean_squared_error(M(x), y) - 0.1 * r2(M(x), y)", "stalls", min)
known(AUC, "stalls", min, figure="valid.loss")
known("scaled(" + AUC + ")", "stalls", max, declarations="fn scaled(a) { b = 2 * a; b - 1 }")
# Everything else is asked for, whatever it is called.
for metric in (RIGHT, "mean(M(x))", "sum(bce(M(x), y))", f"{AUC}^2", f"{AUC} * accuracy(M(x), y)", f"1 / {AUC}", f"{AUC} - accuracy(M(x), y)",
               f"mean_squared_error(M(x), y) + {AUC}", f"abs({AUC} - 0.5)", "min(M(x))", f"if {AUC} > 0.5 then {AUC} else 0", f"mean(y) * {AUC}"):
    unknown(metric)
# What is said holds.
known(RIGHT, "stops rising", max)
known(RIGHT, "stops falling", min)
known("mean(abs(M(x) - y))", "stops falling", min)
known(AUC, "stops rising", max)
known(AUC, "stops falling", min, figure="valid.loss")
known("mean(M(x))", "stops rising", max, figure="train.m")
contrary(AUC, "stops falling")
contrary(f"1 - {AUC}", "stops rising")
contrary("mean_squared_error(M(x), y)", "stops rising")
contrary(AUC, "stops rising", figure="valid.loss")
print("ok")
