"""answers.py NNC WORK [--seed S] [--programs N]: generated models, whose answers must be the same from `predict`, from the compiled function, and in `eval`.

Drawn are columns of numbers with gaps, text and labels; fills, standardize, minmax, one-hots with classes for unseen and rare labels, comparisons; layers;
one number or a class for an answer; targets that are standardised; models that mix events. The training table has other labels than the one that is asked about.
The compiled function is called with 1, 7, 4096, 4097 and all 10 000 events at a time, or with that many events in all where the model mixes them, and must give
predict's answers bit for bit; predict must give the first 1, 7 and 4097 events the answers that it gives them among all; and eval's figures of the answers,
with a column of the events as their weights, must be those of predict's.
Ends with 1 if one is not, or if a kind of program was drawn less often than MINIMA say. WORK keeps the programs that failed."""
import array
import csv
import json
import math
import os
import random
import re
import subprocess
import sys

from figures import campaign

EVENTS = 10_000
BATCHES = (1, 7, 4096, 4097, EVENTS)
# In a hundred programs.
MINIMA = {"standardize": 25, "fill": 60, "marks of columns": 25, "onehot": 60, "unseen": 60, "rare": 20, "comparison": 20, "text label": 12, "standardised target": 12, "mixes events": 20, "minmax": 2, "log of a column": 15,
          "recurrence": 20, "recurrence that mixes events": 3, "lookup": 20, "lookup that mixes events": 3}

RECURRENCES = """fn walk(u: f32[N, K]) -> f32[N, K] {
    scan t in 6..0 with h = u, s = zeros[N] {
        next h = 0.5 * tanh(h) + (0.1 + 0.01 * t) * u
        next s = s + sum[k](h[:, k])
        emit r[n, t] = next s[n]
    }
    v[n, k] = tanh(h[n, k]) + 0.01 * tanh(sum[t](r[n, t]))
    v
}
fn steps(u: f32[N, K]) -> f32[N, K, 2] { y[n, k, i in 0..2] = u[n, k] * (1 - i) + i * u[n, K - 1 - k]; y }
layer tabled(u: f32[N, K]) -> f32[N, K] {
    weight L: f32[12, 3] ~ normal(0, 0.5)
    cell[n, k] = min(max(floor(3 * u[n, k]) + 6, 0), 11)
    v[n, k] = tanh(L[cell[n, k], 0] + L[argmax[j](u[n, j]) % 12, 1 + k % 2] + u[n, min(k + 1, K - 1)] + L[cell[n, k] + 3, 2 else 0.1])
    v
}
fn newest(y: f32[N, T, H]) -> f32[N, H] { y[:, T - 1, :] }
"""

HOST = """#include "M.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {{ kColumns = {columns}, kWidth = {width} }};
static double* all(const char* path, long count) {{
  double* values = malloc((size_t)count * sizeof(double));
  FILE* file = fopen(path, "rb");
  if (file == NULL || fread(values, sizeof(double), (size_t)count, file) != (size_t)count) exit(2);
  fclose(file);
  return values;
}}

int main(int count, char** arguments) {{
  long events = atol(arguments[2]), at;
  int i;
  double* doubles = all(arguments[1], kColumns * (long){events});
  float* floats = malloc(kColumns * (size_t){events} * sizeof(float));
  float* first = malloc((size_t)events * kWidth * sizeof(float));
  float* answers = malloc((size_t)events * kWidth * sizeof(float));
  for (at = 0; at < kColumns * (long){events}; ++at) floats[at] = (float)doubles[at];
  for (i = 3; i < count; ++i) {{
    long batch = atol(arguments[i]);
    void* workspace = malloc((size_t)M_workspace_size(batch));
    memset(answers, 0xAB, (size_t)events * kWidth * sizeof(float));
    for (at = 0; at < events; at += batch) {{
      long size = events - at < batch ? events - at : batch;
      M_input in = {{{members}}};
      M_output out = {{answers + at * kWidth}};
      M_fault fault;
      if (M_predict(NULL, &in, &out, size, workspace, &fault) != M_ok) {{
        fprintf(stderr, "event %ld of the batch at %ld, %s\\n", (long)fault.event, at, fault.member);
        return 1;
      }}
    }}
    free(workspace);
    if (i == 3) memcpy(first, answers, (size_t)events * kWidth * sizeof(float));
    if (memcmp(first, answers, (size_t)events * kWidth * sizeof(float)) != 0) {{
      fprintf(stderr, "batches of %ld answer otherwise than batches of %s\\n", batch, arguments[3]);
      return 4;
    }}
  }}
  fwrite(answers, sizeof(float), (size_t)events * kWidth, stdout);
  return 0;
}}
"""


