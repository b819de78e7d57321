// The way into elaboration: load a program with its imports and the parts of the standard library it uses, then make of it what a
// command needs. Mistakes go to the diagnostics; a result is empty if there were any.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostics.h"
#include "compiler/sema/program.h"
#include "compiler/syntax/ast.h"

namespace nnc::sema {

// The text of an option's --set is a source file of this name, followed by the option's.
inline constexpr const char* kSetPath = "--set ";

struct MetricInfo {
  std::string name;
  int arguments = 2;
  Direction better = Direction::Unknown;
  bool ordered = false;  // what a model says stands first, the truth second: turned round it is another figure
  // Why it cannot compare so many numbers of an event with so many; "" if it can.
  std::function<std::string(int64_t prediction, int64_t truth)> misfit;
};

struct Options {
  std::map<std::string, std::string> set;  // --set name=value
  std::vector<MetricInfo> metrics;         // what the runtime can reduce on the host
  std::string stdlib;                      // folder
  std::optional<std::string> text;         // of the program, in place of its file's
  SchemaProvider* schema = nullptr;        // may be null: columns are then believed
  // Flags that override settings of the training block.
  std::optional<int64_t> batch, epochs;
  bool checkpoints = false;  // of each step of a training also the graph that needs less memory (Phase::checkpointed)
};

// A parsed program: its declarations, those of its imports, and the library's that it uses.
class Module {
 public:
  // Reads and parses `path` and all it imports. Always returns a module; look at the diagnostics.
  static std::unique_ptr<Module> Load(SourceManager& sources, const std::string& path, const Options& options,
                                      Diagnostics& diagnostics);
  ~Module();

  std::vector<std::string> TrainNames() const;
  std::vector<std::string> DataNames() const;
  // The program with its imports put in place, as stored in a run: it depends on no other file but the library.
  std::string FlattenedText() const;
  const std::vector<ast::Program>& Files() const;

  // --set of unknown or ill-typed options is reported here.
  std::vector<OptionInfo> ListOptions();
  // Elaborates everything that the program declares and reports all mistakes.
  void Check();
  // `name` may be empty where the program has just one (reported otherwise).
  std::optional<TrainProgram> ElaborateTrain(const std::string& name);
  std::optional<DataSource> ElaborateData(const std::string& name);
  // The graph of a model or function by name, applied to inputs of its declared shapes (for `nnc emit` of programs without a
  // training block). `order` differentiates: 0 forward, 1 with gradients of the summed result by all inputs.
  std::optional<ir::Graph> ElaborateGraph(const std::string& name, bool training);

 private:
  Module();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nnc::sema
