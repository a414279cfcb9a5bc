/* SPDX-License-Identifier: GPL-2.0 */
/* Network interfaces, and NAPI. */

#ifndef LIB_BINDINGS_NET_DEVICE_H
#define LIB_BINDINGS_NET_DEVICE_H

#include <linux/etherdevice.h>
#include <linux/if_tun.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/version.h>

static inline struct net_device *lib_alloc_etherdev(int bytes, const char *name)
{
	return alloc_netdev(bytes, name, NET_NAME_USER, ether_setup);
}

static inline void *lib_netdev_priv(struct net_device *dev)
{
	return netdev_priv(dev);
}

static inline void lib_netif_napi_add(struct net_device *dev, struct napi_struct *napi,
				      int (*poll)(struct napi_struct *, int))
{
	netif_napi_add(dev, napi, poll);
}

static inline void lib_napi_schedule(struct napi_struct *napi)
{
	napi_schedule(napi);
}

static inline bool lib_napi_complete_done(struct napi_struct *napi, int done)
{
	return napi_complete_done(napi, done);
}

static inline void lib_napi_enable(struct napi_struct *napi)
{
	napi_enable(napi);
}

static inline void lib_napi_disable(struct napi_struct *napi)
{
	napi_disable(napi);
}

static inline bool lib_features_join(netdev_features_t features)
{
	return features & NETIF_F_LRO;
}

/* Up to how many bytes GRO joins packets. */
static inline void lib_set_gro_max_size(struct net_device *dev, unsigned int size)
{
	WRITE_ONCE(dev->gro_max_size, size);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	WRITE_ONCE(dev->gro_ipv4_max_size, size);
#endif
}

static inline void lib_netif_stop_queue(struct net_device *dev)
{
	netif_stop_queue(dev);
}

static inline void lib_netif_start_queue(struct net_device *dev)
{
	netif_start_queue(dev);
}

static inline void lib_netif_wake_queue(struct net_device *dev)
{
	if (netif_queue_stopped(dev))
		netif_wake_queue(dev);
}

static inline bool lib_netif_running(const struct net_device *dev)
{
	return netif_running(dev);
}

static inline void lib_dev_sw_netstats_rx_add(struct net_device *dev, unsigned int len)
{
	dev_sw_netstats_rx_add(dev, len);
}

static inline void lib_dev_sw_netstats_tx_add(struct net_device *dev, unsigned int len)
{
	dev_sw_netstats_tx_add(dev, 1, len);
}

static inline struct pcpu_sw_netstats *lib_alloc_pcpu_sw_netstats(void)
{
	return netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
}

static inline void lib_set_up_netdev(struct net_device *dev, const struct net_device_ops *ops,
				     struct pcpu_sw_netstats *stats, unsigned int mtu,
				     unsigned int flags)
{
	dev->netdev_ops = ops;
	dev->tstats = stats;
	/* Packets are put into a list while the host keeps them. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->max_mtu = mtu;
	if (flags & (1 << 0))
		dev->flags |= IFF_NOARP;
	if (flags & (1 << 1))
		dev->flags |= IFF_POINTOPOINT;
	eth_hw_addr_random(dev);
}

/* Which of TUN_F_* the host takes. */
static inline void lib_set_offload(struct net_device *dev, unsigned int offload)
{
	netdev_features_t features = 0;

	if (offload & TUN_F_CSUM) {
		features |= NETIF_F_HW_CSUM | NETIF_F_SG;
		if (offload & TUN_F_TSO4)
			features |= NETIF_F_TSO;
		if (offload & TUN_F_TSO6)
			features |= NETIF_F_TSO6;
		if (offload & TUN_F_TSO_ECN)
			features |= NETIF_F_TSO_ECN;
#ifdef TUN_F_USO4
		if ((offload & TUN_F_USO4) && (offload & TUN_F_USO6))
			features |= NETIF_F_GSO_UDP_L4;
#endif
	}
	rtnl_lock();
	dev->hw_features = features | NETIF_F_RXCSUM | NETIF_F_LRO;
	dev->wanted_features = dev->hw_features;
	dev->vlan_features = features;
	netdev_update_features(dev);
	rtnl_unlock();
}

static inline struct pcpu_sw_netstats *lib_stats_of(struct net_device *dev)
{
	return dev->tstats;
}

static inline void lib_count_tx_dropped(struct net_device *dev)
{
	dev->stats.tx_dropped++;
}

static inline void lib_count_rx_error(struct net_device *dev)
{
	dev->stats.rx_errors++;
}

static inline int lib_set_mac(struct net_device *dev, const unsigned char *address)
{
	struct sockaddr_storage storage = {.ss_family = dev->type};
	struct sockaddr *sa = (struct sockaddr *)&storage;
	int failed;

	memcpy(sa->sa_data, address, ETH_ALEN);
	rtnl_lock();
	failed = dev_set_mac_address(dev, (void *)sa, NULL);
	rtnl_unlock();
	return failed;
}

static inline int lib_set_mtu(struct net_device *dev, int mtu)
{
	int failed;

	rtnl_lock();
	failed = dev_set_mtu(dev, mtu);
	rtnl_unlock();
	return failed;
}

static inline void lib_set_carrier(struct net_device *dev, bool up)
{
	rtnl_lock();
	if (up)
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
	rtnl_unlock();
}

static inline bool lib_promiscuous(const struct net_device *dev)
{
	return READ_ONCE(dev->flags) & IFF_PROMISC;
}

#endif
