/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench compare from the inside.
 *
 *      compare.c      options, the order of the runs
 *      cmp_report.c   rows, ratios, warnings
 *      cmp_run.c      one run: a device under test, and a generator that looks for its throughput
 *      cmp_gen.c      the generator's process
 *      cmp_device.c   the programs under test: start, end
 *      cmp_line.c     their command lines
 *      cmp_cpus.c     who has which CPU, and who had to wait for it
 *
 *      ┌ lwkt-bench compare: no EAL ┐ fork, exec   ┌ device: lwkt-l2fwd or dpdk-testpmd ┐
 *      │                            │ ───────────▶ └───────▲▼──────────────▲▼───────────┘
 *      │                            │ fork         ┌ memif or virtio_user, vhost ┐
 *      │                            │ ───────────▶ └ generator: EAL, gen_*, rfc_*┘
 *      └────────────────────────────┘ ◀─── JSON ───┘
 *
 * Each run has a new device and a new generator, so that none has what another left behind.
 */
#ifndef BENCH_CMP_PVT_H
#define BENCH_CMP_PVT_H

#include <sys/types.h>

#include "rfc_pvt.h"

#define CMP_CPUS_MAX 8
#define CMP_WAITED   0.05 /* of a run: workers that waited longer for their CPU were disturbed */

#define CMP_HIGHEST 0.95 /* of the highest rate: as good as all of it */

enum cmp_program {
	CMP_RTC, /* ours first */
	CMP_PIPELINE,
	CMP_IO,
	CMP_MAC,
	CMP_PROGRAMS,
};
#define CMP_OURS    ((1u << CMP_RTC) | (1u << CMP_PIPELINE))
#define CMP_LINKS   2 /* between generator and device: one for each ethdev */
#define CMP_GENPROC 2 /* worker lcores of the generator at most: one sends, one receives */

struct cmp_cpus {
	struct uint_list cc_generator, cc_device; /* of the workers */
	struct uint_list cc_shared;               /* that are in both */
	char cc_siblings[64]; /* "1 and 5": two of one core; "": there are none */
	char cc_main[1024];   /* where main lcores sleep: what is left, or all; EAL's list */
};

struct cmp {
	const char *cm_l2fwd, *cm_testpmd;
	unsigned int cm_programs; /* bits of cmp_program */
	bool cm_vhost;            /* virtio_user and vhost instead of memif */
	struct cmp_cpus cm_cpus;
	struct rfc_args cm_args;
	struct rfc cm_rfc;      /* progress */
	struct gen_run *cm_gen; /* as the command line says; each generator has its own copy */
	char cm_dir[32];        /* sockets and logs */
	pid_t cm_pid;
	/* Results */
	double cm_found[OPT_LIST_MAX][CMP_PROGRAMS][RFC_REPEATS_MAX];
	unsigned int cm_n[OPT_LIST_MAX][CMP_PROGRAMS];
	unsigned int cm_disturbed[OPT_LIST_MAX][CMP_PROGRAMS]; /* runs */
	unsigned int cm_at_highest[OPT_LIST_MAX]
	                          [CMP_PROGRAMS]; /* runs: it stood all that was sent */
	json_t *cm_environment;                   /* of the last generator; NULL: none yet */
};

/* cmp_line.c */
#define CMP_ARGS_MAX 40
struct cmp_line {
	char *ln_arg[CMP_ARGS_MAX]; /* ends with NULL */
	char ln_text[CMP_ARGS_MAX][1200];
	unsigned int ln_n;
};

extern const char *const cmp_program_names[CMP_PROGRAMS];
const char *cmp_program_path(const struct cmp *cm, enum cmp_program program);
/* Into a line of zeroes. */
void cmp_line(const struct cmp *cm, enum cmp_program program, struct cmp_line *ln);

/* cmp_device.c */
struct cmp_device {
	pid_t cd_pid;
	const char *cd_name;
};

/* Is the program there? Otherwise one line, and BENCH_USAGE. */
int cmp_device_check(const struct cmp *cm, enum cmp_program program);
/* Start it, and wait until its workers poll. An exit code, after one line. */
int cmp_device_start(const struct cmp *cm, enum cmp_program program, struct cmp_device *cd);
void cmp_device_stop(struct cmp_device *cd);
/* Path of a link's socket. */
void cmp_socket(const struct cmp *cm, unsigned int link, char *path, size_t size);
/* Remove a directory and the files in it. */
void cmp_remove_dir(const char *path);
/* EAL's --file-prefix of the device ('d') or the generator ('g'). */
void cmp_prefix(const struct cmp *cm, char which, char *prefix, size_t size);

/* cmp_cpus.c: choose what was not given, and check it. An exit code, after one line. */
int cmp_cpus_choose(struct cmp_cpus *cc);
/* "0@(2-7),1@0,2@1": n workers by turns on these CPUs. */
void cmp_cpus_lcores(const struct cmp_cpus *cc, const struct uint_list *cpus, unsigned int n,
    char *buf, size_t size);
/* What a process's worker threads have run, and waited for a CPU. Returns how many there are. */
unsigned int cmp_worker_times(pid_t pid, uint64_t *ran_ns, uint64_t *waited_ns);

/* cmp_gen.c: the whole process of a generator: its answer as JSON to fd. An exit code. */
int cmp_generate(struct cmp *cm, const char *what, pid_t device, int fd);

/* cmp_run.c: SIGINT and SIGTERM end a run from then on. */
void cmp_catch_signals(void);
bool cmp_interrupted(void);
/* One run: a search with frames of one of the sizes. False: cm_rfc.rf_incomplete says why. */
bool cmp_run(struct cmp *cm, unsigned int size_index, enum cmp_program program);

/* cmp_report.c: rows from what there is; an exit code. */
int cmp_report(struct cmp *cm, const char *json);

#endif /* BENCH_CMP_PVT_H */
