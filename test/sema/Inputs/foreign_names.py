"""A program that mentions every target of compiler/sema/foreign_names.def; settings stand in a training of it."""
import re
import sys

root = sys.argv[1]
rows = re.findall(r'^NNC_FOREIGN\("([^"]+)", "([^"]+)", "([^"]+)"\)$', open(root + "/compiler/sema/foreign_names.def").read(), re.M)
texts = re.findall(r'^NNC_FOREIGN_TEXT\("([^"]+)", ".*"\)$', open(root + "/compiler/sema/foreign_names.def").read(), re.M)
names = [name for name, _, _ in rows] + texts
assert len(rows) > 100 and len(texts) > 50 and len(set(names)) == len(names), "a name stands twice"
settings = {"loss", "optimizer", "batch", "epochs", "seed", "clip", "stop"}
configured = {"rate": "adam", "decay": "adamw", "beta1": "adam", "beta2": "adam", "eps": "adam"}
library = "".join(open(f"{root}/stdlib/optimizers.nn").read())
for name, target, _ in rows:
    if target in configured:
        assert re.search(rf"optimizer {configured[target]}\{{[^}}]*\b{target}\b", library), target
names = sorted({target for _, target, _ in rows} - settings - set(configured))
print("fn mentioned(x) {")
print("    (" + ", ".join(names) + ", x)")
print("}")
