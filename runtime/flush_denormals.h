// Flush-to-zero for the current thread, for as long as an object of this class lives.
//
// A converged small network works with denormal numbers and runs several times slower on them. Generated code promises
// the same bits on every machine only under this mode, so it is set around every call into it; the mode that the caller
// had comes back afterwards.
#pragma once

#include <cstdint>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace nnc::runtime {

class FlushDenormals {
 public:
  FlushDenormals() : saved_(Read()) { Write(saved_ | flush_bits); }
  ~FlushDenormals() { Write(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE__)
  static constexpr uint64_t flush_bits = 0x8040;  // MXCSR: flush to zero, denormals are zero
  static uint64_t Read() { return _mm_getcsr(); }
  static void Write(uint64_t mode) { _mm_setcsr(static_cast<unsigned>(mode)); }
#elif defined(__aarch64__)
  static constexpr uint64_t flush_bits = uint64_t{1} << 24;  // FPCR.FZ
  static uint64_t Read() {
    uint64_t mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void Write(uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  static constexpr uint64_t flush_bits = 0;
  static uint64_t Read() { return 0; }
  static void Write(uint64_t) {}
#endif

  uint64_t saved_;
};

}  // namespace nnc::runtime
