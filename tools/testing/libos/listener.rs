// SPDX-License-Identifier: GPL-2.0

//! A program that is to be missed by its peer, and the peer that says so.

/// A program of Python's at 10.0.0.1, port 7000: says `listening`, then what one connection begins with, then
/// how that ended.
pub const LISTENER: &str = "\
import socket
listener = socket.create_server(('10.0.0.1', 7000))
print('listening', flush=True)
connection = listener.accept()[0]
print(connection.recv(100), flush=True)
try:
    print('end', connection.recv(100), flush=True)
except ConnectionResetError:
    print('end reset', flush=True)
";
