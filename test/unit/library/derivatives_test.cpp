// Every layer, activation, loss and shaping function of the library: derivatives by three methods (central differences, the
// dot-product identity, forward over reverse against reverse over reverse). A function without a row here fails the test.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "check.h"
#include "compiler/sema/sema.h"

namespace nnc::test {

namespace fs = std::filesystem;

struct LibraryCase {
  const char* function;
  const char* parameters;  // of a model
  const char* body;
  double low = -1.1, high = 1.3;  // inputs are drawn from here
  int orders = 2;
  bool training = false;
};

static const LibraryCase kCases[] = {
    {"step", "x: f32[2, 3]", "step(x) * x^2", 0.2, 0.9},
    {"identity", "x: f32[2, 3]", "identity(x)^2"},
    {"relu", "x: f32[2, 3]", "relu(x)^2 + relu(-x)^3"},
    {"leaky_relu", "x: f32[2, 3]", "leaky_relu{0.2}(x)^2"},
    {"relu6", "x: f32[2, 3]", "relu6(x)^2", 0.3, 1.2},
    {"elu", "x: f32[2, 3]", "elu(x) + elu{0.5}(-x)"},
    {"selu", "x: f32[2, 3]", "selu(x)^2"},
    {"gelu", "x: f32[2, 3]", "gelu(x)"},
    {"silu", "x: f32[2, 3]", "silu(x)"},
    {"mish", "x: f32[2, 3]", "mish(x)"},
    {"softsign", "x: f32[2, 3]", "softsign(x)"},
    {"log_sigmoid", "x: f32[2, 3]", "log_sigmoid(x)"},
    {"hard_tanh", "x: f32[2, 3]", "hard_tanh(0.5 * x)^2"},
    {"hard_sigmoid", "x: f32[2, 3]", "hard_sigmoid(x)^2"},
    {"hard_silu", "x: f32[2, 3]", "hard_silu(x)"},
    {"softmax", "x: f32[2, 4]", "softmax(x)"},
    {"log_softmax", "x: f32[2, 4]", "log_softmax(x)"},
    {"gradient", "p: f32[2, 2]", "gradient{square}(p)"},
    {"divergence", "p: f32[2, 2]", "divergence{field}(p)"},
    {"laplacian", "p: f32[2, 2]", "laplacian{square}(p)"},
    {"jacobian", "p: f32[2, 2]", "jacobian{field}(p)"},
    {"hessian", "p: f32[2, 2]", "hessian{square}(p)"},
    {"dense", "x: f32[2, 3]", "x |> dense{4} |> tanh"},
    {"linear", "x: f32[2, 3]", "x |> linear{4} |> tanh"},
    {"maxout", "x: f32[2, 3]", "maxout{2}(x)^2"},
    {"mlp", "x: f32[2, 3]", "x |> mlp{[3, 2], tanh}"},
    {"dropout", "x: f32[4, 3]", "dropout{0.4}(x)^2", -1.1, 1.3, 2, true},
    {"gaussian_noise", "x: f32[2, 3]", "gaussian_noise(x)^2", -1.1, 1.3, 2, true},
    {"conv2d", "x: f32[1, 2, 5, 4]", "x |> conv2d{2, 3, 2, stride = 2, pad = 1} |> tanh", -1.1, 1.3, 1},
    {"conv1d", "x: f32[1, 2, 6]", "x |> conv1d{2, 3, stride = 2, pad = 1} |> tanh"},
    {"embedding", "x: f32[2, 3]", "embedding{4, 2}(min(max(floor(x + 2), 0), 3))^2"},
    {"rnn", "x: f32[2, 3, 2]", "rnn{2}(x)"},
    {"lstm", "x: f32[2, 3, 2]", "lstm{2}(x)"},
    {"gru", "x: f32[2, 3, 2]", "gru{2}(x)"},
    {"cumulative_sum", "x: f32[2, 4]", "cumulative_sum(x)^2"},
    {"exponential_average", "x: f32[2, 4]", "exponential_average{0.3}(x)^2"},
    {"layer_norm", "x: f32[2, 4]", "layer_norm(x)"},
    {"batch_norm", "x: f32[4, 2]", "batch_norm(x)^2", -1.1, 1.3, 2, true},
    {"batch_norm2d", "x: f32[2, 2, 2, 2]", "batch_norm2d(x)^2", -1.1, 1.3, 2, true},
    {"max_pool2d", "x: f32[1, 1, 4, 4]", "max_pool2d(x)^2"},
    {"mean_pool2d", "x: f32[1, 1, 4, 4]", "mean_pool2d(x)^2"},
    {"global_mean_pool2d", "x: f32[2, 2, 2, 3]", "global_mean_pool2d(x)^2"},
    {"upsample2d", "x: f32[1, 2, 2, 2]", "upsample2d(x)^2"},
    {"squeeze", "x: f32[3, 1]", "squeeze(x)^2"},
    {"flatten", "x: f32[2, 2, 3]", "flatten(x)^2"},
    {"image", "x: f32[2, 12]", "image{1, 3, 4}(x)^2"},
    {"concat", "x: f32[2, 2], y: f32[2, 3]", "concat(x, y)^2"},
    {"l1", "x: f32[2, 3]", "l1{0.5}(x)^2"},
    {"l2", "x: f32[2, 3]", "l2{0.5}(x)^2"},
    {"elastic", "x: f32[2, 3]", "elastic{0.5, 0.3}(x)^2"},
    {"squared_error", "p: f32[4], y: f32[4]", "squared_error(p, y)"},
    {"half_squared_error", "p: f32[4], y: f32[4]", "half_squared_error(p, y)"},
    {"mse", "p: f32[4], y: f32[4]", "mse(p, y)"},
    {"absolute_error", "p: f32[4], y: f32[4]", "absolute_error(p, y)^3"},
    {"mae", "p: f32[4], y: f32[4]", "mae(p, y)^2"},
    {"bce", "p: f32[4], y: f32[4]", "bce(p, y)", 0.3, 0.7},
    {"cross_entropy", "p: f32[2, 3], y: f32[2, 3]", "cross_entropy(p, y)", 0.3, 0.9},
    {"nll", "p: f32[2, 3]", "nll(p, zeros[2] + 1)", 0.3, 0.9},
    {"gaussian_nll", "mu: f32[4], s: f32[4], y: f32[4]", "gaussian_nll(mu, s, y)", 0.6, 1.3},
    {"poisson_nll", "r: f32[4], y: f32[4]", "poisson_nll(r, y)", 0.5, 1.5},
    {"kl", "p: f32[2, 3], y: f32[2, 3]", "kl(p, y)", 0.3, 0.9},
    {"kl_normal", "mu: f32[2, 3], v: f32[2, 3]", "kl_normal(mu, v)"},
    {"huber", "p: f32[4], y: f32[4]", "huber{0.4}(p, y)"},
    {"log_cosh", "p: f32[4], y: f32[4]", "log_cosh(p, y)"},
    {"hinge", "s: f32[4], y: f32[4]", "hinge(s, y)^2", 0.2, 0.8},
    {"squared_hinge", "s: f32[4], y: f32[4]", "squared_hinge(s, y)", 0.2, 0.8},
};

// The functions that the helpers of calculus.nn are applied to.
static const char* const kHelpers =
    "fn square(p: f32[N, D]) -> f32[N] { s[n] = sum[d](sin(p[n, d]) * p[n, 0]^2); s }\n"
    "fn field(p: f32[N, D]) -> f32[N, D] { v[n, d] = sin(p[n, d]) * p[n, 0]; v }\n";

static const std::set<std::string> kFilesWithDerivatives = {"activations.nn", "calculus.nn", "layers.nn", "losses.nn",
                                                            "pooling.nn",     "recurrent.nn", "regularise.nn", "shaping.nn"};

class EveryFunction : public testing::TestWithParam<size_t> {};

TEST_P(EveryFunction, DerivativesMatchDifferences) {
  const LibraryCase& row = kCases[GetParam()];
  fs::path file = fs::temp_directory_path() / ("nnc_library_" + std::to_string(::getpid()) + "_" + row.function + ".nn");
  std::ofstream(file) << kHelpers << "model M(" << row.parameters << ") { " << row.body << " }\n";
  SourceManager sources;
  Diagnostics diagnostics;
  sema::Options options;
  options.stdlib = NNC_STDLIB_FOLDER;
  auto module = sema::Module::Load(sources, file.string(), options, diagnostics);
  auto graph = module->ElaborateGraph("M", row.training);
  fs::remove(file);
  for (const Diagnostic& diagnostic : diagnostics.All()) ADD_FAILURE() << diagnostic.message;
  ASSERT_TRUE(graph);
  Case test;
  test.name = row.function;
  test.orders = row.orders;
  test.tolerance = 1e-5;
  for (ir::NodeId input : graph->inputs) {
    Variable variable;
    variable.name = (*graph)[input].input().name;
    for (const ir::Dim& size : graph->ShapeOf(input)) variable.shape.push_back(size.Constant());
    bool weight = (*graph)[input].input().role == ir::Role::Weight;
    variable.low = weight ? -0.8 : row.low;
    variable.high = weight ? 0.9 : row.high;
    test.variables.push_back(variable);
  }
  std::vector<ir::NodeId> inputs = graph->inputs;
  ir::NodeId y = graph->outputs[0].node;
  CheckDerivatives(test, *graph, inputs, y);
}

INSTANTIATE_TEST_SUITE_P(All, EveryFunction, testing::Range(size_t{0}, std::size(kCases)),
                         [](const auto& info) { return std::string(kCases[info.param].function); });

TEST(Library, EveryFunctionHasADerivativeTest) {
  std::set<std::string> tested;
  for (const LibraryCase& row : kCases) tested.insert(row.function);
  for (const auto& entry : fs::directory_iterator(NNC_STDLIB_FOLDER)) {
    if (!kFilesWithDerivatives.count(entry.path().filename().string())) continue;
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);)
      for (const char* word : {"fn ", "layer "}) {
        std::string prefix(word);
        if (line.rfind(prefix, 0) != 0) continue;
        std::string name = line.substr(prefix.size(), line.find_first_of("({ ", prefix.size()) - prefix.size());
        EXPECT_TRUE(tested.count(name)) << name << " of " << entry.path().filename() << " has no row";
      }
  }
}

}  // namespace nnc::test
