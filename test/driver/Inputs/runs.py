"""runs.py NNC INPUTS FOLDER: logs, figures, weights and places of runs."""
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

nnc, inputs, folder = sys.argv[1:]
os.makedirs(folder)
particles = os.path.join(inputs, "particles.nn")


def at(*names):
    return os.path.join(folder, *names)


def run(*arguments, code=0):
    done = subprocess.run([nnc, *arguments], capture_output=True, text=True, cwd=folder)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def train(program, out, *flags, code=0):
    return run("train", program, "--out", out, "--quiet", *flags, code=code)


def log(out):
    with open(at(out, "log.csv")) as file:
        return list(csv.DictReader(file))


def metrics(out):
    with open(at(out, "metrics.json")) as file:
        return json.load(file)


def write(name, text):
    with open(at(name), "w") as file:
        file.write(text)
    return at(name)


def bytes_of(*names):
    with open(at(*names), "rb") as file:
        return file.read()


def hidden():
    return [name for name in os.listdir(folder) if name.startswith(".")]


# The log has a column for every metric of every part; the line of the epoch whose weights are kept has all of them, as metrics.json has.
train(particles, "a")
rows, figures = log("a"), metrics("a")
assert list(rows[0]) == ["epoch", "step", "seconds", "complete", "train.loss", "train.loss_after", "train.auc", "train.right", "valid.loss",
                         "valid.auc", "valid.right"], list(rows[0])
assert all(row["valid.auc"] and row["complete"] == "1" for row in rows) and not rows[0]["train.auc"]
for part in ("train", "valid"):
    for name in ("loss", "auc", "right"):
        column = "train.loss_after" if (part, name) == ("train", "loss") else part + "." + name
        assert float(rows[-1][column]) == figures[part][name], (column, rows[-1], figures)
header = figures["header"]
assert (header["ended"], header["epochs"], header["best_epoch"], header["steps"]) == ("complete", 5, 5, 20), header
assert header["version"] and len(figures["valid"]["confusion_matrix"]) == 2, figures

# `eval` gives what the training gave, to the last bit; also of other lengths and batches than the program's.
short = write("short.nn", open(particles).read().replace("    epochs    = 5\n", "").replace('csv{"', f'csv{{"{inputs}/'))
train(short, "b", "--epochs", "3", "--batch", "7", "--seed", "5")
for name in ("a", "b"):
    run("eval", name, "-o", at(name + ".json"))
    with open(at(name + ".json")) as file:
        assert json.load(file) == metrics(name)
    assert run("eval", name, "-o", "-").stdout == open(at(name + ".json")).read()

# Parts are evaluated as asked: after each epoch, and at the end.
train(particles, "parts", "--evaluate", "valid", "--log-parts", "train,valid")
assert all(row["train.auc"] for row in log("parts")) and set(metrics("parts")) == {"valid", "header"}
assert bytes_of("parts", "weights.safetensors") == bytes_of("a", "weights.safetensors")
assert "confusion" not in train(particles, "parts", "--evaluate", "none").stdout and set(metrics("parts")) == {"header"}
train(particles, "parts", "--log-parts", "none")
assert not any(row["valid.auc"] for row in log("parts")[:-1]) and log("parts")[-1]["valid.auc"]
for flag in ("--evaluate", "--log-parts"):
    told = train(particles, "parts", flag, "valid,tset", code=2).stderr
    assert "error[E0704]" in told and flag in told and "`tset`" in told and "`train`, `valid`" in told, told

# No epochs write the initial weights, from which training on gives what training gives.
train(particles, "initial", "--epochs", "0")
assert log("initial") == [] and metrics("initial")["header"]["best_epoch"] == 0 and "auc" in metrics("initial")["valid"]
train(particles, "again", "--weights", "initial")
assert bytes_of("again", "weights.safetensors") == bytes_of("a", "weights.safetensors")
train(particles, "again", "--weights", at("initial", "weights.safetensors"))
assert bytes_of("again", "weights.safetensors") == bytes_of("a", "weights.safetensors")
assert "error[E0705]" in train(particles, "again", "--weights", folder, code=1).stderr

# Losses of all steps, and their sum; an epoch that its phase leaves unfinished says so.
steps = write("steps.nn", """data real = sample 100 { x ~ normal[1](3, 0.5) }
model G(z: f32[N, 2]) -> f32[N, 1] { z |> dense{8} |> tanh |> dense{1} }
model D(x: f32[N, 1]) -> f32[N] { x |> dense{8} |> tanh |> dense{1} |> sigmoid |> squeeze }
train GAN on real {
    step judge updates D { loss = bce(D(x), 1) + bce(D(G(normal[N, 2])), 0); optimizer = adam{2e-3} for 10 steps }
    step forge updates G { loss = bce(D(G(normal[N, 2])), 1); optimizer = adam{2e-3} for 10 steps }
    batch = 25
}
""")
train(steps, "steps", "--log-steps")
rows = log("steps")
assert [row["complete"] for row in rows] == ["1", "1", "0"], rows
with open(at("steps", "steps.csv")) as file:
    per_step = list(csv.DictReader(file))
