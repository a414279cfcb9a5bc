#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Which lines of net/ the suites execute. `make coverage` calls this when a library that counts them is
# built in build/coverage/library:
#
#   tools/testing/libos/coverage.sh SUITE...
#
# leaves build/coverage/net.info and build/coverage/index.html.

set -eu
top=$(cd "${0%/*}/../../.." && pwd)
out=${NUSE_TOP:-$top}/build/coverage
obj=$(realpath "$out/library/build/obj")
export LIBOS_LIBRARY=$out/library/liblinux.so LIBOS_COVERAGE=$out/nodes

# Each node's kernel has counters of its own, which are added up.
add_up() {
	local node
	rm -rf "$out/sum"
	for node in "$LIBOS_COVERAGE"/*; do
		if [ -e "$out/sum" ]; then
			gcov-tool merge "$out/sum" "$node" -o "$out/sum.new" >/dev/null
			rm -rf "$out/sum"
			mv "$out/sum.new" "$out/sum"
		else
			cp -r "$node" "$out/sum"
		fi
	done
}

# per_folder: lines and executed lines of each folder of net/.
per_folder() {
	awk -F: '
		/^SF:/ { sub(/.*\/net\//, "net/", $2); sub(/\/[^\/]*$/, "", $2); folder = $2 }
		/^LF:/ { lines[folder] += $2 }
		/^LH:/ { hit[folder] += $2 }
		END {
			for (folder in lines)
				printf "%-24s %6d of %6d lines %5.1f %%\n", folder, hit[folder], lines[folder],
					100 * hit[folder] / lines[folder]
		}' "$1" | sort
}

rm -rf "$LIBOS_COVERAGE"
"$top/tools/testing/libos/ns3/run" suite "$@" || failed=1
add_up
# What the compiler has left for each object belongs beside its counters.
(cd "$obj" && find net -name '*.gcno' -print0 | tar --null -cf - -T -) | tar -C "$out/sum$obj" -xf -
lcov -q --capture --directory "$out/sum$obj" --base-directory "$obj" --output-file "$out/all.info"
lcov -q --extract "$out/all.info" '*/net/*' --output-file "$out/net.info"
genhtml -q --output-directory "$out" --prefix "$(realpath "$obj/../tree")" "$out/net.info"
per_folder "$out/net.info"
echo "$out/index.html"
exit ${failed:-0}
