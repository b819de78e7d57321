"""figures.py NNC WORK [--seed S] [--programs N]: generated programs whose figures are worked out here, from their text alone.

Models, losses and metrics that couple events (sums over pairs, `x - mean(x)`, running sums, a metric over a metric, derivatives by
the weights), ties, weights, and values that are not a number, on parts of several blocks: NNC_BLOCK_EVENTS makes the blocks small. Every figure of every
part must be what its definition says, in double precision.
Ends with 1 if a figure is wrong, or if a kind of program was drawn less often than MINIMA say. WORK keeps the programs that failed."""
import argparse
import collections
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys

PARTS = {"train": 29, "valid": 17}
BLOCK = 7
NAN = float("nan")
# In a hundred programs.
MINIMA = {"pair of events": 200, "mean subtracted": 40, "running sum": 40, "shifted": 25, "softmax over events": 40, "metric over a metric": 100, "two-index name": 25,
          "derivative by weights": 30, "derivative by a figure": 60, "figure is nan": 100, "nan of one event": 100, "tie": 25, "library metric": 150, "weighted": 20, "coupled model": 80, "coupled loss": 25, "size of the part": 30}


class Fragile(Exception):
    """A decision is near, or a number large: single precision may show."""


class Dual:
    """A number and its derivatives by the model's weights."""
    __slots__ = ("v", "g")

    def __init__(self, v, g=(0.0, 0.0, 0.0)):
        self.v, self.g = v, g
        if abs(v) > 60:
            raise Fragile

    def through(self, value, slope):
        return Dual(value, tuple(slope * g for g in self.g))

    def __add__(self, o):
        return Dual(self.v + o.v, tuple(p + q for p, q in zip(self.g, o.g)))

    def __sub__(self, o):
        return Dual(self.v - o.v, tuple(p - q for p, q in zip(self.g, o.g)))

    def __mul__(self, o):
        return Dual(self.v * o.v, tuple(p * o.v + self.v * q for p, q in zip(self.g, o.g)))

    def over(self, number):
        return self.through(self.v / number, 1 / number)


def total(values):
    values = list(values)
    return Dual(math.fsum(d.v for d in values), tuple(map(math.fsum, zip(*(d.g for d in values)))))


UNARY = {
    "sin(#)": lambda d: d.through(math.sin(d.v), math.cos(d.v)),
    "tanh(#)": lambda d: d.through(math.tanh(d.v), 1 - math.tanh(d.v) ** 2),
    "exp(tanh(#))": lambda d: d.through(math.exp(math.tanh(d.v)), math.exp(math.tanh(d.v)) * (1 - math.tanh(d.v) ** 2)),
    "(-#)": lambda d: d.through(-d.v, -1),
    "#^2": lambda d: d * d,
    "(0.5 * # + 0.25)": lambda d: d.through(0.5 * d.v + 0.25, 0.5),
}
BINARY = {"(# + $)": lambda p, q: p + q, "(# - $)": lambda p, q: p - q, "# * $": lambda p, q: p * q, "tanh(# * $)": lambda p, q: UNARY["tanh(#)"](p * q), "sin(# - $)": lambda p, q: UNARY["sin(#)"](p - q)}


def near(p, q, exact):
    if p.v != p.v or q.v != q.v:
        return
    if abs(p.v - q.v) < 1e-4 and not (exact and p.v == q.v):
        raise Fragile


def larger(p, q, exact):
    """max(p, q): nan goes through, a tie to p."""
    near(p, q, exact)
    return p if p.v >= q.v or p.v != p.v else q


def negative(d):
    return UNARY["(-#)"](d)


class Event:
    """A value for each event: text, with @ where its indices stand, and the values of each part. Exact: no rounding in them."""

    def __init__(self, text, values, exact=False):
        self.text, self.values, self.exact = text, values, exact

    def plain(self):
        return self.text.replace("@", "")

    def at(self, index):
        return self.text.replace("@", f"[{index}]")

    def is_nan(self):
        return any(d.v != d.v for values in self.values.values() for d in values)


def is_nan(figure):
    return any(d.v != d.v for d in figure.values())


def read(name, lines):
    return any(re.search(rf"\b{name}\b", line.split("=", 1)[1]) for line in lines)


