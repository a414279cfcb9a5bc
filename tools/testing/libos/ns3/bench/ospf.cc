/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network of routers with FRR's zebra and ospfd, unmodified: a grid that is closed in both
 * directions. Says how long it takes, and fails if a router does not know all networks in the end.
 */

#include "../suites/network.h"

#include "ns3/core-module.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/internet-module.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/network-module.h"

#include "measure.h"

#include <cstdio>
#include <sstream>

using namespace ns3;

namespace
{

/* When routers are asked what they know, and the end, in seconds. */
const double LOOK_AT = 79, END = 80;

/** One link to the right and one down, for each router. */
void Join(NodeContainer routers, uint32_t width)
{
	PointToPointHelper link = Wire(MilliSeconds(1));
	Ipv4AddressHelper networks("10.0.0.0", "255.255.255.0");
	uint32_t count = routers.GetN();
	for (uint32_t i = 0; i < count; i++) {
		uint32_t right = i - i % width + (i + 1) % width, down = (i + width) % count;
		for (uint32_t other : {right, down}) {
			networks.Assign(link.Install(routers.Get(i), routers.Get(other)));
			networks.NewNetwork();
		}
	}
}

void Daemons(Ptr<Node> router)
{
	std::ostringstream conf;
	for (uint32_t link = 0; link < 4; link++)
		conf << "interface sim" << link << "\n ip ospf network point-to-point\n";
	conf << "router ospf\n ospf router-id 10.255.0." << router->GetId()
	     << "\n network 10.0.0.0/8 area 0\n";
	WriteFile(router, "/run/frr/.keep", "");
	GiveTo("frr", router, "/run/frr");
	WriteFile(router, "/etc/frr/zebra.conf", "log file /var/log/zebra.log\n");
	WriteFile(router, "/etc/frr/ospfd.conf", conf.str());
	StartProgram(router, 1, "/usr/lib/frr/zebra -f /etc/frr/zebra.conf");
	StartProgram(router, 2, "/usr/lib/frr/ospfd -f /etc/frr/ospfd.conf");
}

/** How many networks ip(8) tells of; further ways to one are lines that begin with a blank. */
uint32_t Networks(const std::string &routes)
{
	std::istringstream lines(routes);
	uint32_t found = 0;
	for (std::string line; std::getline(lines, line);)
		found += line.find("10.") == 0;
	return found;
}

} // namespace

int main(int argc, char *argv[])
{
	uint32_t width = 10, height = 8;
	Arguments(argc, argv, {{"width", "routers in a row", width}, {"height", "rows", height}});
	if (width < 3 || height < 3 || width * height > 250) {
		std::fprintf(stderr, "a grid has at least 3 rows of 3, and at most 250 routers\n");
		return 2;
	}

	OwnFolder folder("ospf-files");
	double start = Wall();
	NodeContainer routers;
	routers.Create(width * height);
	LinuxStackHelper().Install(routers);
	LinuxStackHelper::SysctlSet(routers, "net.ipv4.ip_forward", "1");
	Join(routers, width);
	const std::string show = "ip route show proto ospf";
	for (uint32_t i = 0; i < routers.GetN(); i++) {
		Daemons(routers.Get(i));
		StartProgram(routers.Get(i), LOOK_AT, show);
	}
	double booted = Wall();
	RunTo(Seconds(END));
	std::vector<ProcStatus> programs = DceManagerHelper::GetProcStatus();
	std::printf("%u routers after %.1f s, %.0f simulated seconds in %.1f s, %.0f KiB each in "
		    "the simulator\n",
		    routers.GetN(), booted - start, END, Wall() - booted,
		    double(Memory()) / routers.GetN());
	Simulator::Destroy();

	/* All but the four that a router is on. */
	uint32_t others = 2 * routers.GetN() - 4, complete = 0;
	for (const ProcStatus &program : programs)
		complete += program.GetCmdLine() == show && Networks(OutputOf(program)) == others;
	std::printf("%u routers know the way to all %u other networks\n", complete, others);
	return complete != routers.GetN();
}
