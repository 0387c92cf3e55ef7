# System packages, shared by ./quickstart and ./test; meant to be sourced by bash.
# `need_packages build tests` installs what is missing of those groups on Debian 12, and touches nothing when all is there.
# It never starts or stops a system service.

packages_build=(g++ cmake ninja-build pkg-config ccache libexpected-dev libssl-dev redis-server redis-tools python3)
packages_tests=(openssl libgtest-dev clang libclang-rt-14-dev git doxygen libasio-dev libboost-dev)
packages_python=(python3-dev pybind11-dev python3-redis python3-pytest mypy gunicorn)
packages_benchmarks=(libbenchmark-dev libhiredis-dev valgrind)

# What must be on the PATH where there is no dpkg to ask.
commands_build=(g++ cmake ninja redis-server redis-cli python3)
commands_tests=(openssl clang++ git doxygen)
commands_python=(mypy)
commands_benchmarks=(valgrind)

fail_setup() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

package_is_installed() {
  [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Prints the packages of the given list that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    package_is_installed "$package" || printf '%s\n' "$package"
  done
}

as_root() {
  if [[ "$(id -u)" == 0 ]]; then "$@"; else sudo "$@"; fi
}

# Debian starts a service when its package is installed. A policy-rc.d that answers 101 forbids that; an existing one
# belongs to the administrator and stays. In a subshell, so that its trap is its own.
install_packages() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e "$policy" ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null || exit 1
    as_root chmod 755 "$policy" || exit 1
  fi
  apt=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update || echo "apt-get update did not succeed; trying with the package lists that are here"
  as_root "${apt[@]}" install -y --no-install-recommends "$@"
)

# Without dpkg nothing is installed: only say what is missing.
need_commands() {
  local group command missing=()
  for group in "$@"; do
    local -n wanted="commands_$group"
    for command in "${wanted[@]}"; do
      command -v "$command" >/dev/null || missing+=("$command")
    done
  done
  [[ ${#missing[@]} == 0 ]] && return
  fail_setup "this is not Debian, so nothing was installed; these commands are missing: ${missing[*]}" \
    "besides them: the headers of tl::expected and OpenSSL 3 (tests: GoogleTest). Install them and run this again."
}

# need_packages GROUP...   groups: build, tests, python, benchmarks
need_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    need_commands "$@"
    return
  fi
  local group list=() missing=()
  for group in "$@"; do
    local -n wanted="packages_$group"
    list+=("${wanted[@]}")
  done
  mapfile -t missing < <(missing_packages "${list[@]}")
  [[ ${#missing[@]} == 0 ]] && return
  if [[ "$(id -u)" != 0 ]] && ! command -v sudo >/dev/null; then
    fail_setup "these Debian packages are missing, and there is neither root nor sudo to install them: ${missing[*]}" \
      "ask an administrator for:  apt-get install --no-install-recommends ${missing[*]}"
  fi
  printf 'Installing %d missing Debian packages: %s\n' "${#missing[@]}" "${missing[*]}"
  mkdir -p build
  local log=build/setup-packages.log
  if ! install_packages "${missing[@]}" >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    fail_setup "apt-get did not succeed; the whole log is in $log"
  fi
  mapfile -t missing < <(missing_packages "${list[@]}")
  [[ ${#missing[@]} == 0 ]] || fail_setup "apt-get ran, but these packages are still missing: ${missing[*]}"
}
