"""transcripts.py [--write] NNC TEXT.md...: every block marked `console` in a text is a session. A line `$ nnc ...` is run in the
text's folder, and what stands below it must be what it prints; a line `...` stands for any number of lines. With --write, blocks
are brought up to date (lines that a `...` covered stay covered)."""
import os
import re
import subprocess
import sys


def output_of(command, nnc, folder):
    command = re.sub(r"\bnnc\b", nnc, command, count=1)
    result = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=300)
    return (result.stdout + result.stderr).rstrip("\n").split("\n")


def sessions(block):
    """Pairs of a command and the lines below it."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        lines = part.rstrip("\n").split("\n")
        yield lines[0], lines[1:]


def matches(shown, actual):
    if not shown:
        return not actual
    if shown[0] == "...":
        return any(matches(shown[1:], actual[k:]) for k in range(len(actual) + 1))
    return bool(actual) and shown[0].rstrip() == actual[0].rstrip() and matches(shown[1:], actual[1:])


def updated(shown, actual):
    if "..." not in shown:
        return actual
    first, last = shown.index("..."), len(shown) - 1 - shown[::-1].index("...")
    tail = len(shown) - 1 - last
    return actual[:first] + ["..."] + (actual[-tail:] if tail else [])


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    arguments = [a for a in arguments if a != "--write"]
    nnc, failures, count = os.path.abspath(arguments[0]), 0, 0
    for text in arguments[1:]:
        folder = os.path.dirname(os.path.abspath(text))
        content = open(text).read()

        def check(match):
            nonlocal failures, count
            result = ""
            for command, shown in sessions(match.group(1)):
                actual = output_of(command, nnc, folder)
                count += 1
                if not matches(shown, actual) and not write:
                    failures += 1
                    print(f"{text}: $ {command}\nthe text shows:\n" + "\n".join(shown) + "\nit prints:\n" + "\n".join(actual))
                kept = shown if matches(shown, actual) else updated(shown, actual)
                result += "$ " + command + "\n" + "\n".join(kept) + "\n"
            return "```console\n" + result + "```"

        rewritten = re.sub(r"^```console\n(.*?)^```", check, content, flags=re.S | re.M)
        if write and rewritten != content:
            open(text, "w").write(rewritten)
    print(f"{count} sessions, {failures} differ")
    sys.exit(1 if failures or not count else 0)


if __name__ == "__main__":
    main()
