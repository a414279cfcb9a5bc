// SPDX-License-Identifier: GPL-2.0
/* Packet rings: frames that are sent and received by way of mapped memory. */

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "say.h"

/* For experiments, says <linux/if_ether.h>'s ETH_P_802_EX1. */
#define TYPE   0x88b5
#define BLOCK  8192
#define BLOCKS 4
#define FRAME  2048
#define FRAMES (BLOCK * BLOCKS / FRAME)
#define RING   (BLOCK * BLOCKS)

static int packet_socket(int version)
{
	struct sockaddr_ll lo = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(TYPE),
		.sll_ifindex = if_nametoindex("lo"),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	SAY(setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)));
	SAY(bind(fd, AT(lo)));
	return fd;
}

static void ring(int fd, int option)
{
	struct tpacket_req request = {BLOCK, BLOCKS, FRAME, FRAMES};

	SAY(setsockopt(fd, SOL_PACKET, option, &request, sizeof(request)));
}

static char *mapped(int fd, size_t len)
{
	char *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	IS(memory != MAP_FAILED);
	return memory;
}

static struct tpacket2_hdr *frame(char *memory, int number)
{
	return (struct tpacket2_hdr *)(memory + number * FRAME);
}

/* Puts a frame into the ring at `memory`. */
static void post(char *memory, int number, const char *text)
{
	struct tpacket2_hdr *head = frame(memory, number);
	char *data = (char *)head + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);

	memset(data, 0, ETH_HLEN);
	((struct ethhdr *)data)->h_proto = htons(TYPE);
	strcpy(data + ETH_HLEN, text);
	head->tp_len = ETH_HLEN + strlen(text);
	__atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
}

/* Waits for a frame, and says what is in it. */
static void read_frame(int fd, char *memory, int number)
{
	struct tpacket2_hdr *head = frame(memory, number);
	struct pollfd wait = {fd, POLLIN, 0};
	uint32_t status = __atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE);

	if (!(status & TP_STATUS_USER))
		SAY(poll(&wait, 1, 5000));
	status = __atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE);
	IS(status & TP_STATUS_USER);
	say_bytes((char *)head + head->tp_mac + ETH_HLEN, head->tp_len - ETH_HLEN);
	__atomic_store_n(&head->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

static void both_ways(void)
{
	int fd = packet_socket(TPACKET_V2);
	char *memory;
	char text[16];

	ring(fd, PACKET_RX_RING);
	ring(fd, PACKET_TX_RING);
	memory = mapped(fd, 2 * RING);
	for (int i = 0; i < 3; i++) {
		sprintf(text, "frame %d", i);
		post(memory + RING, i, text);
	}
	SAY(send(fd, NULL, 0, 0));
	for (int i = 0; i < 3; i++) {
		read_frame(fd, memory, i);
		SAY(frame(memory + RING, i)->tp_status);
	}

	/* A child has the same memory. */
	pid_t child = fork();

	if (child == 0) {
		post(memory + RING, 3, "of the child");
		SAY(send(fd, NULL, 0, 0));
		_exit(0);
	}
	waitpid(child, NULL, 0);
	read_frame(fd, memory, 3);
	SAY(munmap(memory, 2 * RING));
	close(fd);
}

/* The mapping keeps the ring, also without a descriptor. */
static void without_a_descriptor(void)
{
	int receiver = packet_socket(TPACKET_V2), sender = packet_socket(TPACKET_V2);
	struct tpacket2_hdr *head;
	char *memory, *tx;

	ring(receiver, PACKET_RX_RING);
	memory = mapped(receiver, RING);
	SAY(close(receiver));
	ring(sender, PACKET_TX_RING);
	tx = mapped(sender, RING);
	post(tx, 0, "still there");
	SAY(send(sender, NULL, 0, 0));
	head = frame(memory, 0);
	for (int i = 0; i < 500 && !(head->tp_status & TP_STATUS_USER); i++)
		usleep(10000);
	IS(head->tp_status & TP_STATUS_USER);
	say_bytes((char *)head + head->tp_mac + ETH_HLEN, head->tp_len - ETH_HLEN);
	SAY(munmap(memory, RING));
	SAY(munmap(tx, RING));
	close(sender);
}

/* Where the program says. */
static void at_an_address(void)
{
	int fd = packet_socket(TPACKET_V2), sender = packet_socket(TPACKET_V2);
	int access = PROT_READ | PROT_WRITE;
	char *place = mmap(NULL, RING, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *tx;

	ring(fd, PACKET_RX_RING);
	IS(mmap(place, RING, access, MAP_SHARED | MAP_FIXED, fd, 0) == place);
	ring(sender, PACKET_TX_RING);
	tx = mapped(sender, RING);
	post(tx, 0, "at an address");
	SAY(send(sender, NULL, 0, 0));
	read_frame(fd, place, 0);
	SAY(munmap(place, RING));
	SAY(munmap(tx, RING));
	close(fd);
	close(sender);
}

static void mistakes(void)
{
	int fd = packet_socket(TPACKET_V2), udp = socket(AF_INET, SOCK_DGRAM, 0);

	SAY((long)mmap(NULL, RING, PROT_READ, MAP_SHARED, fd, 0));
	ring(fd, PACKET_RX_RING);
	SAY((long)mmap(NULL, RING + 4096, PROT_READ, MAP_SHARED, fd, 0));
	SAY((long)mmap(NULL, RING, PROT_READ, MAP_SHARED, fd, 4096));
	SAY((long)mmap(NULL, RING, PROT_READ, MAP_SHARED, udp, 0));
	SAY((long)mmap(NULL, RING, PROT_READ, MAP_SHARED, 999, 0));
	close(fd);
	close(udp);
}

int main(void)
{
	both_ways();
	without_a_descriptor();
	at_an_address();
	mistakes();
	/* There is room for as many as one likes, one after the other. */
	for (int i = 0; i < 100; i++) {
		struct tpacket_req request = {BLOCK, BLOCKS, FRAME, FRAMES};
		int fd = socket(AF_PACKET, SOCK_RAW, 0);
		char *memory;

		setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request));
		memory = mmap(NULL, RING, PROT_READ, MAP_SHARED, fd, 0);
		if (memory == MAP_FAILED || munmap(memory, RING) < 0)
			OK(-1);
		close(fd);
	}
	return done();
}
