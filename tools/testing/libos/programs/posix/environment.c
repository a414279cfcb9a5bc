// SPDX-License-Identifier: GPL-2.0
/* What a program is given: arguments, environment, limits, user, and numbers of its own. */

#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "say.h"

extern char **environ;

static void variables(void)
{
	SAY(setenv("NAME", "value", 1));
	printf("%s\n", getenv("NAME"));
	SAY(setenv("NAME", "other", 0));
	printf("%s\n", getenv("NAME"));
	SAY(setenv("A=B", "x", 1));
	static char own[] = "OWN=put";
	SAY(putenv(own));
	own[4] = 'P';
	printf("%s\n", getenv("OWN"));
	fflush(stdout);
	SAY(system("echo \"$NAME $OWN\""));
	SAY(unsetenv("NAME"));
	IS(getenv("NAME") == NULL);
	SAY(clearenv());
	IS(!environ || !*environ);
	/* What is not there is not given on. */
	fflush(stdout);
	if (!fork()) {
		char *given[] = {"ONLY=this", NULL};
		execle("/usr/bin/env", "env", NULL, given);
		_exit(127);
	}
	wait(NULL);
}

static void arguments(int count, char **words)
{
	IS(count == 1 && words[1] == NULL);
	printf("%s\n", basename(words[0]));
	printf("%s\n", program_invocation_short_name);
	char *name = (char *)getauxval(AT_EXECFN);
	IS(name && strstr(name, program_invocation_short_name));
	IS(getauxval(AT_PAGESZ) == (unsigned long)sysconf(_SC_PAGESIZE));
	IS(getauxval(AT_RANDOM) != 0);
	char path[512];
	long len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	IS(len > 0 && (path[len] = 0, strstr(path, program_invocation_short_name)));
	FILE *line = fopen("/proc/self/cmdline", "r");
	IS(line && fgets(path, sizeof(path), line) && strstr(path, program_invocation_short_name));
	fclose(line);
}

static void limits(void)
{
	struct rlimit limit, lower;

	SAY(getrlimit(RLIMIT_NOFILE, &limit));
	lower = limit;
	lower.rlim_cur = 5;
	SAY(setrlimit(RLIMIT_NOFILE, &lower));
	int fds[8], count = 0;
	while (count < 8 && (fds[count] = open("/etc/passwd", O_RDONLY)) >= 0)
		count++;
	SAY(open("/etc/passwd", O_RDONLY));
	SAY(pipe(fds + 4));
	for (int i = 0; i < count; i++)
		close(fds[i]);
	SAY(setrlimit(RLIMIT_NOFILE, &limit));
	SAY(sysconf(_SC_OPEN_MAX) == (long)limit.rlim_cur);
	struct rlimit core = {0, 0};
	SAY(setrlimit(RLIMIT_CORE, &core));
	SAY(getrlimit(RLIMIT_CORE, &limit));
	printf("%lu %lu\n", limit.rlim_cur, limit.rlim_max);
	SAY(getrlimit(99, &limit));
}

static void users(void)
{
	uid_t real, effective, saved;
	gid_t groups[2] = {7, 8};

	printf("%u %u %u %u\n", getuid(), geteuid(), getgid(), getegid());
	struct passwd *root = getpwuid(0);
	printf("%s %s\n", root->pw_name, root->pw_dir);
	IS(getpwnam("no such user") == NULL);
	IS(getgrgid(0) && !strcmp(getgrgid(0)->gr_name, "root"));
	SAY(setgroups(2, groups));
	SAY(getgroups(0, NULL));
	SAY(seteuid(1000));
	printf("%u %u\n", getuid(), geteuid());
	SAY(setuid(1001));
	SAY(seteuid(0));
	SAY(setresuid(1000, 1000, 1000));
	SAY(getresuid(&real, &effective, &saved));
	printf("%u %u %u\n", real, effective, saved);
	SAY(setuid(0));
	SAY(kill(1, 0) == 0);
	/* Whoever it is now, its programs are too. */
	fflush(stdout);
	SAY(system("id -u; cat /etc/shadow 2> /dev/null || echo not to be read"));
}

static void numbers(void)
{
	struct utsname name;
	struct rusage usage;
	struct tms times_used;

	IS(getpid() > 1 && getppid() > 0 && getpid() != getppid());
	SAY(uname(&name));
	printf("%s %s\n", name.sysname, name.machine);
	char host[65];
	SAY(gethostname(host, sizeof(host)));
	IS(!strcmp(host, name.nodename));
	IS(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	SAY(getrusage(RUSAGE_SELF, &usage));
	IS(times(&times_used) != -1);
	SAY(getpriority(PRIO_PROCESS, 0));
	SAY(nice(3));
	SAY(getpriority(PRIO_PROCESS, 0));
}

static void leave(void)
{
	printf("left\n");
	done();
}

int main(int count, char **words)
{
	arguments(count, words);
	variables();
	limits();
	numbers();
	users();
	SAY(atexit(leave));
	return 0;
}
