#!/usr/bin/env python3
"""Random files with the peculiarities of public ones, several at once, and the program that a newcomer writes for them.

A file has a separator, a header or none, remarks above, marks for what is missing, units, decimal commas, uncertainties, numbers of events behind labels, separators behind rows,
names behind the mark of remarks or between bars, notes below. The first program says nothing of these; what
its message writes out, "the source is ... `csv{...}`", is put in literally. The second must be read, and hold what the file was written from.

    raw_files.py NNC WORK [--seed S] [--programs N]
"""
import argparse
import os
import random
import re
import subprocess


class RawFile:
    """A table and how it is written."""

    def __init__(self, seed):
        r = self.random = random.Random(seed)
        self.names = ["e", "mass", "pt", "phi"][: r.randint(2, 4)]
        self.separator = r.choice([",", ";", "\t", " "])
        self.header = r.random() < 0.6
        self.remark = r.choice(["", "", "#", "%"])
        self.mark = r.choice(["", "", "?", "-.-", "****"])
        self.comma = self.separator in (";", "\t") and r.random() < 0.3  # between blanks a comma may divide as many cells
        self.unit = r.choice(["", "", "GeV", "%"]) if self.separator != " " else ""
        self.measured = r.choice(self.names)  # has the unit
        self.above = r.choice([0, 0, 3, 5]) if not self.remark else 0  # lines that no mark tells from others
        self.kinds = r.choice(["pqr", "pqr", "püß"])  # the last ones are written in another encoding
        self.encoding = "utf-8" if self.kinds.isascii() else r.choice(["windows-1252", "utf-16", "utf-8"])
        self.odd = r.choice(["", "", "uncertain", "numbered", "ending"])
        if self.odd == "uncertain":
            self.unit = ""
        if self.odd == "ending" and (self.separator == " " or self.above):
            self.odd = ""
        more = random.Random(f"more {seed}")
        self.hidden = self.header and bool(self.remark) and self.odd != "ending" and more.random() < 0.5  # names and units behind the mark of remarks
        self.bars = self.header and self.separator == " " and not self.remark and more.random() < 0.4  # between bars
        self.notes = more.choice([0, 0, 2, 4])  # below the table
        self.rows = [[self.number() for _ in self.names] + [r.choice(self.kinds)] for _ in range(r.randint(30, 60))]
        if self.mark:
            for column in r.sample(range(len(self.names)), r.randint(1, len(self.names))):
                for row in r.sample(range(3, len(self.rows)), 3):
                    self.rows[row][column] = None

    def number(self):
        return round(self.random.uniform(-5, 5), self.random.choice([1, 2, 4]))

    def cell(self, name, value):
        if value is None:
            return self.mark
        if isinstance(value, str):
            return value
        if self.odd == "uncertain" and name == self.measured:
            return (repr(value).replace(".", ",") if self.comma else repr(value)) + f"({self.random.randint(1, 30)})"
        text = repr(value).replace(".", ",") if self.comma else repr(value)
        return text + (" " + self.unit if self.unit == "GeV" else self.unit) if self.unit and name == self.measured else text

    def text(self):
        names = self.names + ["kind"]
        blanks = lambda: " " * self.random.randint(2, 4)
        line = lambda cells: (blanks() + blanks().join(cells) if self.separator == " " else self.separator.join(cells)) + "\n"
        text = "".join(f"{self.remark} {words}\n" for words in ("taken on a Monday", "by the detector of run seven")) if self.remark else ""
        text += "".join(f"Line{number}{self.separator}{self.random.randint(1, 99)}\n" for number in range(self.above))
        if self.hidden:
            text += self.remark + line(names) + self.remark + line(["GeV"] * len(names))
        elif self.bars:
            text += "|" + "|".join(f" {name:>6} " for name in names) + "|\n|" + "|".join(" (GeV) " for _ in names) + "|\n"
        else:
            text += line(names) if self.header else ""
        notes = ["____", "Notes:", "The figures are preliminary and may be changed; see also the text of the table for what they mean", "Source: the office"]
        return text + "".join(line(self.cells(number, row)) for number, row in enumerate(self.rows)) + "".join(note + "\n" for note in notes[: self.notes])

    def cells(self, number, row):
        cells = [self.cell(name, value) for name, value in zip(self.names + ["kind"], row)]
        if self.odd == "numbered":
            cells[-1] += f"|{3000 + number}"
        return cells + [""] * (self.odd == "ending")

    def source(self):
        return 'csv{"d.csv"}' if self.header else 'csv{"d.csv", names = [' + ", ".join(self.names + ["kind"]) + "]}"

    def program(self, source):
        drop = "; drop = true" if self.mark else ""
        return "data d = " + source + " { x = [" + ", ".join(self.names) + ', kind == "' + self.kinds[-1] + '"]' + drop + " }\n"

    def events(self):
        return [row[:-1] + [float(row[-1] == self.kinds[-1])] for row in self.rows if None not in row]


def sample(nnc, program):
    with open("p.nn", "w") as file:
        file.write(program)
    return subprocess.run([nnc, "sample", "p.nn", "d", "-o", "-"], capture_output=True, text=True, timeout=60)


def attempts(nnc, file):
    """How many programs it took, and what is wrong."""
    with open("d.csv", "wb") as out:
        out.write(file.text().encode(file.encoding))
    source = file.source()
    for attempt in (1, 2):
        run = sample(nnc, file.program(source))
        if run.returncode == 0:
            read = [[float(cell) for cell in line.split(",")] for line in run.stdout.splitlines()[1:]]
            right = len(read) == len(file.events()) and all(abs(a - b) < 1e-5 for one, other in zip(read, file.events()) for a, b in zip(one, other))
            return attempt, "" if right else "other values than the file has"
        written = re.search(r"the source is (?:then )?`(csv\{.*?\})`", run.stderr)
        if not written:
            return attempt, "no source is written out: " + run.stderr
        source = written.group(1)
    return 2, "refused with the source that was written out: " + run.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nnc")
    parser.add_argument("work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=60)
    arguments = parser.parse_args()
    nnc = os.path.abspath(arguments.nnc)
    os.makedirs(arguments.work, exist_ok=True)
    os.chdir(arguments.work)
    counts, wrong = {1: 0, 2: 0}, 0
    for seed in range(arguments.seed, arguments.seed + arguments.programs):
        file = RawFile(seed)
        count, mistake = attempts(nnc, file)
        counts[count] += 1
        if mistake:
            wrong += 1
            print(f"seed {seed}: {file.source()}\n{file.text()[:300]}{mistake[:1500]}\n")
    print(f"{counts[1]} read at once, {counts[2]} with what the message wrote, {wrong} wrong")
    return 1 if wrong or not counts[1] or not counts[2] else 0


if __name__ == "__main__":
    raise SystemExit(main())
