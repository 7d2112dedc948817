/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measuring one test at one burst size.
 */
#include <errno.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#include <lwkt_cpu.h>

#include "msg_pvt.h"
#include "pair.h"

/* Finding out how many messages a measurement needs: the best of so many tries of so many. */
#define ESTIMATES 5
#define ESTIMATE  2048
#define COUNT_MIN 1024.0

static struct lwkt_port null_port;
static struct rte_ring *to_server, *to_client;
static double *samples;

int
msg_rows_init(void)
{
	const unsigned int flags = RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ;

	lwkt_initport_replyonly_null(&null_port);
	to_server = rte_ring_create("to_server", RING_SIZE, SOCKET_ID_ANY, flags);
	to_client = rte_ring_create("to_client", RING_SIZE, SOCKET_ID_ANY, flags);
	samples = rte_malloc("samples", SAMPLES_MAX * sizeof(*samples), 0);
	return to_server != NULL && to_client != NULL && samples != NULL ? 0 : -ENOMEM;
}

struct msg_row *
msg_row_new(
    const struct msg_test *test, unsigned int burst, unsigned int rounds, unsigned int regimes)
{
	struct lwkt_msg *slab =
	    rte_zmalloc("messages", SIDES * IN_FLIGHT_MAX * sizeof(*slab), RTE_CACHE_LINE_SIZE);
	unsigned int window = test->mt_in_flight / burst * burst;
	struct msg_row *row = rte_zmalloc("row", sizeof(*row), RTE_CACHE_LINE_SIZE);

	if (row == NULL || slab == NULL || rounds_init(&row->ro_rounds, rounds, regimes) < 0) {
		rte_free(slab);
		rte_free(row);
		return NULL;
	}
	for (unsigned int i = 0; i < SIDES * IN_FLIGHT_MAX; i++)
		row->ro_set[i / IN_FLIGHT_MAX][i % IN_FLIGHT_MAX] = &slab[i];
	row->ro_test = test;
	row->ro_slab = slab;
	row->ro_run = (struct msg_run){
	    .mr_burst = burst,
	    .mr_window = window,
	    .mr_set = RTE_MIN(2 * window, IN_FLIGHT_MAX / burst * burst),
	    .mr_client_port = lwkt_thread_port(lwkt_curthread()),
	    .mr_server_port = lwkt_thread_port(lwkt_cpu_thread(pair_worker())),
	    .mr_to_server = to_server,
	    .mr_to_client = to_client,
	    .mr_sample = samples,
	};
	return row;
}

void
msg_row_free(struct msg_row *row)
{
	rounds_free(&row->ro_rounds);
	rte_free(row->ro_slab);
	rte_free(row);
}

static void
measure_side(struct msg_row *row, enum side side, struct sample *sample)
{
	const struct msg_side *code = &row->ro_test->mt_side[side];
	struct msg_run *run = &row->ro_run;

	run->mr_msg = row->ro_set[side];
	run->mr_finished = 0;
	for (unsigned int i = 0; i < run->mr_set; i++)
		lwkt_initmsg(run->mr_msg[i],
		    row->ro_test->mt_reply_queued ? run->mr_client_port : &null_port, 0);
	sample->sa_taken += pair_run(code->si_client, code->si_server, run);
	memcpy(sample->sa_value[side], run->mr_value, sizeof(run->mr_value));
}

void
msg_row_measure(void *row, bool rival_first, struct sample *sample)
{
	measure_side(row, rival_first ? RIVAL : OURS, sample);
	measure_side(row, rival_first ? OURS : RIVAL, sample);
}

static unsigned int
round_up(unsigned int n, unsigned int step)
{
	return (n + step - 1) / step * step;
}

void
msg_row_set_count(struct msg_row *row, unsigned int us)
{
	struct msg_run *run = &row->ro_run;
	const unsigned int wanted = row->ro_test->mt_count;
	double budget = (double)rte_get_tsc_hz() / 1e6 * us, best = budget, count;

	if (wanted > 0) {
		run->mr_count = wanted;
		return;
	}
	run->mr_warm = round_up(ESTIMATE, run->mr_burst);
	run->mr_count = run->mr_warm;
	for (int i = 0; i < ESTIMATES; i++) {
		struct sample sample = {0};

		msg_row_measure(row, false, &sample);
		best = RTE_MIN(best, RTE_MAX(sample.sa_value[OURS][0], sample.sa_value[RIVAL][0]));
	}
	count = RTE_MIN(RTE_MAX(budget / best, COUNT_MIN), (double)SAMPLES_MAX);
	run->mr_count = round_up((unsigned int)count, run->mr_burst);
}
