"""metric.py RUN CONDITION...: every condition holds for the figures in RUN/metrics.json.

A condition is a Python expression over the splits and their figures: `valid.auc >= valid.optimum - 0.001`.
"""
import json
import math
import os
import sys
import types


def main():
    with open(os.path.join(sys.argv[1], "metrics.json")) as file:
        figures = json.load(file)
    names = {"abs": abs, "log": math.log, "sqrt": math.sqrt}
    for split, values in figures.items():
        if isinstance(values, dict):
            numbers = {k: float(v) if v in ("nan", "inf", "-inf") else v for k, v in values.items()}
            names[split] = types.SimpleNamespace(**numbers)
    if len(sys.argv) < 3:
        sys.exit("no condition")
    holds = True
    for condition in sys.argv[2:]:
        if not eval(condition, {"__builtins__": {}}, names):
            print(f"does not hold: {condition}\n{json.dumps(figures, indent=2)}")
            holds = False
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
