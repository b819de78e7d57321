"""showers.py FOLDER: events of one to six hits, in long form (long.csv, a line for each hit) and in wide form (wide.csv, a line for each event,
with columns for six hits, zeros behind those that it has)."""
import random
import sys

MOST = 6
DETECTORS = ["pixel", "strip", "tile"]
random.seed(3)

events = []
for number in range(400):
    label, kind = random.randint(0, 1), "K" if random.random() < 0.3 else "pi"
    hits = [(round(random.gauss(1.5 * label, 1), 3), round(random.expovariate(1) + 0.01, 3), random.choice(DETECTORS)) for _ in range(random.randint(1, MOST))]
    if kind == "K":
        hits[0] = hits[0][:2] + ("tile",)
    events.append((number // 10, number % 10, label, kind, hits))

with open(f"{sys.argv[1]}/long.csv", "w") as file:
    file.write("run,event,label,kind,x,e,det\n")
    for run, event, label, kind, hits in events:
        for x, e, detector in hits:
            file.write(f"{run},{event},{label},{kind},{x},{e},{detector}\n")

with open(f"{sys.argv[1]}/wide.csv", "w") as file:
    names = [f"{name}{k}" for k in range(MOST) for name in ["x", "e", *DETECTORS]]
    file.write(",".join(["run,event,label,kind,hits", *names]) + "\n")
    for run, event, label, kind, hits in events:
        cells = [[x, e, *(int(detector == each) for each in DETECTORS)] for x, e, detector in hits] + [[0] * 5] * (MOST - len(hits))
        file.write(",".join([f"{run},{event},{label},{kind},{len(hits)}", *(str(cell) for row in cells for cell in row)]) + "\n")
