# SPDX-License-Identifier: GPL-2.0
"""The kernels on the nodes of a simulation, for gdb.

    gdb -x tools/testing/libos/gdb/libos.py build/ns3/dce-tcp-simple
    (gdb) node-break 1 tcp_v4_rcv
    (gdb) run

Each node has the library in a place of its own. What is where is in /proc/PID/maps: a node's memory is
called node-ID, and the code in it is the library's file. Symbols of a node are
loaded when they are first wanted. When a node comes to its place, in the simulator or in a program,
libos_instance_mapped() is called (tools/libos/loader/debugger.rs), and its breakpoints are set.
"""

import functools
import os
import re
import struct
import subprocess
import time

import gdb

# tools/libos/loader/layout.rs
BASE = 0x2000_0000_0000
STRIDE = (1 << 36) + (1 << 24)
IMAGE_OFFSET = 4 << 20
# tools/testing/libos/control/layout.rs: a magic number, then simulated time in nanoseconds.
ROW = 16 << 30
CONTROL = BASE - (1 << 32)
MAGIC = struct.pack("<Q", int.from_bytes(b"LibSim\0\x02", "big"))

# The same: the descriptor with which a program has its node's memory.
NODE_FD = 4097

MEMORY = "/memfd:node-"
# The library is a copy in memory, with the file's path for a name.
COPY = "/memfd:"
MAPPED = "libos_instance_mapped"


def base_around(address):
    """Where the instance begins, if there is one, that has an address."""
    return address - (address - BASE) % STRIDE % ROW


class Node:
    """A node as one process has it."""

    def __init__(self, number, base, library):
        self.number = number
        self.base = base
        self.image = base + IMAGE_OFFSET
        self.library = library

    @staticmethod
    def all(pid=None):
        """Those that a process has mapped, the selected one if none is named, by their numbers."""
        pid = pid or gdb.selected_inferior().pid
        if pid == 0:
            return {}
        numbers, libraries = {}, {}
        with open(f"/proc/{pid}/maps") as maps:
            for line in maps:
                found = re.match(r"(\w+)-\S+ \S+ .*? (/.*?)(?: \(deleted\))?$", line)
                if not found or int(found[1], 16) < BASE:
                    continue
                address, name = int(found[1], 16), found[2]
                base = base_around(address)
                if name.startswith(MEMORY):
                    numbers[base] = int(name[len(MEMORY):])
                elif address == base + IMAGE_OFFSET:
                    libraries[base] = name.removeprefix(COPY)
        return {numbers[base]: Node(numbers[base], base, libraries[base])
                for base in numbers if base in libraries}

    @staticmethod
    def get(number):
        node = Node.all().get(number)
        if now() is None:
            raise gdb.GdbError("there is no simulation yet")
        if not node:
            raise gdb.GdbError(f"process {gdb.selected_inferior().pid} has no node {number}: "
                               "'nodes' shows which there are")
        return node

    @staticmethod
    def at(address):
        """The one whose instance has an address."""
        base = base_around(address)
        found = [node for node in Node.all().values() if node.base == base]
        return found[0] if found else None

    def symbols(self):
        """The symbols of its library, loaded if they are not yet."""
        for objfile in gdb.objfiles():
            if getattr(objfile, "libos_image", None) == self.image:
                return objfile
        self.check()
        before = gdb.objfiles()
        gdb.execute(f"add-symbol-file {self.library} -o {self.image:#x}", to_string=True)
        objfile = next(objfile for objfile in gdb.objfiles() if objfile not in before)
        objfile.libos_image = self.image
        return objfile

    def check(self):
        """The file must still be what was loaded: its head has the build's own number."""
        size = 512
        try:
            with open(self.library, "rb") as file:
                head = file.read(size)
        except OSError as error:
            raise gdb.GdbError(f"the library of node {self.number}: {error}")
        if head != bytes(gdb.selected_inferior().read_memory(self.image, size)):
            raise gdb.GdbError(f"{self.library} has been built anew since node {self.number} "
                               "was started: start the simulation again")

    def symbol(self, name):
        """A variable of its kernel."""
        objfile = self.symbols()
        found = objfile.lookup_global_symbol(name) or objfile.lookup_static_symbol(name)
        if not found:
            raise gdb.GdbError(f"{self.library} has no {name} that has a type: "
                               "'make gdb.config library' builds it with types")
        return found.value()

    def addresses(self, place):
        """Where FUNCTION or FILE:LINE begins in its kernel."""
        objfile = self.symbols()
        if ":" not in place:
            found = {self.image + offset for offset in offsets(self.library).get(place, [])}
        else:
            try:
                lines = gdb.decode_line(place)[1] or ()
            except gdb.error as error:
                raise gdb.GdbError(f"{error} ('make gdb.config library' builds it with lines)")
            found = {entry.pc for line in lines
                     if line.symtab and line.symtab.objfile == objfile
                     for entry in line.symtab.linetable().line(line.line) or ()}
        if not found:
            raise gdb.GdbError(f"{self.library} has no {place}")
        return sorted(found)


