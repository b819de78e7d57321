// Modules: a program's files, its imports, and those files of the library that it uses.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <vector>

#include "compiler/sema/checks.h"
#include "compiler/sema/data_block.h"
#include "compiler/sema/options.h"
#include "compiler/sema/training.h"
#include "compiler/syntax/parse.h"

namespace nnc::sema {

namespace fs = std::filesystem;
using ast::DeclKind;

static constexpr size_t kLargestText = size_t{16} << 20;  // bytes of a program's file

// The text; cut off behind kLargestText where there is more.
static std::optional<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text;
  std::vector<char> piece(size_t{1} << 16);
  while (text.size() <= kLargestText && (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) || stream.gcount() > 0))
    text.append(piece.data(), static_cast<size_t>(stream.gcount()));
  return text;
}

struct Module::Impl final : Declarations {
  SourceManager& sources;
  Options options;
  Diagnostics& diagnostics;
  std::vector<ast::Program> files;    // the program's; the first is the main one
  std::vector<std::unique_ptr<ast::Program>> library;
  std::map<std::string, const ast::Decl*> declared;          // by the program
  std::map<std::string, const ast::Decl*> library_declared;  // by library files read so far
  struct LibraryEntry {
    size_t file;        // of library_texts
    size_t begin, end;  // of the declaration
  };
  std::vector<std::pair<std::string, std::string>> library_texts;  // path, text
  std::map<std::string, LibraryEntry> library_index;               // by name
  bool indexed = false;
  std::vector<std::unique_ptr<ast::Program>> overrides;  // parsed texts of --set
  std::map<std::string, uint32_t> loaded;                // canonical path to file number
  std::unique_ptr<Elaboration> elaboration;
  Context context;  // of what stands at top level

  Impl(SourceManager& s, const Options& o, Diagnostics& d) : sources(s), options(o), diagnostics(d) {}

  // Elaboration that gives nothing has told why; otherwise the compiler is at fault, which must not pass for success.
  void RequireMistake() const {
    if (!diagnostics.HasErrors()) throw std::logic_error("a training has no meaning and no mistake");
  }

  // ---- files
  void LoadFile(const std::string& path, std::vector<std::string>& chain, Span import) {
    std::error_code error;
    std::string canonical = fs::weakly_canonical(path, error).string();
    if (std::find(chain.begin(), chain.end(), canonical) != chain.end()) {
      diagnostics.Report(DiagnosticKind::ImportCycle, import, "the file \"" + path + "\" imports itself, perhaps through others");
      return;
    }
    if (loaded.count(canonical)) return;
    auto text = options.text && chain.empty() ? options.text : ReadFile(path);
    if (!text) {
      diagnostics.Report(import.Valid() ? DiagnosticKind::ImportFailed : DiagnosticKind::FileNotFound, import,
          "cannot read the file \"" + path + "\"")
          .Help(import.Valid() ? "imports are relative to the importing file" : "check the path");
      return;
    }
    if (text->size() > kLargestText) {
      diagnostics.Report(import.Valid() ? DiagnosticKind::ImportFailed : DiagnosticKind::FileNotFound, import,
          "the file \"" + path + "\" is larger than 16 MiB, the most that a program's file may be");
      return;
    }
    uint32_t file = sources.Add(path, std::move(*text));
    loaded[canonical] = file;
    size_t errors = diagnostics.ErrorCount();
    ast::Program program = Parse(sources, file, diagnostics);
    bool broken = diagnostics.ErrorCount() > errors;
    chain.push_back(canonical);
    std::vector<std::pair<std::string, Span>> imports;
    for (const ast::Decl& decl : program.decls)
      if (decl.kind == DeclKind::Import) imports.push_back({(fs::path(path).parent_path() / decl.name).string(), decl.span});
    files.push_back(std::move(program));
    for (const auto& [imported, span] : imports) LoadFile(imported, chain, span);
    chain.pop_back();
    if (broken && import.Valid())
      diagnostics.Report(DiagnosticKind::ImportFailed, import, "the imported file \"" + path + "\" has mistakes of its own");
  }

