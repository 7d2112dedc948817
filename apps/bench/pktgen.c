/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwkt-bench pktgen: numbered frames out of one ethdev, through what is to be tested, into another.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "bench.h"
#include "gen_pvt.h"

#define TICK_MS 10

static struct gen_run run_state;
static const char *opt_json;
static volatile sig_atomic_t interrupted;

static void
interrupt(int number)
{
	(void)number;
	interrupted++;
}

static uint64_t
received(const struct gen_run *run)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d < run->gn_dirs; d++)
		sum += __atomic_load_n(&run->gn_dir[d].gd_rx.gr_received, __ATOMIC_RELAXED);
	return sum;
}

static bool
sleep_ms(unsigned int ms)
{
	usleep(1000 * ms);
	return !interrupted;
}

/* Until the time is over, all is sent, or somebody has had enough. */
static void
send_all(struct gen_run *run)
{
	const uint64_t hz = rte_get_timer_hz(), start = rte_get_timer_cycles();
	FILE *out = report_stream(opt_json);
	unsigned int second = 1;

	gen_live_title(run, out);
	while (sleep_ms(TICK_MS) && !__atomic_load_n(&run->gn_tx_done, __ATOMIC_RELAXED)) {
		uint64_t now = rte_get_timer_cycles() - start;

		if (now >= second * hz)
			gen_live(run, second++, out);
		if (now >= run->gn_conf.gc_seconds * hz)
			break;
	}
	run->gn_incomplete = interrupted;
}

/* Until nothing comes any more, or somebody has had enough of that too. */
static void
drain(struct gen_run *run)
{
	const sig_atomic_t before = interrupted;
	const uint64_t quiet = run->gn_conf.gc_drain_ms * rte_get_timer_hz() / 1000;
	uint64_t last = received(run), since = rte_get_timer_cycles();

	__atomic_store_n(&run->gn_phase, GEN_DRAINING, __ATOMIC_RELAXED);
	while (!run->gn_conf.gc_tx_only && interrupted == before &&
	       rte_get_timer_cycles() - since < quiet) {
		uint64_t count;

		usleep(1000);
		count = received(run);
		if (count != last)
			since = rte_get_timer_cycles();
		last = count;
	}
	run->gn_incomplete |= interrupted != before;
}

static int
measure(struct gen_run *run)
{
	int rc = gen_open(run);

	if (rc == BENCH_OK)
		rc = gen_prepare(run);
	if (rc != BENCH_OK)
		return rc;
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	gen_start(run);
	send_all(run);
	drain(run);
	gen_join(run);
	gen_read_devices(run);
	return gen_report(run, opt_json);
}

static int
parse(int argc, char **argv)
{
	return gen_parse(argc, argv, &run_state, &opt_json);
}

static int
run(void)
{
	struct gen_run *run = &run_state;
	int rc = run->gn_conf.gc_pcap != NULL ? gen_load(run) : BENCH_OK;

	if (rc != BENCH_OK) {
		pcap_free(&run->gn_packets);
		return rc;
	}
	gen_choose_ethdevs(run);
	if (run->gn_ethdevs == 0) {
		fprintf(stderr,
		    "lwkt-bench pktgen: no ethdev; give EAL devices, as in: lwkt-bench --vdev "
		    "net_memif0 -- pktgen, or bind NICs with dpdk-devbind.py\n");
		return BENCH_FAILED;
	}
	rc = measure(run);
	gen_free(run);
	gen_close(run);
	pcap_free(&run->gn_packets);
	return rc;
}

const struct bench_cmd bench_pktgen = {
    .bc_name = "pktgen",
    .bc_summary = "numbered frames through a device under test: loss, order, latency",
    .bc_lcores = 2,
    .bc_main_sleeps = true,
    .bc_parse = parse,
    .bc_run = run,
};
