# SPDX-License-Identifier: GPL-2.0
"""Ten datagrams to a group: multicast.py send|receive GROUP INTERFACE"""

import socket
import struct
import sys

PORT = 5007
MESSAGES = [b"%d" % number * 100 for number in range(10)]

role, group, interface = sys.argv[1:]
index = socket.if_nametoindex(interface)
family = socket.AF_INET6 if ":" in group else socket.AF_INET
address = socket.inet_pton(family, group)
sock = socket.socket(family, socket.SOCK_DGRAM)
request = struct.pack("@4s4si", address[:4], bytes(4), index)

if role == "send":
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    for message in MESSAGES:
        sock.sendto(message, (group, PORT))
else:
    sock.bind(("", PORT))
    if family == socket.AF_INET6:
        join = address + struct.pack("@I", index)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, join)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
    print("joined", flush=True)
    print("all came", [sock.recv(2000) for _ in MESSAGES] == MESSAGES)
