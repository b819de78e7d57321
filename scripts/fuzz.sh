#!/usr/bin/env bash
# Fuzzes one target with libFuzzer (clang 19), under address and undefined-behaviour sanitizers, starting from its corpus.
# A failing input is left in build/fuzz/findings; once its cause is mended, a small form of it joins test/fuzz/corpus/TARGET.
#   scripts/fuzz.sh TARGET [SECONDS] [ARGUMENT...]     TARGET: program csv idx safetensors graph; arguments go to libFuzzer
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/install_packages.sh
[ $# -ge 1 ] || { sed -n '2,4s/^# *//p' "$0" >&2; exit 2; }
target=$1 seconds=${2:-600}
shift $(($# < 2 ? $# : 2))

install_packages "${build_packages[@]}" "${test_packages[@]}" clang-19 libclang-rt-19-dev
[ -e build/fuzz/build.ninja ] || cmake --preset fuzz
ninja -C build/fuzz "fuzz_$target"

more=()
[ "$target" != program ] || more=(test/syntax test/sema test/stdlib)
[ "$target" != graph ] || more=(test/passes test/schedule)
mkdir -p "build/fuzz/found/$target" build/fuzz/findings
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
exec "build/fuzz/bin/fuzz_$target" -max_total_time="$seconds" -timeout=180 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
  -artifact_prefix="build/fuzz/findings/$target-" "$@" "build/fuzz/found/$target" "test/fuzz/corpus/$target" "${more[@]}"
