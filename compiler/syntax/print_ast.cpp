#include <algorithm>

#include "compiler/syntax/format.h"

namespace nnc {

using namespace ast;

namespace {

const char* WordOf(DeclKind kind) {
  switch (kind) {
    case DeclKind::Import: return "import";
    case DeclKind::Option: return "option";
    case DeclKind::Model: return "model";
    case DeclKind::Layer: return "layer";
    case DeclKind::Function: return "fn";
    case DeclKind::Optimizer: return "optimizer";
    case DeclKind::Prepare: return "prepare";
    case DeclKind::Data: return "data";
    case DeclKind::Train: return "train";
  }
  return "";
}

std::string Text(const ExprPtr& expr) { return syntax::FormatExpr(*expr, true); }
std::string Text(const Range& range) { return Text(range.begin) + ".." + Text(range.end); }

class TreePrinter {
 public:
  std::string Print(const Program& program) {
    for (const Decl& decl : program.decls) Declaration(decl);
    return std::move(out_);
  }

 private:
  void Line(const std::string& text) { out_ += std::string(2 * depth_, ' ') + text + "\n"; }

  void Declaration(const Decl& decl) {
    for (size_t begin = 0; !decl.doc.empty() && begin <= decl.doc.size();) {
      size_t end = std::min(decl.doc.find('\n', begin), decl.doc.size());
      Line("## " + decl.doc.substr(begin, end - begin));
      begin = end + 1;
    }
    std::string head = std::string(WordOf(decl.kind)) + " ";
    head += decl.kind == DeclKind::Import ? "\"" + decl.name + "\"" : decl.name;
    if (decl.type) head += ": " + syntax::FormatType(*decl.type, true);
    if (!decl.config.empty()) head += "{" + Parameters(decl.config) + "}";
    if (HasParameters(decl.kind)) head += "(" + Parameters(decl.params) + ")";
    if (decl.value) head += std::string(" = ") + (decl.sample ? "sample " : "") + Text(decl.value);
    if (decl.domain) head += DomainText(*decl.domain);
    head += Results(decl.results) + Sources(decl.sources);
    Line(head);
    if (decl.body) Body(*decl.body);
  }

  static bool HasParameters(DeclKind kind) {
    switch (kind) {
      case DeclKind::Model:
      case DeclKind::Layer:
      case DeclKind::Function:
      case DeclKind::Optimizer:
      case DeclKind::Prepare: return true;
      case DeclKind::Import:
      case DeclKind::Option:
      case DeclKind::Data:
      case DeclKind::Train: return false;
    }
    return false;
  }

  static std::string Parameters(const std::vector<Parameter>& parameters) {
    std::string text;
    for (const Parameter& parameter : parameters) {
      if (!text.empty()) text += ", ";
      text += parameter.name;
      if (parameter.type) text += ": " + syntax::FormatType(*parameter.type, true);
      if (parameter.default_value) text += " = " + Text(parameter.default_value);
    }
    return text;
  }

  static std::string Results(const std::vector<Type>& results) {
    if (results.empty()) return "";
    std::string text;
    for (const Type& type : results) text += (text.empty() ? "" : ", ") + syntax::FormatType(type, true);
    return results.size() == 1 ? " -> " + text : " -> (" + text + ")";
  }

  static std::string Sources(const std::vector<Source>& sources) {
    std::string text;
    for (const Source& source : sources) {
      text += (text.empty() ? " on " : ", ") + source.name;
      if (source.batch) text += " batch " + Text(source.batch);
    }
    return text;
  }

  static std::string DomainText(const Domain& domain) {
    if (domain.choices.empty()) return " in " + Text(domain.range) + (domain.logarithmic ? " log" : "");
    std::string text;
    for (const ExprPtr& choice : domain.choices) text += (text.empty() ? "" : ", ") + Text(choice);
    return " in {" + text + "}";
  }

