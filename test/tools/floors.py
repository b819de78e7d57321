"""floors.py ROOT: every folder includes only folders above it, LLVM stays in codegen, the parser's types in syntax, the runtime knows
nothing of the compiler, no file is longer than 500 lines and no function than 60, and no name of a library function stands in C++."""
import os
import re
import sys

FLOORS = ["compiler/support", "compiler/diagnostics", "compiler/syntax", "compiler/ir", "compiler/passes", "compiler/sema",
          "compiler/reference", "compiler/schedule", "runtime", "compiler/codegen", "compiler/driver"]
ONLY_IN = {"llvm/": "compiler/codegen", "antlr4-runtime": "compiler/syntax", "Nn": "compiler/syntax"}
LONGEST = 500
LONGEST_FUNCTION = 60


def sources(root, folder):
    for path, _, names in os.walk(os.path.join(root, folder)):
        for name in names:
            if name.endswith((".h", ".cpp", ".def")):
                yield os.path.join(path, name)


def functions(text):
    """Name and length of each function that begins at the left margin, its signature's last line and its brace counted."""
    begin, name = None, ""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if begin is None and re.search(r"\)( const)?( override)? \{$", line) and (line[:1].isalpha() or (lines[number - 1][:1].isalpha() and not lines[number - 1].endswith((";", "{")))):
            head = line if line[:1].isalpha() else lines[number - 1]
            begin, name = number, re.search(r"([\w:~]+)\(", head)
        elif line == "}" and begin is not None:
            yield name.group(1) if name else lines[begin], number - begin + 1
            begin = None


def library_layers(root):
    for name in os.listdir(os.path.join(root, "stdlib")):
        for line in open(os.path.join(root, "stdlib", name)):
            match = re.match(r"(layer|optimizer) (\w+)", line)
            if match:
                yield match.group(2)


def main():
    root = sys.argv[1]
    mistakes, count = [], 0
    layers = set(library_layers(root))
    for number, floor in enumerate(FLOORS):
        for path in sources(root, floor):
            count += 1
            shown = os.path.relpath(path, root)
            text = open(path).read()
            if text.count("\n") > LONGEST:
                mistakes.append(f"{shown} has more than {LONGEST} lines")
            for name, length in functions(text):
                if length > LONGEST_FUNCTION:
                    mistakes.append(f"{shown}: {name} has {length} lines, more than {LONGEST_FUNCTION}")
            for include in re.findall(r'^#include [<"]([^">]+)[">]', text, re.M):
                target = next((f for f in FLOORS if include.startswith(f + "/")), None)
                if target and FLOORS.index(target) > number:
                    mistakes.append(f"{shown} includes {include}, which lies below")
                if floor == "runtime" and include.startswith("compiler/"):
                    mistakes.append(f"{shown} includes {include}: the runtime knows nothing of the compiler")
                for prefix, home in ONLY_IN.items():
                    if include.startswith(prefix) and floor != home:
                        mistakes.append(f"{shown} includes {include}, which belongs to {home}")
            for layer in re.findall(r'== "(\w+)"', text):
                if layer in layers:
                    mistakes.append(f"{shown} knows the library's `{layer}` by name")
    print("\n".join(mistakes))
    print(f"{count} files, {len(mistakes)} mistakes")
    sys.exit(1 if mistakes or count < 100 else 0)


if __name__ == "__main__":
    main()
