"""weights.py FILE.safetensors CONDITION...: every condition holds, a Python expression over the tensors.

W("Net.dense.0.W") gives a tensor's statistics: .mean .deviation .low .high .shape .values, and .orthonormal, the largest deviation of
the Gram matrix of its shorter side from the unit matrix.
"""
import json
import math
import struct
import sys


class Tensor:
    def __init__(self, shape, values):
        self.shape, self.values = tuple(shape), values
        self.mean = sum(values) / len(values)
        self.deviation = math.sqrt(sum((v - self.mean) ** 2 for v in values) / len(values))
        self.low, self.high = min(values), max(values)

    @property
    def orthonormal(self):
        rows, columns = self.shape
        vectors = [self.values[i * columns:(i + 1) * columns] for i in range(rows)]
        if columns < rows:
            vectors = list(zip(*vectors))
        return max(abs(sum(a * b for a, b in zip(u, v)) - (i == j)) for i, u in enumerate(vectors) for j, v in enumerate(vectors))


def read(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            tensors[name] = Tensor(entry["shape"], struct.unpack(f"<{(end - begin) // 4}f", data[begin:end]))
    return tensors


def main():
    tensors = read(sys.argv[1])

    def named(name):
        if name not in tensors:
            sys.exit(f"no tensor {name}; there are {', '.join(tensors)}")
        return tensors[name]

    if len(sys.argv) < 3:
        sys.exit("no condition")
    holds = True
    for condition in sys.argv[2:]:
        if not eval(condition, {"__builtins__": {}, "W": named, "abs": abs, "sqrt": math.sqrt, "len": len, "all": all}):
            print("does not hold:", condition)
            holds = False
    if not holds:
        for name, t in tensors.items():
            print(name, t.shape, "mean", t.mean, "deviation", t.deviation, "low", t.low, "high", t.high)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
