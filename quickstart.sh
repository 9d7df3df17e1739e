#!/usr/bin/env bash
# From a fresh Debian or Ubuntu machine to a built, tried or tested pixscale.
#
#   ./quickstart.sh         install what is missing, build, turn a sample data set into an array,
#                           and show how that scales
#   ./quickstart.sh test    install what is missing, build, run the tests (but the slow ones)
#
# May be run from any folder and as often as you like: what is there already is left alone.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
cd -- "$root"

# What is needed: package or packages with the same content (the first that apt knows is taken), how
# to find out whether it is there, and why. A need counts as met when the build can use it, however
# it was installed; probes are described at `present`.
build_needs=(
    'gcc              | command cc         | C11 compiler with OpenMP'
    'libc6-dev        | header stdio.h     | C library headers'
    'make             | command make       | runs the build'
    'cmake            | command cmake      | configures the build'
    'pkg-config       | command pkg-config | finds the libraries'
    'libjpeg62-turbo-dev libjpeg-turbo8-dev libjpeg-dev | library libjpeg | decodes JPEG'
    'libspng-dev      | library spng       | decodes PNG'
    'libdeflate-dev   | library libdeflate | inflates PNG data fast'
    'libgsl-dev       | library gsl        | statistics, fits, random numbers'
    'libjansson-dev   | library jansson    | reads and writes JSON'
    'libhwloc-dev     | library hwloc      | cores, caches, sockets'
    'gnuplot-nox      | command gnuplot    | draws the figures'
)
test_needs=(
    'libcmocka-dev    | library cmocka     | unit tests'
    'libpng-dev       | library libpng     | second opinion on PNG'
    'zlib1g-dev       | library zlib       | second opinion on inflating'
    'strace           | command strace     | lets system calls fail'
    'python3          | python sys         | runs the tests of the program'
    'python3-pil      | python PIL         | Pillow, the reference for pixels'
    'python3-numpy    | python numpy       | reads the arrays back'
)

say() {
    printf '\n== %s\n' "$*"
}

die() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}

# The tests use the system's Python, which is where the packages above go.
system_python() {
    if [[ -x /usr/bin/python3 ]]; then
        echo /usr/bin/python3
    else
        echo python3
    fi
}

# present KIND NAME: can the build use it?
present() {
    case $1 in
    command) command -v "$2" ;;
    library) pkg-config --exists "$2" ;;
    header) printf '#include <%s>\n' "$2" | cc -E - ;;
    python) "$(system_python)" -c "import $2" ;;
    esac >/dev/null 2>&1
}

# Prints the package of several with the same content that apt knows, or nothing.
known_package() {
    local package
    for package in "$@"; do
        if apt-cache show "$package" 2>/dev/null | grep '^Package:' >/dev/null; then
            echo "$package"
            return
        fi
    done
}

