// SPDX-License-Identifier: GPL-2.0
/* Files and folders, stdio, environment, randomness, memory. */

#include <dirent.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "say.h"

static void files(void)
{
	char text[32] = {};
	struct stat about;
	int fd, copy;

	SAY(mkdir("/tmp/libos-folder", 0755));
	SAY(chdir("/tmp/libos-folder"));
	printf("%s\n", getcwd(text, sizeof(text)));
	fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
	OK(fd);
	SAY(open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
	SAY(write(fd, "some text", 9));
	SAY(pwrite(fd, "S", 1, 0));
	SAY(lseek(fd, 0, SEEK_SET));
	memset(text, 0, sizeof(text));
	SAY(read(fd, text, sizeof(text)));
	say_bytes(text, 9);
	copy = dup(fd);
	SAY(lseek(copy, 5, SEEK_SET));
	SAY(read(fd, text, 4));
	say_bytes(text, 4);
	SAY(fcntl(copy, F_GETFD));
	SAY(fcntl(copy, F_SETFD, FD_CLOEXEC));
	SAY(fcntl(copy, F_GETFD));
	SAY(ftruncate(fd, 4));
	SAY(fstat(fd, &about));
	printf("%ld bytes, mode %o\n", (long)about.st_size, about.st_mode);
	SAY(flock(fd, LOCK_EX));
	SAY(close(copy));
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	IS(map != MAP_FAILED && !memcmp(map, "Some", 4));
	map[1] = 'a';
	SAY(munmap(map, 4096));
	SAY(pread(fd, text, 4, 0));
	say_bytes(text, 4);
	SAY(close(fd));
	SAY(rename("file", "other"));
	SAY(access("file", F_OK));
	SAY(symlink("other", "link"));
	SAY(readlink("link", text, sizeof(text)));
	SAY(chmod("other", 0600));
	SAY(stat("link", &about));
	printf("mode %o\n", about.st_mode);
	DIR *folder = opendir(".");
	int entries = 0;
	while (readdir(folder))
		entries++;
	SAY(closedir(folder));
	printf("%d entries\n", entries);
	SAY(unlink("link"));
	SAY(unlink("other"));
	SAY(chdir("/"));
	SAY(rmdir("/tmp/libos-folder"));
	SAY(open("/no/such/file", O_RDONLY));
	SAY(open("/etc", O_WRONLY));
}

static void streams(void)
{
	FILE *file = tmpfile();
	int number;
	char word[16];

	SAY(fprintf(file, "%d %s\n", 42, "words"));
	rewind(file);
	SAY(fscanf(file, "%d %15s", &number, word));
	printf("%d %s\n", number, word);
	SAY(fclose(file));
	file = fopen("/etc/passwd", "r");
	IS(file && fgets(word, sizeof(word), file) && !strncmp(word, "root:", 5));
	fclose(file);
}

static void chance(void)
{
	unsigned char a[16], b[16];

	SAY(getrandom(a, sizeof(a), 0));
	int fd = open("/dev/urandom", O_RDONLY);
	SAY(read(fd, b, sizeof(b)));
	SAY(close(fd));
	IS(memcmp(a, b, sizeof(a)));
	setenv("NAME", "value", 1);
	printf("%s\n", getenv("NAME"));
	void *memory = malloc(1 << 20);
	IS(memory && memset(memory, 1, 1 << 20));
	free(memory);
}

int main(void)
{
	files();
	streams();
	chance();
	return done();
}
