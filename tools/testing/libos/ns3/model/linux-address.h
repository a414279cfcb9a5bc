/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_ADDRESS_H
#define LINUX_ADDRESS_H

#include "ns3/address.h"
#include "ns3/ipv4-address.h"
#include "ns3/ipv6-address.h"

#include <sys/socket.h>

namespace ns3
{

/** An address of ns-3's sockets as Linux has it, and the reverse. */
class LinuxAddress
{
      public:
	/** Any address and port of `family`. */
	explicit LinuxAddress(int family);
	/** Of an InetSocketAddress or Inet6SocketAddress, or of either without a port. */
	explicit LinuxAddress(const Address &address);

	/** Whether `address` is of a kind that Linux's sockets have. */
	static bool IsMatchingType(const Address &address);

	int Family() const;
	/** For calls that fill it in. */
	void *Data();
	const void *Data() const;
	int Size() const;

	Address ToAddress() const;

      private:
	void Set(Ipv4Address address, uint16_t port);
	void Set(Ipv6Address address, uint16_t port);

	sockaddr_storage m_storage;
};

} // namespace ns3

#endif
