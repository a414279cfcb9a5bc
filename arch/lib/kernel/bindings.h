/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Rust sees of the kernel: build.rs runs bindgen over this file with the
 * flags of the kernel's own objects. Inline functions and macros that Rust
 * calls are wrapped here.
 */

#include <linux/binfmts.h>
#include <linux/clockchips.h>
#include <linux/clocksource.h>
#include <linux/console.h>
#include <linux/cpu.h>
#include <linux/etherdevice.h>
#include <linux/extable.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hardirq.h>
#include <linux/if_tun.h>
#include <linux/init.h>
#include <linux/init_syscalls.h>
#include <linux/interrupt.h>
#include <linux/memblock.h>
#include <linux/netdevice.h>
#include <linux/poll.h>
#include <linux/anon_inodes.h>
#include <linux/ptrace.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/resume_user_mode.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <asm/setup.h>
#include <linux/smp.h>
#include <linux/start_kernel.h>
#include <linux/syscalls.h>
#include <linux/timekeeping.h>
#include <linux/virtio_net.h>
#include <linux/version.h>
#include <asm/irq_regs.h>
#include <asm/syscall.h>
#include <../net/packet/internal.h>

/* Values of macros that bindgen does not evaluate, and of enums with other names before. */
enum {
	LIB_PAGE_SIZE = PAGE_SIZE,
	LIB_THREAD_SIZE = THREAD_SIZE,
	LIB_ZONES = MAX_NR_ZONES,
	LIB_ZONE_NORMAL = ZONE_NORMAL,
	LIB_CONSOLE_FLAGS = CON_PRINTBUFFER | CON_ENABLED | CON_EXTENDED | CON_ANYTIME,
	LIB_MAX_SKB_FRAGS = MAX_SKB_FRAGS,
	LIB_COMMAND_LINE_SIZE = COMMAND_LINE_SIZE,
	LIB_SYSTEM_RESTART = SYSTEM_RESTART,
};

static inline struct task_struct *lib_current(void)
{
	return current;
}

static inline struct thread_info *lib_thread_info(struct task_struct *task)
{
	return task_thread_info(task);
}

static inline void *lib_stack_of(struct task_struct *task)
{
	return task_stack_page(task);
}

static inline void *lib_kzalloc(size_t bytes)
{
	return kzalloc(bytes, GFP_KERNEL);
}

static inline void lib_kfree(void *memory)
{
	kfree(memory);
}

static inline struct page *lib_alloc_pages(unsigned int gfp, unsigned int order)
{
	return alloc_pages(gfp | __GFP_COMP | __GFP_NOWARN, order);
}

static inline void lib_irqs_enable(void)
{
	local_irq_enable();
}

static inline void lib_irqs_disable(void)
{
	local_irq_disable();
}

static inline void lib_raw_irqs_enable(void)
{
	raw_local_irq_enable();
}

static inline void lib_raw_irqs_disable(void)
{
	raw_local_irq_disable();
}

/* Sleep until woken or signalled; the caller checks its condition after it. */
static inline void lib_set_interruptible(void)
{
	set_current_state(TASK_INTERRUPTIBLE);
}

static inline void lib_set_killable(void)
{
	set_current_state(TASK_KILLABLE);
}

static inline void lib_set_running(void)
{
	__set_current_state(TASK_RUNNING);
}

static inline bool lib_need_resched(void)
{
	return need_resched();
}

static inline bool lib_signal_pending(void)
{
	return signal_pending(current);
}

static inline bool lib_fatal_signal_pending(void)
{
	return fatal_signal_pending(current);
}

static inline bool lib_exit_work_pending(void)
{
	return test_thread_flag(TIF_NOTIFY_RESUME) || signal_pending(current);
}

static inline void lib_resume_user_mode(void)
{
	if (test_and_clear_thread_flag(TIF_NOTIFY_RESUME))
		resume_user_mode_work(NULL);
	if (test_thread_flag(TIF_NOTIFY_SIGNAL)) {
		clear_notify_signal();
		if (task_work_pending(current))
			task_work_run();
	}
}

static inline void lib_set_notify_signal(struct task_struct *task)
{
	set_notify_signal(task);
}

static inline bool lib_in_atomic(void)
{
	return pagefault_disabled() || in_atomic() || irqs_disabled();
}

static inline struct pt_regs *lib_set_irq_regs(struct pt_regs *regs)
{
	return set_irq_regs(regs);
}

static inline const struct cpumask *lib_cpumask_of(int cpu)
{
	return cpumask_of(cpu);
}

static inline void lib_set_cpu_possible(int cpu)
{
	set_cpu_possible(cpu, true);
}

static inline void lib_memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	memblock_reserve(base, size);
}

static inline void lib_print_address(const char *level, unsigned long address)
{
	printk("%s %pS\n", level, (void *)address);
}

static inline void *lib_memblock_alloc(phys_addr_t bytes)
{
	return memblock_alloc(bytes, PAGE_SIZE);
}

static inline void lib_get_task(struct task_struct *task)
{
	get_task_struct(task);
}

