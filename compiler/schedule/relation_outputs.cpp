// Rules that solve a relation for an output index: mixed radix and phases.
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "compiler/schedule/affine.h"
#include "compiler/schedule/relation_system.h"

namespace nnc::schedule {

using ir::Affine;
using ir::Dim;

static constexpr int kMaximumBranches = 32;

// u == rest, for the output variable u of a relation that has exactly one.
struct OutputRelation {
  int output;
  Affine rest;  // over reduction variables
};

static bool FindOutput(const RelationSystem& system, const Affine& relation, OutputRelation& found) {
  int outputs = 0;
  for (const Affine::Term& term : relation.terms) {
    if (!system[term.index].parallel) continue;
    ++outputs;
    if (std::abs(term.coefficient) != 1) return false;
    found.output = term.index;
  }
  if (outputs != 1) return false;
  found.rest = Constant(0).Plus(relation, -relation.Coefficient(found.output));
  found.rest.Add(found.output, 1);
  return true;
}

// Terms by falling coefficient if they are the digits of a mixed radix: each coefficient is the next one's times its extent.
static bool Digits(const RelationSystem& system, const Affine& rest, std::vector<Affine::Term>& digits) {
  digits = rest.terms;
  if (digits.size() < 2 || !(rest.constant == Dim(0))) return false;
  std::sort(digits.begin(), digits.end(), [](const auto& a, const auto& b) { return a.coefficient > b.coefficient; });
  if (digits.back().coefficient != 1) return false;
  for (size_t d = 0; d + 1 < digits.size(); ++d) {
    if (!(Dim(digits[d].coefficient) == Dim(digits[d + 1].coefficient) * system[digits[d + 1].index].extent)) return false;
  }
  return true;
}

// The system restricted to output points from `start` on.
static RelationSystem Tail(const RelationSystem& system, int output, const Dim& start) {
  RelationSystem tail = system;
  const RelationSystem::Variable u = system[output];
  const int shifted = tail.AddVariable(u.extent - start, true, u.index, u.position);
  Affine value = Affine::Index(shifted);
  value.constant = start;
  tail.Replace(output, value);
  return tail;
}

bool ExpandRadix(RelationSystem& system, std::vector<RelationSystem>& more) {
  for (const Affine& relation : system.relations) {
    OutputRelation found;
    std::vector<Affine::Term> digits;
    if (!FindOutput(system, relation, found) || !Digits(system, found.rest, digits)) continue;
    const Dim size = system[found.output].extent;
    const Dim radix = digits[0].coefficient;
    const int leading = digits[0].index;
    const Dim reached = radix * system[leading].extent;
    const Dim rest = size - reached;
    if (rest.ProvablyPositive()) {
      more.push_back(Tail(system, found.output, reached));
      more.back().empty = true;
    } else if (!(rest == Dim(0))) {
      if (!(-rest).ProvablyNonNegative()) continue;
      const Dim whole = Dim::FloorDiv(size, radix);
      RelationSystem tail = Tail(system, found.output, whole * radix);
      tail.Replace(leading, Constant(whole));
      if (!(size == whole * radix)) more.push_back(std::move(tail));
      system[leading].extent = whole;
    }
    const int index = system[found.output].index;
    for (size_t d = 0; d < digits.size(); ++d) {
      RelationSystem::Variable& digit = system[digits[d].index];
      digit.parallel = true;
      digit.index = index;
      digit.position = static_cast<int>(d);
    }
    system.Replace(found.output, found.rest);
    return true;
  }
  return false;
}

// u == stride*i + step*p + constant; p may be absent.
struct Strided {
  int u = -1, i = -1, p = -1;
  int64_t stride = 1, step = 0, constant = 0;
};

static bool FindStrided(const RelationSystem& system, const Affine& relation, const Capacities& capacities, Strided& found) {
  OutputRelation output;
  if (!FindOutput(system, relation, output)) return false;
  std::vector<Affine::Term> terms = output.rest.terms;
  if (terms.empty() || terms.size() > 2 || !output.rest.constant.IsConstant()) return false;
  auto extent = [&](const Affine::Term& term) { return capacities(system[term.index].extent); };
  if (terms.size() == 2 && extent(terms[1]) > extent(terms[0])) std::swap(terms[0], terms[1]);
  if (std::abs(terms[0].coefficient) < 2) return false;
  found.u = output.output;
  found.i = terms[0].index;
  found.stride = terms[0].coefficient;
  found.constant = output.rest.constant.Constant();
  if (terms.size() == 2) {
    found.p = terms[1].index;
    found.step = terms[1].coefficient;
  }
  return true;
}

static int64_t Residue(int64_t value, int64_t modulus) { return (value % modulus + modulus) % modulus; }

// The part with u == s*u' + phase. There p == first + (s/g)*p', and i is solved; without such p the part is empty.
static RelationSystem Phase(const RelationSystem& system, const Strided& strided, int64_t phase) {
  RelationSystem part = system;
  const int64_t s = std::abs(strided.stride);
  const RelationSystem::Variable u = system[strided.u];
  const int coarse = part.AddVariable(Dim::FloorDiv(u.extent - Dim(phase) + Dim(s - 1), Dim(s)), true, u.index, u.position);
  Affine value = Constant(phase);
  value.Add(coarse, s);
  part.Replace(strided.u, value);

  const int64_t g = strided.p < 0 ? s : std::gcd(s, std::abs(strided.step));
  int64_t first = 0;
  while (first < s / g && Residue(strided.step * first + strided.constant - phase, s) != 0) ++first;
  if (first == s / g) {
    part.empty = true;
    return part;
  }
  if (strided.p >= 0) {
    const RelationSystem::Variable p = system[strided.p];
    if ((Dim(first) - p.extent).ProvablyNonNegative()) {
      part.empty = true;
      return part;
    }
    const Dim count = Dim::FloorDiv(p.extent - Dim(first) + Dim(s / g - 1), Dim(s / g));
    Affine fine = Constant(first);
    if (!(count == Dim(1))) fine.Add(part.AddVariable(count, false, p.index, p.position), s / g);
    part.Replace(strided.p, fine);
  }
  // What is left of the relation is divisible by s: i is solved by substitution.
  return part;
}

bool SplitPhases(RelationSystem& system, const Capacities& capacities, std::vector<RelationSystem>& more) {
  for (const Affine& relation : system.relations) {
    Strided strided;
    if (!FindStrided(system, relation, capacities, strided)) continue;
    const int64_t s = std::abs(strided.stride);
    if (s * system.branches > kMaximumBranches) continue;
    const RelationSystem whole = system;
    for (int64_t phase = 0; phase < s; ++phase) {
      if ((Dim(phase) - whole[strided.u].extent).ProvablyNonNegative()) break;
      RelationSystem part = Phase(whole, strided, phase);
      part.branches *= static_cast<int>(s);
      if (phase == 0) {
        system = std::move(part);
      } else {
        more.push_back(std::move(part));
      }
    }
    return true;
  }
  return false;
}

}  // namespace nnc::schedule
