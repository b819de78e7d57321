"""grid.py NNC WORK [--seed S] [--programs N] [--all] [--only TEXT] [--keep]: programs that put every kind of value into every place
of the language, taken through all commands.

A program is a small sound one with one or more holes: a setting, a subscript, a size, an option's default. Each hole is filled with an
expression of some kind: empty, negative, zero, fractional, symbolic, huge, infinite, text, a function, a distribution, a list, an
undefined name, and random compositions of these. What is asked of every program:
  - `check` ends with 0 or 1; a mistake has a code and a place in the user's program;
  - what passes `check` trains, or fails for a reason that only the numbers show (RUNTIME below), and then `eval`, `predict` and
    `compile` succeed;
  - nothing ends by a signal, with another code, or takes longer than LIMIT seconds.
--all takes every hole with every value; otherwise N programs are drawn with the seed S. Exit code 1 lists what was found; WORK keeps
the programs that failed."""
import argparse
import concurrent.futures
import itertools
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import zlib

LIMIT = 30
MEMORY = 6 << 30
# What a training may meet that no text shows: losses that diverge, values outside the numbers that a loss is defined for, cells that
# are not what the program takes them for, parts without events, memory.
RUNTIME = {"E0208", "E0506", "E0602", "E0604", "E0605", "E0606", "E0609", "E0610", "E0611", "E0708"}

