/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_RAW_SOCKET_H
#define LINUX_RAW_SOCKET_H

#include "linux-socket-of.h"

namespace ns3
{

/** IP with a protocol of the application's. */
class LinuxRawSocket : public LinuxSocketOf<Socket>
{
      public:
	static TypeId GetTypeId();

      protected:
	void Configure() override;
	Ptr<LinuxSocketOf<Socket>> Another() const override;

      private:
	void SetProtocol(uint16_t protocol);
	uint16_t GetProtocol() const;

	uint32_t m_icmpFilter;
	bool m_ipHeaderInclude;
};

} // namespace ns3

#endif