class Wrong(Exception):
    pass


MARK = "-2.5"  # a number like any other, but where the program says of a column that it is none


def rows(g, count, new):
    """Events: a, b, c numbers, two of them with gaps and marks; kind text, site a label; `new` ones hold labels that training does not have."""
    kinds, sites = ["p"] * 8 + ["k"] * 6 + ["e"] * 4 + ["x"], [1, 1, 2, 5]
    if new:
        kinds, sites = kinds + ["mu", "P", "nu"], sites + [9, 77]
    gap = lambda value: "" if g.random() < 0.08 else MARK if g.random() < 0.05 else f"{value:.4f}"
    for number in range(count):
        yield {"kind": g.choice(kinds), "a": gap(g.gauss(0, 1)), "site": g.choice(sites), "b": gap(g.gauss(40, 12)), "c": f"{g.random() + 0.01:.5f}", "r": f"{g.random():.3f}",
               "label": ("cat", "dog", "eel")[number % 3]}


def table(path, events):
    events = list(events)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(events[0]))
        writer.writeheader()
        writer.writerows(events)
    return events


def program(g, counts):
    """(text, whether the model mixes events, whether eval judges the answers as they are given)"""
    def count(what):
        counts[what] += 1
        return True

    items, read = [], set()
    for column in g.sample("abc", g.randint(1, 3)):
        form = g.choice(["#", "# |> standardize", "log(#)" if column == "c" else "#^2", "log1p(exp(#))" if column == "a" else "#"])
        count("standardize" if "standardize" in form else "log of a column" if "log" in form else "plain column")
        items.append(form.replace("#", column))
        read.add(column)
    if g.random() < 0.7 and count("onehot") and count("unseen"):
        rare = ", rare = 40" if g.random() < 0.4 and count("rare") else ""
        items.append(f'onehot(kind, unseen = "other"{rare})')
    if g.random() < 0.5 and count("onehot") and count("unseen"):
        items.append('onehot(site, unseen = "none")')
    if g.random() < 0.3 and count("comparison"):
        items.append(f'kind == "{g.choice("pk")}"')
    g.shuffle(items)
    if len(items) == 1:
        items.append("c")
    x = "[" + ", ".join(items) + "]"
    if not any(word in x for word in ("onehot", "==", "standardize")) and g.random() < 0.6 and count("minmax"):
        x += " |> minmax"
    fills = "    fill = 0.25\n"
    if g.random() < 0.6:
        fills = "".join(f"    fill[{column}] = {g.choice(['mean', 'median', '-1.5'])}\n" for column in sorted(read & {"a", "b"})) or "    drop = true\n"
    if read & {"a", "b"} and "fill" in fills:
        count("fill")
        marked = [column for column in sorted(read & {"a", "b"}) if g.random() < 0.4]
        if marked and count("marks of columns"):
            fills += f"    missing[{', '.join(marked)}] = {MARK}\n"
    kind = g.choice(["number", "text label", "standardised target", "binary"])
    answer, last, loss = {"number": ("r", "dense{1} |> squeeze", "(p - y)^2"), "standardised target": ("r |> standardize", "dense{1} |> squeeze", "(p - y)^2"),
                          "binary": ('label == "cat"', "dense{1} |> squeeze |> sigmoid", "bce(p, y)"), "text label": ("onehot(label)", "dense{3} |> softmax", "cross_entropy(p, y)")}[kind]
    count(kind)
    mixes = kind != "text label" and g.random() < 0.4 and count("mixes events")
    layers = g.choice(["dense{5} |> tanh", "dense{17} |> relu", "dense{8} |> layer_norm |> sigmoid", "dense{6} |> tanh |> dropout{0.3} |> dense{4} |> elu"])
    if g.random() < 0.35 and count("recurrence"):
        layers += g.choice([" |> walk", " |> walk |> dense{4} |> tanh |> walk", " |> steps |> gru{3} |> newest", " |> steps |> lstm{4} |> newest"])
    if g.random() < 0.35 and count("lookup"):
        layers += g.choice([" |> tabled", " |> tabled |> dense{4} |> tanh |> tabled"])
    body = f"x |> {layers} |> {last}"
    if mixes and g.random() < 0.3 and count("recurrence that mixes events"):
        body = f"u = {body}\n    scan t in 0..3 with h = u {{ next h = 0.5 * h + 0.1 * tanh(u - mean(h)) }}\n    h" + (" |> sigmoid" if kind == "binary" else "")
    elif mixes and g.random() < 0.3 and count("lookup that mixes events"):
        body = (f"u = x |> {layers} |> dense{{1}} |> squeeze\n    cell[n] = min(max(floor(4 * u[n]) + 6, 0), 11)\n    crowd[v in 0..12] = sum[m where cell[m] == v](1)\n"
                f"    most[v in 0..12] = max[m where cell[m] == v](u[m])\n    r[n] = u[n] / (1 + crowd[cell[n]]) + most[cell[n]]\n    r" + (" |> sigmoid" if kind == "binary" else ""))
    elif mixes:
        body = g.choice([f"u = x |> {layers} |> dense{{1}} |> squeeze\n    v = u - mean(u)\n    v" + (" |> sigmoid" if kind == "binary" else ""),
                         f"u = {body}\n    s[n] = exp(u[n]) / sum[m](exp(u[m]))\n    s * u", f"u = {body}\n    h = max[n](abs(u[n])) + 1\n    u / h"])
        if kind == "binary" and "sigmoid" not in body.split("\n")[-1]:
            body += " |> sigmoid"
    metrics = [f"    metric s{k} = sum({column} * w) / N\n    metric q{k} = mean({column}^2)\n    metric t{k} = max({column})\n" for k, column in enumerate(["p[:, 0]", "p[:, 1]", "p[:, 2]"] if kind == "text label" else ["p"])]
    text = f'data d = csv{{"t.csv"}} {{\n    x = {x}\n    y = {answer}\n    w = c\n{fills}}}\nmodel M(x: f32[N, K]) -> {"f32[N, 3]" if kind == "text label" else "f32[N]"} {{\n    {body}\n}}\n'
    text += RECURRENCES
    text += f"train M on d {{\n    p = M(x)\n    loss = {loss}\n    optimizer = sgd{{0.02}}\n    batch = 100\n    epochs = 1\n    clip = 1\n{''.join(metrics)}}}\n"
    return text, mixes, kind != "standardised target"