for name in ("judge", "forge"):
    mean = sum(float(row[name + ".loss"]) for row in per_step[:4]) / 4
    assert abs(float(rows[0][f"train.{name}_loss"]) - mean) < 1e-6 * mean, (rows[0], mean)
assert abs(float(rows[0]["train.loss"]) - float(rows[0]["train.judge_loss"]) - float(rows[0]["train.forge_loss"])) < 1e-9
assert rows[-1]["train.judge_loss_after"] and rows[-1]["train.loss_after"]
shutil.copy(at("steps", "weights.safetensors"), at("steps_weights"))
told = train(steps, "steps", "--epochs", "3", code=2).stderr
assert "error[E0704]: `--epochs` changes nothing" in told.replace("\x1b", ""), told
train(steps, "steps", "--epochs", "0")
assert log("steps") == []

# Every setting of the program does what its flag does, and something at all.
def weights(settings, *flags):
    text = short_text.replace("optimizer = sgd{rate}\n", "optimizer = sgd{rate}\n    " + settings + "\n")
    train(write("setting.nn", text), "setting", *flags)
    return bytes_of("setting", "weights.safetensors")


short_text = open(short).read().replace("    batch     = 20\n", "")
plain = weights("epochs = 3; batch = 20")
assert plain == weights("", "--epochs", "3", "--batch", "20") == weights("epochs = 9; batch = 9", "--epochs", "3", "--batch", "20")
assert plain == weights("epochs = 3; batch = 20; seed = 1") == weights("epochs = 3; batch = 20; seed = 5", "--seed", "1")
assert plain == weights("epochs = 3; batch = 20; shuffle = true; clip = 1e6")
others = [weights("epochs = 3; batch = 20; " + more) for more in ("seed = 5", "shuffle = false", "clip = 0.01")]
others += [weights("epochs = 4; batch = 20"), weights("epochs = 3; batch = 21"), weights("epochs = 3")]
assert len({plain, *others}) == 7
assert others[0] == weights("epochs = 3; batch = 20", "--seed", "5")
gan = open(steps).read()
train(write("clipped.nn", gan.replace("batch = 25", "batch = 25; clip = 1e-3")), "clipped")
train(write("clipped.nn", gan.replace("for 10 steps }", "for 10 steps; clip = 1e-3 }")), "clipped_each")
assert bytes_of("steps_weights") != bytes_of("clipped", "weights.safetensors") == bytes_of("clipped_each", "weights.safetensors")

# A training that diverges keeps its log and the best weights so far, and says so; one that nearly does is warned of.
line = """data points = sample 100 {{ x ~ uniform[1](1, 2); y = 3 * x[0]; split train 0.5, valid 0.5 }}
model Line(x: f32[N, 1]) -> f32[N] {{ x |> dense{{1}} |> squeeze }}
train Line on points {{
    loss      = {loss}
    optimizer = {optimizer}
    epochs    = {epochs}
    {more}
}}
"""
diverging = write("diverging.nn", line.format(loss="(Line(x) - y)^2", optimizer="sgd{0.1} for 5 epochs then sgd{1e6}", epochs=100, more=""))
done = train(diverging, "diverged", code=1)
assert "error[E0506]" in done.stderr and "diverging.nn:3:7" in done.stderr and "the run holds the weights of epoch 5" not in done.stdout, done.stderr
assert "; diverged; weights of an earlier epoch" in done.stdout, done.stdout
header = metrics("diverged")["header"]
rows = log("diverged")
assert header["ended"] == "diverged" and 5 <= header["best_epoch"] < len(rows) == header["epochs"], header
assert rows[-1]["complete"] == "0" and all(row["complete"] == "1" for row in rows[:-1])
assert f"the run holds the weights of epoch {header['best_epoch']}" in done.stderr, done.stderr
run("eval", "diverged", "-o", at("diverged.json"))
assert json.load(open(at("diverged.json"))) == metrics("diverged")
stopping = write("stopping.nn", line.format(loss="(Line(x) - y)^2", optimizer="sgd{0.1} for 5 epochs then sgd{1e6}", epochs=100,
                                            more="stop when valid.loss stalls 1000"))
