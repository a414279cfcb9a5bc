#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Finds the commit of a kernel tree that broke something in a network. In the tree:
#
#   git bisect start BAD GOOD
#   git bisect run .../tools/testing/libos/bisect.sh suite NAME...
#   git bisect run .../tools/testing/libos/bisect.sh example NAME...
#   git bisect run .../tools/testing/libos/bisect.sh command PROGRAM ARGUMENT...
#
# builds the library from what is checked out and runs suites or examples of the ns-3 module on it, or a
# program that finds it in LIBOS_LIBRARY. Says what git-bisect(1) wants to know: 0, good; 1, bad;
# 125, cannot be built; 128, there is no sense in going on.
#
#   LIBOS_BISECT   where everything goes: .config, objects, logs (build/bisect)
#   LIBOS_CONFIG   what it is configured with where there is no .config yet ("defconfig"; for
#                  example "tiny_defconfig gdb.config")

set -u
top=$(cd "${0%/*}/../../.." && pwd)
out=${LIBOS_BISECT:-$top/build/bisect}

# build TARGET...: in the tree of the current folder, only what has changed since the last time.
build() {
	make -C "$top" ARCH=lib O="$out" KERNEL_SRC="$PWD" "$@" >>"$out/build.log" 2>&1
}

# say WORDS...: after the name of what is tested.
say() {
	echo "bisect: $(git log -1 --format='%h %s' 2>/dev/null || echo "$PWD"): $*"
}

case ${1-} in
suite | example) test=("$top/tools/testing/libos/ns3/run" "$@") ;;
command)         test=("${@:2}") ;;
*)               test=() ;;
esac
if [ ${#test[@]} = 0 ] || [ $# -lt 2 ] || [ ! -e Kbuild ]; then
	sed -n '/^# Finds/,/^$/s/^# \?//p' "$0" >&2
	exit 128
fi

mkdir -p "$out" || exit 128
: >"$out/build.log"
if [ "$1" != command ] && ! make -C "$top/tools/testing/libos" testbin >"$out/testbin.log" 2>&1; then
	echo "bisect: 'make testbin' fails; see $out/testbin.log" >&2
	exit 128
fi
# What the last commit was configured with goes for this one, new options at their defaults.
if [ -e "$out/.config" ]; then config=olddefconfig; else config=${LIBOS_CONFIG:-defconfig}; fi
# shellcheck disable=SC2086 # several targets
if ! build $config || ! build library; then
	say "cannot be built; from $out/build.log:"
	grep -aE '(error|undefined reference|^make.*Error)' "$out/build.log" | head -n 5
	exit 125
fi
export LIBOS_LIBRARY=$out/liblinux.so
if "${test[@]}" >"$out/test.log" 2>&1 </dev/null; then
	say good
else
	say "bad; the end of $out/test.log:"
	tail -n 5 "$out/test.log"
	exit 1
fi
