#include "compiler/driver/defect.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "compiler/driver/command.h"

namespace nnc::driver {

static constexpr const char* kRequest =
    "\n  nnc " NNC_VERSION " is at fault, not your program or your data: please report it, with the program and the command\n";

static void Put(const char* text) {
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

int ReportDefect(const std::string& what) {
  Put("nnc: internal error: ");
  Put(what.c_str());
  Put(kRequest);
  return kDefect;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static const char* NameOf(int signal) {
  switch (signal) {
    case SIGSEGV: return "segmentation fault";
    case SIGBUS: return "bus error";
    case SIGFPE: return "arithmetic exception";
    case SIGILL: return "illegal instruction";
    default: return "aborted";
  }
}

// Calls nothing but what a handler may call.
static void OnSignal(int signal) {
  Put("nnc: internal error: ");
  Put(NameOf(signal));
  Put(kRequest);
  _exit(kDefect);
}

static void CatchSignals() {
  alignas(16) static char stack[1 << 16];  // of its own, for the overflow of the program's
  stack_t alternate{};
  alternate.ss_sp = stack;
  alternate.ss_size = sizeof stack;
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_ONSTACK | SA_RESETHAND;
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigaction(signal, &action, nullptr);
}
#else
static void CatchSignals() {}
#endif

[[noreturn]] static void OnTerminate() {
  std::string what = "an exception that nothing catches";
  try {
    if (std::exception_ptr exception = std::current_exception()) std::rethrow_exception(exception);
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
  }
  _exit(ReportDefect(what));
}

void InstallDefectHandlers() {
  CatchSignals();
  std::set_terminate(OnTerminate);
}

}  // namespace nnc::driver
