"""budget.py NNC WORK [--seed S] [--programs N]: generated recurrences, trained with a budget of memory and without one, and written out.

Drawn are one to three states, numbers or rows of them, up or down, over 1 to 40 turns; what a turn makes of inputs, by name or not, with the number of the turn, shifted, behind a
condition; weights in the body and outside; what is emitted of states before and after a turn; scans in scans in scans, with the states and numbers of outer turns and derivatives
in inner ones; a layer applied twice; a scan behind a scan; a derivative in the body, and one of the whole in the loss. The budget lies between what the step works in with and
without checkpoints. Up to 13 turns the same program is trained with each scan written as `repeat`, of which every turn is a piece of the graph of its own. The losses of five
steps, which have gone through the gradients of four, must agree to single precision, and so must the figures at the end.
Ends with 1 if they do not, or if a kind of program was drawn less often than MINIMA say. WORK keeps the programs that failed."""
import csv
import json
import os
import random
import re
import subprocess
import sys

from figures import campaign

# In a hundred programs.
MINIMA = {"down": 30, "several states": 40, "emitted": 30, "prime": 15, "few turns": 8, "named": 20, "number of the turn": 15, "shifted": 12, "scan in a scan": 15, "third scan": 4, "twice": 10,
          "scan behind a scan": 12, "derivative in the body": 4, "derivative of the whole": 8, "last alone": 25, "written out": 35, "outer state": 3, "derivative inside": 3, "diagonal": 3}
MOST_WRITTEN = 13  # turns
TOLERANCE = 3e-5
ARGUMENTS = {"NNC_CHECK_BUFFERS": "1"}


class Emitted:
    """`emit name[n, t, j] = what`, of a loop of this many turns."""
    def __init__(self, name, what, turns):
        self.name, self.what, self.turns = name, what, turns


def indented(lines):
    return ["    " + line for line in lines]


class Loop:
    """`name = scan number in span with states = starts { lines }`, of lines, loops and what is emitted; without a name it stands alone."""
    def __init__(self, name, number, span, states, starts, lines, turns=None):
        self.name, self.number, self.span, self.lines, self.turns = name, number, span, lines, turns  # of a span to or from T
        self.states = list(zip(states.split(", "), re.split(r", (?![^\[]*\])", starts)))

    def opening(self, word, span, states):
        name = f"{self.name} = " if self.name else f"{states[0][0]} = " if word == "repeat" and len(states) == 1 else ""
        return f"{name}{word} {self.number} in {span} with " + ", ".join(f"{state} = {start}" for state, start in states) + " {"

    def scan(self):
        lines = []
        for line in self.lines:
            lines += line.scan() if isinstance(line, Loop) else [f"emit {line.name}[n, {self.number}, j] = {line.what}"] if isinstance(line, Emitted) else [line]
        return [self.opening("scan", self.span, self.states), *indented(lines), "}"]

    def written(self):
        """As a repeat, which counts up: numbers that go down are written as what they are; what is emitted is a state that a turn writes a row of."""
        first, last = (self.turns if part == "T" else int(part) for part in self.span.split(".."))
        states, lines = list(self.states), []
        for line in self.lines:
            if isinstance(line, Emitted):
                states.append((line.name, f"zeros[N, {line.turns}, 4]"))
                lines += [f"row[n, j] = {line.what}", f"rows[n, r in 0..{line.turns}, j] = {line.name}[n, r, j] + (if r == {self.number} then row[n, j] else 0)", f"next {line.name} = rows"]
            else:
                lines += line.written() if isinstance(line, Loop) else [line]
        if first > last:
            lines = [re.sub(rf"\b{self.number}\b", f"({first - 1} - {self.number})", line) for line in lines]
        opening = self.opening("repeat", f"0..{max(first, last)}", states)
        if not self.name and len(states) > 1:
            opening = "(" + ", ".join(state for state, _ in states) + ") = " + opening
        return [opening, *indented(lines), "}"]


