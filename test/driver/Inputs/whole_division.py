"""whole_division.py NUMBERS WANT: whole numbers, many of them multiples of what whole_division.test divides by, and what it makes of them."""
import math
import random
import sys

random.seed(2)
rows = []
for _ in range(3000):
    n = random.choice([random.randrange(-500, 70000), 41 * random.randrange(-100, 2000), 60 * random.randrange(0, 30_000_000), 1000 * random.randrange(0, 10**9)])
    rows.append((n, random.choice([41, 47, 60, 7, 1000, -41, -60])))
with open(sys.argv[1], "w") as file:
    file.write("n,b,y\n" + "".join(f"{n},{b},{i % 2}\n" for i, (n, b) in enumerate(rows)))
with open(sys.argv[2], "w") as file:
    file.write(",".join(f"P_{k}" for k in range(8)) + "\n")
    for n, b in rows:
        file.write(f"{n % 41},{n // 41 % 1000},{n % 60},{n % 1000},{n // 1000 % 60},{int(n % 41 == 0)},{math.floor(n / 41) - n // 41},{n % b}\n")
