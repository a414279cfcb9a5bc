// SPDX-License-Identifier: GPL-2.0
/* sendfile(2) of a file of the host's that is larger than what a socket takes at once. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "say.h"

#define SIZE (5L << 20)

static unsigned char at(long place)
{
	return place * 7 + (place >> 12);
}

static int large_file(void)
{
	int file = memfd_create("large", 0);
	static unsigned char piece[1 << 16];

	for (long place = 0; place < SIZE; place += sizeof(piece)) {
		for (long i = 0; i < (long)sizeof(piece); i++)
			piece[i] = at(place + i);
		if (write(file, piece, sizeof(piece)) != sizeof(piece))
			OK(-1);
	}
	return file;
}

struct receiver {
	int fd;
	long from, bytes, wrong;
};

static void *receive(void *argument)
{
	struct receiver *receiver = argument;
	static __thread unsigned char piece[1 << 14];
	long n;

	while ((n = recv(receiver->fd, piece, sizeof(piece), 0)) > 0) {
		for (long i = 0; i < n; i++)
			receiver->wrong += piece[i] != at(receiver->from + receiver->bytes + i);
		receiver->bytes += n;
	}
	return NULL;
}

static void received(pthread_t thread, struct receiver *receiver)
{
	pthread_join(thread, NULL);
	SAY(receiver->bytes);
	SAY(receiver->wrong);
	close(receiver->fd);
}

/* All of it by one call, from a place on, which it moves; the file's own stays. */
static void at_once(int file)
{
	pthread_t thread;
	int ends[2];
	off_t place = 12345;

	printf("at once\n");
	tcp_pair(7001, ends);
	struct receiver receiver = {ends[1], place};
	pthread_create(&thread, NULL, receive, &receiver);
	lseek(file, 99, SEEK_SET);
	SAY(sendfile(ends[0], file, &place, SIZE));
	SAY(place);
	SAY(lseek(file, 0, SEEK_CUR));
	SAY(sendfile(ends[0], file, &place, SIZE));
	SAY(shutdown(ends[0], SHUT_WR));
	received(thread, &receiver);
	close(ends[0]);
}

/* From where the file is, by a socket that does not wait: each call sends what there is room for.
 */
static void in_parts(int file)
{
	pthread_t thread;
	int ends[2], refused = 0, calls = 0;
	long sent = 0, n;

	printf("in parts\n");
	tcp_pair(7002, ends);
	lseek(file, 0, SEEK_SET);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	n = sendfile(ends[0], file, NULL, SIZE);
	IS(n > 0 && n < SIZE);
	IS(lseek(file, 0, SEEK_CUR) == n);
	sent = n;
	while ((n = sendfile(ends[0], file, NULL, SIZE)) > 0)
		sent += n;
	SAY(n);
	struct receiver receiver = {ends[1]};
	pthread_create(&thread, NULL, receive, &receiver);
	while (sent < SIZE) {
		struct pollfd poll_fd = {ends[0], POLLOUT};
		poll(&poll_fd, 1, -1);
		n = sendfile(ends[0], file, NULL, SIZE);
		refused += n < 0;
		sent += n > 0 ? n : 0;
		calls++;
	}
	IS(lseek(file, 0, SEEK_CUR) == SIZE);
	IS(calls > 0 && refused < calls);
	SAY(sendfile(ends[0], file, NULL, SIZE));
	SAY(shutdown(ends[0], SHUT_WR));
	received(thread, &receiver);
	close(ends[0]);
}

static void mistakes(int file)
{
	int ends[2], tube[2];
	off_t place = -1;

	printf("mistakes\n");
	signal(SIGPIPE, SIG_IGN);
	tcp_pair(7003, ends);
	SAY(sendfile(ends[0], file, &place, 10));
	SAY(sendfile(ends[0], -1, NULL, 10));
	SAY(sendfile(-1, file, NULL, 10));
	SAY(sendfile(ends[0], ends[1], NULL, 10));
	SAY(sendfile(ends[0], file, NULL, 0));
	if (pipe(tube))
		OK(-1);
	SAY(write(tube[1], "piped", 5));
	place = 0;
	SAY(sendfile(ends[0], tube[0], &place, 5));
	close(ends[1]);
	lseek(file, 0, SEEK_SET);
	sendfile(ends[0], file, NULL, 10);
	usleep(100000);
	lseek(file, 0, SEEK_SET);
	SAY(sendfile(ends[0], file, NULL, 10));
	close(ends[0]);
	close(tube[0]);
	close(tube[1]);
}

/* From a file to a socket, by way of a pipe. */
static void spliced(int file)
{
	struct receiver receiver = {0};
	pthread_t thread;
	int ends[2], tube[2];
	static char data[1 << 14];
	long n, m = 0;

	printf("spliced\n");
	tcp_pair(7004, ends);
	if (pipe2(tube, O_NONBLOCK))
		OK(-1);
	SAY(splice(tube[0], NULL, ends[0], NULL, 10, 0));
	receiver.fd = ends[1];
	pthread_create(&thread, NULL, receive, &receiver);
	lseek(file, 0, SEEK_SET);
	while ((n = read(file, data, sizeof(data))) > 0 && write(tube[1], data, n) == n)
		for (; n > 0; n -= m)
			if ((m = splice(tube[0], NULL, ends[0], NULL, n, SPLICE_F_MORE)) <= 0)
				OK(-1);
	SAY(splice(tube[0], NULL, ends[0], NULL, 10, 0));
	close(tube[1]);
	SAY(splice(tube[0], NULL, ends[0], NULL, 10, 0));
	close(ends[0]);
	received(thread, &receiver);
	close(tube[0]);
}

int main(void)
{
	int file = large_file();

	at_once(file);
	in_parts(file);
	mistakes(file);
	spliced(file);
	return done();
}