  void Declare() {
    for (const ast::Program& file : files)
      for (const ast::Decl& decl : file.decls) {
        if (decl.kind == DeclKind::Import || decl.name.empty()) continue;
        // A training is named after its model: the two do not compete.
        std::string key = decl.kind == DeclKind::Train ? "train " + decl.name : decl.name;
        auto [at, fresh] = declared.emplace(key, &decl);
        if (!fresh)
          diagnostics.Report(DiagnosticKind::Redefinition, decl.name_span, "`" + decl.name + "` is defined twice")
              .AddLabel(decl.name_span, "again here")
              .AddLabel(at->second->name_span, "first here")
              .Help(decl.kind == DeclKind::Train ? "a training's name is free: `train " + decl.name + "_2 on ...` may train the same model" : "");
      }
  }

  // ---- library
  void IndexLibrary() {
    indexed = true;
    std::error_code error;
    std::vector<std::string> paths;
    for (const auto& entry : fs::directory_iterator(options.stdlib, error))
      if (entry.path().extension() == ".nn") paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
      auto text = ReadFile(path);
      if (!text) continue;
      IndexFile(library_texts.size(), *text);
      library_texts.push_back({path, std::move(*text)});
    }
  }

  // Declarations begin at the left margin; each ends where the next begins.
  void IndexFile(size_t file, const std::string& text) {
    LibraryEntry* previous = nullptr;
    for (size_t line = 0; line < text.size();) {
      size_t end = std::min(text.find('\n', line), text.size());
      for (std::string_view word : {"fn ", "layer ", "optimizer ", "prepare ", "model "}) {
        if (text.compare(line, word.size(), word) != 0) continue;
        size_t begin = line + word.size(), stop = begin;
        while (stop < end && (std::isalnum(static_cast<unsigned char>(text[stop])) || text[stop] == '_')) ++stop;
        if (previous) previous->end = line;
        previous = &library_index.emplace(text.substr(begin, stop - begin), LibraryEntry{file, line, text.size()}).first->second;
      }
      line = end + 1;
    }
  }

  const ast::Decl* Find(const std::string& name) override {
    if (auto found = declared.find(name); found != declared.end()) return found->second;
    if (auto found = library_declared.find(name); found != library_declared.end()) return found->second;
    if (!indexed) IndexLibrary();
    auto entry = library_index.find(name);
    if (entry == library_index.end()) return nullptr;
    // Only this declaration is parsed; the lines around it are left blank, so that places stay true.
    const auto& [path, text] = library_texts[entry->second.file];
    std::string blanked(static_cast<size_t>(std::count(text.begin(),
        text.begin() + static_cast<std::ptrdiff_t>(entry->second.begin), '\n')), '\n');
    blanked.append(text, entry->second.begin, entry->second.end - entry->second.begin);
    library.push_back(std::make_unique<ast::Program>(Parse(sources, sources.Add((fs::path("stdlib") / fs::path(path).filename()).string(), std::move(blanked)), diagnostics)));
    for (const ast::Decl& decl : library.back()->decls) library_declared.emplace(decl.name, &decl);
    auto found = library_declared.find(name);
    return found == library_declared.end() ? nullptr : found->second;
  }

  std::vector<std::string> Names() override {
    if (!indexed) IndexLibrary();
    std::vector<std::string> names;
    for (const auto& [name, decl] : declared)
      if (decl->kind != DeclKind::Train) names.push_back(name);
    for (const auto& [name, decl] : library_declared) names.push_back(name);
    for (const auto& [name, file] : library_index) names.push_back(name);
    return names;
  }

  bool IsLibrary(const ast::Decl& decl) override {
    return std::none_of(files.begin(), files.end(), [&](const ast::Program& p) { return p.file == decl.span.file; });
  }

  // ---- options
  std::vector<const ast::Decl*> OfKind(DeclKind kind) const {
    std::vector<const ast::Decl*> found;
    for (const ast::Program& file : files)
      for (const ast::Decl& decl : file.decls)
        if (decl.kind == kind) found.push_back(&decl);
    return found;
  }

  const ast::Expr* Override(const ast::Decl& decl, const std::string& text) {
    const size_t errors = diagnostics.ErrorCount();
    uint32_t file = sources.Add(kSetPath + decl.name,
        "option " + decl.name + ": " + std::string(sources.Text(decl.type->span)) + " = " + text + "\n");
    overrides.push_back(std::make_unique<ast::Program>(Parse(sources, file, diagnostics)));
    const auto& decls = overrides.back()->decls;
    if (decls.size() == 1 && decls[0].value && !decls[0].domain) return decls[0].value.get();
    if (diagnostics.ErrorCount() == errors)
      diagnostics.Report(DiagnosticKind::UsageError, {}, "--set gives `" + decl.name + "` more than a value: `" + text + "`");
    return nullptr;
  }

  // At top level, with the program's options bound.
  Values Ready() {
    if (elaboration) return {*elaboration, context};
    elaboration = std::make_unique<Elaboration>(*this, sources, options, diagnostics);
    context.building = &elaboration->settings;
    const Values top(*elaboration, context);
    std::vector<std::string> names;
    for (const ast::Decl* decl : OfKind(DeclKind::Option)) {
      names.push_back(decl->name);
      const ast::Expr* chosen = decl->value.get();
      bool outside = false;
      if (auto set = options.set.find(decl->name); set != options.set.end())
        if (const ast::Expr* parsed = Override(*decl, set->second)) {
          chosen = parsed;
          outside = true;
        }
      if (chosen && decl->type) OptionValues(top).Bind(*decl, *chosen, outside);
    }
    for (const auto& [name, value] : options.set) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      auto& report = diagnostics.Report(DiagnosticKind::UnknownOption, {}, "the program has no option `" + name + "`");
      std::string near = ClosestName(name, names);
      report.Help(!near.empty() ? "did you mean `" + near + "`?" : names.empty() ? "it declares no options"
          : "`nnc options` lists them");
    }
    return top;
  }

  std::vector<const ast::Decl*> AllDecls() const {
    std::vector<const ast::Decl*> decls;
    for (const ast::Program& file : files)
      for (const ast::Decl& decl : file.decls) decls.push_back(&decl);
    return decls;
  }

  bool CheckTexts() { return Checks(Ready()).CheckTexts(AllDecls()); }

  std::string Flatten(uint32_t file, std::set<uint32_t>& done) const {
    done.insert(file);
    const SourceFile& source = sources.File(file);
    const ast::Program* program = nullptr;
    for (const ast::Program& p : files)
      if (p.file == file) program = &p;
    std::string result;
    size_t at = 0;
    for (const ast::Decl& decl : program->decls) {
      if (decl.kind != DeclKind::Import) continue;
      result.append(source.text, at, decl.span.begin - at);
      std::error_code error;
      auto imported = loaded.find(fs::weakly_canonical(fs::path(source.path).parent_path() / decl.name, error).string());
      if (imported != loaded.end() && !done.count(imported->second)) result += Flatten(imported->second, done);
      at = decl.span.end;
    }
    return result.append(source.text, at, std::string::npos);
  }
};

