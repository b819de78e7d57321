#!/usr/bin/env python3
"""Tests the tests: puts realistic faults into the sources, one at a time, and lists those that no test notices.

    test/tools/mutate.py --count 200 --seed 1            draws the faults, builds once, runs; prints the result of each and a table by folder
    test/tools/mutate.py ... --of compiler/passes        draws from this folder or file alone (may be repeated): what is new, say
    test/tools/mutate.py ... --only compiler/sema        only the faults of this folder or file (may be repeated)
    test/tools/mutate.py ... --seconds 300               stops after that time; the same call again goes on
    test/tools/mutate.py ... --again                     takes the sources and tests as they are now, and runs what survived once more
    test/tools/mutate.py ... --fault 17                  runs one fault again
    test/tools/mutate.py ... --near                      only the unit tests of the fault's folder: minutes; the next call without it goes on with what survived
    test/tools/mutate.py ... --list                      shows the faults drawn and what became of them

All faults of the C++ sources are compiled into one build of a copy (build/mutants, or --place) and chosen at run time by NNC_MUTANT;
faults of the library stand in the copied text. Each test is run once without a fault, which tells what it comes by: a fault is
tried against those tests alone, the nearest and quickest first, until one fails, crashes or takes ten times as long.
"""
import argparse
import dataclasses
import json
import os
import random
import re
import sys
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mutation import nn_faults  # noqa: E402
from mutation.cpp_faults import Fault  # noqa: E402
from mutation.suite import Suite  # noqa: E402
from mutation.tree import Tree, folder_of, regions_of, sources  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIGHTS = {"guard dropped": 6, "statement dropped": 5, "comparison changed": 4, "constant changed": 3, "and for or": 3, "sign flipped": 3, "one forgotten": 3,
           "exit removed": 2, "factor forgotten": 2, "minimum for maximum": 2, "negation removed": 2, "arguments swapped": 2, "operands swapped": 2}
NEAR = "only the nearest tests were run"


def draw_of_folder(chance, regions, share):
    """First the kind, then a region that can have it: else most faults would be of the kind that fits nearly everywhere."""
    left, chosen = list(regions), []
    while len(chosen) < share:
        kinds = sorted({fault.kind for region in left for fault in region})
        kind = chance.choices(kinds, [WEIGHTS.get(k, 3) for k in kinds])[0]
        region = chance.choice([r for r in left if any(fault.kind == kind for fault in r)])
        chosen.append(chance.choice([fault for fault in region if fault.kind == kind]))
        left.remove(region)
    return chosen


def draw(count, seed, of):
    """Faults over all folders, or those of `of`: a folder gets a share that grows with the root of its size, a kind one by its weight."""
    chance = random.Random(seed)
    by_folder = {}
    for file in sources(ROOT, of):
        by_folder.setdefault(folder_of(file), []).extend(regions_of(ROOT, file))
    size = {folder: (len(regions) * (4 if folder == "stdlib" else 1)) ** 0.5 for folder, regions in by_folder.items()}  # its lines are denser
    total = sum(size.values())
    chosen = []
    for folder, regions in sorted(by_folder.items()):
        share = max(6, round(count * size[folder] / total))
        chosen += draw_of_folder(chance, regions, min(share, len(regions)))
    for number, fault in enumerate(chosen):
        fault.number = number
    return chosen


