#!/usr/bin/env bash
# Installs what the tests need (Debian 12), builds everything, runs the unit tests, the fuzzers' corpora and the lit tests.
# The last line reads: N passed, N failed, N skipped. What was skipped is listed with its reason.
#   scripts/test.sh [PATH...]              only the lit tests under these paths, without the unit tests
#   scripts/test.sh --sanitize [PATH...]   the same under address and undefined-behaviour sanitizers, with assertions, in build/asan
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/install_packages.sh

preset=release limit=900
if [ "${1:-}" = --sanitize ]; then
  shift
  preset=asan limit=3600
  # What a command leaves to the end of its process is no leak; a crash ends as a defect does, which no test takes for a failure.
  export ASAN_OPTIONS=exitcode=3:detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1
  export NNC_CHECK_BUFFERS=1
fi
build=build/$preset

install_packages "${build_packages[@]}" "${test_packages[@]}"

grep -qs '^NNC_TESTS:BOOL=ON$' $build/CMakeCache.txt || cmake --preset $preset -DNNC_TESTS=ON
ninja -C $build

results=$build/test-results
mkdir -p "$results"
rm -f "$results"/*
status=0

if [ $# -eq 0 ]; then
  echo "unit tests"
  ctest --test-dir $build --parallel "$(nproc)" --timeout $limit --verbose >"$results/unit.log" 2>&1 || status=1
fi

echo "lit tests"
[ $# -gt 0 ] || set -- test
NNC=$PWD/$build/bin/nnc NNC_TEST_OUT=$PWD/$build/lit \
  /usr/bin/python3 /usr/lib/llvm-19/build/utils/lit/lit.py -v --order=lexical --timeout=$limit --output "$results/lit.json" \
  "$@" >"$results/lit.log" 2>&1 || status=1

/usr/bin/python3 scripts/summarise_tests.py "$results" || status=1
exit $status
