"""explained.py NNC FOLDER WORK: the first program of each text of `nnc explain` fails with the text's code, where that program is whole
(it begins with a declaration) and needs no file."""
import os
import re
import subprocess
import sys

FEWEST = 15


def main():
    nnc, folder, work = sys.argv[1:]
    os.makedirs(work, exist_ok=True)
    tried, bad = 0, 0
    for name in sorted(os.listdir(folder)):
        code = name[:-3]
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            block = re.search(r"^```\w*\n(.*?)^```", file.read(), re.S | re.M)
        program = block.group(1) if block else ""
        names_source = re.search(r"^train \w+ on (\w+)", program, re.M)
        if names_source and not re.search(rf"^data {names_source.group(1)}\b", program, re.M):
            continue
        whole = re.match(r"(model|layer|fn|data|train|option|optimizer|prepare|import) ", program)
        if not whole or code[:3] not in ("E02", "E03", "E04") or "csv{" in program or program.count("\nimport ") > 0:
            continue
        path = os.path.join(work, code + ".nn")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        result = subprocess.run([nnc, "check", path], capture_output=True, text=True, timeout=60)
        tried += 1
        codes = set(re.findall(r"error\[(E\d{4})\]", result.stdout + result.stderr))
        if result.returncode != 1 or code not in codes:
            print(f"{code}: the program of its text gives {result.returncode} {sorted(codes)}")
            bad += 1
    print(f"{tried} programs, {bad} that do not fail as explained")
    sys.exit(1 if bad or tried < FEWEST else 0)


if __name__ == "__main__":
    main()
