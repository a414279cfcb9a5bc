// SPDX-License-Identifier: GPL-2.0
/* Calls for files on sockets: read, write, readv, writev, sendfile. */

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "say.h"

int main(void)
{
	struct iovec out[] = {{"one,", 4}, {"two", 3}};
	char a[2], b[30];
	struct iovec in[] = {{a, sizeof(a)}, {b, sizeof(b)}};
	int ends[2];
	off_t from = 3;

	tcp_pair(7001, ends);
	printf("read and write\n");
	SAY(write(ends[0], "some text", 9));
	say_bytes(b, SAY(read(ends[1], b, sizeof(b))));
	SAY(write(ends[0], "", 0));
	SAY(read(ends[1], b, 0));
	SAY(writev(ends[0], out, 2));
	SAY(readv(ends[1], in, 2));
	say_bytes(a, 2);
	say_bytes(b, 5);
	SAY(pread(ends[1], b, 1, 0));
	SAY(pwrite(ends[1], b, 1, 0));
	SAY(lseek(ends[1], 0, SEEK_CUR));
	SAY(ftruncate(ends[1], 0));
	SAY(fsync(ends[1]));

	printf("sendfile\n");
	int file = memfd_create("file", 0);
	SAY(write(file, "0123456789", 10));
	SAY(sendfile(ends[0], file, &from, 5));
	printf("offset %ld\n", (long)from);
	SAY(recv(ends[1], b, 5, MSG_WAITALL));
	say_bytes(b, 5);
	SAY(sendfile(ends[0], file, &from, 100));
	SAY(recv(ends[1], b, 2, MSG_WAITALL));
	SAY(sendfile(ends[0], file, &from, 100));

	printf("the end\n");
	SAY(close(ends[0]));
	SAY(read(ends[1], b, sizeof(b)));
	return done();
}
