#!/usr/bin/env python3
"""Writes a program as `nnc check` proposes it: with the source that its message writes out in the place of its own, or all that stand together.

    test/tools/follow.py NNC PROGRAM > NEW     fails where the program is right, or no message has a source
"""
import re
import subprocess
import sys

nnc, path = sys.argv[1:]
said = subprocess.run([nnc, "check", path], stderr=subprocess.PIPE, text=True).stderr
with open(path) as file:
    program = file.read()
written = re.findall(r"source(?: is|s are)(?: then)? `(csv\{.*\})`$", said, re.MULTILINE)
one = r'csv\{(?:[^"}]|"(?:\\.|[^"\\])*")*\}'
source = re.compile(rf"{one}(?:\s+and\s+{one})*")
if not written or not source.search(program):
    sys.exit(f"{path}: no source is proposed:\n{said}")
sys.stdout.write(source.sub(lambda _: written[0], program, count=1))
