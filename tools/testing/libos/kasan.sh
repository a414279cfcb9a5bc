#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Suites on a kernel that checks its own accesses of memory. `make test-kasan` calls this when that
# library is built in build/kasan/library:
#
#   tools/testing/libos/kasan.sh SUITE...
#
# A suite has failed too if a kernel has reported anything, whatever else it says.

set -u
top=$(cd "${0%/*}/../../.." && pwd)
built=${NUSE_TOP:-$top}/build
export LIBOS_LIBRARY=${LIBOS_LIBRARY:-$built/kasan/library/liblinux.so}
# What is freed is kept for a while, and what is allocated has a margin; stacks are warnings.
export NS_ATTRIBUTE_DEFAULT="ns3::LinuxStack::Memory=96;ns3::LinuxStack::LogLevel=4"

failed=0
for suite; do
	"$top/tools/testing/libos/ns3/run" suite "$suite" || failed=1
	if grep -a -A 40 'BUG: KASAN' "$built/ns3/run/$suite/output"; then
		echo "FAIL: KASAN $suite: see $built/ns3/run/$suite/output"
		failed=1
	else
		echo "PASS: KASAN $suite"
	fi
done
exit $failed
