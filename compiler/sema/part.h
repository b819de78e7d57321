// What every part of elaboration stands on: what the program's elaboration shares, one context, and the graph under construction in it.
// Mistakes are told with the way that led to them. A part is two references: it is made where it is needed, from another one in the same
// context (`Subscripts(*this)`) or for a changed one (`Statements(shared_, inside)`).
#pragma once

#include <string>
#include <vector>

#include "compiler/sema/context.h"

namespace nnc::sema {

using ir::Dim;
using ir::NodeId;
using ir::ScalarFn;
using ir::Shape;

class Part {
 public:
  Part(Elaboration& shared, const Context& context) : shared_(shared), context_(context), building_(*context.building) {}

  const Context& In() const { return context_; }
  Construction& Building() const { return building_; }

  Diagnostic& Report(DiagnosticKind kind, Span span, std::string message);
  size_t Mistakes() const { return shared_.diagnostics.ErrorCount() + shared_.silenced; }  // to see whether something went wrong meanwhile
  bool ReportedBefore(const std::string& name);  // an unknown name is told once per body
  std::string Describe(const Value& value) const;  // "f32[N, 32]"
  std::string DescribeWithMaker(const Value& value) const;  // "f32[N, 32], from dense{32} at net.nn:3:5"
  std::string ShapeText(const Shape& shape) const;
  Value Poison() const { return {}; }
  bool MayPropose();  // for unknown names: comparing with every known one takes time
  Shape Positional(const Value& value) const;  // a tensor's sizes behind its named axes
  // Counts applications and turns: false, and reported once, when the program would grow without measure. With `ahead`, whether so
  // many more would be too many; they are not counted yet.
  bool MayGoOn(Span span, double ahead = 0);

 protected:
  Elaboration& shared_;
  const Context& context_;
  Construction& building_;  // the context's
};

const char* KindName(ast::DeclKind kind);

}  // namespace nnc::sema
