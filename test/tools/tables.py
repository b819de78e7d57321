"""tables.py NNC WORK [--seed S] [--programs N]: generated files of the same events, which stand together with `and`.

Events are told apart by one or two columns of numbers (of up to sixteen digits) or text, or by their rows' places in files of one order; the first file has a line or several rows for each, the
others lines or rows, from none, in an order of their own, in files for parts or several for one. Some cells are missing, and filled or their events
dropped. Sums, numbers of rows, figures of preparations and the answer for each event are worked out beside, from the lists that the files were written from.
Ends with 1 if one differs, or if a kind of program was drawn less often than MINIMA say. WORK keeps the programs that failed."""
import csv
import json
import math
import os
import random
import sys

from figures import campaign, differs, run

# In a hundred programs.
MINIMA = {"rows first": 20, "lines first": 20, "two kinds": 20, "lines beside": 20, "parts": 20, "lists": 10, "filled": 15, "dropped": 15, "answers": 20, "empty": 30, "text": 20, "digits": 10, "marks": 10, "places": 10}
MARK = 7.25  # says in some columns that there is no value, and is one in others


class Table:
    """One file's columns: of rows (`each`), or of events."""

    def __init__(self, g, number, has_rows, may_lack):
        self.number, self.has_rows = number, has_rows
        self.most = g.choice([2, 3, 4, 4]) if has_rows else 1
        self.least = 0 if has_rows and number > 0 else 1
        self.columns = [f"v{number}_{k}" for k in range(g.randint(1, 2))]
        self.of_event = f"u{number}" if has_rows and number == 0 and g.random() < 0.5 else None
        self.count = f"n{number}"
        self.may_lack = may_lack
        self.marked = [column for column in self.columns if may_lack and g.random() < 0.4]

    def cell(self, g, column):
        if self.may_lack and g.random() < 0.05:
            return None
        return MARK if column not in self.marked and g.random() < 0.1 else round(g.gauss(2, 3), 4) + 1e-5

    def shown(self, g, column, cell):
        """As the file has it."""
        return str(cell) if cell is not None else str(MARK) if column in self.marked and g.random() < 0.7 else ""

    def cells(self, g):
        """A number of rows, each the values of the columns, None where one is missing."""
        rows = [[self.cell(g, column) for column in self.columns] for _ in range(g.randint(self.least, self.most))]
        return rows, None if self.of_event is None else round(g.gauss(0, 1), 3)

    def source(self, files, keys):
        text = f"csv{{{files}, group = [{', '.join(keys)}]" if keys else f"csv{{{files}, row = k, group = k"
        if self.has_rows:
            text += f", each = [{', '.join(self.columns)}], most = {self.most}, count = {self.count}"
        return text + "}"


def draw_keys(g, counts):
    kinds = [g.choice(["number", "digits", "text"]) for _ in range(g.randint(1, 2))]
    counts.update(set(kinds) - {"number"})
    def one(kind, number):
        return {"number": str(number), "digits": str(2**53 + number), "text": f"e{number}"}[kind]
    return [f"k{i}" for i in range(len(kinds))], lambda number: [one(kind, number if i == 0 else number % 7) for i, kind in enumerate(kinds)]


def write(g, folder, name, keys, key_of, table, events):
    """The table's file of these events, in their order."""
    header = keys + table.columns + ([table.of_event] if table.of_event else [])
    order = list(range(len(header)))
    g.shuffle(order)
    with open(os.path.join(folder, name), "w") as file:
        file.write(",".join(header[i] for i in order) + "\n")
        for number, cells in events:
            rows, of_event = cells[table.number]
            for row in rows:
                line = key_of(number) + [table.shown(g, column, cell) for column, cell in zip(table.columns, row)] + ([str(of_event)] if table.of_event else [])
                file.write((",".join(line[i] for i in order) or "NA") + "\n")


def files_of(g, folder, keys, key_of, table, parts, counts, lists):
    """The files' names as the program says them."""
    said = []
    for part, events in parts.items():
        events = list(events)
        if table.number > 0 and keys:
            g.shuffle(events)
        cut = len(events) // 2 if lists and (not keys or g.random() < 0.5) else 0
        stretches = [events[:cut], events[cut:]] if cut else [events]
        names = [f"t{table.number}{part}{i}.csv" for i in range(len(stretches))]
        for name, stretch in zip(names, stretches):
            write(g, folder, name, keys, key_of, table, stretch)
        counts["lists"] += len(names) > 1
        text = f'"{names[0]}"' if len(names) == 1 else "[" + ", ".join(f'"{name}"' for name in names) + "]"
        said.append(text if len(parts) == 1 else f"{part} = {text}")
    return ", ".join(said)


def mean_and_deviation(values):
    mean = math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))


def expected(tables, parts, mode):
    """Figures by part and name, the answers by part, and whether they are worth it: each column has values that differ in the training part."""
    if mode == "dropped":
        parts = {part: [(n, cells) for n, cells in events if all(cell is not None for rows, _ in cells for row in rows for cell in row)] for part, events in parts.items()}
    figures = {part: {"events": len(events)} for part, events in parts.items()}
    answers = {part: [0.0] * len(events) for part, events in parts.items()}
    for table in tables:
        for k, column in enumerate(table.columns):
            known = [row[k] for _, cells in parts["train"] for row in cells[table.number][0] if row[k] is not None]
            if len(set(known)) < 3:
                return None
            mean, _ = mean_and_deviation(known)
            filled = {part: [[mean if row[k] is None else row[k] for row in cells[table.number][0]] for _, cells in events] for part, events in parts.items()}
            centre, deviation = mean_and_deviation([v for of_event in filled["train"] for v in of_event])
            for part, events in filled.items():
                values = [v for of_event in events for v in of_event]
                figures[part][f"a_{column}"] = math.fsum(values)
                figures[part][f"z_{column}"] = math.fsum((v - centre) / deviation for v in values)
                figures[part][f"q_{column}"] = math.fsum(((v - centre) / deviation) ** 2 for v in values)
                answers[part] = [so_far + math.fsum(of_event) for so_far, of_event in zip(answers[part], events)]
        for part, events in parts.items():
            if table.has_rows:
                figures[part][f"c_{table.count}"] = sum(len(cells[table.number][0]) for _, cells in events)
            if table.of_event:
                figures[part][f"a_{table.of_event}"] = math.fsum(cells[table.number][1] for _, cells in events)
    return (figures, answers) if all(parts.values()) else None


