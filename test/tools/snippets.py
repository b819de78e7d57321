"""snippets.py NNC INPUTS WORK TEXT.md: every block marked `nn` in a text is a program that checks and, where it has something to
train, trains. INPUTS holds the data files they name; WORK is emptied."""
import os
import re
import shutil
import subprocess
import sys


def run(arguments, what):
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
    if result.returncode != 0:
        print(f"{what}: {' '.join(arguments)}\n{result.stdout}{result.stderr}")
    return result.returncode == 0


def main():
    nnc, inputs, work, text = sys.argv[1:]
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(inputs, work)
    content = open(text).read()
    good, count = True, 0
    for match in re.finditer(r"^```nn\n(.*?)^```", content, re.S | re.M):
        line = content.count("\n", 0, match.start()) + 2
        path = os.path.join(work, f"line_{line}.nn")
        with open(path, "w") as file:
            file.write(match.group(1))
        count += 1
        fine = run([nnc, "check", path], f"{text}:{line}")
        if fine and re.search(r"^train ", match.group(1), re.M):
            fine = run([nnc, "train", path, "--out", path + ".run"], f"{text}:{line}")
        good = good and fine
    print(f"{count} programs")
    sys.exit(0 if good and count else 1)


if __name__ == "__main__":
    main()