class Program:
    def __init__(self, seed, counts):
        self.g, self.counts = random.Random(seed), counts
        self.weighted = self.g.random() < 0.3
        self.table = {part: [(round(self.g.uniform(0.02, 1), 3) * (-1 if i == 3 or self.g.random() < 0.04 else 1), round(self.g.uniform(-1, 1), 3) or 0.2, self.g.choice([-1, 0, 0.5]), i % 2, self.g.choice([0.5, 1, 2]))
                             for i in range(size)] for part, size in PARTS.items()}
        self.names, self.lines, self.number = [], [], 0
        self.nan_names = []

    def count(self, what):
        self.counts[what] += 1

    def new(self):
        self.number += 1
        return f"v{self.number}"

    # Values of events ------------------------------------------------------------------------------------------------

    def column(self, name, index):
        return Event(name + "@", {part: [Dual(row[index]) for row in rows] for part, rows in self.table.items()}, True)

    def each(self, text, function, *events):
        return Event(text, {part: [function(*row) for row in zip(*(e.values[part] for e in events))] for part in PARTS})

    def pick(self):
        return self.g.choice(self.names[-5:] if self.g.random() < 0.5 else self.names)

    def expression(self, depth):
        g = self.g
        if depth == 0 or g.random() < 0.2:
            return self.pick()
        p = self.expression(depth - 1)
        kind = g.random()
        if kind < 0.35:
            text, function = g.choice(list(UNARY.items()))
            return self.each(text.replace("#", p.text), function, p)
        q = self.expression(depth - 1)
        if kind < 0.7:
            text, function = g.choice(list(BINARY.items()))
            return self.each(f"({text})".replace("#", p.text).replace("$", q.text), function, p, q)
        if kind < 0.85:
            if p.exact and q.exact:
                self.count("tie")
            if g.random() < 0.5:
                return self.each(f"max({p.text}, {q.text})", lambda a, b: larger(a, b, p.exact and q.exact), p, q)
            return self.each(f"min({p.text}, {q.text})", lambda a, b: negative(larger(negative(a), negative(b), p.exact and q.exact)), p, q)
        edge, other = g.choice([-0.25, 0, 0.5]), self.pick()

        def choose(a, b, c):
            near(a, Dual(edge), p.exact)
            return b if a.v > edge else c
        return self.each(f"(if {p.text} > {edge} then {q.text} else {other.text})", choose, p, q, other)

    def coupled(self):
        """A definition whose value of one event depends on others: its line, behind the name, and its values."""
        g = self.g
        p, q = self.expression(1), self.pick()
        kind = g.randrange(6)
        if kind == 0:
            self.count("mean subtracted")
            return f" = {p.plain()} - mean({p.plain()})", {part: [d - total(v).over(len(v)) for d in v] for part, v in p.values.items()}
        if kind == 1:
            self.count("pair of events")
            text, function = g.choice(list(BINARY.items()))
            inner = text.replace("#", p.at("n")).replace("$", q.at("m"))
            return f"[n] = sum[m]({inner}) / N", {part: [total(function(a, b) for b in q.values[part]).over(len(q.values[part])) for a in v] for part, v in p.values.items()}
        if kind == 2:
            self.count("running sum")
            return f"[n in 0..N] = sum[m in 0..n + 1]({p.at('m')}) / N", {part: [total(v[:i + 1]).over(len(v)) for i in range(len(v))] for part, v in p.values.items()}
        if kind == 3:
            self.count("shifted")
            return f"[n in 0..N] = {q.at('n')} - {q.at('n - 1 else 0')}", {part: [d - e for d, e in zip(v, [Dual(0)] + v)] for part, v in q.values.items()}
        if kind == 4:
            self.count("softmax over events")
            values = {}
            for part, v in p.values.items():
                powers = [d.through(math.exp(d.v), math.exp(d.v)) for d in v]
                below = total(powers)
                values[part] = [e * below.through(1 / below.v, -1 / below.v**2) for e in powers]
            return f"[n] = exp({p.at('n')}) / sum[m](exp({p.at('m')}))", values
        self.count("pair of events")
        values = {}
        for part, v in p.values.items():
            values[part] = []
            for a in v:
                most = None
                for b in q.values[part]:
                    next_ = a - b
                    if most is None:
                        most = next_
                    elif most.v == most.v:
                        most = larger(most, next_, p.exact and q.exact) if next_.v == next_.v else next_
                values[part].append(most)
        return f"[n] = max[m]({p.at('n')} - {q.at('m')})", values

    def tried(self, make, attempts=30):
        """Until single precision shows nothing of it."""
        for _ in range(attempts):
            counts, lines = self.counts.copy(), len(self.lines)
            try:
                return make()
            except Fragile:
                self.counts.clear()
                self.counts.update(counts)
                del self.lines[lines:]
        return None

    def define(self, lines, coupled):
        """A name with a value for each event; True if it was found."""
        def make():
            if coupled:
                return self.coupled()
            e = self.expression(2)
            return f" = {e.plain()}", e.values
        made = self.tried(make)
        if made is None:
            return False
        name = self.new()
        lines.append(name + made[0])
        self.names.append(Event(name + "@", made[1]))
        return True

    # Figures ---------------------------------------------------------------------------------------------------------

    def weights(self, part):
        return [row[4] if self.weighted else 1.0 for row in self.table[part]]

    def mean(self, e):
        result = {}
        for part, v in e.values.items():
            w = self.weights(part)
            result[part] = total(d.through(d.v * k, k) for d, k in zip(v, w)).over(sum(w))
        return result

    def figure(self, depth):
        """(text, value by part)"""
        g = self.g
        e = self.expression(2)
        if self.nan_names and g.random() < 0.25:
            e = g.choice(self.nan_names)
            self.count("nan of one event")
            if g.random() < 0.5:
                f = self.expression(1)
                e = self.each(f"max({f.text}, {e.text})", lambda a, b: larger(a, b, False), f, e)
        kind = g.randrange(15)
        if kind == 14:
            return self.derivative_by_a_figure(e)
        if depth > 0 and kind < 4:
            inner, value = self.figure(depth - 1)
            self.count("metric over a metric")
            if kind < 2:
                spread = Event("", {part: [(d - value[part]) * (d - value[part]) for d in v] for part, v in e.values.items()})
                return f"mean(({e.plain()} - {inner})^2)", self.mean(spread)
            other, more = self.figure(0)
            if kind == 2:
                return f"({inner} - 0.5 * {other})", {part: value[part] - more[part].over(2) for part in PARTS}
            return f"{inner} * {other}", {part: value[part] * more[part] for part in PARTS}
        if kind < 6:
            f = self.pick()
            self.count("pair of events")
            text, function = g.choice(list(BINARY.items()))
            inner = text.replace("#", e.at("n")).replace("$", f.at("m"))
            values = {}
            for part in PARTS:
                w = self.weights(part)
                values[part] = total(total(function(a, b).through(function(a, b).v * k, k) for b, k in zip(f.values[part], w)).over(1 / j) for a, j in zip(e.values[part], w)).over(sum(w) ** 2)
            if self.weighted or g.random() < 0.5:
                return f"mean[n, m]({inner})", values
            if g.random() < 0.5:
                return f"sum[n, m]({inner}) / N^2", values
            self.count("two-index name")
            name = self.new()
            self.lines.append(f"{name}[n, m] = {inner}")
            return f"mean({name})", values
        if kind < 8:
            self.count("library metric")
            return self.judged(e)
        if kind == 8:
            return (f"max({e.plain()})" if g.random() < 0.5 else f"max[n]({e.at('n')})"), {part: self.extremum(v, 1, e.exact) for part, v in e.values.items()}
        if kind == 9:
            return (f"min({e.plain()})" if g.random() < 0.5 else f"min[n]({e.at('n')})"), {part: self.extremum(v, -1, e.exact) for part, v in e.values.items()}
        if kind == 10:
            values = {}
            for part, v in e.values.items():
                self.extremum(v, 1, e.exact)
                best = [i for i, d in enumerate(v) if d.v != d.v] or [max(range(len(v)), key=lambda i: v[i].v)]
                values[part] = Dual(best[0])
            return f"argmax[n]({e.at('n')})", values
        if kind == 11 and not e.is_nan():
            self.count("derivative by weights")
            values = {part: total(v).over(len(v)) for part, v in e.values.items()}
            if not any(any(d.g) for d in values.values()):
                raise Fragile  # no path to the weights
            return f"sum(grad(mean({e.plain()}), weights(M)))", {part: Dual(math.fsum(d.g)) for part, d in values.items()}
        if kind == 12:
            self.count("size of the part")
            if g.random() < 0.5:
                return f"mean({e.plain()} * N) / N", self.mean(e)
            return f"sum({e.plain()} / N)", {part: d.over(len(self.table[part]) / sum(self.weights(part))) for part, d in self.mean(e).items()}
        return f"mean({e.plain()})", self.mean(e)

    def derivative_by_a_figure(self, e):
        """A figure has a name, and another name is made of it: a derivative by the second is differentiated by the first."""
        self.count("derivative by a figure")
        first, second, third = self.new(), self.new(), self.new()
        k = self.g.choice([1, 2, -0.5])
        self.lines.append(f"{first} = mean({e.plain()})")
        self.lines.append(f"{second} = {first}" if k == 1 else f"{second} = {k} * {first}")
        self.lines.append(f"{third} = grad({second}^3, {second})")
        means = {part: total(v).over(len(v)) for part, v in e.values.items()}  # named outside of metrics, so without weights
        v = {part: d.through(k * d.v, k) for part, d in means.items()}
        if self.g.random() < 0.5:
            return f"grad({third}, {first})", {part: d.through(6 * k * d.v, 6 * k) for part, d in v.items()}
        return f"grad({second} * {third}, {first})", {part: (d * d).through(9 * k * d.v * d.v, 9 * k) for part, d in v.items()}

    def extremum(self, values, sign, exact):
        nans = [d for d in values if d.v != d.v]
        if nans:
            return nans[0]
        ordered = sorted(values, key=lambda d: -sign * d.v)
        near(ordered[0], ordered[1], exact)
        return ordered[0]

    def judged(self, e):
        g, f = self.g, self.pick()
        kind = g.randrange(4)
        if kind == 0:
            d = Event("", {part: [(a - b) * (a - b) for a, b in zip(v, f.values[part])] for part, v in e.values.items()})
            return f"mean_squared_error({e.plain()}, {f.plain()})", self.mean(d)
        if kind == 1:
            d = Event("", {part: [a - b if (a - b).v >= 0 or (a - b).v != (a - b).v else b - a for a, b in zip(v, f.values[part])] for part, v in e.values.items()})
            return f"mean_absolute_error({e.plain()}, {f.plain()})", self.mean(d)
        values = {}
        for part, v in e.values.items():
            truth, w = [row[3] for row in self.table[part]], self.weights(part)
            if any(d.v != d.v for d in v):
                values[part] = Dual(NAN)
            elif kind == 2:
                for d in v:
                    near(d, Dual(0), e.exact)
                values[part] = Dual(sum(k for d, t, k in zip(v, truth, w) if (d.v >= 0) == (t == 1)) / sum(w))
            else:
                won = 0.0
                for d, t, k in zip(v, truth, w):
                    for o, s, m in zip(v, truth, w):
                        if t == 1 and s == 0:
                            near(d, o, e.exact)
                            won += k * m * (1 if d.v > o.v else 0.5 if d.v == o.v else 0)
                ones = sum(k for t, k in zip(truth, w) if t)
                values[part] = Dual(won / (ones * (sum(w) - ones)))
        return (f"accuracy(sigmoid({e.plain()}), c)" if kind == 2 else f"roc_auc({e.plain()}, c)"), values

    # The whole -------------------------------------------------------------------------------------------------------

    def model(self, name, lines):
        """Its text and its value: the last name, and every other that nothing reads."""
        value = self.names[-1]
        for e in self.names[:-1]:
            if not read(e.plain(), lines):
                value = self.each(f"{value.text} + {e.text}", lambda a, b: a + b, value, e)
        return f"model {name}(x: f32[N, 2]) -> f32[N] {{\n    " + "\n    ".join(lines) + f"\n    {value.plain()}\n}}\n", value

    def text(self):
        g = self.g
        self.names = []
        linear = {part: [Dual(0.5 * (row[0] + row[1]), (row[0], row[1], 1.0)) for row in rows] for part, rows in self.table.items()}
        self.names = [Event("u@", linear)]
        model = ["u = x |> dense{1, start = filled{value = 0.5}} |> squeeze"]
        self.define(model, False)
        models, m_value = self.model("M", model)
        self.names = [Event("u@", m_value.values)]
        centred = ["u = M(x)"]
        if self.define(centred, True):
            self.count("coupled model")
        self.define(centred, False)
        more, c_value = self.model("C", centred)
        models += more
        self.names = [Event("u@", m_value.values), Event("w@", c_value.values), self.column("a", 0), self.column("y", 2), self.column("y", 2), self.column("c", 3)]
        self.lines = ["u = M(x)", "w = C(x)"]
        for _ in range(g.randint(2, 4)):
            self.define(self.lines, g.random() < 0.6)
        loss = self.tried(lambda: self.coupled() if g.random() < 0.5 else (" = " + self.names[-1].plain(), self.names[-1].values)) or (" = u", m_value.values)
        if "sum[" in loss[0] or "mean(" in loss[0] or "max[" in loss[0]:
            self.count("coupled loss")
        self.lines.append("term" + loss[0])
        dependent = Event("", {part: [d + u * u for d, u in zip(v, m_value.values[part])] for part, v in loss[1].items()})
        figures = [("loss", self.mean(dependent))]
        for name, text, function in (("l", "log(a@)", math.log), ("s", "sqrt(y@ - 0.25)", math.sqrt)):
            index = 0 if name == "l" else 2
            values = {part: [Dual(function(row[index] - (0.25 if index else 0))) if row[index] - (0.25 if index else 0) > 0 else Dual(NAN) for row in rows] for part, rows in self.table.items()}
            self.lines.append(f"{name} = {text.replace('@', '')}")
            self.nan_names.append(Event(name + "@", values))
        statements = []
        for i in range(10):
            made = self.tried(lambda: self.figure(2))
            if made is None:
                continue
            if is_nan(made[1]):
                self.count("figure is nan")
            statements.append(f"metric m{i} = {made[0]}")
            figures.append((f"m{i}", made[1]))
        for e in {e.text: e for e in self.names + self.nan_names}.values():
            if not read(e.plain(), self.lines + statements):
                statements.append(f"metric of_{e.plain()} = mean({e.plain()})")
                figures.append((f"of_{e.plain()}", self.mean(e)))
        if self.weighted:
            self.count("weighted")
        data = 'data d = csv{train = "train.csv", valid = "valid.csv"} {\n    x = [a, b]\n    z = [a, y, c]\n' + ("    weight = k\n" if self.weighted else "") + "}\n"
        body = ["a = z[:, 0]", "y = z[:, 1]", "c = z[:, 2]"] + self.lines + ["loss = term + u^2", "optimizer = still", "batch = 10", "epochs = 1", *statements]
        return data + models + "optimizer still(w, g) { w + 0.0 * g }\ntrain M on d {\n    " + "\n    ".join(body) + "\n}\n", figures


