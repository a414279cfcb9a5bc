// SPDX-License-Identifier: GPL-2.0
/* Streams of stdio(3) on the two ends of a connection. */

#include <pthread.h>

#include "say.h"

static void *serve(void *listener)
{
	int fd = accept(*(int *)listener, NULL, NULL);
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char line[64];

	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = 0;
		fprintf(out, "you said: %s\n", line);
		fflush(out);
	}
	fprintf(out, "good bye\n");
	fclose(out);
	fclose(in);
	return NULL;
}

int main(void)
{
	int listener = listening(7001), number = 0;
	char *line = NULL;
	size_t room = 0;
	pthread_t server;

	pthread_create(&server, NULL, serve, &listener);
	int fd = connected(SOCK_STREAM, 7001);
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");

	for (int i = 1; i <= 3; i++) {
		SAY(fprintf(out, "line %d\n", i));
		SAY(fflush(out));
		SAY(getline(&line, &room, in));
		printf("  %s", line);
		IS(sscanf(line, "you said: line %d", &number) == 1 && number == i);
	}
	/* Without fflush it stays here. */
	SAY(fputs("unfinished", out) >= 0);
	SAY(fflush(out));
	SAY(shutdown(fd, SHUT_WR));
	SAY(getline(&line, &room, in));
	printf("  %s", line);
	SAY(getline(&line, &room, in));
	printf("  %s", line);
	SAY(fgetc(in) == EOF);
	IS(feof(in));
	IS(!ferror(in));
	SAY(fclose(in));
	SAY(fclose(out));
	pthread_join(server, NULL);
	return done();
}