class Program:
    def __init__(self, rng):
        self.rng, self.features = rng, set()
        self.turns = rng.choice([1, 2, 5, 8, 9, 11, 12, 13, 16, 17, 23, 24, 30, 31, 36, 40])
        if self.turns in (11, 13, 17, 23, 31):
            self.features.add("prime")
        if self.turns < 9:
            self.features.add("few turns")

    def maybe(self, chance, feature):
        if self.rng.random() >= chance:
            return False
        self.features.add(feature)
        return True

    def drive(self):
        """What a turn makes of inputs, [N, H]."""
        forms = ["x[:, t, :] @ U", "x[:, t, :] @ U + b"]
        if self.maybe(0.3, "number of the turn"):
            forms = ["(x[:, t, :] @ U) * (1 + 0.05 * t)", "sin(0.3 * t + x[:, t, :] @ U)"]
        elif self.maybe(0.3, "shifted"):
            forms = ["before(x, U, t)", "(if t % 3 == 1 then x[:, t, :] else 0.5 * x[:, t, :]) @ U"]
        return self.rng.choice(forms)

    def inner(self):
        """The lines of a turn inside a turn."""
        kind = self.rng.choice(["third scan", "derivative inside", "diagonal", "outer state", "plain"])
        if kind != "plain":
            self.features.add(kind)
        if kind == "third scan":
            return [Loop("q", "v", "0..2", "k", "g", ["next k = 0.8 * k + 0.1 * sin(k * w + u - t)"]), "next g = q"]
        if kind == "derivative inside":
            slope = self.rng.choice(["0.5 * h - 0.2 * v", "0.2 * v + 0.4 * h", "0.6 * g - 0.2 * v * h"])
            derived = self.rng.choice([["f[n] = sum[j](cos(g[n, j]) * w * (1 + 0.1 * x[n, t, u]))", "v[n, j] = grad(f[n], g[n, j])"], ["f = cos(g) * w + 0.1 * g * h", "v = along(f, g, h + 0.1 * t)"]])
            return [*derived, f"next g = {slope}"]
        if kind == "diagonal":
            return ["next g = 0.6 * g + 0.3 * square(x)[:, :, t, t]"]
        if kind == "outer state":
            return ["d[n, j] = 0.1 * h[n, j] * x[n, t, u]", "next g = 0.7 * g + " + self.rng.choice(["d", "tanh(d + w * g)"])]
        return ["next g = 0.7 * g + " + self.rng.choice(["0.2 * tanh(g * w + 0.1 * (t + u))", "0.02 * sin(t - g) * (u + 1)"])]

    def body(self, states):
        """The lines of a turn that give every state its next value."""
        lines = []
        drive = self.drive()
        if self.maybe(0.5, "named"):
            lines.append(f"z = {drive}")
            drive = "z"
        value = self.rng.choice([f"tanh({drive} + 0.5 * (h @ V))", f"0.6 * h + 0.3 * tanh({drive} + h @ V)", f"sigmoid({drive}) * h + 0.2 * tanh(h @ V)"])
        if self.maybe(0.35, "scan in a scan"):
            lines.append(Loop("y", "u", self.rng.choice(["0..3", "3..0"]), "g", "h", self.inner()))
            value = f"0.5 * y + 0.4 * ({value})"
        elif self.maybe(0.15, "derivative in the body"):
            lines += self.rng.choice([["e[n] = sum[j](cos(h[n, j]) * w)", "slope[n, j] = grad(e[n], h[n, j])"], ["e = cos(h) * w", "slope = along(e, h, 1)"]])
            value = f"({value}) - 0.1 * slope"
        lines.append(f"next h = {value}")
        if "s" in states:
            lines.append("next s = 0.9 * s + 0.1 * mean[j](" + self.rng.choice(["h[:, j]", "next h[:, j]"]) + ")")
        if "c" in states:
            lines.append("next c = 0.5 * c + 0.5 * tanh(next h) * w")
        return lines

    def draw(self):
        rng = self.rng
        states = ["h"] + [name for name in ("s", "c") if rng.random() < 0.45]
        if len(states) > 1:
            self.features.add("several states")
        starts = {"h": rng.choice(["zeros[N, 4]", "x[:, 0, :] @ U", "0.1 * ones4(x)"]), "s": "zeros[N]", "c": rng.choice(["zeros[N, 4]", "0.2 * ones4(x)"])}
        count = "T..0" if self.maybe(0.45, "down") else "0..T"
        lines = self.body(states)
        emitted = ""
        if self.maybe(0.45, "emitted"):
            what = rng.choice(["next h[n, j]", "h[n, j]", "h[n, j] * next h[n, j] + 0.1 * t", "next h[n, j] + w * x[n, t, 0]"])
            lines.append(Emitted("all", what, self.turns))
            emitted = rng.choice([" + mean[t, j](all[:, t, j])", " + sum[j](all[:, T - 1, j])", " + max[t](all[:, t, 1])"])
        else:
            self.features.add("last alone")
        self.loops = [Loop("", "t", count, ", ".join(states), ", ".join(starts[name] for name in states), lines, self.turns)]
        self.result = "sum[j](h[:, j] * o[j])" + (" + s" if "s" in states else "") + (" + c[:, 1]" if "c" in states else "") + emitted + " + 0.01 * w * sum(b)"
        if self.maybe(0.25, "scan behind a scan"):
            self.loops.append(Loop("", "t", rng.choice(["0..T", "T..0"]), "q", "h", ["next q = 0.8 * q + 0.1 * tanh(q @ V + x[:, t, :] @ U)"], self.turns))
            self.result = self.result.replace("h[:, j] * o[j]", "q[:, j] * o[j]")
        self.applied = "cell(x) + 0.5 * cell(0.5 * x)" if self.maybe(0.25, "twice") else "cell(x)"
        self.sloped = self.maybe(0.15, "derivative of the whole")
        return self

    def text(self, written=False):
        """The program; `written`: with its scans as repeats."""
        loops = "\n    ".join(line for loop in self.loops for line in (loop.written() if written else loop.scan()))
        loss = "mean((M(x) - y)^2)" + (" + 0.1 * mean(sum[t, i](slope[:, t, i]^2))" if self.sloped else "")
        slope = "    p = M(x)\n    slope[n, t, i] = grad(p[n], x[n, t, i])\n" if self.sloped else ""
        return f"""data d = sample 24 {{
    x ~ normal[{self.turns}, 3](0, 0.5)
    y = tanh(x[0, 0] - x[{self.turns - 1}, 1])
    split train 0.67, valid 0.33 seed 1
}}
fn ones4(x: f32[N, T, C]) -> f32[N, 4] {{ y[n, j in 0..4] = 1 + 0 * x[n, 0, 0]; y }}
fn square(x: f32[N, T, C]) -> f32[N, 4, T, T] {{ y[n, j in 0..4, i, k] = sum[c](x[n, i, c] * x[n, k, c]) * (1 + 0.1 * j); y }}
fn before(x: f32[N, T, C], U: f32[C, H], t: f32[]) -> f32[N, H] {{ y[n, j] = sum[i, k](if k == t - 1 then x[n, k, i] * U[i, j] else 0); y }}
layer cell_of(x: f32[N, T, C]) -> f32[N] {{
    weight U: f32[C, 4] ~ normal(0, 0.4)
    weight V: f32[4, 4] ~ normal(0, 0.3)
    weight b: f32[4] = 0.1
    weight w: f32[] = 0.7
    weight o: f32[4] ~ normal(0, 0.5)
    {loops}
    {self.result}
}}
model M(x: f32[N, T, C]) -> f32[N] {{
    cell = cell_of{{}}
    {self.applied}
}}
train M on d batch 8 {{
{slope}    loss = {loss}
    optimizer = sgd{{0.05}}
    epochs = 3
    metric size = mean(M(x)^2)
}}
"""


