// SPDX-License-Identifier: GPL-2.0
/* Randomness: the kernel's, and that of libc, which follows from its seed. */

#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "say.h"

static bool all_zero(const unsigned char *bytes, int len)
{
	for (int i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static void kernels(void)
{
	unsigned char a[64] = {}, b[64] = {}, c[64] = {};

	SAY(getrandom(a, sizeof(a), 0));
	SAY(getrandom(b, sizeof(b), GRND_NONBLOCK));
	IS(memcmp(a, b, sizeof(a)) && !all_zero(a, sizeof(a)) && !all_zero(b, sizeof(b)));
	SAY(getrandom(a, sizeof(a), 0xff00));
	SAY(getentropy(c, sizeof(c)));
	IS(memcmp(b, c, sizeof(b)));
	static const char *const files[] = {"/dev/urandom", "/dev/random"};
	for (int i = 0; i < 2; i++) {
		int fd = open(files[i], O_RDONLY);

		SAY(read(fd, a, sizeof(a)));
		SAY(read(fd, b, sizeof(b)));
		IS(memcmp(a, b, sizeof(a)));
		close(fd);
	}
	int fd = open("/proc/sys/kernel/random/uuid", O_RDONLY);
	SAY(read(fd, a, sizeof(a)));
	IS(a[8] == '-' && a[14] == '4');
	close(fd);
}

/* A child has other randomness than its parent. */
static void inherited(void)
{
	unsigned char own[16], other[16];
	int ends[2];

	if (pipe(ends))
		OK(-1);
	fflush(stdout);
	if (!fork()) {
		if (getrandom(other, sizeof(other), 0) != sizeof(other))
			_exit(1);
		_exit(write(ends[1], other, sizeof(other)) != sizeof(other));
	}
	SAY(getrandom(own, sizeof(own), 0));
	SAY(read(ends[0], other, sizeof(other)));
	IS(memcmp(own, other, sizeof(own)));
	wait(NULL);
	IS(getauxval(AT_RANDOM) && !all_zero((void *)getauxval(AT_RANDOM), 16));
}

static void libcs(void)
{
	unsigned short state[3] = {1, 2, 3};
	char name[] = "/tmp/libos-XXXXXX";

	srand(42);
	printf("%d %d\n", rand(), rand());
	srandom(42);
	printf("%ld %ld\n", random(), random());
	printf("%ld %.6f\n", nrand48(state), erand48(state));
	int fd = mkstemp(name);
	OK(fd);
	IS(strcmp(name, "/tmp/libos-XXXXXX"));
	SAY(unlink(name));
	close(fd);
}

int main(void)
{
	kernels();
	inherited();
	libcs();
	return done();
}