VALUES = """0|1|2|3|-1|-2|0.0|0.5|-0.5|1.5|2.0|0.7|1e-3|1e300|-1e300|1e-300|1000000000000|9223372036854775807|-9223372036854775807|
9007199254740993|2^31|2^62|2^100|-2^40|10^12|4294967296|inf|-inf|0 / 0|1 / 0|inf - inf|0 * inf|pi|true|false|training|7 // 2|7 % 0|7 // 0|-7 % 3|
"text"|""|"a"|"t.csv"|"/dev/null"|sqrt(2)|sqrt(4)|sqrt(-1)|abs(-2)|floor(2.5)|max(2, 3)|min(1, -1)|log(0)|exp(1000)|max(1)|sum(3)|mean(2)|
relu|tanh|sqrt|max|sum|roc_auc|dense|dense{3}|dense{0}|dense{-1}|dense{2.5}|dense{N}|dense{opt}|dense{"a"}|dense{relu}|mlp{[2], tanh}|mlp{[], tanh}|
mlp{3, tanh}|mlp{[2, 0], tanh}|dropout{0.5}|dropout{2}|twice{tanh}|twice{M}|twice{3}|adam|adam{0.1}|adam{}|sgd{-1}|sgd{inf}|cosine{0.1, over = 3}|
cosine|standardize|minmax|he_normal|filled{value = 2}|orthogonal|normal|normal(0, 1)|normal(0, -1)|uniform(0, 1)|uniform(1, 0)|bernoulli(0.5)|bernoulli(2)|
integers(0, 3)|integers(3, 0)|exponential(1)|normal[N, 2]|normal[N]|normal[3]|normal[N, -1]|normal[0]|normal[2.5]|uniform[3](0, 1)|uniform[x](0, 1)|
M|M(x)|Q|Q(x)|d|d.x|d.N|d.q|e|N|2 * N|N - N|-N|N - 3|3 - N|N // 2|N / 2|N^2|N * N|opt|optf|optx|optl|opt - 3|act|act(x)|len(optl)|optl[0]|optl[9]|optl[-1]|
x|y|-x|not x|x + 1|x[0]|x[1]|x[9]|x[-1]|x[0.5]|x[:, 0]|x[n, 0]|x[n, n]|x[0, 0]|x[...]|x[0..2]|x[2..1]|x[..., 0]|x[i]|x * x|x @ x|x / 0|x == y|x > 0|x[x]|floor(x[n, 0])|min(max(floor(x[n, 1]), 0), 2)|argmax[k](x[n, k])|x[n, argmax[k](x[n, k])]|
x |> dense{2}|x |> relu|x |> M|x |> 3|x |> standardize|x |> nothing|y |> standardize|[x, y]|[x]|[x, 1]|[a, b]|[a, kind]|[y, y]|
a|b|kind|label|hit|m|m - 1|event|hit[k]|w|w[k]|l|place|hit + w|[hit, w]|hit[place[k] else 0]|onehot(kind)[k, 0]|hit |> standardize|kind == "p"|kind == 3|a == "p"|encode(kind)|onehot(kind)|encode(a)|onehot(label)|onehot(3)|encode(kind + 1)|all except label|all except kind, label|
all except nothing|log(kind)|kind + 1|-kind|
[]|[1]|[1, 2]|[1, 2, 3]|[2, 2]|[0, 1]|[[1, 2], [3]]|[[1, 2], [3, 4]]|["a"]|[relu, tanh]|[1, relu]|[1, "a"]|[0.5, 1]|[-1]|[N]|(1, 2)|(x, y)|(x, relu)|len([1, 2])|len(x)|size(x)|size(3)|
nothing|nothing(x)|nothing{3}|nothing.x|nothing[0]|zeros[3]|zeros[N]|zeros[N, 3]|zeros[N, -1]|zeros[0]|zeros[2.5]|zeros["a"]|ones[N, 2]|ones[-1]|zeros[x]|zeros[10^9, 10^9]|ones[2^31, 2^31, 2^31]|
weights(M)|weights(Q)|weights(3)|weights(x)|sum(weights(M)^2)|unit(0)|unit(x)|constant(1)|constant(x)|constant(relu)|reshape[2, 3](x)|reshape[N, 1](y)|reshape[N, 3, 1](x)|reshape[-1](x)|
reshape[3, N](x)|grad(sum(x), x)|grad(x, x)|grad(3, x)|grad(sum(x^2), y)|along(x, x, x)|along(x, x, unit(0))|along(x, y, 1)|grad(x)|laplacian{M}(x)|gradient{M}(x)|hessian{relu}(x)|
sum[i in 0..0](1)|sum[i in 0..3](i)|sum[i in 0..3](1)|sum[i in 3..0](i)|sum[i in 0..-1](1)|sum[i in 0..2.5](i)|sum[i in 0..N](1)|sum[i in 0..N - 5](1)|sum[i in 0..100 - N](i)|sum[i in 0..40 * (N // 2) - 40 * (N // 3) + 40](i)|sum[i in 0..x](1)|sum[i in 0..relu](i)|sum[i in 0.."a"](i)|
sum[i in 0..10^12](i)|sum[i](1)|sum[i](i)|sum[i](x[i])|sum[i](x[i, i])|sum[i, j](x[i, j])|max[k](x[0, k])|argmax(x)|argmax[i in 0..0](i)|mean[i in 0..3](i)|mean[i in 0..0](i)|prod[i in 0..0](2)|
sum[](x)|sum[i in 0..3](x[i])|sum[i in 0..3 where i > 1](i)|sum[i in 0..3 where x > 0](i)|sum[i in 0..3](x[n, i else 0])|sum[j in 0..i](1)|any(x)|all(x > 0)|
repeat t in 0..2 with h = 1 { next h = h + 1 }|repeat t in 0..0 with h = 1 { next h = h }|repeat t in 0..N with h = x { next h = h }|repeat t in 2..0 with h = 1 { next h = h }|
repeat t in 0..2.5 with h = 1 { next h = h }|repeat t in 0..10^9 with h = 1 { next h = h }|repeat t in 0..2 with h = x { next h = h |> dense{2} }|repeat t in 0..relu with h = 1 { next h = h }|
repeat t in 0..2 with h = relu { next h = h }|repeat t in 0..2 with h = (1, 2) { next h = h }|repeat t in 0..2 with h = 1 { next g = h }|scan t in 0..2 with h = 1 { next h = h }|
scan t in 0..3 with h = x { next h = 0.5 * h + t }|scan t in 3..0 with h = x[:, 0] { next h = tanh(h) }|scan t in 0..0 with h = x { next h = h }|scan t in 0..N with h = x { next h = h }|scan t in 0..10^9 with h = 1 { next h = h }|
scan t in 0..2 with h = relu { next h = h }|scan t in 0..2 with h = 1 { next g = h }|scan t in 0..2 with h = 1 { next h = x }|scan t in 0..2 { }|scan t in 0..2 with h = x { next h = scan u in 0..2 with g = h { next g = 0.5 * g } }|
cumulative_sum(x)|exponential_average{0.5}(x)|exponential_average{2}(x)|rnn{2}(x)|lstm{2}(x[..., 0])|gru{0}(x)|
if true then 1 else 2|if x > 0 then 1 else 0|if false then nothing else 1|if 1 then relu else tanh|if x > 0 then relu else tanh|if "a" then 1 else 2|if N > 3 then 1 else 2|if y then x else 0|
next x|t|i|n|epochs|steps|loss|1 + relu|relu + relu|"a" + 1|"a" == "a"|d + 1|N + 0.5|x ^ x|1 < 2|N == 3|N < 3|-relu|-"a"|not "a"|not 0|relu(relu)|relu(1, 2)|relu()|relu("a")|relu(N)|
relu(d)|M()|M(1)|M(x, x)|M("a")|M(relu)|M(y)|Q(y)|dense{2}(1)|dense{2}("a")|dense{2}(x)|batch_norm(x)|dropout{0.5}(x)|softmax(x)|softmax(1)|concat(x, x)|concat(x)|flatten(x)|squeeze(x)|squeeze(1)|conv2d{2, 3}(x)|
max_pool2d{2}(x)|image(x)|bce(x, x)|cross_entropy(x, x)|mse(x, 0)|roc_auc(x, y)|roc_auc(M(x), y)|accuracy(M(x), y)|confusion(M(x), y)|l2{0.1}(weights(M))|l2{"a"}(weights(M))"""