Module::Module() = default;
Module::~Module() = default;

std::unique_ptr<Module> Module::Load(SourceManager& sources, const std::string& path, const Options& options,
    Diagnostics& diagnostics) {
  std::unique_ptr<Module> module(new Module);
  module->impl_ = std::make_unique<Impl>(sources, options, diagnostics);
  std::vector<std::string> chain;
  module->impl_->files.reserve(64);
  module->impl_->LoadFile(path, chain, {});
  module->impl_->Declare();
  return module;
}

std::vector<std::string> Module::TrainNames() const {
  std::vector<std::string> names;
  for (const ast::Decl* decl : impl_->OfKind(DeclKind::Train)) names.push_back(decl->name);
  return names;
}

std::vector<std::string> Module::DataNames() const {
  std::vector<std::string> names;
  for (const ast::Decl* decl : impl_->OfKind(DeclKind::Data)) names.push_back(decl->name);
  return names;
}

const std::vector<ast::Program>& Module::Files() const { return impl_->files; }

std::string Module::FlattenedText() const {
  std::set<uint32_t> done;
  return impl_->files.empty() ? "" : impl_->Flatten(impl_->files[0].file, done);
}

std::vector<OptionInfo> Module::ListOptions() {
  impl_->Ready();
  std::vector<OptionInfo> list;
  for (const ast::Decl* decl : impl_->OfKind(DeclKind::Option)) {
    OptionInfo info;
    info.name = decl->name;
    info.span = decl->name_span;
    info.doc = decl->doc;
    if (decl->type) info.type = impl_->sources.Text(decl->type->span);
    if (decl->value) info.default_value = impl_->sources.Text(decl->value->span);
    auto set = impl_->options.set.find(decl->name);
    info.value = set == impl_->options.set.end() ? info.default_value : set->second;
    if (decl->domain) info.range = impl_->sources.Text(decl->domain->span);
    list.push_back(info);
  }
  return list;
}

