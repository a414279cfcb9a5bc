/* SPDX-License-Identifier: GPL-2.0 */
/*
 * process-manager: programs that each have one subject of POSIX, on a node and natively. They write
 * what they see, call by call, and must see the same.
 */

#include "network.h"

#include "ns3/core-module.h"
#include "ns3/dce-application-helper.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/test.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ns3
{
namespace
{

struct Subject {
	/** Its source is in tools/testing/libos/programs/. */
	const char *program;
	const char *what;
	/** Whether it sleeps, for seconds: natively others run meanwhile. */
	bool sleeps = false;
};

const Subject SUBJECTS[] = {
	{"posix/clocks", "Clocks and sleeps", true},
	{"posix/timers", "timerfd", true},
	{"posix/pthreads", "Threads and what they wait for", true},
	{"posix/locks", "Locks, conditions, barriers, semaphores", true},
	{"posix/cancels", "Keys, attributes and cancelling of threads"},
	{"threads", "Threads that wait in sockets"},
	{"posix/mixed", "Threads and processes together"},
	{"forks", "Forks, with open sockets"},
	{"posix/generations", "Nested forks, with exec and open sockets"},
	{"exec", "All forms of exec, with open sockets"},
	{"spawn", "Programs that libc starts"},
	{"credentials", "Users, groups and capabilities"},
	{"posix/waits", "Ends of processes, and who is told"},
	{"posix/alarms", "Signals, sigwait and timers", true},
	{"signals", "Signals that interrupt"},
	{"owners", "Signals about sockets", true},
	{"held", "Signals of bad addresses that are sent", true},
	{"waits", "Signals that interrupt, and cancelling, call by call", true},
	{"posix/pipes", "Pipes, with and without names"},
	{"select", "select"},
	{"poll", "poll"},
	{"epoll", "epoll"},
	{"posix/local", "Local sockets: streams, datagrams, passed descriptors"},
	{"passing", "Descriptors in messages, of files and of sockets"},
	{"tcp", "TCP"},
	{"udp", "UDP"},
	{"timeouts", "Timeouts of sockets"},
	{"posix/deadlines", "Timeouts of TCP and UDP, and shutdowns", true},
	{"posix/raw", "Raw and packet sockets", true},
	{"rings", "Packet rings in mapped memory"},
	{"messages", "sendmsg and recvmsg"},
	{"options", "Options of sockets"},
	{"addresses", "Addresses of sockets"},
	{"errors", "Errors of sockets"},
	{"pointers", "Bad pointers"},
	{"handover", "Many connections"},
	{"instructions", "System calls by instructions of its own"},
	{"descriptors", "Numbers of descriptors"},
	{"limits", "Limits of descriptors"},
	{"files", "Sockets as files"},
	{"sendfile", "sendfile and splice"},
	{"posix/folders", "Files and folders"},
	{"directories", "Folders of the network, and working there"},
	{"posix/streams", "stdio"},
	{"stdio", "stdio on sockets"},
	{"posix/environment", "Environment, limits, users"},
	{"names", "Names"},
	{"posix/chance", "Randomness"},
	{"posix/memory", "malloc and mappings"},
};

std::string PathOf(const Subject &subject)
{
	return std::string(LIBOS_TOP "/build/ns3/subjects/") + subject.program;
}

/** A name for folders and for ns-3's tests, in which there is no slash. */
std::string FlatName(const Subject &subject)
{
	std::string name = subject.program;
	std::replace(name.begin(), name.end(), '/', '-');
	return name;
}

/** A program that runs natively, in a network of its own with lo. */
class Native
{
      public:
	explicit Native(const Subject &subject)
	{
		std::string path = PathOf(subject);
		int ends[2];
		if (pipe2(ends, O_CLOEXEC) < 0)
			NS_FATAL_ERROR("no pipe: " << std::strerror(errno));
		m_pid = fork();
		if (m_pid < 0)
			NS_FATAL_ERROR("no process: " << std::strerror(errno));
		if (m_pid == 0)
			Execute(path.c_str(), ends[1]);
		close(ends[1]);
		m_from = ends[0];
	}

	/** What it has printed, when it has ended, and how it ended if not well. */
	std::string Output() const
	{
		std::string all;
		std::array<char, 4096> part;
		for (ssize_t count; (count = read(m_from, part.data(), part.size())) > 0;)
			all.append(part.data(), count);
		close(m_from);
		int status = -1;
		waitpid(m_pid, &status, 0);
		return status == 0 ? all : all + "status " + std::to_string(status) + "\n";
	}

      private:
	[[noreturn]] static void Execute(const char *path, int to)
	{
		dup2(to, 1);
		dup2(to, 2);
		/* Nothing of where the suite was started is left for it: what is open, what is
		 * ignored or blocked, nor a priority. */
		close_range(3, ~0u, 0);
		for (int signal = 1; signal < NSIG; signal++)
			std::signal(signal, SIG_DFL);
		sigset_t none;
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, nullptr);
		setpriority(PRIO_PROCESS, 0, 0);
		if (chdir("/") == 0)
			execlp("unshare", "unshare", "-n", "sh", "-c",
			       "ip link set lo up; exec \"$0\"", path, nullptr);
		_exit(127);
	}

	pid_t m_pid;
	int m_from;
};

/**
 * What all print natively. They are run before the first simulation: what some leave in /tmp for a
 * while would be seen by the programs on nodes.
 */
const std::string &Natively(const Subject &subject)
{
	static std::map<std::string, std::string> outputs;
	if (outputs.empty()) {
		std::vector<std::pair<std::string, Native>> sleeping;
		for (const Subject &one : SUBJECTS)
			if (one.sleeps)
				sleeping.emplace_back(one.program, Native(one));
		for (const Subject &one : SUBJECTS)
			if (!one.sleeps)
				outputs[one.program] = Native(one).Output();
		for (const auto &[program, native] : sleeping)
			outputs[program] = native.Output();
	}
	return outputs[subject.program];
}

/** From where two texts differ, some lines of each. */
std::string Difference(const std::string &native, const std::string &own)
{
	static const int SOME = 8;
	std::istringstream natives(native), owns(own);
	std::ostringstream all;
	std::string one, other;
	for (int shown = 0; shown < SOME;) {
		bool left = bool(std::getline(natives, one)),
		     right = bool(std::getline(owns, other));
		if (!left && !right)
			break;
		if (shown == 0 && left && right && one == other)
			continue;
		shown++;
		all << "\n natively: " << (left ? one : "")
		    << "\n  on node: " << (right ? other : "");
	}
	return all.str();
}

/** One of them. */
class ProcessCase : public TestCase
{
      public:
	explicit ProcessCase(const Subject &subject)
	    : TestCase(std::string(subject.what) + " (" + FlatName(subject) + ")"),
	      m_subject(subject)
	{
	}

      private:
	static constexpr double START = 2, END = 1000;

	void DoRun() override
	{
		OwnFolder folder(FlatName(m_subject));
		const std::string &native = Natively(m_subject);
		Ptr<Node> node = CreateObject<Node>();
		LinuxStackHelper().Install(node);
		StartProgram(node, 1, "ip link set lo up");
		DceApplicationHelper subject;
		subject.SetBinary(PathOf(m_subject));
		/* In simulated time nothing is late: but for a millisecond that is cut off. */
		subject.AddEnvironment("TOLERANCE", "1");
		subject.Install(node).Start(Seconds(START));
		Simulator::Stop(Seconds(END));
		Simulator::Run();
		ProcStatus program = DceManagerHelper::GetProcStatus().at(1);
		Simulator::Destroy();

		static const std::string DONE = "done\n";
		bool done = native.size() > DONE.size() &&
			    native.compare(native.size() - DONE.size(), DONE.size(), DONE) == 0;
		NS_TEST_EXPECT_MSG_EQ(done, true, "natively: " << native);
		std::string own = OutputOf(program);
		NS_TEST_EXPECT_MSG_EQ(program.GetExitCode(), 0, "how it ended on the node");
		NS_TEST_EXPECT_MSG_EQ(Difference(native, own), "",
				      "all that it prints is the same");
	}

	const Subject &m_subject;
};

/** No program is forgotten, but those that do not pass (Documentation/ns3.md). */
class AllCase : public TestCase
{
      public:
	AllCase() : TestCase("Every program is compared") {}

      private:
	void DoRun() override
	{
		namespace fs = std::filesystem;
		const fs::path programs = LIBOS_TOP "/build/ns3/subjects";
		std::set<std::string> known = {"calls",	 "clones",	 "crashes",
					       "inodes", "memorylimits", "parents",
					       "races",	 "signalfd",	 "stacks"},
				      found;
		for (const Subject &subject : SUBJECTS)
			known.insert(subject.program);
		for (const fs::directory_entry &file : fs::recursive_directory_iterator(programs))
			if (file.is_regular_file())
				found.insert(file.path().lexically_relative(programs));
		std::vector<std::string> forgotten;
		std::set_symmetric_difference(known.begin(), known.end(), found.begin(),
					      found.end(), std::back_inserter(forgotten));
		for (const std::string &program : forgotten)
			NS_TEST_EXPECT_MSG_EQ(program, "", "in one list only");
	}
};

/** The suite. */
class ProcessManagerSuite : public TestSuite
{
      public:
	ProcessManagerSuite() : TestSuite("process-manager")
	{
		for (const Subject &subject : SUBJECTS)
			AddTestCase(new ProcessCase(subject));
		AddTestCase(new AllCase());
	}
};

ProcessManagerSuite g_suite;

} // namespace
} // namespace ns3
