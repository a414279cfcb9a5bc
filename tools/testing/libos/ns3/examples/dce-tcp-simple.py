# SPDX-License-Identifier: GPL-2.0
"""dce-tcp-simple.cc in Python: the same network, the same programs, the same packets at the same times."""

import sys
from pathlib import Path

from libos import ns

TOP = Path(__file__).resolve().parents[5]


def main():
    nodes = ns.NodeContainer()
    nodes.Create(2)
    link = ns.PointToPointHelper()
    link.SetDeviceAttribute("DataRate", ns.StringValue("100Mbps"))
    link.SetChannelAttribute("Delay", ns.StringValue("1ms"))
    devices = link.Install(nodes)
    link.EnablePcapAll("dce-tcp-simple")

    ns.LinuxStackHelper().Install(nodes)
    ns.Ipv4AddressHelper(ns.Ipv4Address("10.0.0.0"), ns.Ipv4Mask("255.255.255.0")).Assign(devices)

    ns.DceManagerHelper.SetVirtualPath(str(TOP / "build/ns3/programs"))
    program = ns.DceApplicationHelper()
    program.SetBinary("tcp-server")
    program.Install(nodes.Get(0)).Start(ns.Seconds(1))
    program.SetBinary("tcp-client")
    program.AddArgument("10.0.0.1")
    program.Install(nodes.Get(1)).Start(ns.Seconds(2))

    ns.Simulator.Stop(ns.Seconds(20))
    ns.Simulator.Run()
    failed = 0
    for status in ns.DceManagerHelper.GetProcStatus():
        print(f"node {status.GetNode()}: {status.GetCmdLine()} ended with {status.GetExitCode()}")
        failed |= status.GetExitCode()
    ns.Simulator.Destroy()
    return failed != 0


sys.exit(main())
