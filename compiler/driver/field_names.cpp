#include "compiler/driver/field_names.h"

#include <cctype>
#include <map>
#include <set>

#include "compiler/codegen/codegen.h"

namespace nnc::driver {

// Words of C23 and C++23, and macros without arguments that compilers and the C library's commonest headers define.
static const std::set<std::string> kWords = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "char16_t",
    "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const", "const_cast", "consteval",
    "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit",
    "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new",
    "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register",
    "reinterpret_cast", "requires", "restrict", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast",
    "struct", "switch", "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof",
    "typeof_unqual", "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    "DOMAIN", "EOF", "INFINITY", "NAN", "NULL", "OVERFLOW", "UNDERFLOW", "errno", "i386", "linux", "stderr", "stdin", "stdout", "unix"};

std::string Identifier(const std::string& text) {
  std::string name;
  for (char letter : text) name += std::isalnum(static_cast<unsigned char>(letter)) != 0 && static_cast<unsigned char>(letter) < 128 ? letter : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) name.insert(name.begin(), '_');
  return name;
}

uint64_t Hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char letter : text) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  return hash;
}

static std::string Member(const std::string& text) {
  std::string name = Identifier(text);
  return kWords.count(name) != 0 ? name + "_" : name;
}

std::vector<std::string> FieldNames(const std::vector<FieldText>& texts, const std::vector<std::string>& others) {
  std::map<std::string, std::set<std::string>> wanted;  // the keys that would be called so
  for (const FieldText& field : texts) wanted[Member(field.text)].insert(field.key);
  for (const std::string& other : others) wanted[Member(other)].insert(other);
  std::set<std::string> taken;
  for (const auto& [name, keys] : wanted)
    if (keys.size() == 1 || keys.count(name) != 0) taken.insert(name);
  std::vector<std::string> names;
  for (const FieldText& field : texts) {
    std::string name = Member(field.text);
    if (field.key != name && wanted[name].size() > 1) {
      std::string whole = codegen::LayoutName(name, Hash(field.key));
      size_t length = name.size() + 5;
      while (length < whole.size() && taken.count(whole.substr(0, length)) != 0) ++length;
      name = whole.substr(0, length);
      taken.insert(name);
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace nnc::driver