# Holes by the part of the program that they stand in. `@` is the hole; LONG ones may say how long a training lasts.
HOLES = {
    "data": """x = @|x = [a, @]|x = [a, b, c] |> @|x = [a, b, c]; y = @|x = [a, b, c]; y = label == @|x = [a, b, c]; y = label; weight = @|
x = [a, b, c]; y = label; fill = @|x = [a, b, c]; y = label; drop = @|x = [a, b, c]; y = label; split train @, valid 0.2 seed 1|x = [a, b, c]; y = label; split train 0.5, valid @|
x = [a, b, c]; y = label; split train 0.5, valid 0.5 seed @|x[i] = @|x[i in 0..3] = @|x[i in 0..@] = a|x[i in @..3] = a; y = label|q = @; x = [a, b, c]; y = label|x = [a, b, c]; y = label; z = scan t in 0..3 with h = a { next h = h + @ }|x = [a, b, c]; y = label; z = scan t in 0..@ with h = a { next h = 0.5 * h }|x = all except @; y = label|x = log(@); y = label|
x = encode(@); y = label|x = onehot(@); y = label|x = [a, b, c]; y ~ @|x ~ @; y = label|x = [a, b, c]; y = label; z ~ normal(0, @)|x ~ normal[@](0, 1); y = label|x = [a, b, c]; y = if @ then 1 else 0|columns = @; x = [a, b, c]; y = label|x = [a, b, c]; y = label; missing[a] = @|x = [a, b, c]; y = label; missing[@] = 0|x = [a, b, c]; y = label; missing[a, b] = [0, @]; fill = 0|x = [a, b, c]; y = label; missing = @|x = [a, b, c]; y = label; fill[@] = 0""",
    "source": """csv{@}|csv{train = @}|csv{"t.csv", fill = @}|csv{"t.csv", drop = @}|csv{train = "t.csv", test = @}|@|sample @|idx{@, @}|csv{[@]}|csv{"t.csv", separator = @}|csv{"t.csv", decimal = @}|csv{"t.csv", thousands = @}|csv{"t.csv", units = @}|csv{"t.csv", file = @}|csv{@, file = origin}|csv{"t.csv", row = @}|csv{@, row = n}|csv{"t.csv", file = n, row = @}|csv{"e.csv", row = n, group = n} and csv{@, row = n, group = n}|csv{"t.csv", comment = @}|csv{"t.csv", skip = @}|csv{"t.csv", skip = [1, @]}|csv{"t.csv", names = [a, b, c, label], skip = @}|csv{"t.csv", encoding = @}|csv{"t.csv", replace = @}|csv{"t.csv", replace = [@, "1"]}|csv{"t.csv", replace = ["[a-c]", @]}|csv{"t.csv", widths = @}|csv{"t.csv", widths = [2, @]}|csv{"t.csv", header = false, names = [a, b], widths = [@, 3]}|csv{"t.csv", names = @}|csv{"t.csv", header = @}|csv{"t.csv", missing = @}|csv{"t.csv", columns = @}|
csv{"h.csv", group = @, each = [hit, kind], most = 4, count = m}|csv{"h.csv", group = event, each = @, most = 4, count = m}|csv{"h.csv", group = event, each = [hit, kind], most = @, count = m}|csv{"h.csv", group = event, each = [hit, kind], most = 4, count = @}|
csv{"h.csv", group = event, each = [hit, kind], most = 4, count = m, fill = @}|csv{"e.csv", group = event} and @|@ and csv{"e.csv", group = event}|csv{"e.csv", group = @} and csv{"n.csv", group = event, each = [hit, kind], most = 4, count = m}|
csv{"e.csv", group = event} and csv{"n.csv", group = @, each = [hit, kind], most = 4, count = m}|csv{"e.csv", group = event} and csv{"n.csv", group = event, each = @, most = 4, count = m}|csv{"e.csv", group = event} and csv{"n.csv", group = event, each = [hit, kind], most = @, count = m}|
csv{"e.csv", group = event} and csv{"n.csv", group = event, each = [hit, kind], most = 4, count = @}|csv{"e.csv", group = event} and csv{@, group = event, each = [hit, kind], most = 4, count = m}|csv{"e.csv", group = event} and csv{"n.csv", group = event, each = [hit, kind], most = 4, count = m, missing = @}""",
    "rows": """q = @; x = [a, b, c]; y = label|x = [hit[0], m, @]; y = label|x = [hit[@], b, c]; y = label|h[k] = if k < m then @ else 0; x = [sum(h), b, c]; y = label|h[k] = hit[k] * @; x = [sum(h), b, c]; y = label|h[k, i] = [hit[k], @][i]; x = [sum(h), b, c]; y = label|
h = hit |> @; x = [sum(h), b, c]; y = label|h = @ |> standardize; x = [sum(h), b, c]; y = label|h = onehot(@); x = [sum(h), b, c]; y = label|h[k] = encode(kind)[@]; x = [sum(h), b, c]; y = label|
h = sum[k where k < @](hit[k]); x = [h, b, c]; y = label|x = [m, b, c]; y = label; weight = @|x = [max(hit), b, c]; y = label; fill = @|x = [max(hit), b, c]; y = label; missing[hit] = @; drop = true|x = [sum(hit), b, c] |> standardize; y = @|h = scan k in 0..@ with s = 0 { next s = s + hit[k else 0] }; x = [h, b, c]; y = label""",
    "beside": """q = @; x = [a, b, c]; y = label|x = [hit[0], w[0], @]; y = label|x = [sum(hit), l, @]; y = label|g[k] = hit[k] * @; x = [sum(g), b, c]; y = label|g[k] = w[k] * @; x = [sum(g), b, c]; y = label|g[k] = hit[@ else 0] - w[k]; x = [sum(g), b, c]; y = label|
g[k] = if k < l then @ else w[k]; x = [sum(g), b, c]; y = label|g[k, j] = hit[k] * w[j] + @; x = [sum(g), b, c]; y = label|g = w |> @; h = hit |> @; x = [sum(g), sum(h), c]; y = label|g = @ |> standardize; x = [sum(g), sum(hit), c]; y = label|g[k, i] = [w[k], @][i]; x = [sum(g), b, c]; y = label|
g = onehot(@); x = [sum(g), sum(w), c]; y = label|x = [sum(hit), sum(w), c] |> @; y = label|x = [sum(hit), l, c]; y = label; weight = @|x = [max(hit), max(w), c]; y = label; fill = @|x = [sum(hit), sum(w), c]; y = label; drop = @|x = [sum(hit), sum(w), c]; y = label; missing[w, c] = @; fill[hit, w, c] = 0|g = sum[k, j where place[j] == @ and k < m](hit[k] * w[j]); x = [g, b, c]; y = label""",
    "train": """loss = @|loss = bce(M(x), @)|loss = mean(@)|loss = M(x) * @|loss[n] = @|loss[n] = M(x)[n] * @|loss[n in 0..@] = M(x)[n]|optimizer = @|optimizer = adam{@}|optimizer = sgd{0.1, momentum = @}|optimizer = adam{0.1, beta1 = @}|
optimizer = adam{0.1} for @ steps|optimizer = adam{0.1} for @ epochs|optimizer = adam{0.1} for 2 steps then @|optimizer = sgd{cosine{@, over = epochs}}|optimizer = sgd{cosine{0.1, over = @}}|optimizer = sgd{warmup{@, after = cosine{0.1, over = epochs}}}|
optimizer = sgd{warmup{2, after = @}}|batch = @|epochs = @|epochs = @ for 10 steps|batch = 8 for @ steps|shuffle = @|seed = @|clip = @|metric m = @|metric m = mean(@)|metric m = roc_auc(M(x), @)|metric m = roc_auc(@, y)|metric m = accuracy(@, y)|
metric m = sum[n](M(x)[n] * @)|stop when valid.loss stalls @|stop when @|stop when valid.loss < @|stop when @ stalls 3|stop when valid.@ stalls 3|q = @|q = @; loss = bce(M(x), y) + 0 * q|loss = mean(bce(M(x), y)) + @|loss = repeat t in 0..@ with h = mean(bce(M(x), y)) { next h = h }|loss = scan t in 0..@ with h = mean(bce(M(x), y)) { next h = 0.5 * h }|metric m = mean(scan t in 0..3 with h = M(x) { next h = 0.5 * h + @ })|
loss = mean(bce(M(x), y)) + l2{@}(weights(M))|loss = mean(bce(M(x), y)) + @(weights(M))|where @, "no"|step s updates M { loss = @; optimizer = adam{0.1} }|step s updates M { loss = bce(M(x), y); optimizer = @ }|z ~ @|z = @(x); metric m = mean(z)|a, b = @|(a, b) = @|_ = @""",
    "on": """d batch @|@|d, e batch @|d, @""",
    "model": """@|weight T: f32[12, 2] ~ normal(0, 1); h[n] = T[@, 1]; h|weight T: f32[12, 2] ~ normal(0, 1); h[n] = T[floor(x[n, 0]), @ else 0]; h|weight T: f32[12, 2] ~ normal(0, 1); h[n] = T[min(max(floor(x[n, 0]), 0), @), 0]; h|
weight T: f32[12, 2] ~ normal(0, 1); h[n] = T[floor(x[n, 0]) else @, 0 else @]; h|x[:, 0] + sum(embedding{@, 2}(min(max(floor(x), 0), 8)))|x[:, 0] + sum(embedding{12, @}(min(max(floor(x), 0), 11)))|x[:, 0] + sum(embedding{12, 2}(@))|h[v in 0..12] = sum[n where floor(x[n, 0]) == @](1); x[:, 0] + h[@]|
h[v in 0..12] = sum[n where @ == v](x[n, 1]); x[:, 0] + sum(h)|h[v in 0..12] = max[n where floor(x[n, 0]) == v](@); x[:, 0] + max(h[0], 0)|scan t in 0..3 with h = x[:, 0] { g[n] = h[n] + x[n, min(t, @)]; next h = g }; h|x |> @|dense{1}(@)|x |> dense{@}|x |> mlp{[@, 1], tanh}|x |> mlp{[4, 1], @}|x |> dense{2, @}|x |> dense{2, start = @}|x |> conv1d{@, 3}|x |> dropout{@}|x[n, @]|h = @; h|h = @; x[:, 0]|h[n] = @; h|h[n] = x[n, @]; h|h[n] = x[n, @ else 0]; h|
h[n] = x[n, 0 else @]; h|h[n] = x[@, 0]; h|h[n, i in 0..@] = x[n, 0]; h[:, 0]|h[n, i in @..3] = x[n, i]; h[:, 0]|h[n, i in 0..3] = @; h[:, 0]|h[n] = sum[k in 0..@](x[n, k]); h|h[n] = sum[k in 0..@](x[n, 0]); h|h[n] = sum[k in @..3](x[n, 0]); h|h[n] = sum[k](x[n, k] * @); h|
h[n] = sum[k where @](x[n, k]); h|h[n] = max[k in 0..@](x[n, k else 0]); h|h[n] = mean[k in 0..@](1) * x[n, 0]; h|h[n] = prod[k in 0..@](x[n, 0]); h|x[:, @]|x[:, 0..@]|x[:, @..3]|x[:, @..@]|weight W: f32[3] = @; W * x|weight W: f32[@] = 0; sum(W) * x[:, 0]|weight W: f32[3, @] ~ normal(0, 1); sum(W) * x[:, 0]|
weight W: f32[3] ~ @; sum(W) * x[:, 0]|weight W: f32 = @; W * x[:, 0]|weight W: f32[3] ~ normal(0, @); sum(W) * x[:, 0]|weight W: f32[3, 2] ~ glorot_uniform{3, @}; sum(W) * x[:, 0]|buffer B: f32[3] = @; next B = B; sum(B) * x[:, 0]|buffer B: f32[@] = 0; sum(B) * x[:, 0]|buffer B: f32[3] = 0; next B = @; sum(B) * x[:, 0]|
x[:, 0] + zeros[@]|x[:, 0] + sum(zeros[@, 2])|x[:, 0] + sum(normal[@])|x[:, 0] + normal[N](0, @)|x[:, 0] + uniform[N](@, 1)|x[:, 0] + sum(reshape[@](x))|x[:, 0] ^ @|@ ^ x[:, 0]|x[:, 0] * @|x[:, 0] / @|x[:, 0] % @|x[:, 0] // @|x[:, 0] + @ // 2|x[:, 0] + 7 % @|
x @ @|@ @ x|x[:, 0] < @|x[:, 0] and @|if @ then x[:, 0] else 0|if x[:, 0] > 0 then @ else 0|max(x[:, 0], @)|atan2(x[:, 0], @)|repeat t in 0..@ with h = x[:, 0] { next h = h + 1 }|repeat t in @..3 with h = x[:, 0] { next h = h + t }|repeat t in 0..2 with h = @ { next h = h }|
repeat t in 0..2 with h = x[:, 0] { next h = @ }|scan t in 0..@ with h = x[:, 0] { next h = 0.5 * h + 1 }; h|scan t in @..3 with h = x[:, 0] { next h = h + t }; h|scan t in 0..2 with h = @ { next h = h }; h|scan t in 0..2 with h = x[:, 0] { next h = @ }; h|
scan t in 0..2 with h = x[:, 0] { q = @; next h = h + q }; h|scan t in 3..0 with h = x[:, 0] { next h = h + x[:, @] }; h|scan t in 0..3 with h = x[:, 0] { next h = h + x[:, t]; emit e = @ }; h + e[0]|scan t in 0..3 with h = x[:, 0] { next h = h; emit e[n, t] = h[n] * @ }; e[:, 1]|
scan t in 0..3 with h = x[:, 0] { q[n] = sin(h[n]); next h = h - grad(sum(q), @) }; h|scan t in 0..3 with h = x[:, 0], g = @ { next h = g; next g = h }; h|scan t in 0..3 with h = x { next h = h |> dense{@} }; h[:, 0]|scan t in 0..3 with h = x[:, 0] { next h = if t < @ then tanh(h) else h }; h|scan t in 0..3 with h = x[:, 0] { next h = h + normal[N](0, @) }; h|repeat t in 0..2 with h = x[:, 0] { q = @; next h = h + q }|scaled{@}(x)[:, 0]|twice{@}(x)[:, 0]|sized{@}(x)[:, 0]|listed{@}(x)[:, 0]|grad(sum(@), x)[:, 0]|grad(sum(x^2), @)|along(x, x, @)[:, 0]|along(x^2, x, unit(@))[:, 0]|sum(x) * constant(@) + x[:, 0]|where @, "no"; x[:, 0]|
where @; x[:, 0]|u, v = @; u + v|(u, v) = @; u + v|_ = @; x[:, 0]|q ~ @; x[:, 0] + q|x |> dense{1, start = filled{value = @}} |> squeeze|concat(x, @)[:, 0]|size(@) * x[:, 0]|len(@) * x[:, 0]|[1, 2, 3][@] * x[:, 0]|@[0] * x[:, 0]|@(x)|@{2}(x)|@.x|mean[n](x[n, @])|argmax[k in 0..@](x[0, 0]) + x[:, 0]|
h[n] = x[n, 2 * @ - 1 else 0]; h|h[n, i in 0..3] = x[n, i // @]; h[:, 0]|h[n, i in 0..3] = x[n, i % @]; h[:, 0]|h[n, i in 0..2] = x[n, @ * i]; h[:, 0]|h[i in 0..@, n] = x[n, 0]; h[0, :]""",
    "option": """option o: dim = @|option o: f32 = @|option o: fn = @|option o: init = @|option o: [dim] = @|option o: bool = @|option o: text = @|option o: dim = 2 in {1, @}|option o: dim = 2 in 0..@|option o: f32 = 0.5 in @..1.0|option o: f32 = 0.5 in @..1.0 log|option o: f32 = 0.5 in 0.0..@ log|
option o: fn = relu in {@, relu}|option o: f32 = 0.5 in {@}|option o: nothing = @""",
    "set": """dim|f32|fn|init|[dim]|bool|text""",
    "decl": """fn f{k = @}(x) { k * x }|fn f{k: dim = @}(x) { k * x }|fn f{k: fn = @}(x) { k(x) }|fn f(x, s = @) { s * x }|fn f(x: f32[@]) { x }|fn f(x: f32[N, @]) -> f32[N] { x[:, 0] }|fn f(x: f32[N, 3]) -> f32[@] { x[:, 0] }|fn f(x: f32[N, 3]) { where @, "no"; x }|fn f(x: f32[N, 3]) { @ }|fn f(x: f32[N, 3]) { y = @; y }|fn f{k: @}(x) { k * x }|
layer f{O: dim = @}(x: f32[..., I]) -> f32[..., O] { weight W: f32[I, O] = 0; x @ W }|optimizer f{rate = @}(w, g) { w - rate * g }|optimizer f(w, g) { state v = @; next v = g; w - v }|optimizer f(w, g) { state v = 0; next v = @; w - v }|optimizer f(w, g, t) { @ }|optimizer f(w, g, t) { w - g * @ }|
prepare f(x) { fit m = mean(x); @ }|prepare f(x) { fit m = @; x - m }|prepare f(x) { fit m = mean(@); x - m }|prepare f{k = @}(x) { fit m = mean(x); x - m * k }|prepare f(x) { x * @ }|import @|model f(x: f32[N, @]) -> f32[N] { x[:, 0] }|model f(x: f32[@]) { x }""",
}
LONG = ("epochs", " steps", "batch", "sample")
# As a range, within what one sum may go through (10^11 values), and minutes for forty events.
LONG_VALUES = ("2^31", "4294967296")

