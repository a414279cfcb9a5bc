/* SPDX-License-Identifier: GPL-2.0 */

#ifndef DCE_APPLICATION_HELPER_H
#define DCE_APPLICATION_HELPER_H

#include "ns3/application-container.h"
#include "ns3/callback.h"
#include "ns3/node-container.h"

#include <string>
#include <vector>

namespace ns3
{

/** Makes applications that are programs: any of the host, unmodified. */
class DceApplicationHelper
{
      public:
	/** Its path, or a name that is looked for in PATH. */
	void SetBinary(std::string binary);
	/** Bytes of the stack of its first thread; 0: the usual. */
	void SetStackSize(uint64_t bytes);

	void ResetArguments();
	void AddArgument(std::string argument);
	/** An option and its value. */
	void AddArguments(std::string option, std::string value);
	/** Several, separated by blanks, with quotes as in a shell. */
	void ParseArguments(std::string line);

	void ResetEnvironment();
	void AddEnvironment(std::string name, std::string value);

	void SetUid(uint32_t uid);
	void SetEuid(uint32_t uid);
	void SetGid(uint32_t gid);
	void SetEgid(uint32_t gid);

	/** A file of the node that it reads from as standard input. */
	void SetStdinFile(std::string file);
	/** Called with the pid and the status, as in wait(2), when it ends. */
	void SetFinishedCallback(Callback<void, uint16_t, int> finished);

	ApplicationContainer Install(Ptr<Node> node) const;
	ApplicationContainer Install(NodeContainer nodes) const;
	ApplicationContainer InstallInNode(std::string nodeName) const;

      private:
	std::string m_binary;
	uint64_t m_stack = 0;
	std::vector<std::string> m_arguments;
	std::vector<std::string> m_environment;
	std::string m_stdin;
	uint32_t m_uid = 0, m_gid = 0;
	Callback<void, uint16_t, int> m_finished;
};

} // namespace ns3

#endif