def bits(values):
    return array.array("f", values).tobytes()


def answers(path):
    """The numbers of a file of answers, row by row, and how many each row has."""
    with open(path) as file:
        lines = list(csv.reader(file))
    columns = [i for i, name in enumerate(lines[0]) if not name.endswith("_class")]
    return [float(line[i]) for line in lines[1:] for i in columns], len(columns)


def given(header, events):
    """The members of the header's input structure and their values, as its comments say."""
    structure = header[header.index("typedef struct M_input"):header.index("} M_input;")]
    values = array.array("d")
    members = []
    for element, member, comment in re.findall(r"const (float|double)\* (\w+); +/\* (.*?) \*/", structure):
        members.append((element, member))
        if of_label := re.search(r"number of the label in column `(\w+)`: (.*)", comment):
            labels = {name: int(number) for number, name in re.findall(r"(\d+) = ([^,]+)", of_label.group(2))}
            other = next((labels[name] for name in ("other", "none") if name in labels), None)
            values.extend(labels.get(str(event[of_label.group(1)]), other) for event in events)
        elif is_label := re.search(r'1 where column `(\w+)` is "(\w+)"', comment):
            values.extend(event[is_label.group(1)] == is_label.group(2) for event in events)
        else:
            values.extend(float(event[member]) if event[member] else math.nan for event in events)
    return members, values


