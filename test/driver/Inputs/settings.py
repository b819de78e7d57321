"""settings.py NNC FOLDER: trainings with one setting each that cannot be, and with the nearest that can."""
import os
import re
import subprocess
import sys

nnc, folder = sys.argv[1:]
os.makedirs(folder)

PROGRAM = """data d = sample 40 {{ x ~ normal[3](0, 1); y ~ bernoulli(0.5); split train 1{split} }}
model M(x: f32[N, 3]) -> f32[N] {{ x |> dense{{1}} |> squeeze |> sigmoid }}
optimizer mine{{rate, floor = 0.0}}(w, g) {{
    where rate > 0 and floor >= 0, "mine needs a rate above 0 and no negative floor"
    w - max(rate, floor) * g
}}
train M on d{source} {{
    loss = bce(M(x), y)
    optimizer = {optimizer}
    epochs = {epochs}
    {more}
}}
"""


def outcome(text):
    path = os.path.join(folder, "program.nn")
    with open(path, "w") as file:
        file.write(text)
    check = subprocess.run([nnc, "check", path], capture_output=True, text=True)
    train = subprocess.run([nnc, "train", path, "--out", os.path.join(folder, "run"), "--quiet"], capture_output=True, text=True)
    assert check.returncode == train.returncode, (text, check.returncode, train.returncode, check.stderr, train.stderr)
    return check.returncode, check.stderr


def program(**settings):
    return PROGRAM.format(**{"source": "", "split": "", "optimizer": "sgd{0.1}", "epochs": "2", "more": "", **settings})


def bad(code, **settings):
    status, told = outcome(program(**settings))
    assert status == 1, (settings, status, told)
    assert re.search(r"\.nn:\d+:\d+: error\[" + code + r"\]", told), (settings, told)


def good(**settings):
    status, told = outcome(program(**settings))
    assert status == 0 and told == "", (settings, status, told)


RANGE = "E0702"
for number in ("0", "-1"):
    bad(RANGE, source=f" batch {number}")
    bad(RANGE, more=f"batch = {number}")
    bad(RANGE, epochs=number)
    bad(RANGE, optimizer=f"sgd{{0.1}} for {number} steps")
    bad(RANGE, more=f"stop when train.loss stalls {number}")
    bad(RANGE, more=f"clip = {number}")
    bad(RANGE, more=f"clip = {number}.0")
for fraction in ("2.5", "1e3"):
    bad("E0210", source=f" batch {fraction}")
    bad("E0210", more=f"batch = {fraction}")
    bad("E0210", epochs=fraction)
    bad("E0210", more=f"seed = {fraction}")
    bad("E0210", more=f"stop when train.loss stalls {fraction}")
bad(RANGE, more="seed = -1")
bad(RANGE, more="shuffle = 2")
bad(RANGE, split=" seed -1")
bad("E0210", split=" seed 0.5")
good(split=" seed 0")
bad("E0111", more="seed = 99999999999999999999")
bad("E0111", more="batch = 99999999999999999999")
good(source=" batch 1")
good(more="batch = 100000")
good(more="seed = 0; shuffle = true; clip = 0.5")
good(more="seed = 9223372036854775807; shuffle = 0")
good(more="stop when train.loss stalls 1")

WHERE = "E0208"
OPTIMIZERS = {"sgd": ["momentum = 1", "momentum = -0.1"], "adagrad": ["eps = 0"], "adadelta": ["rho = 1", "eps = 0"],
              "rmsprop": ["rho = -0.1", "eps = 0"], "adam": ["beta1 = 1", "beta2 = 1.5", "eps = 0"],
              "adamw": ["decay = -1", "beta1 = -0.1", "eps = -1.0"], "mine": ["floor = -1"]}
for name, others in OPTIMIZERS.items():
    for rate in ("0", "0.0", "-0.1", "-1", "0 * inf"):
        bad(WHERE, optimizer=f"{name}{{{rate}}}")
    for other in others:
        bad(WHERE, optimizer=f"{name}{{0.1, {other}}}")
    good(optimizer=f"{name}{{1e-3}}")
    # What a schedule gives is known only later: a warm-up begins at 0.
    good(optimizer=f"{name}{{warmup{{1, after = cosine{{0.1, over = epochs}}}}}}")
for schedule in ("cosine{0.1, over = 0}", "linear_decay{0.1, over = -1}", "warmup{0, after = cosine{0.1, over = 2}}",
                 "step_decay{0.1, every = 0}", "step_decay{0.1, factor = -0.5}", "exponential_decay{0.1, factor = 0}",
                 "inverse_time{0.1, half = 0}"):
    bad(WHERE, optimizer=f"sgd{{{schedule}}}")
print("ok")