# Splits a line of the tables into packages, probe (two words) and why.
read_need() {
    IFS='|' read -r packages probe why <<<"$1"
    read -ra packages <<<"$packages"
    read -ra probe <<<"$probe"
    why=${why# }
}

# Fills `missing` with those lines of the tables whose probe fails.
find_missing() {
    local need packages probe why
    missing=()
    for need in "$@"; do
        read_need "$need"
        present "${probe[@]}" || missing+=("$need")
    done
}

# Fills `wanted` with one package a missing need; false when apt does not know all of them.
choose_packages() {
    local need packages probe why package all_known=true
    wanted=()
    for need in "${missing[@]}"; do
        read_need "$need"
        package=$(known_package "${packages[@]}")
        [[ -n $package ]] || all_known=false
        wanted+=("${package:-${packages[0]}}")
    done
    $all_known
}

as_root() {
    if [[ $(id -u) -eq 0 ]]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

apt_get() {
    as_root apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

explain_missing() {
    local i packages probe why
    for i in "${!missing[@]}"; do
        read_need "${missing[i]}"
        printf '   %-22s %s\n' "${wanted[i]}" "$why"
    done
}

# Installs what is missing of the needs given, and says so before.
install_needs() {
    local missing wanted
    find_missing "$@"
    if [[ ${#missing[@]} -eq 0 ]]; then
        say "Packages: all there"
        return
    fi
    choose_packages || true
    say "Packages: these are missing"
    explain_missing
    command -v apt-get >/dev/null ||
        die "there is no apt-get here. Install what is listed above (Debian's names), then run this again."
    if [[ $(id -u) -ne 0 ]] && ! command -v sudo >/dev/null; then
        die "installing needs root, and there is no sudo. As root: apt-get install ${wanted[*]}"
    fi
    say "Installing them by apt-get, without recommended packages"
    # The lists of packages are fetched only when they are too old or not there.
    if ! choose_packages || ! apt_get install --yes --no-install-recommends "${wanted[@]}"; then
        apt_get update
        choose_packages || true
        apt_get install --yes --no-install-recommends "${wanted[@]}" ||
            die "apt-get could not install: ${wanted[*]}"
    fi
    find_missing "$@"
    [[ ${#missing[@]} -eq 0 ]] || {
        choose_packages || true
        explain_missing >&2
        die "these were installed and still cannot be used; is another compiler, pkg-config or Python first on PATH?"
    }
}

# build FOLDER CMAKE-OPTIONS…
build() {
    local folder=$1 log
    shift
    say "Building in $folder/"
    # A build folder that came along with a copy of the tree names the old place: start afresh.
    if [[ -f $folder/CMakeCache.txt ]] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt"; then
        rm -rf "${folder:?}/CMakeCache.txt" "$folder/CMakeFiles"
    fi
    log=$(cmake -S "$root" -B "$root/$folder" -DCMAKE_BUILD_TYPE=Release "$@" 2>&1) || {
        printf '%s\n' "$log" >&2
        die "the build could not be configured"
    }
    cmake --build "$folder" --parallel "$(nproc)"
}

make_sample() {
    if [[ -d sample ]]; then
        say "Sample data set: sample/ is there"
        return
    fi
    say "Sample data set: 400 pictures in sample/"
    # Under its final name only once it is complete, so that a run that was stopped starts again.
    rm -rf sample.partial
    build/pixscale synth -n 400 sample.partial
    mv sample.partial sample
}

show_array() {
    local python code='import numpy; a = numpy.load("sample.npy", mmap_mode="r"); print(a.shape, a.dtype)'
    present python numpy || return 0
    python=$(system_python)
    say "Reading it with NumPy"
    printf "%s -c '%s'\n" "$python" "$code"
    "$python" -c "$code"
}

# How this machine runs the job with 1, 2, 3 ... threads. The timeline needs the items of one run.
measure_scaling() {
    say "How it scales: a sweep over the threads, about half a minute"
    mkdir -p profiles
    rm -f profiles/sample.jsonl
    build/pixscale sweep sample --items --budget 30s -o profiles/sample.jsonl
    say "Figures and report"
    build/pixscale plot profiles/sample.jsonl -o sample-plots
    build/pixscale report profiles/sample.jsonl -o sample-report.html
    say "What the times say"
    build/pixscale fit profiles/sample.jsonl
}

quickstart() {
    install_needs "${build_needs[@]}"
    build build -DBUILD_TESTING=OFF
    make_sample
    say "From pictures to an array"
    rm -f sample.npy.journal # of one that was stopped: perhaps by another build
    build/pixscale run sample -o sample.npy --force
    show_array
    measure_scaling
    say "Done"
    cat <<END
array    $root/sample.npy
index    $root/sample.index.csv (what became of each picture)
records  $root/profiles/sample.jsonl
figures  $root/sample-plots/
report   $root/sample-report.html (open it in a browser)
program  $root/build/pixscale

Next, in $root:
  build/pixscale run YOUR-PICTURES -o pictures.npy   the same for your own folder
  build/pixscale run --help                          sizes, filters, alpha, what to do with bad files
  build/pixscale sweep -- YOUR-PROGRAM ARGUMENTS     how any OpenMP program of yours scales
  build/pixscale fit RECORDS --predict 16,64         what more threads would bring
  build/pixscale info                                this machine, and what limits it
  ./quickstart.sh test                               run the tests
END
}

quickstart_test() {
    install_needs "${build_needs[@]}" "${test_needs[@]}"
    build build-test -DBUILD_TESTING=ON -DWERROR=ON
    say "Testing"
    cd build-test
    ctest -j 2 --output-on-failure -LE slow
}

usage() {
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p;}' "$root/quickstart.sh"
}

case $#:${1-} in
0:) quickstart ;;
1:test) quickstart_test ;;
1:-h | 1:--help | 1:help) usage ;;
*)
    usage >&2
    exit 2
    ;;
esac
