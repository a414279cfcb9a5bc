#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A Linux in this process: dlopen the library, boot it, bring lo up, send a
line through TCP and back, read /proc/net/dev, shut it down.

    python3 samples/echo.py ./liblinux.so
"""

import ctypes
import mmap
import os
import socket
import struct
import sys
import time
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_long, c_size_t, c_uint32
from ctypes import c_uint64, c_ulong, c_void_p

SIM_ABI_VERSION = 2

# ---- the two tables of liblinux.h ----

EVENT_FUNCTION = CFUNCTYPE(None, c_void_p)


class SimImported(Structure):
    """What the library asks of its host; the last ones are absent."""

    _fields_ = [
        ("size", c_uint32),
        ("version", c_uint32),
        ("memory", c_size_t),
        ("command_line", c_char_p),
        ("print", CFUNCTYPE(None, c_void_p, c_int, c_void_p, c_size_t)),
        ("memory_alloc", CFUNCTYPE(c_void_p, c_void_p, c_size_t, c_size_t)),
        ("memory_free", CFUNCTYPE(None, c_void_p, c_void_p, c_size_t)),
        ("random", CFUNCTYPE(None, c_void_p, c_void_p, c_size_t)),
        ("current_ns", CFUNCTYPE(c_uint64, c_void_p)),
        ("realtime_ns", CFUNCTYPE(c_uint64, c_void_p)),
        ("event_schedule_ns", CFUNCTYPE(c_void_p, c_void_p, c_uint64, c_void_p, c_void_p)),
        ("event_cancel", CFUNCTYPE(None, c_void_p, c_void_p)),
        ("task_current", CFUNCTYPE(c_void_p, c_void_p)),
        ("process_current", c_void_p),
        ("task_wait", CFUNCTYPE(None, c_void_p, c_void_p)),
        ("task_wakeup", CFUNCTYPE(None, c_void_p, c_void_p)),
    ] + [
        (name, c_void_p)
        for name in (
            "lock_wait lock_wake dev_xmit dev_receive signal_raised file_poll poll_event"
        ).split()
    ]


class SimExported(Structure):
    """What the library offers, up to `shutdown`."""

    _fields_ = [("size", c_uint32), ("version", c_uint32)] + [
        (name, c_void_p)
        for name in (
            "task_create task_fork task_destroy process_kill process_check process_died "
            "process_leave process_exec task_get_private task_syscall task_syscall_fds task_interrupt "
            "interrupt run fault_fixup"
        ).split()
    ] + [("shutdown", CFUNCTYPE(c_int))]


# ---- the host: one thread, the real clock, no devices ----


class Host:
    """The operations. Those that the library calls in the middle of its work are on its small
    stack, so they do little."""

    def __init__(self):
        self.event = None
        self.mappings = {}

    def print(self, kernel, level, text, length):
        if level < 4:
            os.write(2, ctypes.string_at(text, length) + b"\n")

    def memory_alloc(self, kernel, length, align):
        memory = mmap.mmap(-1, length + align, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        aligned = (start + align - 1) // align * align
        self.mappings[aligned] = memory
        return aligned

    def memory_free(self, kernel, memory, length):
        self.mappings.pop(memory)

    def random(self, kernel, buffer, length):
        ctypes.memmove(buffer, os.urandom(length), length)

    def current_ns(self, kernel):
        return time.monotonic_ns()

    def realtime_ns(self, kernel):
        return time.time_ns()

    def event_schedule_ns(self, kernel, ns, function, context):
        self.event = (time.monotonic_ns() + ns, function, context)
        return 1  # there is only one: any number says that there is one

    def event_cancel(self, kernel, event):
        self.event = None

    def task_current(self, kernel):
        return None  # calls are the first process's

    def task_wait(self, kernel, private):
        """A call waits: with one thread, only time can help it."""
        if not self.event:
            os.write(2, b"a call waits for nothing\n")
            os._exit(1)
        (at, function, context), self.event = self.event, None
        time.sleep(max(0, at - time.monotonic_ns()) / 1e9)
        EVENT_FUNCTION(function)(context)

    def task_wakeup(self, kernel, private):
        pass

    def table(self):
        table = SimImported(size=ctypes.sizeof(SimImported), version=SIM_ABI_VERSION)
        for name, kind in SimImported._fields_:
            if hasattr(self, name):
                setattr(table, name, kind(getattr(self, name)))
        return table


# ---- the tool ----


def check(what, result):
    if result < 0:
        sys.exit(f"{what}: {os.strerror(-result)}")
    return result


class Linux:
    """The library, and system calls in it. The numbers are those of x86-64 and of others."""

    NUMBERS = {
        "x86_64": dict(read=0, close=3, ioctl=16, socket=41, connect=42, sendto=44, recvfrom=45,
                       bind=49, listen=50, openat=257, accept4=288),
        "aarch64": dict(read=63, close=57, ioctl=29, socket=198, connect=203, sendto=206,
                        recvfrom=207, bind=200, listen=201, openat=56, accept4=242),
    }

    def __init__(self, path):
        self.library = ctypes.CDLL(os.path.abspath(path), mode=os.RTLD_NOW | os.RTLD_LOCAL)
        self.library.lib_syscall.restype = c_long
        self.numbers = self.NUMBERS[os.uname().machine]
        self.exported = SimExported(size=ctypes.sizeof(SimExported), version=SIM_ABI_VERSION)
        # The library uses the table until it is shut down.
        self.imported = Host().table()
        boot = self.library.lib_init
        boot.argtypes = [POINTER(SimExported), POINTER(SimImported), c_void_p]
        check("lib_init", boot(self.exported, self.imported, None))

    def call(self, name, *args):
        args = [c_ulong(arg) if isinstance(arg, int) else arg for arg in args]
        args += [c_ulong(0)] * (6 - len(args))
        return check(name, self.library.lib_syscall(c_long(self.numbers[name]), *args))

    def shutdown(self):
        check("shutdown", self.exported.shutdown())


def bring_lo_up(linux):
    SIOCSIFFLAGS, IFF_UP = 0x8914, 1
    request = ctypes.create_string_buffer(struct.pack("16sh22x", b"lo", IFF_UP), 40)
    fd = linux.call("socket", socket.AF_INET, socket.SOCK_DGRAM, 0)
    linux.call("ioctl", fd, SIOCSIFFLAGS, request)
    linux.call("close", fd)


def echo(linux, line):
    address = struct.pack("=HHI8x", socket.AF_INET, socket.htons(7), socket.htonl(0x7F000001))

    listener = linux.call("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
    linux.call("bind", listener, address, len(address))
    linux.call("listen", listener, 1)
    client = linux.call("socket", socket.AF_INET, socket.SOCK_STREAM, 0)
    linux.call("connect", client, address, len(address))
    server = linux.call("accept4", listener, None, None, 0)

    received = ctypes.create_string_buffer(128)
    linux.call("sendto", client, line, len(line), 0, None, 0)
    count = linux.call("recvfrom", server, received, len(received), 0, None, None)
    linux.call("sendto", server, received, count, 0, None, 0)
    count = linux.call("recvfrom", client, received, len(received), 0, None, None)
    answer = received.raw[:count]
    print(f"echo: {answer.decode()}")

    for fd in client, server, listener:
        linux.call("close", fd)
    if answer != line:
        sys.exit("the echo is not what was sent")


def show(linux, path):
    text = ctypes.create_string_buffer(1024)
    fd = linux.call("openat", c_long(-100), path, os.O_RDONLY, 0)
    while count := linux.call("read", fd, text, len(text)):
        print(text.raw[:count].decode(), end="")
    linux.call("close", fd)


def main():
    linux = Linux(sys.argv[1] if len(sys.argv) > 1 else "./liblinux.so")
    bring_lo_up(linux)
    echo(linux, b"hello from a Linux in this process")
    show(linux, b"/proc/version")
    show(linux, b"/proc/net/dev")
    linux.shutdown()
    print("down")


if __name__ == "__main__":
    main()
