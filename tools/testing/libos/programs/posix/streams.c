// SPDX-License-Identifier: GPL-2.0
/* stdio on files: buffers, places, formats, and the streams that a program has. */

#include <stdarg.h>
#include <sys/wait.h>
#include <wchar.h>

#include "say.h"

static const char *const NAME = "/tmp/libos-stream";

static void places(void)
{
	FILE *file = fopen(NAME, "w+");
	char text[32];
	fpos_t place;

	SAY(fprintf(file, "%d %s\n", 42, "words"));
	SAY(fputs("a second line\n", file) >= 0);
	SAY(fputc('x', file));
	SAY(ftell(file));
	rewind(file);
	int number;
	SAY(fscanf(file, "%d %15s", &number, text));
	printf("%d %s\n", number, text);
	SAY(fgetpos(file, &place));
	SAY(fgetc(file));
	IS(fgets(text, sizeof(text), file));
	say_bytes(text, 13);
	SAY(fsetpos(file, &place));
	SAY(fseek(file, -1, SEEK_END));
	SAY(fgetc(file));
	SAY(ungetc('y', file));
	SAY(fgetc(file));
	SAY(fgetc(file));
	IS(feof(file));
	clearerr(file);
	IS(!feof(file));
	SAY(fseek(file, 2, SEEK_SET));
	SAY(fwrite("??", 1, 2, file));
	rewind(file);
	SAY(fread(text, 1, 5, file));
	say_bytes(text, 5);
	SAY(fclose(file));
}

/* What is in a buffer is not in the file. */
static void buffers(void)
{
	FILE *out = fopen(NAME, "w"), *in = fopen(NAME, "r");
	char buffer[64], text[32];

	SAY(setvbuf(out, buffer, _IOFBF, sizeof(buffer)));
	fputs("later", out);
	SAY(fgetc(in));
	clearerr(in);
	SAY(fflush(out));
	SAY(fgetc(in));
	fclose(out);
	out = fopen(NAME, "a");
	SAY(setvbuf(out, NULL, _IOLBF, 0));
	fputs(" line", out);
	fgets(text, sizeof(text), in);
	say_bytes(text, strlen(text));
	fputs("\n", out);
	clearerr(in);
	IS(fgets(text, sizeof(text), in));
	say_bytes(text, strlen(text));
	SAY(setvbuf(out, NULL, _IONBF, 0));
	SAY(fputc('!', out));
	clearerr(in);
	SAY(fgetc(in));
	fclose(out);
	fclose(in);
	/* What a process has not written yet, its child has too. */
	out = fopen(NAME, "w");
	fputs("twice ", out);
	fflush(stdout);
	if (!fork())
		exit(fclose(out));
	wait(NULL);
	fclose(out);
	in = fopen(NAME, "r");
	fgets(text, sizeof(text), in);
	say_bytes(text, strlen(text));
	fclose(in);
	SAY(remove(NAME));
}

static void format(const char *how, ...)
{
	char text[128];
	va_list arguments;

	va_start(arguments, how);
	int len = vsnprintf(text, sizeof(text), how, arguments);
	va_end(arguments);
	printf("%d: %s\n", len, text);
}

static void formats(void)
{
	char text[8], word[16];
	int a = 0, b = 0, n = 0;
	double number = 0;

	format("[%5d|%-5d|%05d|%+d|%x|%#o]", 42, 42, 42, 42, 255, 8);
	format("[%.3f|%e|%g|%10.2f|%a]", 3.14159, 12345.678, 0.0001, -2.5, 1.0);
	format("[%s|%.2s|%10s|%-10s|%c|%%]", "text", "text", "right", "left", 'c');
	format("[%ld|%llu|%hhd|%zu|%*d]", -1L, ~0ULL, 300, (size_t)7, 6, 42);
	format("[%2$s %1$s]", "world", "hello");
	volatile size_t room = sizeof(text);
	SAY(snprintf(text, room, "too long for it"));
	say_bytes(text, strlen(text));
	SAY(sscanf("10 0x1f 2.5 word", "%d %i %lf %15s%n", &a, &b, &number, word, &n));
	printf("%d %d %g %s %d\n", a, b, number, word, n);
	SAY(sscanf("abc123", "%[a-c]%d", word, &a));
	printf("%s %d\n", word, a);
	SAY(sscanf("x", "%d", &a));
}

static void memory(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	SAY(fprintf(stream, "%d numbers", 3));
	SAY(fclose(stream));
	printf("%s, %zu\n", text, size);
	stream = fmemopen(text, size, "r");
	int number = 0;
	SAY(fscanf(stream, "%d", &number));
	printf("%d\n", number);
	fclose(stream);
	free(text);
	stream = tmpfile();
	SAY(fputs("in no folder", stream) >= 0);
	rewind(stream);
	char line[32];
	IS(fgets(line, sizeof(line), stream) && !strcmp(line, "in no folder"));
	fclose(stream);
	stream = fopen("/etc/passwd", "r");
	IS(stream && fgets(line, sizeof(line), stream) && !strncmp(line, "root:", 5));
	SAY(fputc('x', stream));
	IS(ferror(stream));
	fclose(stream);
	IS(!fopen("/no/such/file", "r") && errno == ENOENT);
	IS(!fopen("/etc/passwd", "?") && errno == EINVAL);
}

static void standard(void)
{
	SAY(fileno(stdin));
	SAY(fileno(stdout));
	SAY(fileno(stderr));
	SAY(isatty(1));
	SAY(wprintf(L"x"));
	SAY(fwide(stdout, 0) < 0);
	FILE *other = freopen("/etc/passwd", "r", stdin);
	IS(other == stdin && getchar() == 'r');
}

int main(void)
{
	places();
	buffers();
	formats();
	memory();
	standard();
	return done();
}
