"""graph_figures.py FOLDER EVAL: the figures of graph_figures.nn, from the rows of hits.csv, edges.csv and events.csv. Those of a preparation are of
the training part: squares of what is standardized add up to the number of rows there, of their own kind."""
import sys

folder, evaluated = sys.argv[1:]
lines = [line.split() for line in open(evaluated) if line.split()]
names, parts = lines[0], {line[0]: [float(cell) for cell in line[1:]] for line in lines[1:] if line[0] in ("train", "valid")}
train, valid = (dict(zip(names, parts[part])) for part in ("train", "valid"))
both = {name: train[name] + valid[name] for name in names}


def rows(name):
    events = {}
    for line in open(f"{folder}/{name}").read().splitlines()[1:]:
        run, event, *cells = line.split(",")
        events.setdefault((run, event), []).append([float(cell) if cell.lstrip("-").replace(".", "").isdigit() else cell for cell in cells])
    return events


def close(a, b, to):
    assert abs(a - b) <= to * max(1, abs(b)), (a, b)


nodes, links, events = rows("hits.csv"), rows("edges.csv"), rows("events.csv")
all_links = [link for event in nodes for link in links.get(event, [])]
strengths = [link[2] for link in all_links]
close(both["events"], len(nodes), 1e-6)
assert len(events) == len(nodes)
close(both["hits"], sum(len(of_event) for of_event in nodes.values()), 1e-6)
close(both["links"], len(all_links), 1e-6)
close(both["none"], len(nodes) - len(links), 1e-6)
assert 0 < both["none"]
close(train["x_mean"], 0, 0.02)
close(train["x_square"], train["hits"], 1e-3)
close(train["s_mean"], 0, 0.02)
close(train["s_square"], train["links"], 1e-3)
close(train["step_square"], train["links"], 1e-3)
close(train["g_square"], train["events"], 1e-3)
close(both["far"], sum(value < 0.5 for value in strengths), 1e-6)
close(both["total"], sum(strengths), 1e-4)
close(both["from"], sum(link[0] for link in all_links), 1e-5)
close(train["both"], 1, 1e-6)
close(both["ends"], sum(nodes[event][int(link[0])][0] - nodes[event][int(link[1])][0] for event in nodes for link in links.get(event, [])), 1e-3)
close(both["cross"], sum(node[0] * link[2] for event in nodes for node in nodes[event] for link in links.get(event, [])), 1e-3)
assert train["own"] <= sum(strengths) and train["own"] > 0.5 * train["total"]
