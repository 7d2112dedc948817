/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compare's devices under test: other processes that forward between two ethdevs, both ways.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmp_pvt.h"

#define START_MS 30000 /* a program has so long to start, and the next to end */
#define END_MS   5000
#define RUN_NS   20000000 /* workers that have run for so long poll */

/* Would execvp() find it? */
static bool
is_there(const char *program)
{
	const char *path = getenv("PATH");
	char file[512];

	if (strchr(program, '/') != NULL)
		return access(program, X_OK) == 0;
	while (path != NULL && *path != '\0') {
		size_t len = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, program);
		if (access(file, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

int
cmp_device_check(const struct cmp *cm, enum cmp_program program)
{
	const char *path = cmp_program_path(cm, program);

	if (is_there(path))
		return BENCH_OK;
	if (path == cm->cm_l2fwd)
		fprintf(stderr,
		    "lwkt-bench compare: cannot find '%s'; install it, or say where with --l2fwd\n",
		    path);
	else
		fprintf(stderr,
		    "lwkt-bench compare: cannot find '%s'; install Debian's package dpdk-dev, or say "
		    "where it is with --testpmd\n",
		    path);
	return BENCH_USAGE;
}

void
cmp_socket(const struct cmp *cm, unsigned int link, char *path, size_t size)
{
	snprintf(path, size, "%s/link%u", cm->cm_dir, link);
}

void
cmp_prefix(const struct cmp *cm, char which, char *prefix, size_t size)
{
	snprintf(prefix, size, "lwktcmp%d-%c", cm->cm_pid, which);
}

void
cmp_remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(path);
}

static void
log_path(const struct cmp *cm, char *path, size_t size)
{
	snprintf(path, size, "%s/log", cm->cm_dir);
}

/* The child; only comes back if there is no such program. */
static void
become(const struct cmp *cm, enum cmp_program program)
{
	static struct cmp_line line;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), file;
	char path[64];

	log_path(cm, path, sizeof(path));
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	/* A signal of the terminal is for the parent, which ends us. So does its death. */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != cm->cm_pid || null < 0 || file < 0 || dup2(null, 0) < 0 ||
	    dup2(file, 1) < 0 || dup2(file, 2) < 0)
		return;
	cmp_line(cm, program, &line);
	execvp(line.ln_arg[0], line.ln_arg);
	fprintf(stderr, "%s: %s\n", line.ln_arg[0], strerror(errno));
}

/* Its last lines. */
static void
print_log(const struct cmp *cm)
{
	char path[64], text[1025], *begin = text;
	FILE *f;

	log_path(cm, path, sizeof(path));
	f = fopen(path, "r");
	if (f == NULL)
		return;
	if (fseek(f, 1 - (long)sizeof(text), SEEK_END) < 0)
		rewind(f);
	else
		begin = NULL; /* most probably within a line */
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	if (begin == NULL)
		begin = strchrnul(text, '\n');
	fputs(begin, stderr);
}

/* Do its workers poll, and are its sockets there? */
static bool
is_ready(const struct cmp *cm, const struct cmp_device *cd)
{
	uint64_t ran, waited;
	char path[64];

	for (unsigned int i = 0; i < CMP_LINKS; i++) {
		cmp_socket(cm, i, path, sizeof(path));
		if (access(path, F_OK) < 0)
			return false;
	}
	return cmp_worker_times(cd->cd_pid, &ran, &waited) > 0 && ran >= RUN_NS;
}

int
cmp_device_start(const struct cmp *cm, enum cmp_program program, struct cmp_device *cd)
{
	char path[64];

	for (unsigned int i = 0; i < CMP_LINKS; i++) {
		cmp_socket(cm, i, path, sizeof(path));
		(void)unlink(path);
	}
	fflush(NULL);
	*cd = (struct cmp_device){fork(), cmp_program_names[program]};
	if (cd->cd_pid == 0) {
		become(cm, program);
		_exit(127);
	}
	for (unsigned int ms = 0; cd->cd_pid > 0 && ms < START_MS && !cmp_interrupted(); ms += 10) {
		if (is_ready(cm, cd))
			return BENCH_OK;
		if (waitpid(cd->cd_pid, NULL, WNOHANG) == cd->cd_pid)
			cd->cd_pid = -1;
		usleep(10000);
	}
	if (!cmp_interrupted()) {
		print_log(cm);
		fprintf(stderr, "lwkt-bench compare: %s does not start; the lines above say why\n",
		    cd->cd_name);
	}
	cmp_device_stop(cd);
	return BENCH_FAILED;
}

void
cmp_device_stop(struct cmp_device *cd)
{
	if (cd->cd_pid <= 0)
		return;
	(void)kill(cd->cd_pid, SIGINT);
	for (unsigned int ms = 0; ms < END_MS; ms += 10) {
		if (waitpid(cd->cd_pid, NULL, WNOHANG) != 0) {
			cd->cd_pid = -1;
			return;
		}
		usleep(10000);
	}
	(void)kill(cd->cd_pid, SIGKILL);
	(void)waitpid(cd->cd_pid, NULL, 0);
	cd->cd_pid = -1;
}
