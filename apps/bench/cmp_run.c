/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run of compare: a device and a generator, each a process, and the search for the throughput.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_eal.h>

#include "bench.h"
#include "cmp_pvt.h"

static volatile sig_atomic_t interrupted;
static volatile pid_t generator;

static void
interrupt(int number)
{
	interrupted = 1;
	if (generator > 0)
		(void)kill(generator, number);
}

void
cmp_catch_signals(void)
{
	struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool
cmp_interrupted(void)
{
	return interrupted != 0;
}

/* The directories that EAL leaves behind, of both, where it makes them. */
static void
remove_eal_dirs(const struct cmp *cm)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");
	const char *base = getuid() == 0 ? "/var/run" : xdg != NULL ? xdg : "/tmp";
	char path[512], prefix[32];

	for (const char *which = "gd"; *which != '\0'; which++) {
		cmp_prefix(cm, *which, prefix, sizeof(prefix));
		snprintf(path, sizeof(path), "%s/dpdk/%s", base, prefix);
		cmp_remove_dir(path);
	}
}

static void
take(struct cmp *cm, unsigned int s, enum cmp_program program, json_t *answer)
{
	static char why[128];
	const json_t *found = json_object_get(answer, "found");
	const char *incomplete = json_string_value(json_object_get(answer, "incomplete"));

	if (interrupted) {
		cm->cm_rfc.rf_incomplete = "interrupted";
	} else if (answer == NULL) {
		cm->cm_rfc.rf_incomplete = "the generator failed";
	} else if (incomplete != NULL) {
		snprintf(why, sizeof(why), "%s: %s", cmp_program_names[program], incomplete);
		cm->cm_rfc.rf_incomplete = why;
	}
	if (answer == NULL)
		return;
	json_decref(cm->cm_environment);
	cm->cm_environment = json_incref(json_object_get(answer, "environment"));
	cm->cm_rfc.rf_trials = (unsigned int)json_integer_value(json_object_get(answer, "trials"));
	cm->cm_rfc.rf_expected =
	    (unsigned int)json_integer_value(json_object_get(answer, "expected"));
	if (found == NULL)
		return;
	cm->cm_found[s][program][cm->cm_n[s][program]++] = json_real_value(found);
	cm->cm_disturbed[s][program] += json_is_true(json_object_get(answer, "disturbed"));
	cm->cm_at_highest[s][program] += json_is_true(json_object_get(answer, "at_highest"));
}

static json_t *
ask_generator(struct cmp *cm, const char *what, pid_t device)
{
	json_t *answer;
	int fd[2];

	fflush(NULL);
	if (pipe2(fd, O_CLOEXEC) < 0 || (generator = fork()) < 0) {
		fprintf(
		    stderr, "lwkt-bench compare: cannot start a process: %s\n", strerror(errno));
		return NULL;
	}
	if (generator == 0) {
		int rc;

		close(fd[0]);
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGTERM, SIG_DFL);
		(void)setpgid(0, 0);
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (interrupted || getppid() != cm->cm_pid)
			_exit(BENCH_FAILED);
		rc = cmp_generate(cm, what, device, fd[1]);
		(void)rte_eal_cleanup();
		fflush(NULL);
		_exit(rc);
	}
	close(fd[1]);
	if (interrupted) /* before there was anybody to tell */
		(void)kill(generator, SIGINT);
	answer = json_loadfd(fd[0], 0, NULL);
	close(fd[0]);
	(void)waitpid(generator, NULL, 0);
	generator = 0;
	return answer;
}

bool
cmp_run(struct cmp *cm, unsigned int size_index, enum cmp_program program)
{
	struct gen_conf *gc = &cm->cm_gen->gn_conf;
	struct cmp_device device;
	json_t *answer = NULL;
	char what[64];

	cm->cm_rfc.rf_size = cm->cm_args.ra_sizes.ul_value[size_index];
	gc->gc_sizes = 1;
	gc->gc_size[0] = cm->cm_rfc.rf_size;
	gc->gc_mean = gc->gc_largest = cm->cm_rfc.rf_size;
	snprintf(what, sizeof(what), "%s %u/%u", cmp_program_names[program],
	    cm->cm_n[size_index][program] + 1, cm->cm_args.ra_repeats);
	if (cmp_device_start(cm, program, &device) == BENCH_OK) {
		answer = ask_generator(cm, what, device.cd_pid);
		cmp_device_stop(&device);
		take(cm, size_index, program, answer);
		json_decref(answer);
	} else {
		cm->cm_rfc.rf_incomplete = interrupted ? "interrupted" : "a program does not start";
	}
	remove_eal_dirs(cm);
	return cm->cm_rfc.rf_incomplete == NULL;
}