void Module::Check() {
  const Values top = impl_->Ready();
  if (!impl_->CheckTexts()) return;
  std::set<std::string> trained;
  for (const ast::Decl* decl : impl_->OfKind(DeclKind::Train)) {
    for (const ast::Source& source : decl->sources) trained.insert(source.name);
    if (!TrainElaborator(*impl_->elaboration, *decl).Run()) impl_->RequireMistake();
  }
  for (const ast::Decl* decl : impl_->OfKind(DeclKind::Data))
    if (!trained.count(decl->name)) DataBlock(top).Data(*decl, "N", 0);
  Checks(top).CheckUnapplied(impl_->AllDecls(), nullptr);
  if (!impl_->diagnostics.HasErrors()) Checks(top).CheckUnreadColumns(impl_->AllDecls(), nullptr);
  Checks(top).ReportUnusedDefinitions();
}

// The declaration meant by a name, or the only one of its kind.
static const ast::Decl* Choose(const std::vector<const ast::Decl*>& all, const std::string& name, const char* what,
    Diagnostics& diagnostics) {
  if (name.empty() && all.size() == 1) return all[0];
  std::vector<std::string> names;
  std::string list;
  for (const ast::Decl* decl : all) {
    if (decl->name == name) return decl;
    names.push_back(decl->name);
    list += (list.empty() ? "" : ", ") + decl->name;
  }
  if (all.empty()) {
    diagnostics.Report(DiagnosticKind::UsageError, {}, std::string("the program has no `") + what + "` block");
  } else if (name.empty()) {
    diagnostics.Report(DiagnosticKind::UsageError, {}, std::string("the program has several `") + what + "` blocks: " + list)
        .Help("name one of them");
  } else {
    auto& report = diagnostics.Report(DiagnosticKind::UsageError, {},
        std::string("the program has no `") + what + "` block `" + name + "`");
    std::string near = ClosestName(name, names);
    report.Help(near.empty() ? "there are: " + list : "did you mean `" + near + "`?");
  }
  return nullptr;
}

std::optional<TrainProgram> Module::ElaborateTrain(const std::string& name) {
  if (impl_->diagnostics.HasErrors()) return std::nullopt;
  const Values top = impl_->Ready();
  if (impl_->diagnostics.HasErrors()) return std::nullopt;
  const ast::Decl* decl = Choose(impl_->OfKind(DeclKind::Train), name, "train", impl_->diagnostics);
  if (!decl || !impl_->CheckTexts()) return std::nullopt;
  auto program = TrainElaborator(*impl_->elaboration, *decl).Run();
  if (!program) impl_->RequireMistake();
  Checks(top).CheckUnapplied(impl_->AllDecls(), decl);
  if (!impl_->diagnostics.HasErrors()) Checks(top).CheckUnreadColumns(impl_->AllDecls(), decl);
  Checks(top).ReportUnusedDefinitions();
  if (impl_->diagnostics.HasErrors()) return std::nullopt;
  return program;
}

std::optional<DataSource> Module::ElaborateData(const std::string& name) {
  if (impl_->diagnostics.HasErrors()) return std::nullopt;
  const Values top = impl_->Ready();
  if (impl_->diagnostics.HasErrors()) return std::nullopt;
  const ast::Decl* decl = Choose(impl_->OfKind(DeclKind::Data), name, "data", impl_->diagnostics);
  return decl ? DataBlock(top).Data(*decl, "N", 0) : std::nullopt;
}

std::optional<ir::Graph> Module::ElaborateGraph(const std::string& name, bool training) {
  if (impl_->diagnostics.HasErrors()) return std::nullopt;
  const Values top = impl_->Ready();
  std::vector<const ast::Decl*> all = impl_->OfKind(DeclKind::Model);
  if (!name.empty())
    for (DeclKind kind : {DeclKind::Layer, DeclKind::Function})
      for (const ast::Decl* decl : impl_->OfKind(kind)) all.push_back(decl);
  const ast::Decl* decl = Choose(all, name, "model", impl_->diagnostics);
  return decl ? Checks(top).GraphOf(*decl, training) : std::nullopt;
}

}  // namespace nnc::sema
