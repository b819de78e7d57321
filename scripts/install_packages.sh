# Sourced by the other scripts: install_packages NAME... installs the Debian packages that are missing, and nothing when none is.
# Needs root or sudo only if something is missing; works without a network otherwise.

install_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "these packages are missing, and neither root nor sudo is at hand to install them: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null
}

# What building nnc needs.
build_packages=(
  g++ cmake ninja-build ccache lld-19
  llvm-19-dev libzstd-dev zlib1g-dev libxml2-dev libz3-dev libffi-dev libncurses-dev
  default-jre-headless antlr4 libantlr4-runtime-dev
  libeigen3-dev nlohmann-json3-dev libcli11-dev
)

# What running the tests needs beyond that.
test_packages=(libgtest-dev llvm-19-tools python3 python3-psutil diffutils)
