// nnc: reads the command line, nothing else. Flags and commands are listed here once; what they do stands in command.h.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cmath>
#include <csignal>
#include <limits>
#include <map>
#include <new>
#include <stdexcept>

#include "compiler/codegen/codegen.h"
#include "compiler/driver/command.h"
#include "compiler/driver/defect.h"
#include "compiler/driver/session.h"
#include "compiler/driver/usage_help.h"
#include "runtime/data_error.h"
#include "runtime/number_text.h"

namespace {

using nnc::driver::AnnounceLater;

// The command that was chosen, or the program itself.
const CLI::App& Chosen(const CLI::App& app) {
  auto parsed = app.get_subcommands();
  return parsed.empty() ? app : *parsed.front();
}

int ReportUnknown(const CLI::App& app, const std::string& word) {
  const CLI::App& command = Chosen(app);
  bool flag = word.rfind("-", 0) == 0;
  bool is_command = !flag && &command == &app;
  std::string subject = is_command ? "there is no command `" : flag ? "there is no flag `" : "unexpected argument `";
  std::string where = &command == &app ? "" : " of `nnc " + command.get_name() + "`";
  std::string help = is_command ? nnc::driver::CommandHelp(app, word)
                     : flag     ? nnc::driver::FlagHelp(app, command, word)
                                : nnc::driver::FormHelp(command);
  return nnc::driver::ReportUsage(subject + word + "`" + (flag ? where : ""), help);
}

int ReportParseError(const CLI::App& app, const CLI::ParseError& error) {
  auto rest = app.remaining(true);
  for (const std::string& word : rest)
    if (word != "--") return ReportUnknown(app, word);
  std::string message = error.what();
  if (message.size() > 1 && std::islower(message[1]) != 0) message[0] = static_cast<char>(std::tolower(message[0]));
  while (!message.empty() && (message.back() == '.' || message.back() == '\n')) message.pop_back();
  const CLI::App& command = Chosen(app);
  if (&command == &app) return nnc::driver::ReportUsage("a command is needed", "`nnc --help` lists the commands, `nnc COMMAND --help` shows what one takes");
  if (error.get_name() == "ArgumentMismatch") message = message.substr(0, message.find(':')) + (message.find("At Most") != message.npos ? " is given twice" : " needs a value");
  const bool lacks = error.get_name() == "RequiredError";
  return nnc::driver::ReportUsage(message, lacks ? nnc::driver::FormHelp(command) : "`nnc " + command.get_name() + " --help` shows what it takes");
}

// A whole number in decimal digits and nothing else. CLI11's own conversions take `010` for eight and too large a number for another
// one, so what is handed on to them is rewritten.
CLI::Validator WholeNumber(int64_t least) {
  auto rewrite = [least](std::string& text) {
    bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    std::optional<int64_t> value = digits ? nnc::runtime::ParseInteger(text) : std::nullopt;
    if (!value || *value < least)
      return "`" + text + "` is no whole number from " + std::to_string(least) +
             (digits && !value ? " to " + std::to_string(std::numeric_limits<int64_t>::max()) : " on");
    text = std::to_string(*value);
    return std::string();
  };
  return CLI::Validator(rewrite, "");
}

// Bytes, written as in 500MB, 2.5GB or 2GiB; rounded up.
CLI::Validator Bytes() {
  auto rewrite = [](std::string& text) {
    static const std::map<std::string, double> kUnits = {{"b", 1}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"kib", 0x1p10}, {"mib", 0x1p20}, {"gib", 0x1p30}, {"tib", 0x1p40}};
    const size_t end = text.find_first_not_of("0123456789.");
    const std::optional<double> number = nnc::runtime::ParseNumber(text.substr(0, end));
    std::string unit = end == std::string::npos ? "b" : text.substr(end);
    for (char& letter : unit) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    const auto factor = kUnits.find(unit);
    const double bytes = number && factor != kUnits.end() ? std::ceil(*number * factor->second) : 0;
    if (!(bytes >= 1 && bytes < 0x1p62)) return "`" + text + "` is no size such as 500MB, 2.5GB or 2GiB";
    text = std::to_string(static_cast<int64_t>(bytes));
    return std::string();
  };
  return CLI::Validator(rewrite, "");
}

