"""coverage.py ROOT: every kind of diagnostic in kinds.def has a text for `nnc explain` and a test below test/ that fails with it, that
is, a line of expected output that holds error[CODE] or warning[CODE]. Prints the kinds that lack one."""
import os
import re
import sys


def expected(root):
    """The codes that tests expect in a program's output."""
    codes = set()
    for folder, _, files in os.walk(os.path.join(root, "test")):
        for name in files:
            if not name.endswith((".nn", ".test", ".nnir")):
                continue
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                for line in file:
                    if re.match(r"(#|//) *[A-Z0-9_-]+:", line) and "RUN:" not in line:
                        codes.update(re.findall(r"(?:error\[|warning\[)([EW]\d{4})\]", line))
    return codes


def main():
    root = sys.argv[1]
    with open(os.path.join(root, "compiler", "diagnostics", "kinds.def"), encoding="utf-8") as file:
        kinds = re.findall(r'^NNC_DIAGNOSTIC\((\w+), "([EW]\d{4})"', file.read(), re.M)
    tested = expected(root)
    bad = 0
    for name, code in kinds:
        if code not in tested:
            print(f"{code} {name}: no test fails with it")
            bad += 1
        if not os.path.exists(os.path.join(root, "compiler", "diagnostics", "explain", code + ".md")):
            print(f"{code} {name}: no text explains it")
            bad += 1
    for code in sorted(tested - {code for _, code in kinds}):
        print(f"{code}: a test expects it, and there is no such kind")
        bad += 1
    print(f"{len(kinds)} kinds, {bad} gaps")
    sys.exit(1 if bad or not kinds else 0)


if __name__ == "__main__":
    main()
