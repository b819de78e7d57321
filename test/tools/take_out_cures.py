#!/usr/bin/env python3
"""Do the generated tests find what was once mended? Takes out each cure of cures.py and expects one of them to fail.

    test/tools/take_out_cures.py                 builds once, runs; prints which test noticed which cure's absence; ends with 0 if each was
    test/tools/take_out_cures.py --only ITS_NAME the cures whose name holds this (may be repeated)
    test/tools/take_out_cures.py --check         only that every cure still stands in the sources as cures.py says

All absences are compiled into one build of a copy (build/cures, or --place) and chosen at run time, as mutate.py does with its faults. Only programs
that a seed makes are run: no test that was written for one of these mistakes."""
import argparse
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cures import CURES  # noqa: E402
from mutation.tree import Tree  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAMES = list(dict.fromkeys(cure.name for cure in CURES))
TESTS = {
    "written": ["unit_random", "--gtest_filter=RandomWritten.*", "--gtest_fail_fast"],
    "figures": ["figures.py", "--programs", "60"],
    "stopping": ["stopping.py", "--programs", "80"],
    "budget": ["budget.py", "--programs", "40"],
    "extremes": ["unit_random", "--gtest_filter=RandomExtremes.*", "--gtest_fail_fast"],
    "compiled": ["unit_random", "--gtest_filter=RandomCompiled.*", "--gtest_fail_fast"],
    "derivatives": ["unit_random", "--gtest_filter=RandomDerivatives.*", "--gtest_fail_fast"],
    "rules": ["unit_passes", "--gtest_filter=RandomPrograms.*", "--gtest_fail_fast"],
}


def without(file, text):
    """The source with every cure in it taken out where that is asked for."""
    for cure in CURES:
        if cure.file != file:
            continue
        if text.count(cure.text) != 1:
            raise SystemExit(f"{cure.file}: {cure.name}: the place of the cure stands there {text.count(cure.text)} times: {cure.text!r}")
        text = text.replace(cure.text, re.sub(r"\bON\b", f"::nnc_mutant::On({NAMES.index(cure.name)})", cure.changed))
    return '#include "nnc_mutant.h"\n' + text


class CureTree(Tree):
    def write(self, cures):
        files = {cure.file for cure in cures}
        for file in files:
            with open(os.path.join(self.originals, file)) as source:
                self.put(os.path.join(self.place, file), without(file, source.read()).encode())
        super().write([], leave=files)

    @staticmethod
    def culprits(output, faults):
        return set()  # all must compile


def check():
    for file in {cure.file for cure in CURES}:
        with open(os.path.join(ROOT, file)) as source:
            without(file, source.read())
    print(f"{len(NAMES)} cures stand in the sources")


class Campaign:
    def __init__(self, place):
        self.tree = CureTree(ROOT, os.path.join(place, "tree"))

    def command(self, name):
        program, *arguments = TESTS[name]
        binary = os.path.join(self.tree.build_folder, "bin")
        if program.endswith(".py"):
            work = os.path.join(self.tree.place, "build", name)
            return ["python3", os.path.join(self.tree.place, "test", "tools", program), os.path.join(binary, "nnc"), work, "--first", *arguments]
        return [os.path.join(binary, program), *arguments]

    def fails(self, name, number):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("NNC_")} | {"NNC_MUTANT": str(number)}
        try:
            return subprocess.run(self.command(name), env=environment, cwd=self.tree.place, capture_output=True, timeout=600).returncode != 0
        except subprocess.TimeoutExpired:
            return True

    def run(self, only):
        self.tree.copy()
        self.tree.build(CURES, ["nnc", *sorted({test[0] for test in TESTS.values() if not test[0].endswith(".py")})])
        for name in TESTS:
            if self.fails(name, -1):
                raise SystemExit(f"{name} fails with every cure in its place")
        missed = 0
        for number, cure in enumerate(NAMES):
            if only and not any(part in cure for part in only):
                continue
            start = time.time()
            likely = next(c.by for c in CURES if c.name == cure)
            noticed = next((name for name in likely + [name for name in TESTS if name not in likely] if self.fails(name, number)), None)
            missed += noticed is None
            print(f"| {cure} | {noticed or 'MISSED'} |  {time.time() - start:.0f} s", flush=True)
        print("every absence is noticed" if missed == 0 else f"{missed} absences are not noticed")
        return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--place", default=os.path.join(ROOT, "build", "cures"))
    arguments = parser.parse_args()
    check()
    if not arguments.check:
        sys.exit(1 if Campaign(arguments.place).run(arguments.only) else 0)


if __name__ == "__main__":
    main()
