// The commands of nnc. Each is a file of its own; main.cpp turns the command line into one of these requests. A command returns
// the program's exit code.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nnc::driver {

// How the program ends; a training that a signal interrupted ends with 128 + the signal's number, as in shells.
enum ExitCode {
  kSuccess = 0,
  kMistake = 1,  // in the program, the data, a run, or in what the machine offers
  kUsage = 2,    // the command line
  kDefect = 3    // of nnc itself (defect.h)
};

struct CheckRequest {
  std::string file;
  std::vector<std::string> set;
};
int Check(const CheckRequest& request);

struct TrainRequest {
  std::string file;
  std::string train;              // the name after `train`; empty where the program has one
  std::vector<std::string> set;   // NAME=VALUE of options
  std::vector<std::string> data;  // NAME=PATH of data sources
  std::optional<int64_t> epochs, batch;
  std::optional<uint64_t> seed;
  std::optional<int64_t> memory;  // bytes that a step may work in
  std::string out;                // folder of the run; empty: runs/FILE-1, -2, ...
  std::string weights;            // of which it starts: a run, or a safetensors file
  std::string evaluate = "all";   // parts of the data that are evaluated at the end, as in "valid,test"; "all", "none"
  std::optional<std::string> log_parts;  // the same after each epoch, for log.csv; none: "valid", if there is that
  bool log_steps = false;
  bool quiet = false;
};
int Train(const TrainRequest& request);

struct EvalRequest {
  std::string run;
  std::string split;              // empty: all parts
  std::vector<std::string> data;
  bool plot = false;              // pictures of the training and of the last part's response
  std::string output;             // JSON file for the figures; empty: none
};
int Eval(const EvalRequest& request);

struct PredictRequest {
  std::string run;
  std::vector<std::string> inputs;  // "-": standard input
  std::string output;               // empty, "-": standard output
  std::vector<std::string> keep;  // columns of the input that stand before the answers
};
int Predict(const PredictRequest& request);

struct CompileCommandRequest {
  std::string run;
  std::string output = ".";
  std::string name;    // of the files and functions; empty: the model's run
  std::string triple;
  std::optional<int64_t> whole_batch;  // events of one call, all of which a result may depend on; none: of single events only
};
int CompileRun(const CompileCommandRequest& request);

struct EmitRequest {
  std::string file;    // .nn or .nnir
  std::string name;    // a training, data source, model or function; empty where it is clear
  std::string stage = "opt";
  std::vector<std::string> set;
  bool run = false;
  std::vector<std::string> extents;  // SYMBOL=N
  std::optional<int64_t> memory;     // as in TrainRequest
};
int Emit(const EmitRequest& request);

struct SampleRequest {
  std::string file;
  std::string data;
  std::string output;
  std::vector<std::string> set;
  std::vector<std::string> paths;
  std::string part;    // empty: all events
};
int Sample(const SampleRequest& request);

struct OptionsRequest {
  std::string file;
  std::vector<std::string> set;
};
int ListOptions(const OptionsRequest& request);

int Explain(const std::string& code);

// A command or flag that this version knows but does not have.
int AnnounceLater(const std::string& what, const std::string& hint);
// What a command needs does not fit into memory.
int ReportNoMemory();
// A command line that cannot be understood.
int ReportUsage(const std::string& message, const std::string& help);

}  // namespace nnc::driver
