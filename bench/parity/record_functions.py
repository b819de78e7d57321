"""Values of activations, losses and schedules in double precision by PyTorch, for test/stdlib/{activations,losses,schedules}.nn."""
import csv
import os

import torch
import torch.nn.functional as F

FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "test", "stdlib", "Inputs")


INPUTS = ("x", "p", "y", "a", "b", "s", "n", "k", "t")


def write(name, columns):
    columns = {key if key in INPUTS else "v_" + key: value for key, value in columns.items()}
    with open(os.path.join(FOLDER, name + ".csv"), "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in zip(*(value.tolist() for value in columns.values())):
            writer.writerow([format(float(v), ".9g") for v in row])


def activations():
    x = torch.tensor([-30, -6.5, -3.5, -3, -1.25, -1, -0.5, -0.001, 0, 0.001, 0.75, 1, 2, 3, 5.5, 6.5, 30], dtype=torch.float64)
    z = torch.stack([x, x * 0.5 + 1, -x], 1)
    p, q = torch.softmax(z, 1), torch.log_softmax(z, 1)
    write("activations", {
        "x": x, "step": (x >= 0).double(), "identity": x, "relu": F.relu(x), "leaky_relu": F.leaky_relu(x, 0.01),
        "leaky_relu2": F.leaky_relu(x, 0.2), "relu6": F.relu6(x), "elu": F.elu(x), "elu2": F.elu(x, 0.5), "selu": F.selu(x),
        "gelu": F.gelu(x), "silu": F.silu(x), "mish": F.mish(x), "softsign": F.softsign(x), "log_sigmoid": F.logsigmoid(x),
        "hard_tanh": F.hardtanh(x), "hard_sigmoid": F.hardsigmoid(x), "hard_silu": F.hardswish(x),
        "softmax_0": p[:, 0], "softmax_1": p[:, 1], "softmax_2": p[:, 2],
        "log_softmax_0": q[:, 0], "log_softmax_1": q[:, 1], "log_softmax_2": q[:, 2]})


def losses():
    p = torch.tensor([0.05, 0.3, 0.5, 0.7, 0.99, 0.2, 0.6, 0.9], dtype=torch.float64)
    y = torch.tensor([0, 1, 1, 0, 1, 0, 0, 1], dtype=torch.float64)
    a = torch.tensor([-3, -1.5, -0.4, 0, 0.3, 1, 2.5, 40], dtype=torch.float64)
    b = torch.tensor([0.5, -1, 0.1, 0, 0.3, 0.2, -0.5, 1], dtype=torch.float64)
    s = torch.tensor([0.5, 1, 2, 0.1, 3, 0.7, 1.5, 10], dtype=torch.float64)
    n = torch.tensor([0, 1, 2, 3, 0, 1, 5, 8], dtype=torch.float64)
    k = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1])
    P = torch.stack([p / 2, 1 - p, p / 2], 1)
    Y = torch.stack([(1 - p) / 4, p * 0, 1 - (1 - p) / 4], 1)
    t = 2 * y - 1
    none = {"reduction": "none"}
    write("losses", {
        "p": p, "y": y, "a": a, "b": b, "s": s, "n": n, "k": k,
        "squared_error": F.mse_loss(a, b, **none), "half_squared_error": F.mse_loss(a, b, **none) / 2,
        "absolute_error": F.l1_loss(a, b, **none), "bce": F.binary_cross_entropy(p, y, **none),
        "cross_entropy": -(Y * P.log()).sum(1), "nll": F.nll_loss(P.log(), k, **none),
        "gaussian_nll": F.gaussian_nll_loss(a, b, s ** 2, full=True, **none),
        "poisson_nll": F.poisson_nll_loss(s, n, log_input=False, eps=0, **none),
        "kl": F.kl_div(P.log(), Y, **none).sum(1),
        "kl_normal": torch.distributions.kl_divergence(torch.distributions.Normal(b, s), torch.distributions.Normal(0.0, 1.0))
                     + torch.distributions.kl_divergence(torch.distributions.Normal(-b, s), torch.distributions.Normal(0.0, 1.0)),
        "huber": F.huber_loss(a, b, **none), "huber2": F.huber_loss(a, b, delta=0.3, **none),
        "log_cosh": torch.log(torch.cosh(a - b)), "hinge": F.relu(1 - t * a), "squared_hinge": F.relu(1 - t * a) ** 2})


def schedules():
    steps = 24
    w = torch.nn.Parameter(torch.zeros(1))

    def rates(make):
        optimizer = torch.optim.SGD([w], lr=0.1)
        scheduler = make(optimizer)
        result = []
        for _ in range(steps + 1):
            result.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return torch.tensor(result, dtype=torch.float64)

    s = torch.optim.lr_scheduler
    t = torch.arange(steps + 1, dtype=torch.float64)
    cosine = rates(lambda o: s.CosineAnnealingLR(o, T_max=20, eta_min=0.01))
    cosine[21:] = 0.01
    write("schedules", {
        "t": t, "step_decay": rates(lambda o: s.StepLR(o, 7, gamma=0.5)), "exponential_decay": rates(lambda o: s.ExponentialLR(o, 0.9)),
        "inverse_time": rates(lambda o: s.LambdaLR(o, lambda e: 1 / (1 + e / 5))), "cosine": cosine,
        "linear_decay": rates(lambda o: s.LinearLR(o, 1.0, 0.1, 20)),
        "warmup": cosine * rates(lambda o: s.LambdaLR(o, lambda e: 10 * min(1, e / 4)))})


if __name__ == "__main__":
    activations()
    losses()
    schedules()
