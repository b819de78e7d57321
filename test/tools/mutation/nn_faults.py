"""Finds places in a file of the standard library where one realistic fault can be put, without making the text invalid."""
import re

from mutation.cpp_faults import Fault

EDITS = [
    ("sign flipped", r"(?<=[\w)\]]) \+ (?=[\w(-])", " - "),
    ("sign flipped", r"(?<=[\w)\]]) - (?=[\w(])", " + "),
    ("product for quotient", r" / ", " * "),
    ("comparison changed", r" <= ", " < "),
    ("comparison changed", r" < ", " <= "),
    ("comparison changed", r" >= ", " > "),
    ("comparison changed", r" > ", " >= "),
    ("minimum for maximum", r"\bmax(?=[(\[])", "min"),
    ("minimum for maximum", r"\bmin(?=[(\[])", "max"),
    ("mean for sum", r"\bsum(?=\[)", "mean"),
    ("constant changed", r"(?<![\w.\[{])(\d+\.\d+)(?![\w.\]])", lambda m: f"{float(m.group(1)) * 1.25 + (float(m.group(1)) == 0) * 0.25:g}"),
    ("power changed", r"\^2\b", "^3"),
    ("negation removed", r"(?<=[=({] )-(?=[\w(])", ""),
]


def regions(file, text):
    """A list of lists: the faults that are possible on each line. `before` and `after` are kept whole: a fault is written by replacing the line."""
    found, at, declaration = [], 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        code = line.split("#")[0]
        if match := re.match(r"(?:fn|layer|optimizer|prepare)\s+(\w+)", code):
            declaration = match.group(1)
        faults = []
        for kind, pattern, replacement in EDITS:
            for match in re.finditer(pattern, code):
                new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
                changed = code[:match.start()] + new + code[match.end():] + line[len(code):]
                if not code.strip().startswith("import"):
                    faults.append(Fault(file, number, number, kind, f"{code.strip()}  ->  {changed.strip()}", declaration, at, at + len(line), changed))
        if faults:
            found.append(faults)
        at += len(line) + 1
    return found


def declarations(text):
    """name -> the text of the declaration."""
    found = {}
    for match in re.finditer(r"^(?:fn|layer|optimizer|prepare)\s+(\w+).*?(?=^(?:fn|layer|optimizer|prepare|##)\s|\Z)", text, re.M | re.S):
        found[match.group(1)] = match.group()
    return found


def users(name, library):
    """The declarations of the library that need `name`, itself included."""
    found = {name}
    while True:
        more = {other for other, text in library.items() if other not in found and set(re.findall(r"\w+", text)) & found}
        if not more:
            return found
        found |= more