class Campaign:
    def __init__(self, arguments):
        self.arguments = arguments
        of = f"-{zlib.crc32(' '.join(arguments.of).encode()):08x}" if arguments.of else ""
        self.state = os.path.join(arguments.place, f"faults-{arguments.count}-{arguments.seed}{of}.json")
        self.tree = Tree(ROOT, os.path.join(arguments.place, "tree"))
        self.faults, self.results, self.key = [], {}, ""

    def load(self):
        if os.path.exists(self.state) and not self.arguments.fresh:
            stored = json.load(open(self.state))
            self.faults = [Fault(**f) for f in stored["faults"]]
            self.results = {int(n): r for n, r in stored["results"].items()}
            self.key = stored["key"]
            return
        os.makedirs(self.arguments.place, exist_ok=True)
        self.tree.copy()
        self.faults = draw(int(1.3 * self.arguments.count), self.arguments.seed, self.arguments.of)  # some will not compile
        self.results = {}
        self.finish()
        extra = len(self.faults) - self.arguments.count
        if extra > 0:
            self.faults = sorted(random.Random(self.arguments.seed).sample(self.faults, self.arguments.count), key=lambda f: f.number)
            self.store()

    def store(self):
        content = {"faults": [dataclasses.asdict(f) for f in self.faults], "results": self.results, "key": self.key}
        with open(self.state + ".new", "w") as out:
            json.dump(content, out)
        os.replace(self.state + ".new", self.state)

    def refresh(self):
        """Finds the faults again in today's sources, by what they change; those whose place is gone are forgotten."""
        places = {}
        for file in {fault.file for fault in self.faults}:
            for region in regions_of(ROOT, file) if os.path.exists(os.path.join(ROOT, file)) else []:
                for fault in region:
                    places.setdefault((file, fault.kind, fault.what, fault.form), []).append(fault)
        taken, kept = set(), []
        for old in self.faults:
            same = places.get((old.file, old.kind, old.what, old.form), [])
            same = [f for f in same if (f.file, f.begin) not in taken]
            if not same:
                print("its place is gone:", old.file, old.what)
                continue
            new = min(same, key=lambda f: abs(f.line - old.line))
            taken.add((new.file, new.begin))
            kept.append(dataclasses.replace(new, number=old.number))
        self.faults = kept
        self.tree.copy()
        self.finish()

    def finish(self):
        """Builds, leaves out what does not compile, and remembers the faults."""
        compiled = {f.number for f in self.tree.build([f for f in self.faults if f.file.endswith(".cpp")])}
        self.faults = [f for f in self.faults if f.number in compiled or f.file.endswith(".nn")]
        self.key = self.tree.key(self.faults)
        self.store()

    def wanted(self):
        for fault in self.faults:
            if self.arguments.only and not any(fault.file.startswith(o) for o in self.arguments.only):
                continue
            if self.arguments.fault is not None:
                if fault.number in self.arguments.fault:
                    yield fault
            elif self.open(fault):
                yield fault

    def open(self, fault):
        outcome, why = self.results.get(fault.number, ("not run", ""))
        return outcome == "not run" or (outcome == "survived" and (self.arguments.again or (why == NEAR and not self.arguments.near)))

    def run(self):
        start = time.time()
        if self.arguments.again:
            self.refresh()
        suite = Suite(self.tree, 2 * self.arguments.count + 100, self.arguments.jobs)
        wanted = list(self.wanted())
        suite.trace(self.key, sorted({folder_of(f.file) for f in wanted}) if self.arguments.near else None)
        for fault in wanted:
            if self.arguments.seconds and time.time() - start > self.arguments.seconds:
                print("time is up; the same call goes on")
                break
            began = time.time()
            fault.folder = folder_of(fault.file)
            result = self.in_library(suite, fault) if fault.file.endswith(".nn") else suite.outcome(fault, self.reaching(suite, fault), self.arguments.budget)
            if self.arguments.near and result[0] == "survived":
                result = ("survived", NEAR)
            self.results[fault.number] = result
            self.store()
            print(f"{result[0]:9}{fault.number:4} {fault.file}:{fault.line} {fault.kind}: {fault.what}  [{result[1]}] {time.time() - began:.1f} s", flush=True)

    @staticmethod
    def reaching(suite, fault):
        return [name for name, about in suite.tests.items() if fault.number in about["reached"]]

    def in_library(self, suite, fault):
        """Tests whose text, or a text beside them, names a declaration that needs the changed one."""
        library = {}
        for file in sources(ROOT, ["stdlib"]):
            library.update(nn_faults.declarations(open(os.path.join(self.tree.place, file)).read()))
        words = nn_faults.users(fault.form, library)
        names = []
        for name in suite.tests:
            text = ""
            if name.startswith("lit:"):
                path = os.path.join(self.tree.place, "test", name[4:])
                text = open(path, errors="replace").read()
                if "examples/" in name or "docs/" in text or "Inputs" in text or "%S/" in text:
                    words_here = words
                else:
                    words_here = words & set(re.findall(r"\w+", text))
            else:
                words_here = words if name.startswith("unit_library:") else set()
            if words_here:
                names.append(name)
        path = os.path.join(self.tree.place, fault.file)
        original = open(path).read()
        lines = original.split("\n")
        lines[fault.line - 1] = fault.changed
        try:
            open(path, "w").write("\n".join(lines))
            return suite.outcome(fault, names, self.arguments.budget)
        finally:
            open(path, "w").write(original)

    def report(self):
        table = {}
        for fault in self.faults:
            outcome = self.results.get(fault.number, ("not run", ""))[0]
            row = table.setdefault(folder_of(fault.file), {"found": 0, "timeout": 0, "survived": 0, "not run": 0})
            row[outcome] += 1
        print(f"\n{'folder':24}{'found':>8}{'timeout':>9}{'survived':>10}{'not run':>9}")
        for folder, row in sorted(table.items()) + [("all", {k: sum(r[k] for r in table.values()) for k in ("found", "timeout", "survived", "not run")})]:
            print(f"{folder:24}{row['found']:8}{row['timeout']:9}{row['survived']:10}{row['not run']:9}")
        survivors = [f for f in self.faults if self.results.get(f.number, ("",))[0] == "survived"]
        if survivors:
            print("\nsurvived:")
        for fault in survivors:
            print(f"  {fault.number:4} {fault.file}:{fault.line}  {fault.kind}: {fault.what}  [{self.results[fault.number][1]}]")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--of", action="append")
    parser.add_argument("--only", action="append")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--near", action="store_true", help="only the unit tests of the fault's own folder")
    parser.add_argument("--budget", type=float, help="seconds for one fault, after which no further tests are begun")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--fault", type=int, action="append")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier run of the same count and seed")
    parser.add_argument("--build-only", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--place", default=os.path.join(ROOT, "build", "mutants"))
    campaign = Campaign(parser.parse_args())
    campaign.load()
    if campaign.arguments.build_only:
        return
    if campaign.arguments.list:
        for fault in campaign.faults:
            outcome = campaign.results.get(fault.number, ("not run", ""))
            print(f"{outcome[0]:9}{fault.number:4} {fault.file}:{fault.line}-{fault.last_line} {fault.kind}: {fault.what} [{outcome[1]}]")
    else:
        campaign.run()
    campaign.report()


if __name__ == "__main__":
    main()
