"""library_settings.py NNC STDLIB FOLDER: the conditions that optimizers and schedules of the library set on their settings hold at their very bounds.

Every setting of every optimizer is set to values that its condition refuses and to values that it takes, and likewise for schedules; a
`where` of these files that no row here is refused by is a mistake.
"""
import os
import re
import subprocess
import sys

PROGRAM = """data d = sample 4 {{ x ~ normal(0, 1) }}
model M(x: f32[N]) -> f32[N] {{ weight w: f32 = 1; w * x }}
train M on d {{ loss = M(x)^2; optimizer = {}; epochs = 1 }}
"""
# setting: values refused, values taken
OPTIMIZERS = {
    "rate": (["0.0", "-0.1"], ["1e-9"]),
    "eps": (["0.0", "-1e-8"], ["1e-30"]),
    "momentum": (["-0.1", "1.0"], ["0.0", "0.99"]),
    "rho": (["-0.1", "1.0"], ["0.0", "0.99"]),
    "beta1": (["-0.1", "1.0"], ["0.0", "0.99"]),
    "beta2": (["-0.1", "1.0"], ["0.0", "0.99"]),
    "decay": (["-0.1"], ["0.0"]),
    "nesterov": (["true"], ["false", "true, momentum = 0.5"]),
}
# schedule: (settings, values of `?` that are refused, values that are taken).
SCHEDULES = {
    "step_decay": [("start = 0.1, factor = ?", ["0.0", "-0.5", "1.01"], ["1e-3", "1.0"]), ("start = 0.1, every = ?", ["0.0", "-0.5"], ["1e-3"])],
    "exponential_decay": [("start = 0.1, factor = ?", ["0.0", "-0.5", "1.01"], ["1e-3", "1.0"])],
    "inverse_time": [("start = 0.1, half = ?", ["0.0", "-0.5"], ["1e-3"])],
    "cosine": [("start = 0.1, over = ?", ["0.0", "-0.5", "0.09"], ["0.1", "1"]), ("start = 3.0, over = ?", ["0.99"], ["1"])],
    "linear_decay": [("start = 0.1, over = ?", ["0.0", "-0.5", "0.09"], ["0.1", "1"]), ("start = 3.0, over = ?", ["0.99"], ["1"])],
    "warmup": [("over = ?, after = cosine{start = 0.1, over = 5}", ["0.0", "-0.5"], ["1e-3"])],
}


def declared(path, word):
    """name -> (its settings, the texts of its conditions)."""
    text = open(path).read()
    found = {}
    for name, settings, body in re.findall(rf"^{word} (\w+){{([^}}]*)}}.*?\n(.*?)^}}", text, re.M | re.S):
        found[name] = ([s.split("=")[0].split(":")[0].strip() for s in settings.split(",")], re.findall(r'where .*, "(.*)"', body))
    return found


def main():
    nnc, library, folder = sys.argv[1:]
    mistakes = []

    def check(optimizer, wanted):
        path = os.path.join(folder, "p.nn")
        open(path, "w").write(PROGRAM.format(optimizer))
        done = subprocess.run([nnc, "check", path], capture_output=True, text=True)
        said = re.search(r"error\[(\w+)\]: (.*)", done.stderr)
        met = (said.group(2) if said.group(1) == "E0208" else "another mistake: " + said.group(2)) if said else ""
        if (met == "") != (wanted is None) or (wanted and met not in wanted):
            mistakes.append(f"{optimizer}: {met or 'taken'}, but {wanted or 'it is fine'}")
        return met

    for name, (settings, conditions) in declared(os.path.join(library, "optimizers.nn"), "optimizer").items():
        met = set()
        for setting in settings:
            refused, taken = OPTIMIZERS[setting]
            met |= {check(f"{name}{{{setting} = {value}}}", conditions) for value in refused}
            for value in taken:
                check(f"{name}{{{setting} = {value}}}", None)
        mistakes += [f"{name}: nothing here breaks `{text}`" for text in set(conditions) - met]
    for name, (_, conditions) in declared(os.path.join(library, "schedules.nn"), "fn").items():
        met = set()
        for form, refused, taken in SCHEDULES[name] if conditions else []:
            schedule = f"sgd{{{name}{{{form}}}}}"
            met |= {check(schedule.replace("?", value), conditions) for value in refused}
            for value in taken:
                check(schedule.replace("?", value), None)
        mistakes += [f"{name}: nothing here breaks `{text}`" for text in set(conditions) - met]
    print("\n".join(mistakes) or "all conditions hold at their bounds")


main()
