// Metrics over whole parts of the data: compiled columns, host reductions, and the metrics' own graphs in double precision.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler/driver/column_evaluator.h"
#include "compiler/driver/data_loader.h"
#include "compiler/driver/session.h"
#include "compiler/driver/tensor.h"
#include "compiler/sema/program.h"
#include "runtime/metrics.h"

namespace nnc::driver {

using Sources = std::vector<std::unique_ptr<LoadedSource>>;

struct Figures {
  std::vector<std::pair<std::string, double>> values;                       // in the order of the program's metrics
  std::vector<std::pair<std::string, runtime::ConfusionMatrix>> matrices;  // of metrics that are matrices
  double Find(const std::string& name) const;
};

// The parts of the data, in order: those of the first source.
std::vector<std::string> PartNames(const Sources& sources);

// Column inputs of the program's graphs that are not stored as floats.
Storage StorageOfColumns(const sema::TrainProgram& program, const Sources& sources);
// Symbols of the sources' sizes, by number.
std::vector<std::string> SourceSymbols(const sema::TrainProgram& program);
// What the driver itself binds: mean weights of the sources, the number of steps of an epoch.
HostValues DriverValues(const sema::TrainProgram& program, const Sources& sources, int64_t steps_per_epoch);
// Name of a field as an input of the training's graphs.
std::string ColumnInput(const sema::TrainProgram& program, size_t source, const std::string& field);
// The one output of a graph of scalars; inputs without a value are not-a-number. `extents` are those of symbols it may count.
double EvaluateScalar(const ir::Graph& graph, const HostValues& values, const std::map<std::string, int64_t>& extents = {});

// The names of the classes of Evaluation::Confusion, where its truth names them; else none.
std::vector<std::string> ClassNames(const sema::TrainProgram& program, const Fits& fits, int64_t classes);

class Evaluation {
 public:
  // All are borrowed; `variables` and `values` are read at each Run.
  Evaluation(const sema::TrainProgram& program, const Sources& sources, const Tensors& variables, const HostValues& values,
             uint64_t seed);

  // False, and reported, where a metric takes all events of a part at once and they are too many for it.
  bool FitsMemory(Session& session);
  // May run in another thread, before Run.
  void Compile() { evaluator_.Compile(); }
  Figures Run(const std::string& part);
  // Warns of figures of the last Run that are nan: which, of how many events an argument is, and of which first; and, once, of metrics that
  // divide at 0.5 what are no probabilities.
  void ReportDoubtful(Session& session, const std::string& part, const Figures& figures);
  // The matrix behind the first metric of the last Run that judges classes; no classes if there is none.
  runtime::ConfusionMatrix Confusion() const;
  // The tables of the last Run, as text: of each `confusion`, or else of the first metric that judges classes; "" if there is none. `part` is
  // what was run, `fits` has the names of the classes.
  std::string ConfusionTables(const std::string& part, const Fits& fits) const;
  // The ROC curve and the response of the two classes behind the first ROC metric of the last Run; "" if there is none.
  std::string Picture() const;

 private:
  void ReportNan(Session& session, const std::string& part, const Figures& figures) const;
  void ReportNoProbabilities(Session& session, const std::string& part);
  std::vector<double> WeightsOf(const sema::HostReduction& reduction) const;
  const sema::HostReduction* ReductionOf(const std::string& input) const;
  runtime::ConfusionMatrix MatrixOf(const sema::HostReduction& reduction) const;
  const runtime::RowSet& RowsOf(size_t source, const std::string& part) const;

  const sema::TrainProgram& program_;
  const Sources& sources_;
  const Tensors& variables_;
  const HostValues& values_;
  uint64_t seed_;
  ColumnEvaluator evaluator_;
  std::set<std::string> told_;  // figures whose answers were told to be no probabilities
};

}  // namespace nnc::driver
