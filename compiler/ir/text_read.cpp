// Reads graphs: one statement a line, in the order Print writes. A statement with a mistake is skipped up to the next one, so
// that several mistakes are reported in one go.
#include <charconv>
#include <limits>
#include <utility>

#include "compiler/ir/text.h"
#include "compiler/ir/text_reader.h"
#include "compiler/ir/verify.h"

namespace nnc::ir {

// Shared helpers ------------------------------------------------------------------------------------------------------

std::string TextReader::Describe(const Token& token) const {
  switch (token.kind) {
    case Token::Kind::End: return "the end of the text";
    case Token::Kind::Node: return "`%" + std::string(token.text) + "`";
    case Token::Kind::String: return "a string";
    case Token::Kind::Name:
    case Token::Kind::Number:
    case Token::Kind::Sign: break;
  }
  return "`" + std::string(token.text.substr(0, 40)) + "`";
}

bool TextReader::Fail(DiagnosticKind kind, std::string message) { return Fail(kind, Peek().span, std::move(message)); }

bool TextReader::Fail(DiagnosticKind kind, Span span, std::string message, std::string help) {
  Diagnostic& diagnostic = diagnostics_.Report(kind, span, std::move(message));
  if (!help.empty()) diagnostic.Help(std::move(help));
  return false;
}

bool TextReader::Expect(std::string_view sign_or_word) {
  if (TakeIf(sign_or_word)) return true;
  return Fail(DiagnosticKind::SyntaxError, "expected `" + std::string(sign_or_word) + "`, found " + Describe(Peek()));
}

bool TextReader::FindNode(const Token& token, NodeId& id) {
  if (token.kind != Token::Kind::Node) return Fail(DiagnosticKind::SyntaxError, token.span, "expected a node as in `%1`, found " + Describe(token));
  auto found = nodes.find(std::string(token.text));
  if (found == nodes.end()) {
    return Fail(DiagnosticKind::UnknownName, token.span, "there is no node `%" + std::string(token.text) + "` above this line");
  }
  id = found->second;
  return id != kNoNode;
}

bool TextReader::ReadInteger(int64_t minimum, int64_t maximum, int64_t& value) {
  const Token token = Peek();
  if (token.kind != Token::Kind::Number) return Fail(DiagnosticKind::SyntaxError, "expected a number, found " + Describe(token));
  Take();
  const char* end = token.text.data() + token.text.size();
  auto [stop, error] = std::from_chars(token.text.data(), end, value);
  if (error == std::errc() && stop != end) return Fail(DiagnosticKind::SyntaxError, token.span, "expected a whole number");
  if (error != std::errc() || value < minimum || value > maximum) return Fail(DiagnosticKind::NumberTooLarge, token.span, "the number does not fit here");
  return true;
}

// Statements ----------------------------------------------------------------------------------------------------------

namespace {

class Statements {
 public:
  Statements(TextReader& reader, Graph& graph) : reader_(reader), graph_(graph) {}

  bool Run() {
    const bool good = ReadHeader();
    if (!good) Recover();
    return RunBody(good);
  }

  // To the end of the text, or of a scan's body.
  bool RunBody(bool good) {
    int failures = good ? 0 : 1;
    while (reader_.Peek().kind != Token::Kind::End && !reader_.Peek().Is("}") && failures < kMaximumFailures) {
      if (Statement()) continue;
      good = false;
      ++failures;
      Recover();
    }
    if (good && !signed_) CollectInputs();
    return good;
  }

 private:
  bool ReadHeader() {
    if (!reader_.Expect("graph")) return false;
    if (reader_.Peek().kind == Token::Kind::String) return ReadString(graph_.name);
    const Token name = reader_.Take();
    graph_.name = std::string(name.text);
    return name.kind == Token::Kind::Name || reader_.Fail(DiagnosticKind::SyntaxError, name.span, "expected the graph's name");
  }

  // To the next line that starts like a statement.
  void Recover() {
    while (reader_.Peek().kind != Token::Kind::End) {
      const Token& token = reader_.Peek();
      if (token.starts_line && (token.kind == Token::Kind::Node || token.Is("output") || token.Is("signature") || token.Is("}"))) return;
      reader_.Take();
    }
  }