PROLOGUE = """option opt: dim = 3
option optf: f32 = 0.5
option optx: f32 = 2
option optl: [dim] = [2, 3]
option act: fn = tanh in {relu, tanh}
fn twice{f: fn}(x) { f(f(x)) }
fn scaled{k = 1.0}(x) { k * x }
fn sized{k: dim}(x) { k * x }
fn listed{k: [dim]}(x) { k[0] * x }
model Q(x: f32[N, 3]) -> f32[N] { x |> dense{1} |> squeeze }
data e = sample 6 { x ~ normal[3](0, 1) }
"""
DATA = "x = [a, b, c]; y = label; split train 0.5, valid 0.5 seed 1"
SOURCE = 'csv{"t.csv"}'
ROWS = 'csv{"h.csv", group = event, each = [hit, kind], most = 4, count = m}'
BESIDE = 'csv{"e.csv", group = event} and csv{"n.csv", group = event, each = [hit, kind], most = 4, count = m} and csv{"l.csv", group = event, each = [place, w], most = 4, count = l}'
FILES = ["t.csv", "h.csv", "e.csv", "n.csv", "l.csv"]
MODEL = "x |> dense{2} |> tanh |> dense{1} |> squeeze |> sigmoid"
TRAIN = {"loss": "bce(M(x), y)", "optimizer": "adam{0.01}", "batch": "8", "epochs": "1"}


