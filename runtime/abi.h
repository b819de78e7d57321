/* The whole contract between generated code and the runtime, in plain C.
 *
 * A compiled function is one C function of type nnc_function. It reads the call's description, works in the arena
 * it is given, and writes only to the arena and to those buffers that its signature lists as written (weights,
 * optimizer state and outputs of a training step; outputs alone otherwise). It allocates nothing, starts no thread,
 * keeps nothing between calls and calls nothing outside itself but libm. Two calls with different arenas and
 * different written buffers may therefore run at the same time.
 *
 * What order `buffers`, `rows`, `first_row` and `extents` have is part of the function's signature, which the
 * compiler states beside the code (its plan); the two sides agree on nothing else than this header.
 *
 * This header is included by generated C headers and by embedded programs: C89 types only, no C++.
 */
#ifndef NNC_RUNTIME_ABI_H
#define NNC_RUNTIME_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Alignment in bytes of the arena and of every buffer that the runtime allocates. */
#define NNC_ALIGNMENT 64

/* What a compiled function returns. Anything but NNC_OK leaves the written buffers in an unspecified state. */
enum nnc_status {
  NNC_OK = 0,
  NNC_BAD_EXTENT = 1, /* a symbolic extent lies outside the range that the function was compiled for */
  NNC_BAD_INDEX = 2   /* a subscript read from data lies outside its axis */
};

/* One data column. Row r of the column starts at
 *     (const char*)chunks[r >> chunk_log2] + (r & ((1 << chunk_log2) - 1)) * row_bytes
 * where row_bytes (element size times the elements of one row, packed, row-major) and the element type are the
 * function's knowledge. A column that lies in memory in one piece has one chunk and chunk_log2 = 62.
 * Columns are read only. */
typedef struct nnc_column {
  const void* const* chunks; /* base of each chunk; every chunk but the last holds exactly 2^chunk_log2 rows */
  int64_t chunk_log2;        /* 0 to 62 */
} nnc_column;

/* The arguments of one call. All pointers are borrowed for the duration of the call. */
typedef struct nnc_call {
  /* Scratch, aligned to NNC_ALIGNMENT bytes, at least as large as the function's plan states. Its content on entry
   * is unspecified, its content on return means nothing to the caller. May be null if the plan states 0 bytes. */
  void* arena;

  /* The bound buffers in the order of the function's signature: weights, optimizer state, buffers of layers, fitted
   * values, data columns, outputs. Each is the base of a dense row-major array, aligned to NNC_ALIGNMENT bytes;
   * for a data column it is a `const nnc_column*` instead. Buffers do not overlap. */
  void* const* buffers;

  /* One entry for each data source of the function: the indices of this call's rows into that source's columns, as
   * many as the source's extent states; or null, which stands for first_row[s], first_row[s] + 1, ... Indices may
   * repeat and come in any order; the caller guarantees that each is a row of the source.
   * Null as a whole if the function has no data source. */
  const int64_t* const* rows;

  /* One entry for each data source: the first row of this call where rows[s] is null, ignored elsewhere. For
   * columns that are drawn and not stored (`~` in a `sample` block) the row index is the event number that keys the
   * draw. Null as a whole if the function has no data source. */
  const int64_t* first_row;

  /* The value of each symbolic dimension of the function, in the order of its signature (the batch N of each source
   * first). Each must lie within the capacity that the plan states; the arena's size rests on that capacity. */
  const int64_t* extents;

  /* The optimizer step, counted from 1 across the whole training; 0 where nothing is trained. Part of the key of
   * every random draw that differs from step to step. */
  int64_t step;

  /* Seed of all random draws (key of Philox 4x32-10; see philox.h). */
  uint64_t seed;

  /* The optimizer's own step (the `t` of its equations), counted from 1 in each phase of the training, because a phase
   * begins with fresh optimizer state; equal to `step` where there is one phase; 0 where nothing is trained. */
  int64_t optimizer_step;
} nnc_call;

/* A compiled function. Returns an nnc_status. */
typedef int (*nnc_function)(const nnc_call*);

#ifdef __cplusplus
}
#endif

#endif
