// The computation of a data source's fields in rounds over all events. What a preparation fits must be known before the fields that
// use it; so each round writes the columns that its fits reduce and every field that is ready, and what earlier rounds wrote enters
// later ones as stored columns. Nothing is drawn or computed twice.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "compiler/driver/column_evaluator.h"
#include "compiler/driver/tensor.h"
#include "compiler/sema/program.h"
#include "runtime/table.h"

namespace nnc::driver {

using Columns = std::map<std::string, std::shared_ptr<runtime::Column>>;

class FieldRounds {
 public:
  // `data` is borrowed. With `fit`, fitted values are made here; otherwise all that are needed are given to Run.
  FieldRounds(const sema::DataSource& data, const std::set<std::string>& fields, bool fit, Storage storage);

  // Names of the fitted values that the fields rest on.
  std::set<std::string> FittedNames() const;

  // Thrown where a preparation is fitted to what is not finite: the first such event.
  struct NoFigure {
    const sema::HostReduction* reduction = nullptr;
    int64_t row = 0, element = 0;
  };

  // Computes the fields over events 0 .. rows - 1; fits over `train`. `fitted` holds what is given, and afterwards also what was
  // fitted. `raw` are the columns by graph input. Throws runtime::DataError, NoFigure.
  Columns Run(const Columns& raw, int64_t rows, const std::vector<int64_t>& train, uint64_t seed, HostValues& fitted);

 private:
  struct Round {
    std::set<std::string> outputs;
    std::map<std::string, std::string> same;  // outputs that are another output's column
    std::set<std::string> known;              // fitted values made by earlier rounds
    std::vector<const sema::HostReduction*> reductions;
    int64_t block = 0;
    std::shared_ptr<Executable> executable;
  };
  void StoreWhatIsShared();
  void Compile();
  void RunRound(const Round& round, const Columns& raw, int64_t rows, uint64_t seed, const HostValues& fitted, Columns& made);
  void Fit(const Round& round, const Columns& made, const std::vector<int64_t>& train, HostValues& fitted);

  const sema::DataSource& data_;
  std::set<std::string> fields_;
  Storage storage_;
  std::vector<Round> rounds_;
};

}  // namespace nnc::driver