def statements_of(text):
    """`a; b`, divided outside brackets and quotes."""
    return [s.strip() for s in re.split(r";(?![^{(\[]*[})\]])", text)]


def lines(statements):
    return "\n".join("    " + s for s in statements_of(statements))


def with_weights(model):
    """The body's value as part of an answer that a training can train, between 0 and 1."""
    *before, last = statements_of(model)
    return "; ".join([*before, "z = " + last, "sigmoid(z + squeeze(dense{1}(x)))"])


def program(data=DATA, source=SOURCE, model=MODEL, train="", on="d", decl=""):
    settings = dict(TRAIN)
    for key in settings:
        if re.search(rf"(^|; *){key}(\[[^\]]*\])? *=", train) or (key in ("loss", "optimizer") and train.startswith("step")):
            settings[key] = None
    body = "\n".join(f"    {k} = {v}" for k, v in settings.items() if v)
    own = re.match(r"(fn|layer|optimizer|prepare) f\b", decl)
    if own:
        if own.group(1) == "prepare":
            data = data.replace("[a, b, c]", "[a, b, c] |> f", 1)
        elif own.group(1) == "optimizer":
            body = body.replace("adam{0.01}", "f")
        else:
            model = model.replace("x |>", "x |> f |>", 1)
    text = PROLOGUE + (decl + "\n" if decl else "")
    head = f"data d = {source} {{" if not source.startswith("sample") else f"data d = {source} {{ a ~ normal(0, 1); b ~ normal(0, 1); c ~ normal(0, 1); label ~ bernoulli(0.5)\n"
    text += f"{head}\n{lines(data)}\n}}\n"
    text += f"model M(x: f32[N, 3]) -> f32[N] {{\n{lines(model)}\n}}\n"
    text += f"train M on {on} {{\n{body}\n{lines(train)}\n}}\n"
    return text


