#!/usr/bin/env bash
# Installs what the tests need (Debian 12), builds everything, runs the unit tests and the lit tests.
# The last line reads: N passed, N failed, N skipped. What was skipped is listed with its reason.
#   scripts/test.sh [PATH...]     only the lit tests under these paths, without the unit tests
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/install_packages.sh

install_packages "${build_packages[@]}" "${test_packages[@]}"

grep -qs '^NNC_TESTS:BOOL=ON$' build/release/CMakeCache.txt || cmake --preset release -DNNC_TESTS=ON
ninja -C build/release

results=build/release/test-results
mkdir -p "$results"
rm -f "$results"/*
status=0

if [ $# -eq 0 ]; then
  echo "unit tests"
  ctest --test-dir build/release --parallel "$(nproc)" --timeout 900 --verbose >"$results/unit.log" 2>&1 || status=1
fi

echo "lit tests"
[ $# -gt 0 ] || set -- test
NNC=$PWD/build/release/bin/nnc \
  /usr/bin/python3 /usr/lib/llvm-19/build/utils/lit/lit.py -v --order=lexical --timeout=900 --output "$results/lit.json" \
  "$@" >"$results/lit.log" 2>&1 || status=1

/usr/bin/python3 scripts/summarise_tests.py "$results" || status=1
exit $status
