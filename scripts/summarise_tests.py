"""Sums up what ctest (unit.log) and lit (lit.json) left in a folder; the last line is `N passed, N failed, N skipped`.

Exit code 1 if anything failed, or if nothing ran at all.
"""
import json
import os
import re
import sys


def unit_results(path):
    """Counts single GoogleTest tests; a program that dies without its summary counts as one failure."""
    passed, failed, skipped = 0, [], []
    if not os.path.exists(path):
        return passed, failed, skipped
    programs = {}
    reason, reason_follows = "", False
    for line in open(path, errors="replace"):
        match = re.match(r"\s*(\d+): (.*)", line)
        if match:
            text = match.group(2)
            if reason_follows:
                reason, reason_follows = text.strip(), False
            elif text.endswith(": Skipped"):
                reason_follows = True
            if counted := re.match(r"\[  PASSED  \] (\d+) test", text):
                passed += int(counted.group(1))
            elif named := re.match(r"\[  FAILED  \] ([\w./]+)(, where .*)? \(\d+ ms\)", text):
                failed.append(named.group(1))
                programs[match.group(1)] = True
            elif named := re.match(r"\[  SKIPPED \] ([\w./]+) \(\d+ ms\)", text):
                skipped.append((named.group(1), reason or "the test does not say why"))
                reason = ""
        elif ended := re.match(r"\s*\d+/\d+ Test\s+#(\d+): (\w+) \.*\**(Failed|Timeout|Not Run|Exception|.*\*\*\*)", line):
            if ended.group(1) not in programs:
                failed.append(ended.group(2) + " (the whole program)")
    return passed, failed, skipped


def lit_results(path):
    passed, failed, skipped = 0, [], []
    if not os.path.exists(path):
        return passed, ["lit itself (see lit.log)"], skipped
    for test in json.load(open(path))["tests"]:
        code = test["code"]
        if code in ("PASS", "FLAKYPASS", "XFAIL"):
            passed += 1
        elif code in ("UNSUPPORTED", "SKIPPED", "EXCLUDED"):
            skipped.append((test["name"], test["output"].strip() or code.lower()))
        else:
            failed.append(test["name"])
    return passed, failed, skipped


def main():
    folder = sys.argv[1]
    unit = unit_results(os.path.join(folder, "unit.log"))
    lit = lit_results(os.path.join(folder, "lit.json"))
    passed = unit[0] + lit[0]
    failed = unit[1] + lit[1]
    skipped = unit[2] + lit[2]
    if failed:
        for log in ("unit.log", "lit.log"):
            path = os.path.join(folder, log)
            if os.path.exists(path):
                lines = open(path, errors="replace").read().splitlines()
                noise = r"^(PASS|UNSUPPORTED):|^\d+: \[ +(RUN|OK) +\]|^\d+: \[-----"
                wanted = r"." if log == "lit.log" else r"FAILED|Failure|[Ee]rror|\*\*\*"
                interesting = [line for line in lines if re.search(wanted, line) and not re.search(noise, line)]
                print("\n".join(interesting[-400:]))
        for name in failed:
            print("failed:", name)
    reasons = {}
    for name, reason in skipped:
        reasons.setdefault(reason, []).append(name)
    for reason, names in sorted(reasons.items()):
        print(f"skipped {len(names)}: {reason}")
        for name in names:
            print("   ", name)
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    sys.exit(1 if failed or passed == 0 else 0)


if __name__ == "__main__":
    main()