def split_list(text):
    return [item for item in re.split(r"\|(?!>)", text.replace("|\n", "|").replace("\n", "")) if item != ""]


VALUE_LIST = split_list(VALUES)
HOLE_LIST = [(part, hole) for part, text in HOLES.items() for hole in split_list(text)]


def fill(hole, value):
    """The hole's `@`, where it is not the product of matrices."""
    return re.sub(r"(?<!x )@(?! x)|(?<=x @ )@|@(?= @ x)", lambda _: value, hole) if " @ " in hole else hole.replace("@", value)


def case(part, hole, value):
    """(name, program, command-line settings)"""
    if part == "set":
        default = {"dim": "2", "f32": "0.5", "fn": "relu", "init": "he_normal", "[dim]": "[2]", "bool": "true", "text": '"a"'}[hole]
        use = {"dim": "x |> dense{o} |> dense{1} |> squeeze", "f32": "o * x[:, 0]", "fn": "o(x[:, 0])", "init": "x |> dense{1, start = o} |> squeeze",
               "[dim]": "x |> mlp{o, tanh} |> dense{1} |> squeeze", "bool": "if o then x[:, 0] else x[:, 1]", "text": "x[:, 0]"}[hole]
        return program(model=with_weights("_ = o; x[:, 0]" if hole == "text" else use), decl=f"option o: {hole} = {default}"), ["--set", "o=" + value]
    text = fill(hole, value)
    if part == "option":
        return program(decl=text, model="_ = o; " + MODEL), []
    if part == "decl":
        return program(decl=text), []
    if part == "data":
        return program(data=text), []
    if part == "rows":
        return program(data=text, source=ROWS), []
    if part == "beside":
        return program(data=text, source=BESIDE), []
    if part == "source":
        return program(source=text), []
    if part == "train":
        return program(train=text), []
    if part == "on":
        return program(on=text), []
    return program(model=with_weights(text)), []


