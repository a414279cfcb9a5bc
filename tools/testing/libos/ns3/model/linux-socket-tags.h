/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_SOCKET_TAGS_H
#define LINUX_SOCKET_TAGS_H

#include "linux-stack.h"

#include "ns3/packet.h"

#include <sys/socket.h>

namespace ns3
{

/** Gives a packet the tags of ns-3 for what `stack` has told beside it. */
void LinuxAddTags(Ptr<Packet> packet, struct msghdr &message, Ptr<LinuxStack> stack);

} // namespace ns3

#endif
