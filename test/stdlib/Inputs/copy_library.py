"""copy_library.py STDLIB FOLDER: writes library.nn, and copied.nn that defines all it uses itself, each name with `my_` before it."""
import glob
import os
import re
import sys

PROGRAM = """
data points = sample 100 {
    x ~ normal[64](0, 1)
    y = onehot3(x[0] + x[1] > 0.5, x[2] > 0)
}

fn onehot3(a, b) { [a, (1 - a) * b, (1 - a) * (1 - b)] }

model Net(x: f32[N, 64]) -> f32[N, 3] {
    c1 = conv2d{4, 3, pad = 1}
    c2 = conv2d{6, 3, stride = 2, start = glorot_normal}
    n = batch_norm2d{}
    m = maxout{8, 3}
    l = layer_norm{}
    r = dropout{0.2}
    d = dense{12}
    e = dense{3, he_uniform}
    h = x |> image{1, 8, 8} |> c1 |> n |> elu |> max_pool2d{2} |> c2 |> leaky_relu{0.2}
    h |> flatten |> m |> l |> r |> d |> gelu |> e |> softmax
}

train Net on points {
    loss = cross_entropy(Net(x), y)
    optimizer = adam{cosine{0.01, over = epochs}}
    batch = 16
    epochs = 2
    seed = 5
}
"""


def main():
    library = "\n".join(open(path).read() for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.nn"))))
    names = set(re.findall(r"^(?:fn|layer|optimizer|prepare) (\w+)", library, re.M))
    any_name = "|".join(sorted(names, key=len, reverse=True))
    # A use is a name before `{` or `(`, after `|> `, or alone as the value of a setting.
    use = re.compile(rf"(?<![\w.])({any_name})(?=[{{(])|(?<=\|> )({any_name})\b|(?<=, )({any_name})(?=[,}}])|(?<== )({any_name})(?=[,}}])")
    declaration = re.compile(r"^((?:fn|layer|optimizer|prepare) )(?!my_)(\w+)", re.M)
    copied = use.sub(lambda match: "my_" + match.group(0), library)
    copied = declaration.sub(r"\1my_\2", copied)
    used = use.sub(lambda match: "my_" + match.group(0), PROGRAM)
    with open(os.path.join(sys.argv[2], "library.nn"), "w") as file:
        file.write(PROGRAM)
    with open(os.path.join(sys.argv[2], "copied.nn"), "w") as file:
        file.write(used + "\n" + copied)


if __name__ == "__main__":
    main()