  bool Statement() {
    if (reader_.TakeIf("output")) return ReadOutput();
    if (reader_.TakeIf("signature")) return ReadSignature();
    if (reader_.Peek().kind == Token::Kind::Node) return ReadDefinition();
    const std::string found = reader_.Describe(reader_.Peek());
    const bool result = reader_.Fail(DiagnosticKind::SyntaxError, "expected a node, `signature` or `output`, found " + found);
    reader_.Take();
    return result;
  }

  bool ReadString(std::string& text) {
    const Token token = reader_.Peek();
    if (token.kind != Token::Kind::String) return reader_.Fail(DiagnosticKind::SyntaxError, "expected a string, found " + reader_.Describe(token));
    reader_.Take();
    auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    text.clear();
    for (size_t i = 0; i < token.text.size(); ++i) {
      const char c = token.text[i];
      if (c != '\\' || i + 1 == token.text.size()) {
        text += c;
        continue;
      }
      const char escaped = token.text[++i];
      if (escaped == 'n') {
        text += '\n';
      } else if (escaped == 'x' && i + 2 < token.text.size() && digit(token.text[i + 1]) >= 0 && digit(token.text[i + 2]) >= 0) {
        text += static_cast<char>(digit(token.text[i + 1]) * 16 + digit(token.text[i + 2]));
        i += 2;
      } else {
        text += escaped;
      }
    }
    return true;
  }

  bool ReadDefinition() {
    const Token name = reader_.Take();
    if (reader_.nodes.count(std::string(name.text))) {
      return reader_.Fail(DiagnosticKind::Redefinition, name.span, "`%" + std::string(name.text) + "` is defined twice");
    }
    Node node;
    const bool good = reader_.Expect("=") && ReadNode(node);
    reader_.nodes[std::string(name.text)] = good ? static_cast<NodeId>(graph_.nodes.size()) : kNoNode;
    if (!good) return false;
    node.span = {name.span.file, name.span.begin, reader_.LastEnd()};
    graph_.nodes.push_back(std::move(node));
    return true;
  }

  bool ReadNode(Node& node) {
    if (reader_.TakeIf("input")) return ReadInput(node);
    if (reader_.TakeIf("random")) return ReadRandom(node);
    if (reader_.TakeIf("scan")) return ReadScan(node);
    if (reader_.TakeIf("part")) return ReadPart(node);
    if (!reader_.TakeIf("comp")) {
      return reader_.Fail(DiagnosticKind::SyntaxError, "expected `input`, `comp`, `random`, `scan` or `part`, found " + reader_.Describe(reader_.Peek()));
    }
    if (!reader_.ReadComp(node.comp())) return false;
    node.shape.assign(node.comp().extents.begin(), node.comp().extents.begin() + node.comp().rank);
    return true;
  }

  template <typename Choice>
  bool ReadChoice(std::initializer_list<Choice> choices, const char* what, Choice& choice) {
    std::string known;
    for (Choice candidate : choices) {
      if (reader_.TakeIf(Name(candidate))) {
        choice = candidate;
        return true;
      }
      known += (known.empty() ? "" : ", ") + std::string(Name(candidate));
    }
    const Token token = reader_.Peek();
    return reader_.Fail(DiagnosticKind::UnknownName, token.span, std::string("expected ") + what + ", found " + reader_.Describe(token), "known are " + known);
  }

  bool ReadSource(int& source) {
    int64_t number = 0;
    if (!reader_.Expect("source") || !reader_.ReadInteger(0, std::numeric_limits<int>::max(), number)) return false;
    source = static_cast<int>(number);
    return true;
  }

  bool ReadInput(Node& node) {
    Input& input = node.content.emplace<Input>();
    if (!ReadChoice({Role::Weight, Role::State, Role::Buffer, Role::Fitted, Role::Column, Role::Direct, Role::Step, Role::Carried,
                     Role::Slice, Role::Shared}, "the role of an input", input.role)) return false;
    if (!ReadChoice({DType::F32, DType::U8, DType::I32}, "a storage type", input.dtype)) return false;
    if (!reader_.ReadShape(node.shape)) return false;
    if (input.role == Role::Column && !ReadSource(input.source)) return false;
    return ReadString(input.name);
  }

  bool ReadRandom(Node& node) {
    Random& random = node.content.emplace<Random>();
    int64_t place = 0, word = 0;
    if (!reader_.ReadShape(node.shape)) return false;
    if (!reader_.Expect("place") || !reader_.ReadInteger(0, std::numeric_limits<uint32_t>::max(), place)) return false;
    if (!reader_.Expect("word") || !reader_.ReadInteger(0, 3, word)) return false;
    random.place = static_cast<uint32_t>(place);
    random.word = static_cast<uint8_t>(word);
    if (!reader_.TakeIf("per")) return true;
    random.per_row = true;
    return reader_.Expect("row") && ReadSource(random.source);
  }