// A flag whose value is empty would otherwise pass as one that was not given, `--out "$RUN"`, or take the next argument, `--out=`.
const CLI::Validator kNotEmpty([](std::string& text) { return text.empty() ? "the value is empty" : ""; }, "");

bool EndsWithoutValue(std::string_view argument) { return argument.rfind("--", 0) == 0 && argument.find('=') == argument.size() - 1; }

void RequireValues(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    for (CLI::Option* option : command->get_options())
      if (option->get_items_expected_max() > 0) option->check(kNotEmpty);
}

// Flags of `train` that this version knows but does not have.
struct LaterFlag {
  const char* name;
  const char* hint;
};
constexpr LaterFlag kLaterFlags[] = {
    {"--resume", "`--weights RUN` starts from the weights of a run"},
    {"--threads", "this version trains in one thread"},
};

void AddTrain(CLI::App& app, nnc::driver::TrainRequest& request) {
  CLI::App* command = app.add_subcommand("train", "train a network; the result is a run folder");
  command->add_option("FILE", request.file, "the program, FILE.nn")->required();
  command->add_option("TRAIN", request.train, "name of the training, if the program has several");
  command->add_option("--set", request.set, "give an option of the program another value")->type_name("NAME=VALUE")->allow_extra_args(false);
  command->add_option("--data", request.data, "read a data source (or NAME.PART) from another file")->type_name("NAME=PATH")->allow_extra_args(false);
  command->add_option("--epochs", request.epochs, "number of epochs; 0 writes the initial weights")->transform(WholeNumber(0))->type_name("N");
  command->add_option("--batch", request.batch, "events in a batch")->transform(WholeNumber(1))->type_name("N");
  command->add_option("--seed", request.seed, "seed of initial weights, shuffling and draws")->transform(WholeNumber(0))->type_name("S");
  command->add_option("--memory", request.memory, "what a step may work in; recurrences keep less and compute again")->transform(Bytes())->type_name("SIZE");
  command->add_option("--out", request.out, "folder of the run (default: runs/NAME-1, -2, ...)")->type_name("RUN");
  command->add_option("--weights", request.weights, "start from the weights of a run, or of a safetensors file")->type_name("RUN|FILE");
  for (const LaterFlag& later : kLaterFlags)  // known, so that they can be said to come later
    command->add_option_function<std::string>(later.name, [&later](const std::string&) { throw later; })->group("");
  command->add_option("--evaluate", request.evaluate, "parts of the data to evaluate at the end: valid,test, or none (default: all)")->type_name("PARTS");
  command->add_option("--log-parts", request.log_parts, "parts to evaluate after each epoch, too, for log.csv (default: valid)")->type_name("PARTS");
  command->add_flag("--log-steps", request.log_steps, "write the loss of every step to steps.csv");
  command->add_flag("--quiet", request.quiet, "no progress, only the result");
}

