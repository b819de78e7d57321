"""Records what PyTorch makes of the programs in test/stdlib/parity: initial weights, data, and the loss of each of 20 steps."""
import csv
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "test", "stdlib", "Inputs", "parity")
ROWS, BATCH, EPOCHS = 70, 16, 4  # five steps an epoch, the last of six events


def normal(*shape, s=0.3):
    return (torch.randn(*shape) * s).float()


def record(name, weights, columns, forward, optimizer=lambda p: torch.optim.SGD(p, lr=0.1), rate=None):
    """forward(weights, batch of columns) is the loss per event or the scalar loss; columns are [ROWS, k]."""
    columns = {key: (value * 1e4).round() / 1e4 for key, value in columns.items()}
    save_file({key: value.clone() for key, value in weights.items()}, os.path.join(FOLDER, name + ".safetensors"))
    with open(os.path.join(FOLDER, name + ".csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"{key}{i}" for key, value in columns.items() for i in range(value.shape[1])])
        for row in range(ROWS):
            writer.writerow([f"{v:.4f}" for value in columns.values() for v in value[row].tolist()])
    parameters = {key: value.clone().requires_grad_() for key, value in weights.items()}
    stepper = optimizer(list(parameters.values()))
    losses, step = [], 0
    for _ in range(EPOCHS):
        for first in range(0, ROWS, BATCH):
            if rate:
                for group in stepper.param_groups:
                    group["lr"] = rate(step / ((ROWS + BATCH - 1) // BATCH))
            batch = {key: value[first:first + BATCH] for key, value in columns.items()}
            loss = forward(parameters, batch).mean()
            stepper.zero_grad()
            loss.backward()
            stepper.step()
            losses.append(loss.item())
            step += 1
    with open(os.path.join(FOLDER, name + ".losses.csv"), "w") as file:
        file.write("loss\n" + "".join(f"{loss!r}\n" for loss in losses))
    print(f"{name}: {losses[0]:.6f} ... {losses[-1]:.6f}")


def cross_entropy(p, y):
    return -(y * torch.log(p)).sum(1)


def one_hot(k):
    return F.one_hot(torch.randint(0, k, (ROWS,)), k).float()


def dense(w, name, x):
    return x @ w[name + ".W"] + w[name + ".b"]


def dense_weights(name, i, o):
    return {name + ".W": normal(i, o), name + ".b": normal(o, s=0.1)}


def networks():
    x = normal(ROWS, 6, s=1)
    record("mlp",
           {**dense_weights("Net.dense.0", 6, 16), **dense_weights("Net.dense.1", 16, 16), **dense_weights("Net.dense.2", 16, 3)},
           {"x": x, "y": one_hot(3)},
           lambda w, b: cross_entropy(torch.softmax(dense(w, "Net.dense.2", torch.relu(dense(w, "Net.dense.1", torch.tanh(
               dense(w, "Net.dense.0", b["x"]))))), 1), b["y"]))

    def convolution(w, b):
        h = torch.relu(F.conv2d(b["x"].reshape(-1, 1, 8, 8), w["Net.conv2d.0.K"], w["Net.conv2d.0.b"], padding=1))
        h = F.max_pool2d(h, 2)
        h = torch.tanh(F.conv2d(h, w["Net.conv2d.1.K"], w["Net.conv2d.1.b"], stride=2, padding=1))
        return cross_entropy(torch.softmax(dense(w, "Net.dense.0", h.reshape(len(h), -1)), 1), b["y"])

    record("conv",
           {"Net.conv2d.0.K": normal(4, 1, 3, 3), "Net.conv2d.0.b": normal(4, s=0.1), "Net.conv2d.1.K": normal(6, 4, 3, 3),
            "Net.conv2d.1.b": normal(6, s=0.1), **dense_weights("Net.dense.0", 24, 3)},
           {"x": normal(ROWS, 64, s=1), "y": one_hot(3)}, convolution)

    def conv1d(w, b):
        h = F.conv1d(b["x"].reshape(-1, 2, 12), w["Net.conv1d.0.K"], w["Net.conv1d.0.b"], stride=2, padding=2)
        return (dense(w, "Net.dense.0", F.silu(h).reshape(len(h), -1))[:, 0] - b["y"][:, 0]) ** 2

    record("conv1d", {"Net.conv1d.0.K": normal(3, 2, 4), "Net.conv1d.0.b": normal(3, s=0.1), **dense_weights("Net.dense.0", 21, 1)},
           {"x": normal(ROWS, 24, s=1), "y": normal(ROWS, 1, s=1)}, conv1d)

    def maxout(w, b):
        z = torch.einsum("ni,kio->nko", b["x"], w["Net.maxout.0.W"]) + w["Net.maxout.0.b"]
        return (dense(w, "Net.dense.0", z.max(1).values)[:, 0] - b["y"][:, 0]) ** 2

    record("maxout", {"Net.maxout.0.W": normal(3, 6, 8), "Net.maxout.0.b": normal(3, 8, s=0.1), **dense_weights("Net.dense.0", 8, 1)},
           {"x": x, "y": normal(ROWS, 1, s=1)}, maxout, lambda p: torch.optim.SGD(p, lr=0.02))

    def normed(w, b):
        h = F.layer_norm(F.gelu(b["x"] @ w["Net.linear.0.W"]), (8,), w["Net.layer_norm.0.g"], w["Net.layer_norm.0.b"], 1e-5)
        return F.binary_cross_entropy(torch.sigmoid(dense(w, "Net.dense.0", h)[:, 0]), (b["y"][:, 0] > 0).float(), reduction="none")

    record("layer_norm",
           {"Net.linear.0.W": normal(6, 8), "Net.layer_norm.0.g": 1 + normal(8, s=0.1), "Net.layer_norm.0.b": normal(8, s=0.1),
            **dense_weights("Net.dense.0", 8, 1)},
           {"x": x, "y": normal(ROWS, 1, s=1)}, normed)

    def batch_normed(w, b):
        h = b["x"].reshape(-1, 1, 8, 8)
        h = F.batch_norm(F.conv2d(h, w["Net.conv2d.0.K"], w["Net.conv2d.0.b"], stride=2), None, None, w["Net.batch_norm2d.0.g"],
                         w["Net.batch_norm2d.0.b"], True)
        h = torch.tanh(h).reshape(len(h), -1) @ w["Net.linear.0.W"]
        h = F.batch_norm(h, None, None, w["Net.batch_norm.0.g"], w["Net.batch_norm.0.b"], True)
        return (dense(w, "Net.dense.0", torch.tanh(h))[:, 0] - b["y"][:, 0]) ** 2

    record("batch_norm",
           {"Net.conv2d.0.K": normal(4, 1, 3, 3), "Net.conv2d.0.b": normal(4, s=0.1), "Net.batch_norm2d.0.g": 1 + normal(4, s=0.1),
            "Net.batch_norm2d.0.b": normal(4, s=0.1), "Net.linear.0.W": normal(36, 8), "Net.batch_norm.0.g": 1 + normal(8, s=0.1),
            "Net.batch_norm.0.b": normal(8, s=0.1), **dense_weights("Net.dense.0", 8, 1)},
           {"x": normal(ROWS, 64, s=1), "y": normal(ROWS, 1, s=1)}, batch_normed, lambda p: torch.optim.SGD(p, lr=0.05))

    def pooled(w, b):
        h = F.elu(F.conv2d(b["x"].reshape(-1, 1, 8, 8), w["Net.conv2d.0.K"], w["Net.conv2d.0.b"]))
        h = F.interpolate(F.avg_pool2d(h, 2), scale_factor=2, mode="nearest") * h
        return (dense(w, "Net.dense.0", h.mean((2, 3)))[:, 0] - b["y"][:, 0]) ** 2

    record("pooling", {"Net.conv2d.0.K": normal(4, 1, 3, 3), "Net.conv2d.0.b": normal(4, s=0.1), **dense_weights("Net.dense.0", 4, 1)},
           {"x": normal(ROWS, 64, s=1), "y": normal(ROWS, 1, s=1)}, pooled)

    event_weights = ((torch.rand(ROWS, 1) * 2 - 0.3) * 1e4).round() / 1e4

    def weighted(w, b):
        l = (dense(w, "Net.dense.1", torch.tanh(dense(w, "Net.dense.0", b["x"])))[:, 0] - b["y"][:, 0]) ** 2
        return b["w"][:, 0] * l / event_weights.mean()

    record("weighted", {**dense_weights("Net.dense.0", 6, 8), **dense_weights("Net.dense.1", 8, 1)},
           {"x": x, "y": normal(ROWS, 1, s=1), "w": event_weights}, weighted, lambda p: torch.optim.SGD(p, lr=0.02))


def optimizers():
    columns = {"x": normal(ROWS, 6, s=1), "y": normal(ROWS, 1, s=1)}
    weights = {**dense_weights("Net.dense.0", 6, 8), **dense_weights("Net.dense.1", 8, 1)}

    def loss(w, b):
        return (dense(w, "Net.dense.1", torch.tanh(dense(w, "Net.dense.0", b["x"])))[:, 0] - b["y"][:, 0]) ** 2

    o = torch.optim
    for name, optimizer in {
        "momentum": lambda p: o.SGD(p, lr=0.02, momentum=0.9),
        "nesterov": lambda p: o.SGD(p, lr=0.02, momentum=0.9, nesterov=True),
        "adagrad": lambda p: o.Adagrad(p, lr=0.05, eps=1e-10),
        "adadelta": lambda p: o.Adadelta(p, lr=1.0, rho=0.9, eps=1e-6),
        "rmsprop": lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8),
        "adam": lambda p: o.Adam(p, lr=0.01),
        "adamw": lambda p: o.AdamW(p, lr=0.01, weight_decay=0.1),
    }.items():
        record(name, weights, columns, loss, optimizer)
    record("schedule", weights, columns, loss, rate=lambda t: 0.1 * 0.5 ** t)


def recurrences():
    def sequences(width):
        return {"x": normal(ROWS, 5 * width, s=1), "y": normal(ROWS, 1, s=1)}

    def recurrent(kind, gates, order):
        """torch's own layer; `order` are our gates in torch's order. All hidden values, through a dense layer of the last."""
        def forward(w, b):
            hidden = w[f"Net.{kind}.0.U"].shape[-1]
            module = getattr(torch.nn, kind.upper())(3, hidden, batch_first=True)
            U = w[f"Net.{kind}.0.U"].reshape(3, gates, hidden)[:, order].reshape(3, -1).T
            V = w[f"Net.{kind}.0.V"].reshape(hidden, gates, hidden)[:, order].reshape(hidden, -1).T
            bias = w[f"Net.{kind}.0.b"].reshape(gates, hidden)[order].reshape(-1)
            other = torch.zeros_like(bias)
            if kind == "gru":
                other = torch.cat([torch.zeros(2 * hidden), w["Net.gru.0.a"]])
            names = {"weight_ih_l0": U, "weight_hh_l0": V, "bias_ih_l0": bias, "bias_hh_l0": other}
            y = torch.func.functional_call(module, names, (b["x"].reshape(-1, 5, 3),))[0]
            return (dense(w, "Net.dense.0", y[:, -1])[:, 0] + y.mean((1, 2)) - b["y"][:, 0]) ** 2
        return forward

    for kind, gates, order in (("rnn", 1, [0]), ("lstm", 4, [1, 0, 2, 3]), ("gru", 3, [0, 1, 2])):
        shape = (lambda *sizes: sizes) if gates > 1 else (lambda *sizes: tuple(s for s in sizes if s != 1))
        weights = {f"Net.{kind}.0.U": normal(*shape(3, gates, 6)), f"Net.{kind}.0.V": normal(*shape(6, gates, 6)),
                   f"Net.{kind}.0.b": normal(*shape(gates, 6), s=0.1)}
        if kind == "gru":
            weights["Net.gru.0.a"] = normal(6, s=0.1)
        record(kind, {**weights, **dense_weights("Net.dense.0", 6, 1)}, sequences(3), recurrent(kind, gates, order))


def lookups():
    """Three words of twenty, whose vectors are multiplied by those of other words, gathered by a neighbour list."""
    words = torch.randint(0, 20, (ROWS, 3)).float()
    following = [(7 * i + 3) % 20 for i in range(20)]

    def forward(w, b):
        i = b["x"].long()
        vectors = F.embedding(i, w["Net.words.T"])
        others = F.embedding(torch.tensor(following)[i], w["Net.words.T"])
        counts = torch.zeros(20).index_add(0, i.reshape(-1), torch.ones(i.numel()))  # of this batch
        z = torch.tanh(vectors * others).mean(1) + 0.1 * torch.log1p(counts[i]).mean(1, keepdim=True)
        return (dense(w, "Net.dense.0", z)[:, 0] - b["y"][:, 0]) ** 2

    weights = {"Net.words.T": normal(20, 5, s=1), **dense_weights("Net.dense.0", 5, 1)}
    columns = {"x": words, "y": normal(ROWS, 1, s=1)}
    record("embedding", weights, columns, forward)
    record("embedding_adam", weights, columns, forward, lambda p: torch.optim.Adam(p, lr=0.01))


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_num_threads(1)
    os.makedirs(FOLDER, exist_ok=True)
    networks()
    optimizers()
    recurrences()
    lookups()
