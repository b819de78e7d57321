// The columns of a file, for who looks for another one; and what a file that was not taken apart shows.
#pragma once
#include <string>
#include <vector>

#include "compiler/sema/program.h"

namespace nnc::sema {

std::string WhatTheFileHas(const std::vector<ColumnInfo>& schema);

}  // namespace nnc::sema
