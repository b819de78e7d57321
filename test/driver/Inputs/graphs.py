"""graphs.py FOLDER LEAST: events with a label (events.csv), nodes (hits.csv) and edges between them (edges.csv), at least LEAST nodes each, each file in an order of its own
and some events without edges; and the same as one line for each event (wide.csv), zeros behind what it has."""
import random
import sys

NODES, EDGES = 6, 8
DETECTORS = ["pixel", "strip", "tile"]
random.seed(5)

events = []
for number in range(300):
    label = random.randint(0, 1)
    nodes = [(round(random.gauss(1.5 * label, 1), 3), round(random.expovariate(1) + 0.01, 3), random.choice(DETECTORS)) for _ in range(random.randint(int(sys.argv[2]), NODES))]
    edges = [(random.randrange(len(nodes)), random.randrange(len(nodes)), round(random.random(), 3)) for _ in range(random.randint(0, EDGES))] if nodes else []
    events.append((number // 10, number % 10, label, round(random.gauss(label, 2), 3), nodes, edges))


def write(name, header, lines):
    with open(f"{sys.argv[1]}/{name}", "w") as file:
        file.write(header + "\n" + "".join(",".join(str(cell) for cell in line) + "\n" for line in lines))


def shuffled(kind):
    order = list(events)
    random.shuffle(order)
    return [(run, event, *row) for run, event, _, _, *rows in order for row in rows[kind]]


write("events.csv", "run,event,label,q", [event[:4] for event in events])
write("hits.csv", "run,event,x,e,det", shuffled(0))
write("edges.csv", "run,event,source,target,strength", shuffled(1))
names = [f"{name}{k}" for k in range(NODES) for name in ["x", "e", *DETECTORS]] + [f"{name}{k}" for k in range(EDGES) for name in ["source", "target", "strength"]]
lines = []
for run, event, label, q, nodes, edges in events:
    cells = [[x, e, *(int(det == each) for each in DETECTORS)] for x, e, det in nodes] + [[0] * 5] * (NODES - len(nodes)) + [list(edge) for edge in edges] + [[0] * 3] * (EDGES - len(edges))
    lines.append((run, event, label, q, len(nodes), len(edges), *(cell for row in cells for cell in row)))
write("wide.csv", ",".join(["run,event,label,q,hits,links", *names]), lines)