  // scan up 16 of %0, %1 { ... }, or scan up 16 checkpointed of ...
  bool ReadScan(Node& node) {
    Scan& scan = node.content.emplace<Scan>();
    scan.down = reader_.TakeIf("down");
    if (!scan.down && !reader_.Expect("up")) return false;
    if (!reader_.ReadSize(scan.count)) return false;
    scan.checkpointed = reader_.TakeIf("checkpointed");
    if (reader_.TakeIf("of")) {
      do {
        scan.operands.push_back(kNoNode);
        if (!reader_.FindNode(reader_.Take(), scan.operands.back())) return false;
      } while (reader_.TakeIf(","));
    }
    if (nesting_ >= kMaximumNesting) return reader_.Fail(DiagnosticKind::SyntaxError, "scans are nested too deeply");
    if (!reader_.Expect("{")) return false;
    auto body = std::make_shared<Graph>();
    body->name = "body";
    std::unordered_map<std::string, NodeId> nodes;
    std::swap(nodes, reader_.nodes);
    Graph* const outer = std::exchange(reader_.graph, body.get());
    Statements inside(reader_, *body);
    inside.nesting_ = nesting_ + 1;
    const bool good = inside.RunBody(true);
    reader_.graph = outer;
    std::swap(nodes, reader_.nodes);
    scan.body = std::move(body);
    return reader_.Expect("}") && good;
  }

  bool ReadPart(Node& node) {
    Part part;
    int64_t output = 0;
    if (!reader_.ReadInteger(0, std::numeric_limits<int>::max(), output) || !reader_.Expect("of")) return false;
    const Token of = reader_.Take();
    if (!reader_.FindNode(of, part.scan)) return false;
    part.output = static_cast<int>(output);
    const bool scan = graph_[part.scan].op() == Node::Op::Scan;
    if (!scan || static_cast<size_t>(output) >= graph_[part.scan].scan().body->outputs.size()) {
      return reader_.Fail(DiagnosticKind::UnknownName, of.span, scan ? "the scan has no such part" : "a part of something that is no scan");
    }
    node.shape = ShapeOfPart(graph_[part.scan].scan(), part.output);
    node.content = part;
    return true;
  }

  bool ReadOutput() {
    Output output;
    if (!ReadString(output.name) || !reader_.FindNode(reader_.Take(), output.node)) return false;
    if (reader_.TakeIf("updates") && !reader_.FindNode(reader_.Take(), output.updates)) return false;
    graph_.outputs.push_back(std::move(output));
    return true;
  }

  bool ReadSignature() {
    signed_ = true;
    if (reader_.Peek().starts_line || reader_.Peek().kind == Token::Kind::End) return true;
    do {
      NodeId id = kNoNode;
      if (!reader_.FindNode(reader_.Take(), id)) return false;
      graph_.inputs.push_back(id);
    } while (reader_.TakeIf(","));
    return true;
  }

  void CollectInputs() {
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      if (graph_.nodes[n].op() == Node::Op::Input) graph_.inputs.push_back(static_cast<NodeId>(n));
    }
  }

  static constexpr int kMaximumFailures = 50;
  static constexpr int kMaximumNesting = 8;
  TextReader& reader_;
  Graph& graph_;
  bool signed_ = false;
  int nesting_ = 0;  // scans around this body
};

}  // namespace

bool Read(const SourceManager& sources, uint32_t file, Diagnostics& diagnostics, Graph& graph) {
  const size_t errors = diagnostics.ErrorCount();
  graph = Graph();
  TextReader reader(Tokenize(sources, file, diagnostics), diagnostics);
  reader.graph = &graph;
  const bool good = Statements(reader, graph).Run() && diagnostics.ErrorCount() == errors;
  if (good) {
    std::optional<Violation> violation = FindViolation(graph, false);
    if (!violation) return true;
    const Span place = violation->node == kNoNode ? Span{file, 0, 0} : graph[violation->node].span;
    diagnostics.Report(DiagnosticKind::ShapeMismatch, place, "the graph breaks a rule: " + violation->what);
  }
  graph = Graph();
  return false;
}

}  // namespace nnc::ir