void AddRunCommands(CLI::App& app, nnc::driver::EvalRequest& eval, nnc::driver::PredictRequest& predict,
                    nnc::driver::CompileCommandRequest& compile) {
  CLI::App* command = app.add_subcommand("eval", "compute a run's metrics, on its data or on other files");
  command->add_option("RUN", eval.run, "folder of the run")->required();
  command->add_flag("--plot", eval.plot, "draw the learning curve, and for metrics of two classes the ROC curve and the response");
  command->add_option("-o,--output", eval.output, "JSON file for the figures, as in the run's metrics.json; -: standard output, alone")->type_name("FILE");
  command->add_option("--split", eval.split, "only this part of the data")->type_name("PART");
  command->add_option("--data", eval.data, "read a data source from another file; all its events are used")->type_name("NAME=PATH")->allow_extra_args(false);

  command = app.add_subcommand("predict", "apply a run's model to events without labels");
  command->add_option("RUN", predict.run, "folder of the run")->required();
  command->add_option("--input", predict.inputs, "the events (-: standard input); their columns are found by name. Of sources that stand together, once for each")->required()->type_name("FILE")->allow_extra_args(false);
  command->add_option("--keep", predict.keep, "columns of the input to write before the answers, as they stand")->type_name("NAME,...")->allow_extra_args(false);
  command->add_option("-o,--output", predict.output, "CSV file to write (default, or -: standard output)")->type_name("FILE");

  command = app.add_subcommand("compile", "turn a run into an object file, a C header and a CMake target");
  command->add_option("RUN", compile.run, "folder of the run")->required();
  command->add_option("-o,--output", compile.output, "folder to write to (default: .)")->type_name("DIR");
  command->add_option("--name", compile.name, "name of files and functions (default: the training's)")->type_name("NAME");
  command->add_option("--target", compile.triple, "target triple (default: this machine's)")->type_name("TRIPLE");
  command->add_option("--whole-batch", compile.whole_batch, "for models that mix events: results depend on all events of a call, at most N")
      ->transform(WholeNumber(1))->type_name("N");
}

void AddProgramCommands(CLI::App& app, nnc::driver::CheckRequest& check, nnc::driver::EmitRequest& emit,
                        nnc::driver::SampleRequest& sample, nnc::driver::OptionsRequest& options, std::string& code) {
  CLI::App* command = app.add_subcommand("check", "find mistakes without running anything");
  command->add_option("FILE", check.file, "the program, FILE.nn")->required();
  command->add_option("--set", check.set, "give an option of the program another value")->type_name("NAME=VALUE")->allow_extra_args(false);

  command = app.add_subcommand("emit", "show what a stage of the compiler makes of a program");
  command->add_option("FILE", emit.file, "a program, FILE.nn, or a graph's text, FILE.nnir")->required();
  command->add_option("NAME", emit.name, "a training, data source, model or function of the program");
  command->add_option("--stage", emit.stage, "ast: syntax tree; ir: graph; grad: training step with derivatives; opt: after all passes; plan: loops; llvm; asm")
      ->check(CLI::IsMember({"ast", "ir", "grad", "opt", "plan", "llvm", "asm"}))->type_name("STAGE");
  command->add_option("--set", emit.set, "give an option of the program another value")->type_name("NAME=VALUE")->allow_extra_args(false);
  command->add_flag("--run", emit.run, "run the graph on numbers made by a fixed rule and print its outputs exactly");
  command->add_option("--extent", emit.extents, "value of a symbolic size (default 256; 5 with --run)")->type_name("SYMBOL=N")->allow_extra_args(false);
  command->add_option("--memory", emit.memory, "as in `nnc train`, for a step with sizes as --extent says")->transform(Bytes())->type_name("SIZE");

  command = app.add_subcommand("sample", "write out a generated or prepared data set as CSV");
  command->add_option("FILE", sample.file, "the program, FILE.nn")->required();
  command->add_option("DATA", sample.data, "name of the data source, if the program has several");
  command->add_option("-o,--output", sample.output, "CSV file to write (default, or -: standard output)")->type_name("FILE");
  command->add_option("--set", sample.set, "give an option of the program another value")->type_name("NAME=VALUE")->allow_extra_args(false);
  command->add_option("--data", sample.paths, "read a data source from another file")->type_name("NAME=PATH")->allow_extra_args(false);
  command->add_option("--split", sample.part, "only this part of the data")->type_name("PART");

  command = app.add_subcommand("options", "list what --set may change, with type, range and value");
  command->add_option("FILE", options.file, "the program, FILE.nn")->required();
  command->add_option("--set", options.set, "give an option of the program another value")->type_name("NAME=VALUE")->allow_extra_args(false);

  command = app.add_subcommand("explain", "explain a diagnostic at length, with an example and its cure");
  command->add_option("CODE", code, "the code, such as E0203");
}

