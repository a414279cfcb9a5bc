# SPDX-License-Identifier: GPL-2.0
"""Ten megabytes over MPTCP: mptcp.py serve | mptcp.py send ADDRESS"""

import socket
import sys
import time

PIECE = bytes(range(250)) * 400
PIECES = 100

sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP)
if sys.argv[1] == "serve":
    sock.bind(("0.0.0.0", 7000))
    sock.listen()
    print("ready", flush=True)
    connection, _ = sock.accept()
    data = b"".join(iter(lambda: connection.recv(1 << 20), b""))
    connection.sendall(b"complete" if data == PIECE * PIECES else b"damaged")
else:
    sock.connect((sys.argv[2], 7000))
    for _ in range(PIECES):
        sock.sendall(PIECE)
        # The second way is found while the first is in use.
        time.sleep(0.005)
    sock.shutdown(socket.SHUT_WR)
    print(sock.recv(100).decode())
