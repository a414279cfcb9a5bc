#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Suites and examples on the ns-3 of PyPI's package, and the example in Python. `make test-wheel` calls
# this when the module is built for it:
#
#   tools/testing/libos/wheel.sh build/ns3-wheel SUITE...

set -u
top=$(cd "${0%/*}/../../.." && pwd)
export LIBOS_NS3=$1; shift
export PYTHONPATH=$LIBOS_NS3/python:$top/tools/testing/libos/ns3/python
run=$top/tools/testing/libos/ns3/run

failed=0
"$run" suite "$@" || failed=1
"$run" example dce-tcp-simple dce-udp-simple dce-tcp-simple.py || failed=1
# In both languages the same packets, at the same times.
cd "$LIBOS_NS3/run" || exit
for pcap in dce-tcp-simple/*.pcap; do
	cmp "$pcap" "dce-tcp-simple.py/${pcap##*/}" || failed=1
done
exit $failed
