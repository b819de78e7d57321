// Every program of test/syntax: those named fail_ are refused with the code that their CHECK line names, all others are accepted.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "test/unit/syntax/parsed.h"

namespace nnc {
namespace {

std::vector<std::filesystem::path> Programs(bool failing) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(NNC_SYNTAX_PROGRAMS)) {
    std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".nn" && name.starts_with("fail_") == failing) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string Read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Programs, AreAccepted) {
  auto paths = Programs(false);
  EXPECT_GE(paths.size(), 15u);
  for (const auto& path : paths) {
    Parsed parsed(Read(path));
    EXPECT_EQ(parsed.Errors(), "") << path;
    EXPECT_FALSE(parsed.program.decls.empty()) << path;
  }
}

TEST(Programs, ThatMustFailFailAsTheySay) {
  auto paths = Programs(true);
  EXPECT_GE(paths.size(), 15u);
  for (const auto& path : paths) {
    std::string text = Read(path);
    size_t code = text.find("error[E");
    ASSERT_NE(code, std::string::npos) << path << " names no code";
    std::string wanted = text.substr(code, std::string_view("error[E0101]").size());
    EXPECT_NE(Parsed(text).Errors().find(wanted), std::string::npos) << path << " does not give " << wanted;
  }
}

TEST(Programs, CoverEverySyntaxDiagnostic) {
  std::string all;
  for (const auto& path : Programs(true)) all += Parsed(Read(path)).Codes() + " ";
  for (const DiagnosticRow& row : AllDiagnosticRows()) {
    if (!row.code.starts_with("E01")) continue;
    EXPECT_NE(all.find(row.code), std::string::npos) << "no program fails with " << row.code;
  }
}

// What is printed as a tree is the same when it is read again: the printed form of a body's expressions is itself the language.
TEST(Programs, FormatOfAnExpressionReadsBackAsTheSameTree) {
  for (const auto& path : Programs(false)) {
    Parsed parsed(Read(path));
    for (const ast::Decl& decl : parsed.program.decls) {
      if (!decl.body) continue;
      for (const ast::Stmt& stmt : decl.body->statements) {
        if (!stmt.value || stmt.value->kind == ast::ExprKind::Loop) continue;
        std::string text = Format(*stmt.value);
        EXPECT_EQ(ValueOf(text), ValueOf("(" + text + ")")) << text;
        Parsed again = ParsedBody(text);
        ASSERT_EQ(again.Errors(), "") << text;
        EXPECT_EQ(Format(*again.program.decls[0].body->statements[0].value), text);
      }
    }
  }
}

}  // namespace
}  // namespace nnc
