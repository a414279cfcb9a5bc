/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a simulation takes.
 */

#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <sys/resource.h>

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
