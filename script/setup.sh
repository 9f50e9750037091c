# Sourced by the four commands: a virtualenv with the wanted requirements, nothing else.
# shellcheck shell=sh
set -eu
# Chinese text must print whatever the machine's locale says.
export PYTHONUTF8=1
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    say "需要 Python 3.11 或更高版本（Debian：apt-get install -y python3 python3-venv）。Python 3.11 or newer is needed."
    return 1
}

make_virtualenv() {
    if [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        return 0
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        say "缺少 python3-venv（Debian：apt-get install -y python3-venv）。The module venv is missing."
        return 1
    fi
    say "正在建立 .venv …"
    rm -rf .venv
    "$python" -m venv .venv
}

# install FILE: with pip, but only when the content of any requirements file changed since the last time.
install() {
    stamp=".venv/installed-$1.sum"
    sum=$(cat requirements*.txt | cksum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then
        return 0
    fi
    say "正在安装 $1 …"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r "$1" >&2
    printf '%s\n' "$sum" >"$stamp"
}

make_virtualenv
