"""images.py IMAGES LABELS COUNT: IDX files of small images, a bright row or a bright column on noise, and which of the two it is."""
import random
import struct
import sys

images, labels, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
random.seed(5)
height, width = 6, 5
pixels, kinds = bytearray(), bytearray()
for _ in range(count):
    kind, place = random.randrange(2), random.randrange(5)
    for y in range(height):
        for x in range(width):
            pixels.append(random.randrange(120) + (120 if (y if kind else x) == place else 0))
    kinds.append(kind)
open(images, "wb").write(struct.pack(">IIII", 0x803, count, height, width) + pixels)
open(labels, "wb").write(struct.pack(">II", 0x801, count) + kinds)
