#!/usr/bin/env bash
# Installs what is needed (Debian 12), builds nnc, trains the particle-identification example and shows the result.
# A second run installs and builds nothing, and trains again.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/install_packages.sh

install_packages "${build_packages[@]}"

# A build tree that test.sh has made serves as well; the tests are the only difference.
[ -e build/release/build.ninja ] || cmake --preset release -DNNC_TESTS=OFF
ninja -C build/release nnc

number=1
while [ -e "runs/pid-$number" ]; do number=$((number + 1)); done
run=runs/pid-$number
build/release/bin/nnc train examples/pid/pid.nn --out "$run"

echo
echo "The trained model is the folder $run; its figures are in $run/metrics.json. To go on:"
echo "  build/release/bin/nnc eval $run --split valid --plot      # learning curve, ROC curve, response"
echo "  build/release/bin/nnc compile $run -o pid --name pid     # an object, a C header, a CMake target"
echo "  build/release/bin/nnc --help"