class Case:
    def __init__(self, nnc, folder):
        self.nnc, self.folder = nnc, folder

    def run(self, *command, stdout=None):
        environment = os.environ | ({"NNC_CHECK_BUFFERS": "1"} if "predict" in command else {})
        done = subprocess.run(command, cwd=self.folder, stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE, env=environment, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise Wrong(f"{' '.join(command)} ends with {done.returncode}: {done.stderr.decode(errors='replace').strip()[:500]}")

    def predict(self, events, count):
        table(os.path.join(self.folder, f"q{count}.csv"), events[:count])
        self.run(self.nnc, "predict", "run", "--input", f"q{count}.csv", "-o", f"a{count}.csv")
        return answers(os.path.join(self.folder, f"a{count}.csv"))

    def host(self, events, width):
        with open(os.path.join(self.folder, "c", "M.h")) as file:
            members, values = given(file.read(), events)
        with open(os.path.join(self.folder, "columns"), "wb") as file:
            values.tofile(file)
        with open(os.path.join(self.folder, "host.c"), "w") as file:
            file.write(HOST.format(columns=len(members), width=width, events=len(events), members=", ".join(f".{member} = {element}s + {i}L * {len(events)} + at" for i, (element, member) in enumerate(members))))
        self.run("cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-I", "c", "host.c", "c/M.o", "-o", "host", "-lm")

    def compiled(self, events, *batches):
        with open(os.path.join(self.folder, "compiled"), "wb") as file:
            self.run("./host", "columns", str(events), *map(str, batches), stdout=file)
        with open(os.path.join(self.folder, "compiled"), "rb") as file:
            return file.read()

    def figures(self, name, events, values, width):
        self.run(self.nnc, "eval", "run", "--data", f"d={name}", "-o", "eval.json")
        with open(os.path.join(self.folder, "eval.json")) as file:
            found = json.load(file)
        found = next(iter(part for part in found.values() if "s0" in part))
        for k in range(width):
            column = values[k::width]
            for figure, value in ((f"s{k}", math.fsum(v * float(e["c"]) for v, e in zip(column, events)) / len(column)), (f"q{k}", math.fsum(v * v for v in column) / len(column)), (f"t{k}", max(column))):
                if not abs(found[figure] - value) <= 2e-6 * (1 + abs(value)):
                    raise Wrong(f"eval's {figure} is {found[figure]}, of predict's answers {value}")

    def take(self, seed, counts):
        g = random.Random(seed)
        text, mixes, judged = program(g, counts)
        with open(os.path.join(self.folder, "p.nn"), "w") as file:
            file.write(text)
        table(os.path.join(self.folder, "t.csv"), rows(g, 600, False))
        events = list(rows(g, EVENTS, True))
        if "drop = true" in text:
            events = [event | {"a": event["a"] or "0.5", "b": event["b"] or "41"} for event in events]
        self.run(self.nnc, "train", "p.nn", "--out", "run", "--quiet")
        values, width = self.predict(events, EVENTS)
        self.run(self.nnc, "compile", "run", "-o", "c", *(["--whole-batch", str(EVENTS)] if mixes else []))
        self.host(events, width)
        sizes = BATCHES if mixes else (1, 7, 4097)
        for size in sizes[:-1] if mixes else sizes:
            alone, _ = self.predict(events, size)
            if not mixes and bits(alone) != bits(values[:size * width]):
                raise Wrong(f"predict answers the first {size} events otherwise among all of them")
            if mixes and bits(alone) != self.compiled(size, size):
                raise Wrong(f"of {size} events predict and the compiled function answer differently")
        if bits(values) != self.compiled(EVENTS, *((EVENTS,) if mixes else BATCHES)):
            raise Wrong("predict and the compiled function answer differently")
        if judged:
            self.figures(f"q{EVENTS}.csv", events, values, width)


def take_answers(nnc, folder, seed, counts):
    try:
        Case(nnc, folder).take(seed, counts)
    except Wrong as wrong:
        return [str(wrong)]
    return []


if __name__ == "__main__":
    campaign("answers", take_answers, MINIMA, sys.argv[1:])
