/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * compare's generator: a process with an EAL of its own.
 */
#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "bench.h"
#include "cmp_pvt.h"

#define HELLO_FRAMES 8   /* to see whether something comes back */
#define HELLO_MS     100 /* to send them in, and to wait for them */
#define HELLOS       50

static int
start_eal(const struct cmp *cm)
{
	static const struct bench_cmd generator_cmd = {
	    .bc_name = "compare", .bc_lcores = 2, .bc_main_sleeps = true};
	char prefix[32], lcores[1200], vdev[CMP_LINKS][128], socket[64];
	char fixed[][24] = {"lwkt-bench", "--no-huge", "-m", "256", "--no-pci", "--no-shconf",
	    "--no-telemetry", "--log-level=lib.eal:4", "--file-prefix", "--lcores", "--vdev"};
	char *eal[] = {fixed[0], fixed[1], fixed[2], fixed[3], fixed[4], fixed[5], fixed[6],
	    fixed[7], fixed[8], prefix, fixed[9], lcores, fixed[10], vdev[0], fixed[10], vdev[1],
	    NULL};

	cmp_prefix(cm, 'g', prefix, sizeof(prefix));
	cmp_cpus_lcores(&cm->cm_cpus, &cm->cm_cpus.cc_generator, cm->cm_cpus.cc_generator.ul_n,
	    lcores, sizeof(lcores));
	for (unsigned int i = 0; i < CMP_LINKS; i++) {
		cmp_socket(cm, i, socket, sizeof(socket));
		if (cm->cm_vhost)
			snprintf(vdev[i], sizeof(vdev[i]), "net_virtio_user%u,path=%s", i, socket);
		else
			snprintf(vdev[i], sizeof(vdev[i]),
			    "net_memif%u,id=%u,socket=%s,socket-abstract=no", i, i, socket);
	}
	return bench_eal_init((int)RTE_DIM(eal) - 1, eal, &generator_cmd);
}

/* Until something comes back in each direction: links come up slowly. */
static bool
hello(struct cmp *cm)
{
	struct gen_run *gen = cm->cm_gen;
	const unsigned int drain_ms = gen->gn_conf.gc_drain_ms;
	bool answered = false, whole = true;

	gen->gn_conf.gc_pps = 1000.0 * HELLO_FRAMES / HELLO_MS;
	gen->gn_conf.gc_count = HELLO_FRAMES;
	gen->gn_conf.gc_ms = gen->gn_conf.gc_drain_ms = HELLO_MS;
	for (unsigned int i = 0; i < HELLOS && whole && !answered; i++) {
		whole = gen_trial(gen, NULL);
		answered = true;
		for (unsigned int d = 0; d < gen->gn_dirs; d++)
			answered &= gen->gn_dir[d].gd_rx.gr_received > 0;
	}
	gen->gn_conf.gc_drain_ms = drain_ms;
	if (!whole)
		cm->cm_rfc.rf_incomplete = "interrupted";
	else if (!answered)
		cm->cm_rfc.rf_incomplete = "nothing came back";
	return answered;
}

/* Worker time of both sides, waited for, of 1: from now less what is in it. */
struct waiting {
	uint64_t wa_begun;
	uint64_t wa_ns[2]; /* generator, device */
};

static void
share_waited(pid_t device, struct waiting *wa, double *share)
{
	const pid_t pid[] = {getpid(), device};
	const double s = (double)(rte_rdtsc() - wa->wa_begun) / (double)rte_get_tsc_hz();

	for (unsigned int i = 0; i < RTE_DIM(pid); i++) {
		uint64_t ran, waited;
		unsigned int n = cmp_worker_times(pid[i], &ran, &waited);

		share[i] = n > 0 ? (double)(waited - wa->wa_ns[i]) / (1e9 * n * s) : 0;
		wa->wa_ns[i] = waited;
	}
	wa->wa_begun = rte_rdtsc();
}

static void
search(struct cmp *cm, const char *what, pid_t device, json_t *answer)
{
	struct rfc *rf = &cm->cm_rfc;
	const struct rfc_args *ra = &cm->cm_args;
	struct waiting wa = {0};
	struct search se;
	char fastest[96];
	double waited[2];

	snprintf(fastest, sizeof(fastest), "%s, as fast as it goes", what);
	share_waited(device, &wa, waited);
	if (!rfc_find_high(rf, fastest))
		return;
	search_init(
	    &se, 0, rf->rf_high, rf->rf_high * ra->ra_permille / 1000, ra->ra_loss_ppm / 1e6);
	if (!rfc_search_once(rf, what, &se, false))
		return;
	share_waited(device, &wa, waited);
	json_object_set_new(answer, "found", json_real(search_found(&se)));
	json_object_set_new(
	    answer, "at_highest", json_boolean(search_found(&se) >= CMP_HIGHEST * rf->rf_high));
	json_object_set_new(
	    answer, "disturbed", json_boolean(waited[0] > CMP_WAITED || waited[1] > CMP_WAITED));
}

int
cmp_generate(struct cmp *cm, const char *what, pid_t device, int fd)
{
	struct gen_run *gen = cm->cm_gen;
	json_t *answer;
	int rc = start_eal(cm);

	if (rc != BENCH_OK)
		return rc;
	rc = gen_args_ethdevs(gen);
	if (rc == BENCH_OK)
		rc = gen_open(gen);
	if (rc == BENCH_OK)
		rc = gen_prepare(gen);
	if (rc == BENCH_OK) {
		answer = json_pack("{s:o}", "environment", report_env());
		gen_catch_signals();
		if (hello(cm))
			search(cm, what, device, answer);
		if (cm->cm_rfc.rf_incomplete != NULL)
			json_object_set_new(
			    answer, "incomplete", json_string(cm->cm_rfc.rf_incomplete));
		json_object_set_new(answer, "trials", json_integer(cm->cm_rfc.rf_trials));
		json_object_set_new(answer, "expected", json_integer(cm->cm_rfc.rf_expected));
		rc = json_dumpfd(answer, fd, 0) == 0 ? BENCH_OK : BENCH_FAILED;
		json_decref(answer);
	}
	gen_free(gen);
	gen_close(gen);
	return rc;
}
