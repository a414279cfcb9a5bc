/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs the suite that is named, by ns-3's own runner.
 */

#include "ns3/test.h"

#include <iostream>
#include <string>

int main(int argc, char *argv[])
{
	if (argc < 2) {
		std::cerr << "usage: " << argv[0] << " SUITE [an argument of ns-3's test runner]..."
			  << std::endl;
		return 2;
	}
	std::string suite = std::string("--suite=") + argv[1];
	argv[1] = suite.data();
	return ns3::TestRunner::Run(argc, argv);
}
