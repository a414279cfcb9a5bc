/* SPDX-License-Identifier: GPL-2.0 */
/* Packets. */

#ifndef LIB_BINDINGS_SKB_H
#define LIB_BINDINGS_SKB_H

#include <linux/etherdevice.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>

static inline struct sk_buff *lib_napi_alloc_skb(struct napi_struct *napi, unsigned int len)
{
	return napi_alloc_skb(napi, len);
}

static inline struct sk_buff *lib_netdev_alloc_skb(struct net_device *dev, unsigned int len)
{
	return netdev_alloc_skb_ip_align(dev, len);
}

static inline void lib_skb_add_rx_frag(struct sk_buff *skb, int i, struct page *page, int off,
				       int size, unsigned int truesize)
{
	skb_add_rx_frag(skb, i, page, off, size, truesize);
}

static inline int lib_virtio_net_hdr_to_skb(struct sk_buff *skb, const struct virtio_net_hdr *hdr)
{
	return virtio_net_hdr_to_skb(skb, hdr, true);
}

/* A packet of several segments, whose header has been looked at. */
static inline void lib_skb_trust_segments(struct sk_buff *skb, unsigned short segs)
{
	skb_shinfo(skb)->gso_segs = segs;
	skb_shinfo(skb)->gso_type &= ~SKB_GSO_DODGY;
}

static inline int lib_virtio_net_hdr_from_skb(const struct sk_buff *skb, struct virtio_net_hdr *hdr)
{
	return virtio_net_hdr_from_skb(skb, hdr, true, false, 0);
}

static inline unsigned int lib_skb_headlen(const struct sk_buff *skb)
{
	return skb_headlen(skb);
}

static inline int lib_skb_nr_frags(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->nr_frags;
}

static inline void *lib_skb_frag_address(const struct sk_buff *skb, int i)
{
	return skb_frag_address(&skb_shinfo(skb)->frags[i]);
}

static inline unsigned int lib_skb_frag_size(const struct sk_buff *skb, int i)
{
	return skb_frag_size(&skb_shinfo(skb)->frags[i]);
}

static inline void lib_skb_rx_checked(struct sk_buff *skb)
{
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

static inline void lib_dev_consume_skb_irq(struct sk_buff *skb)
{
	dev_consume_skb_irq(skb);
}

static inline void lib_dev_kfree_skb(struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
}

static inline void lib_set_protocol(struct sk_buff *skb, struct net_device *dev)
{
	skb->protocol = eth_type_trans(skb, dev);
}

static inline void lib_skb_queue_head_init(struct sk_buff_head *list)
{
	skb_queue_head_init(list);
}

static inline struct sk_buff *lib_skb_dequeue(struct sk_buff_head *list)
{
	return skb_dequeue(list);
}

static inline void lib_skb_queue_tail(struct sk_buff_head *list, struct sk_buff *skb)
{
	skb_queue_tail(list, skb);
}

static inline void lib_skb_queue_purge(struct sk_buff_head *list)
{
	skb_queue_purge(list);
}

static inline struct sk_buff *lib_alloc_frame(struct net_device *dev, unsigned int len)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, len);

	if (skb)
		skb_put(skb, len);
	return skb;
}

#endif