class Composer:
    """Random expressions made of the grid's values."""

    def __init__(self, generator):
        self.g = generator

    def expression(self, depth):
        g = self.g
        if depth == 0 or g.random() < 0.25:
            return g.choice(VALUE_LIST)
        a = self.expression(depth - 1)
        forms = ["({a}) {op} ({b})", "-({a})", "{f}({a})", "{f}({a}, {b})", "[{a}, {b}]", "({a})[{b}]", "({a})[n, {b}]", "if {a} then {b} else {c}", "({a}) |> {b}", "sum[i in {a}..{b}]({c})",
                 "{a}", "sum[k]({a})", "max[k](x[n, k] * ({a}))", "zeros[{a}]", "normal[{a}](0, {b})", "dense{{{a}}}({b})", "repeat t in 0..{a} with h = {b} {{ next h = {c} }}", "grad({a}, {b})",
                 "scaled{{{a}}}({b})", "twice{{{a}}}({b})", "({a})[{b} else {c}]", "reshape[{a}]({b})", "along({a}, {b}, {c})"]
        return g.choice(forms).format(a=a, b=self.expression(depth - 1), c=self.expression(depth - 1), op=g.choice("+ - * / // % ^ @ == < >= and or".split()),
                                      f=g.choice("exp log sqrt abs sigmoid max min sum mean argmax relu squeeze flatten M size len constant softmax bce encode onehot weights".split()))


def drawn(seed, count):
    g = random.Random(seed)
    composer = Composer(g)
    for number in range(count):
        part, hole = g.choice(HOLE_LIST)
        kind = g.random()
        if kind < 0.6:
            yield f"{number}: {part}: {hole} <- ", part, hole, g.choice(VALUE_LIST), None
        elif kind < 0.85:
            yield f"{number}: {part}: {hole} <- ", part, hole, composer.expression(g.randint(1, 2)), None
        else:  # two holes at once
            other = g.choice([h for h in HOLE_LIST if h[0] != part and h[0] not in ("set", "source", "on", "option", "decl")])
            yield f"{number}: {part}: {hole} <- ", part, hole, g.choice(VALUE_LIST), (*other, g.choice(VALUE_LIST))


def every():
    for part, hole in HOLE_LIST:
        for value in VALUE_LIST:
            yield f"{part}: {hole} <- ", part, hole, value, None


