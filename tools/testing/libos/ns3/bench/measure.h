/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a measurement is asked for and run, and what a simulation takes.
 */

#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "ns3/core-module.h"
#include "ns3/linux-progress.h"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <string>
#include <sys/resource.h>

/** An argument on the command line, `--name=NUMBER`. */
struct Argument {
	const char *name, *help;
	/** Has what it is without the argument. */
	uint32_t &value;
};

inline void Arguments(int argc, char *argv[], std::initializer_list<Argument> known)
{
	ns3::CommandLine command;
	for (const Argument &argument : known)
		command.AddValue(argument.name, argument.help, argument.value);
	command.Parse(argc, argv);
}

/** Runs a simulation, with a line that says how far it is. */
inline void RunTo(ns3::Time end)
{
	ns3::Simulator::Stop(end);
	ns3::LinuxProgress progress(end);
	ns3::Simulator::Run();
}

/** Seconds of the processor that this process has had. */
inline double Cpu()
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

inline double Wall()
{
	using namespace std::chrono;
	return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/** Memory of this process in KiB; what is mapped several times counts once. */
inline uint64_t Memory()
{
	std::ifstream sums("/proc/self/smaps_rollup");
	std::string word;
	uint64_t size = 0;
	while (sums >> word && word != "Pss:")
		;
	sums >> size;
	return size;
}

#endif
