"""stopping.py NNC WORK [--seed S] [--programs N]: generated trainings that end early, by random metrics.

The direction is known of the library's metrics and what rises or falls with them, or it is said; where neither holds the program is refused. The log, the
best epoch, the weights that are kept and the end must be those of the first best figure in that direction.
Ends with 1 if one is not, or if a kind of program was drawn less often than MINIMA say. WORK keeps the programs that failed."""
import csv
import json
import os
import random
import sys

from figures import campaign, run

# In a hundred programs.
MINIMA = {"said rising": 10, "said falling": 10, "known rising": 10, "known falling": 10, "unknown": 10, "contrary": 2}

STOPPING = """data d = sample 60 {{
    x ~ normal[6](0, 1)
    y ~ bernoulli(0.5)
    split train 0.5, valid 0.5 seed {seed}
}}
model M(x: f32[N, 6]) -> f32[N] {{ x |> dense{{16}} |> tanh |> dense{{1}} |> squeeze |> sigmoid }}
train M on d {{
    p = M(x)
    loss = bce(p, y)
    optimizer = adam{{0.1}}
    batch = 10
    epochs = 20
    metric m = {metric}
    stop when {part}.m {rule} {patience}
}}
"""
OWN = ["mean(p)", "mean(abs(p - y))", "mean(if (p >= 0.5) == (y == 1) then 1 else 0)", "mean((p - mean(p))^2)", "sum[n, m](p[n] * p[m] * (y[n] - 0.5) * (y[m] - 0.5)) / N^2", "max(p)", "min(p)",
       "sum(p * y) / sqrt(sum(p * p))", "mean(bce(p, y))"]
RISING = ["roc_auc(p, y)", "accuracy(p, y)", "f1(p, y)", "r2(p, y)"]
FALLING = ["mean_squared_error(p, y)", "mean_absolute_error(p, y)"]


def known_metric(g, depth):
    """(text, whether more is better)"""
    rising = g.random() < 0.5
    if depth == 0:
        return g.choice(RISING if rising else FALLING), rising
    text, inner = known_metric(g, depth - 1)
    form = g.randrange(6)
    if form == 0:
        return f"(-{text})", not inner
    if form == 1:
        return f"(1 - {text})", not inner
    if form == 2:
        factor = g.choice([2, 0.5, -3, -0.25])
        return f"({factor} * {text})", inner == (factor > 0)
    if form == 3:
        return f"({text} / {g.choice([2, 5])})", inner
    other, same = known_metric(g, depth - 1)
    sign = "+" if same == inner else "-"
    return f"({text} {sign} {other})", inner


def take_stopping(nnc, folder, seed, counts):
    g = random.Random(seed)
    kind = g.choice(["said", "said", "known", "known", "unknown"])
    part, patience = g.choice(["valid", "valid", "train"]), g.randint(2, 5)
    if kind == "known":
        metric, rising = known_metric(g, g.randint(0, 2))
        rule = "stalls"
    else:
        metric, rising = g.choice(OWN), g.random() < 0.5
        if kind == "said" and g.random() < 0.2:
            metric, better = known_metric(g, 1)
            kind = "said" if better == rising else "contrary"
        if kind == "unknown" and g.random() < 0.5:
            metric = f"{metric} + {known_metric(g, 0)[0]}"
        rule = "stalls" if kind == "unknown" else "stops rising" if rising else "stops falling"
    with open(os.path.join(folder, "p.nn"), "w") as file:
        file.write(STOPPING.format(seed=seed, metric=metric, part=part, rule=rule, patience=patience))
    done = run(folder, nnc, "train", "p.nn", "--out", "run", "--quiet")
    counts[kind if kind in ("unknown", "contrary") else f"{kind} {'rising' if rising else 'falling'}"] += 1
    if kind in ("unknown", "contrary"):
        return [] if done.returncode == 1 and "E0507" in done.stderr else [f"the direction of {metric} is {kind} to {rule}, and train ends with {done.returncode}"]
    if done.returncode != 0:
        return [f"train ends with {done.returncode}: {done.stderr.strip()[:400]}"]
    with open(os.path.join(folder, "run", "log.csv")) as file:
        logged = [float(row[part + ".m"]) for row in csv.DictReader(file)]
    with open(os.path.join(folder, "run", "metrics.json")) as file:
        metrics = json.load(file)
    best = (max if rising else min)(logged)
    epoch = logged.index(best) + 1
    wrong = []
    if metrics["header"]["best_epoch"] != epoch:
        wrong.append(f"{metric} {rule}: the best epoch is {metrics['header']['best_epoch']}, of {logged} it is {epoch}")
    if metrics[part]["m"] != best:
        wrong.append(f"{metric} {rule}: the weights that are kept have {metrics[part]['m']}, the best is {best}")
    ends = next((i + 1 for i in range(len(logged)) if i + 1 - (logged[:i + 1].index((max if rising else min)(logged[:i + 1])) + 1) >= patience), 20)
    if len(logged) != ends:
        wrong.append(f"{metric} {rule}: it ends after {len(logged)} epochs of {logged}, not after {ends}")
    return wrong


if __name__ == "__main__":
    campaign("stopping", take_stopping, MINIMA, sys.argv[1:])