struct Later {
  const char* name;
  const char* hint;
};
constexpr Later kLater[] = {
    {"fmt", ""},
    {"lsp", ""},
    {"doc", ""},
    {"report", "metrics.json and log.csv in the run hold the figures"},
    {"tune", "`nnc train --set NAME=VALUE` tries one value of an option"},
};

}  // namespace

// Files that are opened later must not take the place of a standard stream that was closed.
static void KeepStandardStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0) open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// What the command line asks of each command.
struct Requests {
  nnc::driver::CheckRequest check;
  nnc::driver::TrainRequest train;
  nnc::driver::EvalRequest eval;
  nnc::driver::PredictRequest predict;
  nnc::driver::CompileCommandRequest compile;
  nnc::driver::EmitRequest emit;
  nnc::driver::SampleRequest sample;
  nnc::driver::OptionsRequest options;
  std::string code;  // that `nnc explain` explains
};

static int Run(const std::string& command, const Requests& requests) {
  try {
    if (command == "check") return nnc::driver::Check(requests.check);
    if (command == "train") return nnc::driver::Train(requests.train);
    if (command == "eval") return nnc::driver::Eval(requests.eval);
    if (command == "predict") return nnc::driver::Predict(requests.predict);
    if (command == "compile") return nnc::driver::CompileRun(requests.compile);
    if (command == "emit") return nnc::driver::Emit(requests.emit);
    if (command == "sample") return nnc::driver::Sample(requests.sample);
    if (command == "options") return nnc::driver::ListOptions(requests.options);
    return nnc::driver::Explain(requests.code);
  } catch (const std::bad_alloc&) {
    return nnc::driver::ReportNoMemory();
  } catch (const std::length_error&) {
    return nnc::driver::ReportNoMemory();
  } catch (const nnc::runtime::DataError& error) {
    nnc::driver::Session session;
    session.Report(error, {});
    return session.Finish();
  } catch (const std::exception& error) {
    return nnc::driver::ReportDefect(error.what());
  }
}

int main(int argc, char** argv) {
  nnc::driver::InstallDefectHandlers();
  KeepStandardStreams();
  // A reader that went away and a file that grew too large are errors of writing, which are dealt with where they are met.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  CLI::App app("nnc compiles neural networks: from equations in a .nn file to a trained model, and into a C++ program");
  app.name("nnc");
  app.set_version_flag("--version", "nnc " NNC_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(32);
  app.footer("\nnnc train examples/pid/pid.nn       trains a first network\nnnc COMMAND --help                  shows a command's arguments");

  Requests requests;
  AddTrain(app, requests.train);
  AddRunCommands(app, requests.eval, requests.predict, requests.compile);
  AddProgramCommands(app, requests.check, requests.emit, requests.sample, requests.options, requests.code);
  for (const Later& later : kLater) app.add_subcommand(later.name, "")->allow_extras()->group("");
  RequireValues(app);

  for (const std::string& argument : std::vector<std::string>(argv + 1, argv + argc))
    if (EndsWithoutValue(argument))
      return nnc::driver::ReportUsage("`" + argument + "` has no value", "write it behind the `=`, or leave the flag out");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return ReportParseError(app, error);
  } catch (const LaterFlag& later) {
    return AnnounceLater(std::string("the flag `") + later.name + "`", later.hint);
  }
  std::string command = app.get_subcommands().front()->get_name();
  for (const Later& later : kLater)
    if (command == later.name) return AnnounceLater("the command `nnc " + command + "`", later.hint);
  if (std::string misfit = nnc::codegen::AskedLevelMisfit(); !misfit.empty())
    return nnc::driver::ReportUsage(misfit, "baseline, avx2 and avx512 are the instruction sets; unset, NNC_CPU leaves the choice to nnc");
  return Run(command, requests);
}
