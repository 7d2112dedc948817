#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# environment.sh: what the caller's environment says changes nothing that the scripts build or test:
# lib.sh drops it, and each script begins with lib.sh.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/scripts"
cp "$root"/scripts/{lib,need-packages}.sh "$tmp/scripts"
cat >"$tmp/scripts/try.sh" <<'END'
. "$(dirname "$0")/lib.sh"
env
sed --version | head -n 1
END

ours=$(bash "$tmp/scripts/try.sh" | sort)
# The caller's own sed, and all that compilers, linkers, meson, EAL and bash listen to.
# shellcheck disable=SC2317 # it must not be called
sed()
{
	echo 'not sed'
}
export -f sed
theirs=$(env CC=false CFLAGS=-O0 LDFLAGS=-s CPATH=/x LIBRARY_PATH=/x LD_LIBRARY_PATH=/x LD_PRELOAD= \
	PKG_CONFIG_PATH=/x PKG_CONFIG_LIBDIR=/x PKG_CONFIG_SYSROOT_DIR=/x DESTDIR=/x MESON_TESTTHREADS=9 \
	MESONFLAGS=x XDG_RUNTIME_DIR=/x XDG_CONFIG_HOME=/x PYTHONPATH=/x LC_ALL=POSIX LANG=x \
	GREP_OPTIONS=-v CDPATH=/ BASH_ENV=/dev/null SHELLOPTS=braceexpand:hashall IFS=x ASAN_OPTIONS=x \
	bash "$tmp/scripts/try.sh" | sort)
diff <(printf '%s\n' "$ours") <(printf '%s\n' "$theirs")

# LD_LIBRARY_PATH, PKG_CONFIG_PATH: pkg-config and the linker find this machine's libdpdk, not another.
mkdir "$tmp/pc"
printf 'Name: other\nDescription: other\nVersion: 99.11\n' >"$tmp/pc/libdpdk.pc"
cat >"$tmp/scripts/try.sh" <<'END'
. "$(dirname "$0")/lib.sh"
pkg-config --modversion libdpdk
END
[[ $(PKG_CONFIG_PATH=$tmp/pc pkg-config --modversion libdpdk) == 99.11 ]]
[[ $(PKG_CONFIG_PATH=$tmp/pc bash "$tmp/scripts/try.sh") != 99.11 ]]

# lib.sh before all else. A part of a script (no #!) is sourced by one that has done so.
for script in "$root"/scripts/*.sh "$root/.ci/run"; do
	grep -q '^#!' "$script" || continue
	[[ $(grep -vE '^(#|$|set |cd )' "$script" | head -n 1) == '. '*lib.sh* ]] || {
		printf 'environment.sh: %s does not begin with lib.sh\n' "${script#"$root"/}" >&2
		exit 1
	}
done
printf 'environment: of the caller'\''s only what lib.sh names stays\n'