def run(folder, nnc, *arguments):
    return subprocess.run([nnc, *arguments], cwd=folder, capture_output=True, text=True, env=os.environ | {"NNC_BLOCK_EVENTS": str(BLOCK)}, stdin=subprocess.DEVNULL)


def differs(found, value):
    found = float(found)  # "nan" and "inf" are text
    if value != value or found != found:
        return (value != value) != (found != found)
    return abs(found - value) > 2e-4 * (1 + abs(value))


def take_figures(nnc, folder, seed, counts):
    for attempt in range(100):
        try:
            drawn = counts.copy()
            program = Program(seed + attempt * 1_000_000, drawn)
            text, figures = program.text()
            break
        except Fragile:
            pass
    counts.update(drawn - counts)
    with open(os.path.join(folder, "p.nn"), "w") as file:
        file.write(text)
    for part, rows in program.table.items():
        with open(os.path.join(folder, part + ".csv"), "w") as file:
            file.write("a,b,y,c,k\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    done = run(folder, nnc, "train", "p.nn", "--out", "run", "--epochs", "0", "--quiet")
    if done.returncode != 0:
        return [f"train ends with {done.returncode}: {done.stderr.strip()[:600]}"]
    with open(os.path.join(folder, "run", "metrics.json")) as file:
        found = json.load(file)
    return [f"{part}.{name} is {found[part][name]}, by its definition {value[part].v}" for name, value in figures for part in PARTS if differs(found[part][name], value[part].v)]


def campaign(what, take, minima, arguments):
    """Takes the programs of the seeds that the arguments name; ends with 1 if one is wrong or a kind is rare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("nnc")
    parser.add_argument("work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=30)
    parser.add_argument("--first", action="store_true", help="end at the first that is wrong")
    options = parser.parse_args(arguments)
    shutil.rmtree(options.work, ignore_errors=True)
    counts, wrong = collections.Counter(), 0
    for seed in range(options.seed, options.seed + options.programs):
        folder = os.path.join(options.work, str(seed))
        os.makedirs(folder)
        mistakes = take(os.path.abspath(options.nnc), folder, seed, counts)
        for mistake in mistakes:
            print(f"{folder}: {mistake}", flush=True)
        wrong += bool(mistakes)
        if not mistakes:
            shutil.rmtree(folder)
        elif options.first:
            break
    print(f"{options.programs} programs of {what}: " + ", ".join(f"{k} {n}" for k, n in sorted(counts.items())) + f"; {wrong} wrong")
    for kind, least in minima.items():
        if counts[kind] < least * options.programs // 100:
            print(f"too few of: {kind}")
            wrong += 1
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    campaign("figures", take_figures, MINIMA, sys.argv[1:])
