// SPDX-License-Identifier: GPL-2.0
/* Memory: malloc and what is behind it, mappings, protection, and what a fork copies. */

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "say.h"

enum { PIECES = 1000, PAGE = 4096 };

static bool filled(const unsigned char *bytes, size_t size, int with)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != with)
			return false;
	return true;
}

static void pieces(void)
{
	static unsigned char *piece[PIECES];
	static size_t size[PIECES];
	unsigned int state = 1;
	int wrong = 0;

	for (int round = 0; round < 5; round++)
		for (int i = 0; i < PIECES; i++) {
			state = state * 1664525 + 1013904223;
			if (piece[i])
				wrong += !filled(piece[i], size[i], i & 0xff);
			if (piece[i] && state >> 31) {
				free(piece[i]);
				piece[i] = NULL;
				continue;
			}
			size[i] = (state >> 8) % 3000 + 1;
			piece[i] = realloc(piece[i], size[i]);
			memset(piece[i], i & 0xff, size[i]);
		}
	for (int i = 0; i < PIECES; i++)
		free(piece[i]);
	printf("%d wrong\n", wrong);
}

static void kinds(void)
{
	unsigned char *zero = calloc(1000, 1000), *large = malloc(64 << 20);
	void *aligned = NULL;

	IS(zero && filled(zero, 1000000, 0));
	IS(large && memset(large, 1, 64 << 20));
	large = realloc(large, 128 << 20);
	IS(large && filled(large, 64 << 20, 1));
	SAY(posix_memalign(&aligned, 1 << 16, 100));
	IS((unsigned long)aligned % (1 << 16) == 0);
	IS(posix_memalign(&aligned, 3, 100) == EINVAL);
	volatile size_t much = ~0UL >> 1, half = ~0UL / 2;
	IS(!malloc(much) && errno == ENOMEM);
	IS(!calloc(half, 4) && errno == ENOMEM);
	IS(malloc_usable_size(zero) >= 1000000);
	free(zero);
	free(large);
	void *before = sbrk(0);
	IS(sbrk(PAGE) == before && (char *)sbrk(0) == (char *)before + PAGE);
	SAY(brk(before));
	SAY(malloc_trim(0) >= 0);
}

static void *allocate(void *number)
{
	long sum = 0;

	for (int i = 1; i <= 2000; i++) {
		unsigned char *piece = malloc(i);

		memset(piece, (long)number, i);
		sum += piece[i / 2];
		free(piece);
	}
	return (void *)sum;
}

static void threads(void)
{
	pthread_t thread[8];
	long all = 0;

	for (long i = 0; i < 8; i++)
		pthread_create(&thread[i], NULL, allocate, (void *)i);
	for (int i = 0; i < 8; i++) {
		void *sum;

		pthread_join(thread[i], &sum);
		all += (long)sum;
	}
	printf("sum %ld\n", all);
}

static sigjmp_buf back;

static void fault(int signal, siginfo_t *info, void *context)
{
	siglongjmp(back, info->si_code == SEGV_ACCERR ? 1 : info->si_code == SEGV_MAPERR ? 2 : 3);
}

static void touch(volatile char *address, bool write)
{
	int how = sigsetjmp(back, 1);

	if (!how) {
		if (write)
			*address = 'x';
		else
			(void)*address;
	}
	printf("%s: %s\n", write ? "write" : "read",
	       how == 0	  ? "done"
	       : how == 1 ? "not allowed"
			  : "nothing there");
}

static void mappings(void)
{
	struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
	int private = MAP_PRIVATE | MAP_ANONYMOUS;
	char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, private, -1, 0);

	sigaction(SIGSEGV, &action, NULL);
	IS(map != MAP_FAILED && filled((void *)map, 4 * PAGE, 0));
	touch(map, true);
	SAY(mprotect(map, PAGE, PROT_READ));
	touch(map, true);
	touch(map, false);
	SAY(mprotect(map, PAGE, PROT_NONE));
	touch(map, false);
	SAY(munmap(map, PAGE));
	touch(map, false);
	map += PAGE;
	strcpy(map, "moved");
	char *moved = mremap(map, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	IS(moved != MAP_FAILED && !strcmp(moved, "moved"));
	SAY(madvise(moved, 2 * PAGE, MADV_DONTNEED));
	IS(*moved == 0);
	char *fixed = mmap(moved, PAGE, PROT_READ, private | MAP_FIXED, -1, 0);
	IS(fixed == moved);
	touch(fixed, true);
	IS(mmap(NULL, 0, PROT_READ, private, -1, 0) == MAP_FAILED && errno == EINVAL);
	IS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED && errno == EBADF);
	SAY(munmap((char *)1, PAGE));
}

/* A private mapping is copied, a shared one is not. */
static void forked(void)
{
	int flags = MAP_ANONYMOUS, both = PROT_READ | PROT_WRITE;
	int *shared = mmap(NULL, PAGE, both, flags | MAP_SHARED, -1, 0);
	int *private = mmap(NULL, PAGE, both, flags | MAP_PRIVATE, -1, 0);
	int *heap = malloc(sizeof(int));

	*shared = *private = *heap = 1;
	fflush(stdout);
	if (!fork()) {
		*shared = *private = *heap = 2;
		_exit(0);
	}
	wait(NULL);
	printf("%d %d %d\n", *shared, *private, *heap);
	int fd = memfd_create("memory", MFD_CLOEXEC);
	SAY(ftruncate(fd, PAGE));
	char *one = mmap(NULL, PAGE, both, MAP_SHARED, fd, 0);
	char *other = mmap(NULL, PAGE, both, MAP_SHARED, fd, 0);
	strcpy(one, "the same");
	IS(one != other && !strcmp(other, "the same"));
	close(fd);
}

int main(void)
{
	pieces();
	kinds();
	threads();
	mappings();
	forked();
	return done();
}
