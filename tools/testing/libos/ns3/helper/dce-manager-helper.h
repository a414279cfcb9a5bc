/* SPDX-License-Identifier: GPL-2.0 */

#ifndef DCE_MANAGER_HELPER_H
#define DCE_MANAGER_HELPER_H

#include "ns3/dce-application.h"
#include "ns3/node-container.h"
#include "ns3/object-factory.h"

#include <string>
#include <vector>

namespace ns3
{

/** Prepares nodes for programs. With LinuxStackHelper, in whichever order. */
class DceManagerHelper
{
      public:
	DceManagerHelper();

	/**
	 * The stack of the nodes. There is one, which DCE calls ns3::LinuxSocketFdFactory;
	 * an attribute is one of ns3::LinuxStack.
	 */
	void SetNetworkStack(const std::string &type, const std::string &name = "",
			     const AttributeValue &value = EmptyAttributeValue());
	/** DCE's, of how it runs programs; they are processes here, so it says that nothing
	 * follows. */
	void SetTaskManagerAttribute(const std::string &name, const AttributeValue &value);
	/** Where programs are looked for: their PATH. */
	static void SetVirtualPath(const std::string &path);
	static std::string GetVirtualPath();

	void Install(Ptr<Node> node) const;
	void Install(NodeContainer nodes) const;

	/** The programs that were started so far. */
	static std::vector<ProcStatus> GetProcStatus();

      private:
	ObjectFactory m_factory;
};

} // namespace ns3

#endif
