// The patterns of `replace`: extended regular expressions of POSIX, as `sed -E` takes them, of which the work is bounded.
#pragma once
#include <string>

namespace nnc::sema {

struct LinePattern {
  explicit LinePattern(const std::string& pattern);

  // What is wrong with the text that stands instead; "" if nothing is.
  std::string UnfitFor(const std::string& by) const;

  size_t groups = 0;
  std::string wrong, cure;  // "" if nothing is
};

}  // namespace nnc::sema