train(stopping, "stopping", code=1)
losses = [float(row["valid.loss"]) for row in log("stopping") if row["valid.loss"]]
best = losses.index(min(losses)) + 1
assert metrics("stopping")["header"]["best_epoch"] == best and metrics("stopping")["valid"]["loss"] == min(losses)
at_once = write("at_once.nn", line.format(loss="(Line(x) - y)^2 + log(0 * y)", optimizer="sgd{0.1}", epochs=3, more=""))
done = train(at_once, "at_once", code=1)
assert "initial weights" in done.stderr and metrics("at_once")["header"]["best_epoch"] == 0, done.stderr
away = write("away.nn", line.format(loss="(Line(x) - y)^2", optimizer="adam{1000}", epochs=50, more=""))
done = train(away, "away")
assert "warning[W0508]: the loss grew from" in done.stderr and "away.nn:3:7" in done.stderr, done.stderr
assert train(particles, "calm").stderr == ""

# --out replaces a run, and nothing else: no other file, no link, no folder that is in use.
os.mkdir(at("disk"))
os.symlink(at("disk", "run"), at("link"))
for epochs in ("1", "2"):
    train(particles, "link", "--epochs", epochs)
    assert os.path.islink(at("link")) and metrics("disk/run")["header"]["epochs"] == int(epochs)
write("disk/run/notes.txt", "mine")
before = bytes_of("disk", "run", "weights.safetensors")
told = train(particles, "link", code=1).stderr
assert "error[E0707]" in told and "`notes.txt`" in told, told
assert open(at("disk", "run", "notes.txt")).read() == "mine" and bytes_of("disk", "run", "weights.safetensors") == before
for place in (".", "..", "/"):
    assert "error[E0707]" in train(particles, place, code=1).stderr
os.mkdir(at("locked"), 0o555)
if not os.access(at("locked"), os.W_OK):  # not as root
    assert "error[E0707]" in train(particles, "locked/run", code=1).stderr

# What is wrong with a run is said.
for text, told in (("{", "this is not the metrics.json of a run"), ('{"header": {}}', "damaged"), ('{"header": {"format_version": 99}}', "damaged")):
    shutil.copytree(at("a"), at("damaged"))
    write("damaged/metrics.json", text)
    for command in (["eval", "damaged"], ["compile", "damaged"], ["train", particles, "--weights", "damaged"]):
        assert told in run(*command, code=1).stderr, (command, text)
    shutil.rmtree(at("damaged"))

# Interrupted at any moment, by whatever signal, a training leaves what it had learnt, or nothing.
for number in range(6):
    training = subprocess.Popen([nnc, "train", particles, "--out", at("cut"), "--epochs", "100000000", "--log-parts", "none"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))  # under nohup it is ignored, and stays so
    which = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP][number % 3]
    training.stderr.readline()
    time.sleep(0.01 * number)
    training.send_signal(which)
    out, told = training.communicate(timeout=240)  # a guard against one that never ends
    assert training.returncode == 128 + which, (training.returncode, told)
    header = metrics("cut")["header"]
    rows = log("cut")
    assert header["ended"] == "interrupted" and len(rows) == header["epochs"] == header["best_epoch"], (header, len(rows))
    assert int(rows[-1]["step"]) == header["steps"] and (rows[-1]["complete"] == "1") == (header["steps"] % 4 == 0)
    run("eval", "cut", "-o", at("cut.json"))
    assert json.load(open(at("cut.json"))) == metrics("cut")
    assert hidden() == [], hidden()

# Killed, it leaves an earlier run as it was; what is staged goes with the next training beside it.
before = bytes_of("cut", "weights.safetensors")
training = subprocess.Popen([nnc, "train", particles, "--out", at("cut"), "--epochs", "100000000"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
training.stderr.readline()
second = train(particles, "cut", code=1)
assert "error[E0707]" in second.stderr and "another training is writing" in second.stderr, second.stderr
train(particles, "beside")
assert hidden() == [".cut.staged"]
training.kill()
training.communicate()
assert bytes_of("cut", "weights.safetensors") == before and hidden() == [".cut.staged"]
train(particles, "beside")
assert hidden() == [], hidden()

# Where the place cannot be written to at the end, the run is kept elsewhere.
os.mkdir(at("temporary"))
full = subprocess.run(["sh", "-c", f"ulimit -f 1; exec '{nnc}' train '{particles}' --out big --set width=16 --epochs 400 --quiet"], cwd=folder,
                      capture_output=True, text=True, env={**os.environ, "TMPDIR": at("temporary")})
assert full.returncode == 1 and "error[E0707]" in full.stderr, (full.returncode, full.stderr)
assert not os.path.exists(at("big")) and hidden() == [], hidden()
print("ok")
