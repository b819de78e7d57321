// nnc check: names, shapes and the cells of files, without running anything.
#include "compiler/driver/command.h"
#include "compiler/driver/data_files.h"
#include "compiler/driver/program.h"
#include "compiler/driver/rehearsal.h"

namespace nnc::driver {

int Check(const CheckRequest& request) {
  Session session;
  sema::Options options = ElaborationOptions(session, request.set);
  DataFiles files(session, {});
  options.schema = &files;
  if (auto module = LoadProgram(session, request.file, options)) {
    module->ListOptions();
    if (!session.diagnostics.HasErrors()) module->Check();
    Rehearse(session, request.file, options, false);
  }
  return session.Finish();
}

}  // namespace nnc::driver