def numbers(path):
    with open(path, newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def differ(a, b):
    return len(a) != len(b) or any(not abs(x - y) <= TOLERANCE * (1 + abs(x)) for x, y in zip(a, b))


def take_budget(nnc, folder, seed, counts):
    """What is wrong with the program of this seed."""
    program = Program(random.Random(seed))
    wrong = compare(nnc, folder, program)
    counts.update(program.features)
    return [wrong] if wrong else []


def compare(nnc, folder, program):
    path, written = os.path.join(folder, "p.nn"), os.path.join(folder, "written.nn")
    with open(path, "w") as file:
        file.write(program.draw().text())

    def run(*arguments):
        done = subprocess.run([nnc, *arguments], env=os.environ | ARGUMENTS, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, text, error = run("emit", path, "--stage=plan", "--memory", "1", "--extent", "N=8")
    told = re.match(r"memory ([0-9.e+-]+) MB instead of ([0-9.e+-]+) MB", text)
    if code == 0 and text.startswith("memory") and not told:
        program.features.add("no less")
        return ""
    if code != 0 or not told:
        return f"no plan: {code} {error[:400]}{text[:200]}"
    budget = int(float(told[1]) * 1.02e6) + 5000
    if budget >= float(told[2]) * 1e6:
        budget = int(float(told[2]) * 0.98e6)  # the checkpoints save little; if they do not, it is refused
    calls = {"kept": [path], "again": [path, "--memory", str(budget)]}
    if program.turns <= MOST_WRITTEN:
        program.features.add("written out")
        with open(written, "w") as file:
            file.write(program.text(written=True))
        calls["written"] = [written]
    runs = {}
    for name, call in calls.items():
        out = os.path.join(folder, name)
        code, text, error = run("train", *call, "--out", out, "--log-steps", "--quiet")
        if code != 0 and name == "again" and "error[E0215]" in error:
            program.features.add("refused")
            continue
        if code != 0:
            return f"{name}: {code} {error[:600]}"
        with open(os.path.join(out, "metrics.json")) as file:
            figures = json.load(file)
        runs[name] = numbers(os.path.join(out, "steps.csv")) + [figures[part][key] for part in ("train", "valid") for key in ("loss", "size")]
    for name, figures in runs.items():
        if differ(runs["kept"], figures):
            return f"kept {runs['kept']}\n{name} {figures}"
    return ""


if __name__ == "__main__":
    campaign("recurrences with a budget", take_budget, MINIMA, sys.argv[1:])
