"""Numbers agree within a tolerance.

close.py [--rel R] [--abs A] [FILE]         in one CSV (standard input if absent): each column NAME_want against the column NAME
close.py [--rel R] [--abs A] FILE FILE      two CSV files: each column of the first that the second has, too

Fails on a missing counterpart, on nan, on unequal lengths and when there is nothing to compare.
"""
import argparse
import csv
import math
import sys


def read(path):
    with (sys.stdin if path == "-" else open(path, newline="")) as file:
        rows = list(csv.reader(file))
    if not rows:
        sys.exit(f"{path} is empty")
    header = [name.strip() for name in rows[0]]
    return header, [[float(value) for value in row] for row in rows[1:] if row]


def compare(name, row, got, want, options):
    tolerance = options.abs + options.rel * abs(want)
    if math.isinf(want) and got == want:
        return True
    if not abs(got - want) <= tolerance:
        print(f"row {row}: {name} is {got!r}, want {want!r} (tolerance {tolerance:.3g})")
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rel", type=float, default=1e-5)
    parser.add_argument("--abs", type=float, default=1e-6)
    parser.add_argument("--columns", help="names separated by commas: only these of two files")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    header, rows = read(options.files[0] if options.files else "-")
    pairs = []
    if len(options.files) == 2:
        other_header, other_rows = read(options.files[1])
        if len(rows) != len(other_rows):
            sys.exit(f"{len(rows)} rows against {len(other_rows)}")
        names = options.columns.split(",") if options.columns else [name for name in header if name in other_header]
        for name in names:
            a, b = header.index(name), other_header.index(name)
            pairs += [(name, r, row[a], other[b]) for r, (row, other) in enumerate(zip(rows, other_rows))]
    else:
        for b, wanted in enumerate(header):
            if not wanted.endswith("_want"):
                continue
            name = wanted[: -len("_want")]
            if name not in header:
                sys.exit(f"no column {name} beside {wanted}")
            a = header.index(name)
            pairs += [(name, r, row[a], row[b]) for r, row in enumerate(rows)]
    if not pairs:
        sys.exit("nothing to compare")
    bad = sum(not compare(*pair, options) for pair in pairs)
    print(f"{len(pairs)} numbers compared, {bad} differ")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
