// SPDX-License-Identifier: GPL-2.0

//! What a host calls: the two exported functions, and the table that `lib_init` fills in.
//! `arch/lib/abi` says what each operation means.

#[cfg(feature = "net_device")]
mod devices;
mod files;
mod init;
#[cfg(CONFIG_PACKET)]
mod mapping;
mod passing;
mod poll;
mod running;
#[cfg(feature = "socket_api")]
mod sockets;
mod tasks;