static inline void lib_put_task(struct task_struct *task)
{
	put_task_struct(task);
}

static inline struct sighand_struct *lib_sighand(void)
{
	return current->sighand;
}

/* The disposition of every signal: the host's. 2 is no address and neither SIG_DFL nor SIG_IGN. */
static inline void lib_host_takes_signals(void)
{
	int i;

	for (i = 0; i < _NSIG; i++) {
		struct k_sigaction *action = &current->sighand->action[i];

		if (sig_kernel_only(i + 1))
			continue;
		if (i + 1 == SIGCHLD) {
			/* Parents wait on the host: nobody would reap here. */
			action->sa.sa_handler = SIG_IGN;
			continue;
		}
		action->sa.sa_handler = (__sighandler_t)2UL;
		action->sa.sa_flags = SA_NODEFER;
	}
}

static inline bool lib_is_err(const void *p)
{
	return IS_ERR(p);
}

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

static inline void lib_get_page(struct page *page)
{
	get_page(page);
}

static inline void lib_put_page(struct page *page)
{
	put_page(page);
}

static inline void *lib_page_address(struct page *page)
{
	return page_address(page);
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

static inline void lib_free_percpu(void *stats)
{
	free_percpu(stats);
}

static inline void lib_dev_kfree_skb(struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
}

static inline void lib_set_up_netdev(struct net_device *dev, const struct net_device_ops *ops,
				     struct pcpu_sw_netstats *stats, unsigned int mtu,
				     unsigned int flags)
{
	dev->netdev_ops = ops;
	dev->tstats = stats;
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

static inline unsigned int lib_gfp_atomic(void)
{
	return (__force unsigned int)GFP_ATOMIC;
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

static inline struct sk_buff *lib_alloc_frame(struct net_device *dev, unsigned int len)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(dev, len);

	if (skb)
		skb_put(skb, len);
	return skb;
}

static inline void lib_init_waitqueue(struct wait_queue_head *head)
{
	init_waitqueue_head(head);
}

static inline void lib_poll_wait(struct file *file, struct wait_queue_head *head,
				 struct poll_table_struct *table)
{
	poll_wait(file, head, table);
}

static inline void lib_wake_up_poll(struct wait_queue_head *head, unsigned int events)
{
	wake_up_poll(head, events);
}

static inline unsigned int lib_poll_requested(const struct poll_table_struct *table)
{
	return (__force unsigned int)poll_requested_events(table);
}

static inline void lib_wait_queue_wake(struct wait_queue_head *head)
{
	wake_up_all(head);
}

static inline void lib_scheduler_ipi(void)
{
	scheduler_ipi();
}

static inline bool lib_task_sigpending(void)
{
	return task_sigpending(current);
}

/* Numbers of descriptors are the host's to limit. */
static inline void lib_open_limits(void)
{
	struct rlimit *nofile = &current->signal->rlim[RLIMIT_NOFILE];

	nofile->rlim_cur = nofile->rlim_max = 1 << 20;
}

static inline bool lib_signal_waits(struct task_struct *task)
{
	return test_tsk_thread_flag(task, TIF_SIGPENDING);
}

static inline u64 lib_mask_to_save(void)
{
	return sigmask_to_save()->sig[0];
}

static inline void lib_restore_mask(void)
{
	restore_saved_sigmask();
}

static inline u64 lib_handler_of(const struct ksignal *signal)
{
	return (u64)signal->ka.sa.sa_handler;
}

static inline int lib_flags_of(const struct ksignal *signal)
{
	return signal->ka.sa.sa_flags;
}

/* The status that wait(2) gives of the whole process. */
static inline int lib_status_of(struct task_struct *task)
{
	if (task->signal->flags & SIGNAL_GROUP_EXIT)
		return task->signal->group_exit_code;
	return task->exit_code;
}

/* As the current task's own processes know it. */
static inline int lib_number_of(struct task_struct *task)
{
	return task_pid_vnr(task);
}

static inline int lib_execute_init(void)
{
	const char *const arguments[] = {"init", NULL};
	const char *const environment[] = {NULL};

	return kernel_execve("/init", arguments, environment);
}

static inline int lib_thread_count(void)
{
	return get_nr_threads(current);
}

extern void __noreturn do_group_exit(int code);

/* Interrupts are taken one at a time, so nothing closes the file meanwhile. */
static inline struct file *lib_file_of(struct task_struct *task, unsigned int fd)
{
	struct file *file = NULL;

	rcu_read_lock();
	if (task->files)
		file = files_lookup_fd_raw(task->files, fd);
	rcu_read_unlock();
	return file;
}

static inline unsigned int lib_vfs_poll(struct file *file)
{
	return (__force unsigned int)vfs_poll(file, NULL);
}

static inline unsigned int lib_vfs_poll_table(struct file *file, struct poll_table_struct *table)
{
	return (__force unsigned int)vfs_poll(file, table);
}

static inline void lib_init_wait_entry(struct wait_queue_entry *entry, wait_queue_func_t function)
{
	init_waitqueue_func_entry(entry, function);
}