@functools.cache
def offsets(library):
    """The functions of a library. There are none in its dynamic table, and types are not needed."""
    names = {}
    listed = subprocess.run(["nm", library], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        offset, kind, name = line.rsplit(" ", 2)
        if kind in "tTwW":
            names.setdefault(name, []).append(int(offset, 16))
    return names


def now():
    """Simulated time in nanoseconds; None if there is no simulation."""
    try:
        head = bytes(gdb.selected_inferior().read_memory(CONTROL, 16))
    except gdb.MemoryError:
        return None
    return struct.unpack("<Q", head[8:])[0] if head[:8] == MAGIC else None


class Breakpoints:
    """What node-break was asked for, and is still to be set: the node is to come. What is set in one
    process gdb sets in the others that it debugs, as a node is at the same place in each."""

    def __init__(self):
        self.wanted = []
        self.hook = None

    def add(self, number, place):
        self.wanted.append((number, place))
        if not self.hook:
            self.hook = gdb.Breakpoint(MAPPED, internal=True)
            self.hook.silent = True
            self.hook.commands = "python libos_breakpoints.set()\ncontinue"
        self.set()

    def set(self):
        nodes = Node.all()
        for number, place in self.wanted[:]:
            if number in nodes:
                self.wanted.remove((number, place))
                for address in nodes[number].addresses(place):
                    gdb.Breakpoint(f"*{address:#x}")


libos_breakpoints = Breakpoints()


class NodeBreak(gdb.Command):
    """node-break N FUNCTION|FILE:LINE: stop there in the kernel of node N, also of one to come."""

    def __init__(self):
        super().__init__("node-break", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, argument, from_tty):
        number, place = arguments(argument, "node-break N FUNCTION|FILE:LINE")
        libos_breakpoints.add(number, place)


class Nodes(gdb.Command):
    """nodes: the nodes of each process, where they are, and simulated time."""

    def __init__(self):
        super().__init__("nodes", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        if now() is None:
            raise gdb.GdbError("there is no simulation yet")
        print(f"simulated time {now() / 1e9:.9f} s")
        for number, node in sorted(Node.all().items()):
            pids = ", ".join(map(str, programs(gdb.selected_inferior().pid, number)))
            print(f"node {number:<4} {node.library} at {node.image:#x}"
                  + (f", processes {pids}" if pids else ""))


class NodeAttach(gdb.Command):
    """node-attach N: debugs the programs of node N too, which execute its kernel when they call it."""

    def __init__(self):
        super().__init__("node-attach", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        number, = arguments(argument, "node-attach N")
        gdb.execute("set schedule-multiple on")
        simulator = gdb.selected_inferior()
        known = [process.pid for process in gdb.inferiors()]
        for pid in programs(simulator.pid, number):
            if pid not in known:
                wait_for(pid, number)
                gdb.execute("add-inferior", to_string=True)
                gdb.execute(f"inferior {gdb.inferiors()[-1].num}", to_string=True)
                gdb.execute(f"attach {pid}", to_string=True)
                Node.get(number).symbols()
        gdb.execute(f"inferior {simulator.num}", to_string=True)


class NodePrint(gdb.Command):
    """node N EXPRESSION: prints an expression with the variables of node N's kernel."""

    def __init__(self):
        super().__init__("node", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        number, expression = arguments(argument, "node N EXPRESSION")
        name = re.search(r"[A-Za-z_]\w*", expression)
        if not name:
            raise gdb.GdbError(f"{expression}: there is no variable in it")
        value = Node.get(number).symbol(name[0])
        gdb.set_convenience_variable("libos_variable", value)
        gdb.execute(f"print {expression.replace(name[0], '$libos_variable', 1)}")


def arguments(text, usage):
    """As many as the usage has, the first a number."""
    found = text.split(" ", len(usage.split(" ")) - 2)
    if len(found) != len(usage.split(" ")) - 1 or not found[0].isdigit() or "" in found:
        raise gdb.GdbError(f"usage: {usage}")
    return int(found[0]), *found[1:]


def wait_for(pid, number):
    """Until a program that has just begun has mapped its node: breakpoints are set there."""
    for _ in range(500):
        if number in Node.all(pid):
            return
        time.sleep(0.01)
    raise gdb.GdbError(f"process {pid} has not come to node {number}")


def programs(simulator, number):
    """The processes that are on a node: those of a simulation are children of the simulator."""
    found = []
    with open(f"/proc/{simulator}/task/{simulator}/children") as children:
        for pid in map(int, children.read().split()):
            try:
                memory = os.readlink(f"/proc/{pid}/fd/{NODE_FD}")
            except OSError:
                continue
            if memory.split(" ")[0] == f"{MEMORY}{number}":
                found.append(pid)
    return found


def stopped(event):
    """Says which node it is, whose symbols are wanted now."""
    try:
        node = Node.at(gdb.selected_frame().pc())
    except gdb.error:
        return
    if node:
        node.symbols()
        print(f"node {node.number}, {now() / 1e9:.9f} s, process {gdb.selected_inferior().pid}")


for command in NodeAttach, NodeBreak, NodePrint, Nodes:
    command()
# What is stopped at comes with libraries.
gdb.execute("set breakpoint pending on")
# How calls of programs are caught (Documentation/dce.md).
gdb.execute("handle SIGSYS nostop noprint pass", to_string=True)
gdb.events.stop.connect(stopped)