def limits():
    if "ASAN_OPTIONS" not in os.environ:  # an address sanitizer's shadow takes terabytes of addresses
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Runner:
    def __init__(self, nnc, work):
        self.nnc, self.work, self.counts = nnc, work, {}

    def run(self, folder, *arguments):
        try:
            result = subprocess.run([self.nnc, *arguments], cwd=folder, capture_output=True, timeout=LIMIT, preexec_fn=limits, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None, "", ""
        return result.returncode, result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace")

    def judge(self, command, code, error, settings, runtime=False, value=""):
        """What is wrong with a command's end, or None."""
        if code is None:
            return f"{command}: longer than {LIMIT} s"
        if code not in (0, 1) and not (code == 2 and settings):
            return f"{command}: exit code {code}: {error.strip()[:300]}"
        if code == 0:
            return None
        codes = set(re.findall(r"\[(E\d{4})\]", error))
        if not codes:
            return f"{command}: a mistake without a code: {error.strip()[:300]}"
        if "E0708" in codes and command == "check":
            return f"{command}: {error.strip()[:300]}"
        places = [m for m in re.split(r"\n(?=\S+: error|error)", error) if re.search(r"error\[", m)]
        for message in places:
            if not re.search(r"\b(p|run/program)\.nn:", message) and "has mistakes of its own" not in error and not (settings and "--set" in message) and not (runtime and codes <= RUNTIME):
                return f"{command}: a mistake without a place in the program: {message.strip()[:300]}"
        if runtime and "E0208" in codes and re.search(r"E0208\]: [then]\.csv:", error):
            return None  # a condition on values that the file does not meet
        if runtime and codes == {"E0208"} and re.search(r"\bepochs\b", value):
            return None  # --epochs sets another number than `check` saw
        if runtime and not codes <= RUNTIME:
            return f"{command}: `check` passed this: {error.strip()[:400]}"
        return None

    def take(self, item):
        name, part, hole, value, other = item
        text, settings = case(part, hole, value)
        if other:
            before, _ = case(other[0], other[1], other[2])
            # the second hole's part replaces this program's
            pick = {"data": r"data d = .*?\n}\n", "model": r"model M.*?\n}\n", "rows": r"data d = .*?\n}\n", "beside": r"data d = .*?\n}\n", "train": r"train M on .*?\n}\n"}[other[0]]
            replacement = re.search(pick, before, re.S).group(0)
            text = re.sub(pick, lambda _: replacement, text, flags=re.S)
        tag = "%08x" % zlib.crc32((name + value + str(other)).encode())
        folder = os.path.join(self.work, tag)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "p.nn"), "w") as file:
            file.write(text)
        for file in FILES:
            shutil.copy(os.path.join(self.work, file), folder)
        found = self.commands(folder, text, settings, hole, value)
        if found:
            return f"{tag} {name}{value}{' and ' + str(other) if other else ''} {settings if settings else ''}\n    {found}"
        shutil.rmtree(folder)
        return None

    def commands(self, folder, text, settings, hole, value):
        def count(what):
            self.counts[what] = self.counts.get(what, 0) + 1
        code, _, error = self.run(folder, "check", "p.nn", *settings)
        count("check")
        found = self.judge("check", code, error, settings)
        if found or code != 0:
            return found
        endless = any(word in hole for word in LONG) or value in LONG_VALUES
        code, _, error = self.run(folder, "train", "p.nn", "--out", "run", "--epochs", "2", "--quiet", *settings)
        count("train")
        if code is None and endless:
            return None
        found = self.judge("train", code, error, settings, runtime=True, value=value)
        if found or code != 0:
            return found
        for command in (["eval", "run"], ["compile", "run", "-o", "c"], ["predict", "run", "-o", "p.csv"]):
            for inputs in inputs_of(text) if command[0] == "predict" else [[]]:
                code, _, error = self.run(folder, *command, *inputs)
                if code != 2 or "the model reads" not in error:
                    break
            count(command[0])
            if code == 1 and command[0] == "compile" and "[E0709]" in error:  # a model that mixes events is asked for by name
                code, _, error = self.run(folder, *command, "--whole-batch", "40")
            if code == 1 and command[0] in ("predict", "compile") and re.search(r"\[E0(504|603|605|606|607|705|710|801)\]", error):
                continue  # no model of columns, or a column that the table lacks
            found = self.judge(command[0], code, error, settings)
            if found or code != 0:
                return found or f"{command[0]}: {error.strip()[:300]}"
        return None


def inputs_of(text):
    """The files that a model of the program may read, as `predict` takes them: those of sources that nothing reads are left out."""
    first, *others = [name for name in FILES if name != "t.csv" and f'"{name}"' in text] or ["t.csv"]
    chosen = [[first, *some] for count in range(len(others), -1, -1) for some in itertools.combinations(others, count)]
    return [[word for name in names for word in ("--input", name)] for names in chosen]


def table(path):
    g = random.Random(1)
    with open(path, "w") as file:
        file.write("a,b,c,label,kind\n")
        for row in range(40):
            file.write(f"{g.gauss(0, 1):.4f},{g.gauss(0, 1):.4f},{g.random():.4f},{row % 2},{'pke'[row % 3]}\n")


def hits(path):
    """Events of one to four rows."""
    g = random.Random(2)
    with open(path, "w") as file:
        file.write("event,a,b,c,label,hit,kind\n")
        for event in range(30):
            of_event = f"{event},{g.gauss(0, 1):.4f},{g.gauss(0, 1):.4f},{g.random():.4f},{event % 2}"
            for row in range(1 + event % 4):
                file.write(f"{of_event},{g.gauss(0, 1):.4f},{'pke'[row % 3]}\n")


def beside(folder):
    """Events (e.csv) with none to four rows of two kinds (n.csv, l.csv), which have room for as many; a row of the one names one of the other."""
    g = random.Random(3)
    events, nodes, links = ["event,a,b,c,label"], ["event,hit,kind"], ["event,place,w"]
    for event in g.sample(range(30), 30):
        events.append(f"{event},{g.gauss(0, 1):.4f},{g.gauss(0, 1):.4f},{g.random():.4f},{event % 2}")
    for event in g.sample(range(30), 30):
        nodes += [f"{event},{g.gauss(0, 1):.4f},{'pke'[row % 3]}" for row in range(event % 5)]
    for event in g.sample(range(30), 30):
        links += [f"{event},{g.randrange(event % 5)},{g.random():.4f}" for row in range(event % 4) if event % 5]
    for name, rows in (("e.csv", events), ("n.csv", nodes), ("l.csv", links)):
        with open(os.path.join(folder, name), "w") as file:
            file.write("\n".join(rows) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nnc")
    parser.add_argument("work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=500)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    table(os.path.join(options.work, "t.csv"))
    hits(os.path.join(options.work, "h.csv"))
    beside(options.work)
    items = every() if options.all else drawn(options.seed, options.programs)
    if options.only:
        items = (item for item in items if options.only in item[0] + item[3])
    runner = Runner(os.path.abspath(options.nnc), options.work)
    found = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for taken, result in enumerate(pool.map(runner.take, items), 1):
            if taken % 1000 == 0:
                print(f"{taken} programs taken, {found} found", file=sys.stderr, flush=True)
            if result:
                found += 1
                print(result, flush=True)
    print(", ".join(f"{count} {what}" for what, count in runner.counts.items()) + f"; {found} found")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
