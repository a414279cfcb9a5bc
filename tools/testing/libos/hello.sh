#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A ping of a name through a Linux of its own: the end of `make hello ARCH=lib`.
#
# Two network namespaces stand for two machines with a cable between them. In "here" nothing but
# the cable's end is configured: whatever gets through went through the library. "there" has
# the name server and answers pings. Everything is removed at the end.

set -eu

NAME=www.libos.example
top=$(realpath "${NUSE_TOP:-$(dirname "$0")/../../..}")
here=hello-here-$$
there=hello-there-$$

say() { printf '\n==> %s\n' "$*"; }
fail() { printf 'hello: %s\n' "$*" >&2; exit 1; }

need() {
	command -v "$1" > /dev/null || fail "$1 is missing: install the package $2"
}

[ "$(id -u)" = 0 ] || fail "it makes network namespaces: run it as root, as in 'sudo make hello'"
for file in nuse liblinux.so; do
	[ -e "$top/$file" ] || fail "$top/$file is missing: run 'make library ARCH=lib'"
done
need ip iproute2
need ping iputils-ping
need dnsmasq dnsmasq-base

folder=$(mktemp -d)
server=
clean_up() {
	if [ -n "$server" ]; then
		kill "$server" 2> /dev/null || :
		wait "$server" 2> /dev/null || :
	fi
	ip netns del "$here" 2> /dev/null || :
	ip netns del "$there" 2> /dev/null || :
	rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "Two network namespaces, and a cable between them"
ip netns add "$here"
ip netns add "$there"
ip -n "$here" link add eth0 type veth peer name eth0 netns "$there"
ip -n "$here" link set dev eth0 addrgenmode none
ip -n "$here" link set dev eth0 up
ip -n "$there" addr add 10.0.0.1/24 dev eth0
ip -n "$there" link set dev eth0 up
echo "here:  eth0 has no address: this host's stack cannot use it"
echo "there: eth0 is 10.0.0.1"

say "A name server there, which knows $NAME"
# Names that it does not know end with it: it has nobody to ask.
ip netns exec "$there" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root \
	--no-resolv --no-hosts --log-queries --log-facility="$folder/queries" \
	--bind-interfaces --listen-address=10.0.0.1 --host-record="$NAME,10.0.0.1" &
server=$!
tries=0
until grep -qs started "$folder/queries"; do
	kill -0 "$server" 2> /dev/null || fail "the name server did not start"
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || fail "the name server does not get ready"
	sleep 0.1
done
echo "it listens on 10.0.0.1"

say "nuse.conf, for a Linux of our own here"
cat > "$folder/nuse.conf" <<-EOF
	interface eth0
	    address 10.0.0.2
	    netmask 255.255.255.0
	    viftype RAW

	route
	    network 0.0.0.0
	    netmask 0.0.0.0
	    gateway 10.0.0.1

	nameserver 10.0.0.1
EOF
cat "$folder/nuse.conf"

say "NUSECONF=nuse.conf ./nuse ping -c 3 $NAME"
NUSECONF=$folder/nuse.conf timeout --foreground 120 ip netns exec "$here" \
	"$top/nuse" ping -c 3 -W 10 "$NAME" > "$folder/ping" || {
	status=$?
	cat "$folder/ping"
	fail "ping failed with status $status"
}
cat "$folder/ping"

# Not only did ping succeed: the server was asked through the library, and every ping answered.
grep -q "3 received" "$folder/ping" || fail "not every ping was answered"
grep -q "query\[A\] $NAME from 10.0.0.2" "$folder/queries" || fail "the name server was not asked"

say "Hello! $NAME was resolved and answered through $(realpath "$top/liblinux.so" | xargs basename)"
