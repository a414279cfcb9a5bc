// SPDX-License-Identifier: GPL-2.0
/*
 * stress SECONDS SEED [PEER]	the test, under nuse
 * stress peer ADDRESS		its peer, on the host
 */

#include <stdarg.h>
#include <sys/mman.h>

#include "stress.h"

enum { PEER_PORT = 7000 };

struct shared *shared;
struct sockaddr_in lo_tcp, peer_tcp, peer_udp;
int listener;
bool has_peer;

static _Thread_local uint64_t state = 1;
_Thread_local struct seat *seat_of_thread;

uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d >> 16;
}

void seed_random(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15 | 1;
	next_random();
}

void fail(const char *format, ...)
{
	va_list arguments;
	char text[512];

	if (atomic_exchange(&shared->failed, true))
		_exit(1);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("FAILED (process %d, %s): %s\n", getpid(),
	       seat_of_thread ? seat_of_thread->does : "supervises", text);
	fflush(stdout);
	_exit(1);
}

void step(const char *does)
{
	if (seat_of_thread) {
		seat_of_thread->does = does;
		seat_of_thread->steps++;
	}
}

static void know_peer(const char *address)
{
	peer_tcp = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PEER_PORT)};
	if (inet_pton(AF_INET, address, &peer_tcp.sin_addr) != 1)
		fail("%s is no address", address);
	peer_udp = peer_tcp;
	has_peer = true;
}

int main(int count, char **arguments)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (count < 3 || shared == MAP_FAILED)
		return 2;
	if (!strcmp(arguments[1], "child"))
		return continue_as_child(atoi(arguments[2]));
	if (count > 3 || !strcmp(arguments[1], "peer"))
		know_peer(arguments[count - 1]);
	if (!strcmp(arguments[1], "peer"))
		return serve_as_peer();
	return supervise(atoi(arguments[1]), strtoull(arguments[2], NULL, 0));
}
