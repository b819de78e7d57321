"""damage.py RUN OUT WHAT NAME: a copy of a run whose weights file is damaged, in its own format.

WHAT: number=VALUE (the tensor's last number), shape=A,B (with as many numbers of 0.5), without (the tensor or label list is missing)
"""
import json
import math
import shutil
import struct
import sys

run, out, what, name = sys.argv[1:]
shutil.rmtree(out, ignore_errors=True)
shutil.copytree(run, out)
path = out + "/weights.safetensors"
data = open(path, "rb").read()
size = struct.unpack("<Q", data[:8])[0]
header, body = json.loads(data[8:8 + size]), data[8 + size:]
metadata = header.pop("__metadata__")
tensors = {key: (entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])]) for key, entry in header.items()}
kind, _, value = what.partition("=")
if kind == "without":
    found = tensors.pop(name, None) or metadata.pop(name)
else:
    dtype, shape, numbers = tensors[name]
    letter = {"F32": "<f", "F64": "<d"}[dtype]
    if kind == "number":
        numbers = numbers[:-struct.calcsize(letter)] + struct.pack(letter, float(value))
    else:
        shape = [int(part) for part in value.split(",") if part]
        numbers = struct.pack(letter, 0.5) * math.prod(shape)
    tensors[name] = (dtype, shape, numbers)
header, body = {"__metadata__": metadata}, b""
for key, (dtype, shape, numbers) in tensors.items():
    header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(numbers)]}
    body += numbers
text = json.dumps(header).encode()
open(path, "wb").write(struct.pack("<Q", len(text)) + text + body)