  void Body(const Block& block) {
    ++depth_;
    for (const Stmt& stmt : block.statements) Statement(stmt);
    --depth_;
  }

  // A value on the line that `head` begins; the body of a loop goes below it.
  void Value(const std::string& head, const ExprPtr& value) {
    if (value->kind != ExprKind::Loop) return Line(head + Text(value));
    Line(head + syntax::FormatLoopHead(*value->loop, true));
    Body(*value->loop->body);
  }

  static std::string Targets(const Stmt& stmt) {
    std::string text;
    for (const ExprPtr& target : stmt.targets) text += (text.empty() ? "" : ", ") + Text(target);
    return text;
  }

  static std::string Bindings(const Stmt& stmt, const char* sign) {
    std::string text;
    for (const Binding& binding : stmt.bindings) text += (text.empty() ? "" : ", ") + binding.name + sign + Text(binding.value);
    return text;
  }

  static const char* Words(Trend trend) {
    switch (trend) {
      case Trend::Stalls: return " stalls ";
      case Trend::StopsRising: return " stops rising ";
      case Trend::StopsFalling: return " stops falling ";
    }
    return "";
  }

  static std::string Phases(const Stmt& stmt) {
    std::string text;
    for (const Phase& phase : stmt.phases) {
      text += (text.empty() ? "" : " then ") + Text(phase.value);
      if (phase.count) text += " for " + Text(phase.count) + (phase.unit.empty() ? "" : " " + phase.unit);
    }
    return text;
  }

  static std::string Declared(const Stmt& stmt) {
    std::string text = (stmt.kind == StmtKind::Weight ? "weight " : "buffer ") + stmt.name + ": " + syntax::FormatType(*stmt.type, true);
    if (stmt.value) text += (stmt.drawn ? " ~ " : " = ") + Text(stmt.value);
    return text;
  }

  void Step(const Stmt& stmt) {
    std::string head = "step " + stmt.name;
    for (size_t i = 0; i < stmt.updates.size(); ++i) head += (i == 0 ? " updates " : ", ") + stmt.updates[i].name;
    Line(head);
    Body(*stmt.block);
  }

  void Statement(const Stmt& stmt) {
    switch (stmt.kind) {
      case StmtKind::Define:
        if (!stmt.phases.empty()) return Line("define " + Targets(stmt) + " = " + Phases(stmt));
        return Value("define " + Targets(stmt) + " = ", stmt.value);
      case StmtKind::Draw: return Value("draw " + Targets(stmt) + " ~ ", stmt.value);
      case StmtKind::Next: return Value("next " + stmt.name + " = ", stmt.value);
      case StmtKind::Expression: return Value("value ", stmt.value);
      case StmtKind::Weight:
      case StmtKind::Buffer: return Line(Declared(stmt));
      case StmtKind::State: return Line("state " + Bindings(stmt, " = "));
      case StmtKind::Fit: return Line("fit " + Bindings(stmt, " = "));
      case StmtKind::Emit: return Value(stmt.targets.empty() ? "emit " : "emit " + Targets(stmt) + " = ", stmt.value);
      case StmtKind::Step: return Step(stmt);
      case StmtKind::Metric: return Value("metric " + stmt.name + " = ", stmt.value);
      case StmtKind::Stop: return Line("stop when " + Text(stmt.value) + (stmt.patience ? Words(stmt.trend) + Text(stmt.patience) : ""));
      case StmtKind::Split: return Line("split " + Bindings(stmt, " ") + (stmt.seed ? " seed " + Text(stmt.seed) : ""));
      case StmtKind::Where: return Line("where " + Text(stmt.value) + (stmt.name.empty() ? "" : ", \"" + stmt.name + "\""));
    }
  }

  std::string out_;
  size_t depth_ = 0;
};

}  // namespace

std::string PrintAst(const Program& program) { return TreePrinter().Print(program); }

}  // namespace nnc