def program(tables, sources, mode):
    columns = [(table, column) for table in tables for column in table.columns]
    lines = [f"    a_{c} = {c}\n    z_{c} = {c} |> standardize" for _, c in columns]
    lines += [f"    c_{t.count} = {t.count}" for t in tables if t.has_rows] + [f"    a_{t.of_event} = {t.of_event}" for t in tables if t.of_event]
    if mode != "complete":
        lines.append("    drop = true" if mode == "dropped" else "    fill[" + ", ".join(c for _, c in columns) + "] = mean")
    marked = [column for table in tables for column in table.marked]
    if marked:
        lines.append(f"    missing[{', '.join(marked)}] = {MARK}")
    parameters = ", ".join(f"a_{c}: f32[N{', K%d' % t.number if t.has_rows else ''}]" for t, c in columns)
    total = " + ".join(f"sum(a_{c}[n, :])" if t.has_rows else f"a_{c}[n]" for t, c in columns)
    first = f"d.a_{columns[0][1]}"
    metrics = [f"    metric events = sum({first + '[:, 0]' if columns[0][0].has_rows else first} * 0 + 1)"]
    metrics += [f"    metric a_{c} = sum(d.a_{c})\n    metric z_{c} = sum(d.z_{c})\n    metric q_{c} = sum(d.z_{c}^2)" for _, c in columns]
    metrics += [f"    metric c_{t.count} = sum(d.c_{t.count})" for t in tables if t.has_rows] + [f"    metric a_{t.of_event} = sum(d.a_{t.of_event})" for t in tables if t.of_event]
    call = ", ".join(f"d.a_{c}" for _, c in columns)
    return ("data d = " + "\n     and ".join(sources) + " {\n" + "\n".join(lines) + "\n}\n"
            f"model M({parameters}) -> f32[N] {{\n    weight w: f32 = 1\n    s[n] = w * ({total})\n    s\n}}\n"
            f"train M on d {{\n    loss = mean(M({call})^2)\n    optimizer = sgd{{1e-12}}\n    epochs = 1\n    batch = 16\n" + "\n".join(metrics) + "\n}\n")


def compare_answers(nnc, folder, inputs, answers):
    arguments = [word for name in inputs for word in ("--input", name)]
    told = run(folder, nnc, "predict", "run", *arguments, "-o", "answers.csv")
    if told.returncode != 0:
        return [f"predict: {told.stderr[:400]}"]
    found = [float(row["M"]) for row in csv.DictReader(open(os.path.join(folder, "answers.csv")))]
    if len(found) != len(answers):
        return [f"{len(found)} answers for {len(answers)} events"]
    return [f"event {i}: {a} where {b} is right" for i, (a, b) in enumerate(zip(found, answers)) if differs(a, b)][:3]


def take(nnc, folder, seed, counts):
    g = random.Random(seed)
    while True:
        mode = g.choice(["complete", "filled", "dropped"])
        places = g.random() < 0.2
        tables = [Table(g, 0, not places and g.random() < 0.5, mode != "complete")]
        tables += [Table(g, number, not places and g.random() < 0.7, mode != "complete") for number in range(1, g.randint(2, 4))]
        numbers = g.sample(range(1000), 60)
        events = [(number, [table.cells(g) for table in tables]) for number in numbers]
        divided = g.random() < 0.5
        parts = {"train": events[:40], "valid": events[40:]} if divided else {"train": events}
        right = expected(tables, parts, mode)
        if right is not None:
            break
    keys, key_of = ([], lambda number: []) if places else draw_keys(g, counts)
    counts["places"] += places
    lists = g.random() < 0.4
    sources = [table.source(files_of(g, folder, keys, key_of, table, parts, counts, lists), keys) for table in tables]
    with open(os.path.join(folder, "p.nn"), "w") as file:
        file.write(program(tables, sources, mode))
    counts.update([mode, "rows first" if tables[0].has_rows else "lines first"])
    counts["marks"] += any(table.marked for table in tables)
    counts["two kinds"] += sum(table.has_rows for table in tables) > 1
    counts["lines beside"] += any(not table.has_rows for table in tables[1:])
    counts["parts"] += divided
    counts["empty"] += any(not cells[table.number][0] for table in tables for _, cells in events)
    told = run(folder, nnc, "train", "p.nn", "--out", "run", "--quiet")
    if told.returncode != 0:
        return [f"train: {told.stderr[-600:]}"]
    told = run(folder, nnc, "eval", "run", "-o", "-")
    found = json.loads(told.stdout)
    figures, answers = right
    mistakes = [f"{part}.{name}: {found[part][name]} where {value} is right" for part, of_part in figures.items() for name, value in of_part.items() if differs(found[part][name], value)]
    if mode != "dropped" and all("[" not in source.split(", group")[0] for source in sources):
        counts["answers"] += 1
        for part in parts:
            mistakes += compare_answers(nnc, folder, [f"t{table.number}{part}0.csv" for table in tables], answers[part])
    return mistakes


if __name__ == "__main__":
    campaign("files", take, MINIMA, sys.argv[1:])
