// SPDX-License-Identifier: GPL-2.0
/* getaddrinfo(3) and getnameinfo(3), as far as no server is needed. */

#include <netdb.h>
#include <signal.h>

#include "say.h"

static void resolve(const char *name, const char *service, int family, int flags)
{
	struct addrinfo hints = {
		.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *all = NULL;
	int failed = getaddrinfo(name, service, &hints, &all);

	printf("%s %s: %s\n", name ? name : "-", service ? service : "-",
	       failed ? gai_strerror(failed) : "found");
	for (struct addrinfo *one = all; one; one = one->ai_next) {
		char host[64], port[16];

		failed = getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof(host), port,
				     sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
		printf("  %s %s\n", failed ? gai_strerror(failed) : host, port);
	}
	if (all)
		freeaddrinfo(all);
}

static void wait_for(struct gaicb *request)
{
	const struct gaicb *list[] = {request};

	while (gai_error(request) == EAI_INPROGRESS)
		gai_suspend(list, 1, NULL);
	printf("  %s\n", gai_strerror(gai_error(request)));
	if (!gai_error(request))
		freeaddrinfo(request->ar_result);
}

static volatile int told;

static void tell(union sigval value)
{
	told = value.sival_int;
}

/* getaddrinfo_a(3): by threads. */
static void later(void)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_flags = AI_NUMERICHOST};
	struct gaicb one = {.ar_name = "127.0.0.1", .ar_service = "80", .ar_request = &hints};
	struct gaicb other = {.ar_name = "no address", .ar_request = &hints};
	struct gaicb local = {.ar_name = "localhost"};
	struct gaicb *list[] = {&one, NULL, &other, &local};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
	siginfo_t info;
	sigset_t set;

	printf("later\n");
	SAY(getaddrinfo_a(GAI_WAIT, list, 4, NULL));
	for (int i = 0; i < 4; i++) {
		if (list[i])
			wait_for(list[i]);
	}
	SAY(gai_cancel(&one));
	SAY(gai_suspend((const struct gaicb **)list, 3, NULL));
	SAY(getaddrinfo_a(GAI_NOWAIT, list, 4, NULL));
	for (int i = 0; i < 4; i++) {
		if (list[i])
			wait_for(list[i]);
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	SAY(getaddrinfo_a(GAI_NOWAIT, list, 3, &event));
	IS(sigwaitinfo(&set, &info) == SIGUSR1);
	IS(info.si_code == SI_ASYNCNL && info.si_value.sival_int == 77);
	wait_for(&one);
	wait_for(&other);
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = tell;
	event.sigev_notify_attributes = NULL;
	SAY(getaddrinfo_a(GAI_NOWAIT, &list[3], 1, &event));
	while (!told)
		usleep(1000);
	SAY(told);
	wait_for(&local);
	SAY(getaddrinfo_a(7, list, 1, NULL));
}

int main(void)
{
	resolve("127.0.0.1", "80", AF_UNSPEC, AI_NUMERICHOST);
	resolve("::1", "80", AF_UNSPEC, AI_NUMERICHOST);
	resolve("::1", "80", AF_INET, AI_NUMERICHOST);
	resolve("no address", "80", AF_UNSPEC, AI_NUMERICHOST);
	resolve("localhost", "7", AF_INET, 0);
	resolve("localhost", "no-such-service", AF_INET, 0);
	resolve(NULL, "7", AF_INET, AI_PASSIVE);
	resolve(NULL, "7", AF_INET6, AI_PASSIVE);
	resolve(NULL, "7", AF_INET, 0);
	/* With lo only there is no address of IPv6 that is not local. */
	resolve("127.0.0.1", "7", AF_INET6, AI_V4MAPPED | AI_NUMERICHOST);
	resolve("10.0.0.1", "7", AF_UNSPEC, AI_ADDRCONFIG);
	later();
	return done();
}
