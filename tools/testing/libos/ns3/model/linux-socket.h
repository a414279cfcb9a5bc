/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_SOCKET_H
#define LINUX_SOCKET_H

#include "linux-socket-of.h"

namespace ns3
{

/** TCP, SCTP and DCCP. */
class LinuxSocket : public LinuxSocketOf<Socket>
{
      public:
	static TypeId GetTypeId();

      protected:
	Ptr<LinuxSocketOf<Socket>> Another() const override;
};

} // namespace ns3

#endif
