/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial: send at the rate of the configuration for its time, receive what is under way, stop.
 * Sender and receiver come first, then their lcores, and the main lcore's part last.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "bench.h"
#include "gen_pvt.h"
#include "output.h"

/*
 * pktgen's sender: frames are made in bursts, and offered to the ethdev until it has taken them.
 */

/* The flows by turns in one size, then in the next. */
static inline void
next_frame(const struct gen_conf *gc, const struct gen_tx *gt, struct gen_cursor *gu)
{
	gu->gu_head++;
	if (++gu->gu_flow < gc->gc_spec.fs_flows)
		return;
	gu->gu_flow = 0;
	if (++gu->gu_size < gc->gc_sizes)
		return;
	gu->gu_size = 0;
	gu->gu_head = gt->gt_head;
}

/* The cursor is a local meanwhile: what is written into frames might be anything's bytes. */
static void
make_frames(const struct gen_conf *gc, struct gen_tx *gt, unsigned int n, uint64_t now)
{
	struct gen_cursor gu = gt->gt_cursor;
	uint32_t *const sequence = gt->gt_sequence;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = gt->gt_pending[i];
		const struct frame_head *head = gu.gu_head;

		m->data_len = head->fh_len;
		m->pkt_len = head->fh_len;
		bytes += head->fh_len + FRAME_FCS;
		frame_write(head, sequence[head->fh_stream]++, now, rte_pktmbuf_mtod(m, uint8_t *));
		next_frame(gc, gt, &gu);
	}
	gt->gt_cursor = gu;
	gt->gt_pending_bytes = bytes;
}

/* As many new frames as rate, count and pool allow. */
static void
make_burst(struct gen_run *run, struct gen_tx *gt)
{
	const struct gen_conf *gc = &run->gn_conf;
	const uint64_t now = rte_rdtsc(); /* once a burst: it takes as long as half a frame */
	unsigned int n = GEN_BURST;

	if (gc->gc_count != 0 && gc->gc_count - gt->gt_made < n)
		n = (unsigned int)(gc->gc_count - gt->gt_made);
	n = rate_take(&gt->gt_rate, n, now);
	if (n == 0 || rte_pktmbuf_alloc_bulk(run->gn_tx_pool, gt->gt_pending, n) < 0)
		return;
	make_frames(gc, gt, n, now);
	gt->gt_last = now;
	gt->gt_made += n;
	gt->gt_at = 0;
	gt->gt_n = n;
}

/* One burst at most. Returns whether there is nothing more to send. */
static bool
gen_send(struct gen_run *run, struct gen_dir *gd)
{
	struct gen_tx *gt = &gd->gd_tx;
	unsigned int sent;

	if (gt->gt_at == gt->gt_n)
		make_burst(run, gt);
	if (gt->gt_at < gt->gt_n) {
		sent = rte_eth_tx_burst(
		    gd->gd_from, 0, &gt->gt_pending[gt->gt_at], (uint16_t)(gt->gt_n - gt->gt_at));
		gt->gt_at += sent;
		/* Of what the device took nothing can be read any more, of the rest it can. */
		gt->gt_bytes += gt->gt_pending_bytes;
		gt->gt_pending_bytes = 0;
		for (unsigned int i = gt->gt_at; i < gt->gt_n; i++)
			gt->gt_pending_bytes += gt->gt_pending[i]->data_len + FRAME_FCS;
		gt->gt_bytes -= gt->gt_pending_bytes;
		__atomic_store_n(&gt->gt_sent, gt->gt_sent + sent, __ATOMIC_RELAXED);
	}
	return run->gn_conf.gc_count != 0 && gt->gt_sent == run->gn_conf.gc_count;
}

/* What the device would not take was not sent. */
static void
gen_drop_pending(struct gen_tx *gt)
{
	if (gt->gt_at < gt->gt_n)
		rte_pktmbuf_free_bulk(&gt->gt_pending[gt->gt_at], gt->gt_n - gt->gt_at);
	gt->gt_at = gt->gt_n = 0;
}

/*
 * pktgen's receiver: whose frame, which number, how old.
 */

static inline enum frame_verdict
read_frame(const struct gen_dir *gd, bool pcap, const uint8_t *frame, unsigned int len,
    struct frame_info *info)
{
	return unlikely(pcap)
	           ? frame_read_copy(gd->gd_tx.gt_head, gd->gd_spec.fs_flows, frame, len, info)
	           : frame_read(&gd->gd_spec, frame, len, info);
}

/* A frame in several segments. Out of line: its buffer costs a probe of each page of the stack. */
static __rte_noinline enum frame_verdict
read_segments(
    const struct gen_dir *gd, bool pcap, const struct rte_mbuf *m, struct frame_info *info)
{
	uint8_t whole[UINT16_MAX];

	if (m->pkt_len > sizeof(whole))
		return FRAME_FOREIGN;
	return read_frame(gd, pcap, rte_pktmbuf_read(m, 0, m->pkt_len, whole), m->pkt_len, info);
}

/* Returns whether it is one of ours, and whole. */
static bool
receive_frame(struct gen_dir *gd, bool pcap, const struct rte_mbuf *m, uint64_t now)
{
	struct gen_rx *gr = &gd->gd_rx;
	struct frame_info info;
	enum frame_verdict verdict =
	    likely(m->nb_segs == 1)
	        ? read_frame(gd, pcap, rte_pktmbuf_mtod(m, const uint8_t *), m->pkt_len, &info)
	        : read_segments(gd, pcap, m, &info);

	if (unlikely(verdict != FRAME_OURS)) {
		if (verdict == FRAME_CORRUPT)
			gr->gr_corrupt++;
		else
			gr->gr_foreign++;
		return false;
	}
	track_frame(&gr->gr_track[gd->gd_tx.gt_head[info.fi_flow].fh_stream], info.fi_sequence,
	    &gr->gr_counts);
	hist_record(gr->gr_latency, (uint64_t)((uint32_t)(now >> FRAME_TIME_SHIFT) - info.fi_time)
	                                << FRAME_TIME_SHIFT);
	gr->gr_bytes += m->pkt_len + FRAME_FCS;
	return true;
}

/* One burst at most; pcap: the frames are copies of the file's. */
static void
gen_receive(struct gen_dir *gd, bool pcap)
{
	struct gen_rx *gr = &gd->gd_rx;
	struct rte_mbuf *pkts[GEN_BURST];
	uint16_t n = rte_eth_rx_burst(gd->gd_to, 0, pkts, GEN_BURST);
	unsigned int ours = 0;
	uint64_t now;

	if (n == 0)
		return;
	now = rte_rdtsc();
	for (unsigned int i = 0; i < n; i++)
		ours += receive_frame(gd, pcap, pkts[i], now);
	rte_pktmbuf_free_bulk(pkts, n);
	if (ours == 0)
		return;
	if (gr->gr_received == 0) {
		gr->gr_first = now;
		gr->gr_first_burst = ours;
	}
	gr->gr_last = now;
	__atomic_store_n(&gr->gr_received, gr->gr_received + ours, __ATOMIC_RELAXED);
	__atomic_store_n(&gr->gr_distinct, gr->gr_counts.tc_in_order + gr->gr_counts.tc_reordered,
	    __ATOMIC_RELAXED);
}

/*
 * pktgen's lcores. With two workers one sends and one receives, otherwise one does both by turns.
 */

static enum gen_phase
loop_phase(const struct gen_run *run)
{
	return (enum gen_phase)__atomic_load_n(&run->gn_phase, __ATOMIC_RELAXED);
}

static void
send_round(struct gen_run *run)
{
	bool done = true;

	if (loop_phase(run) != GEN_SENDING) {
		for (unsigned int d = 0; d < run->gn_dirs; d++)
			gen_drop_pending(&run->gn_dir[d].gd_tx);
		return;
	}
	for (unsigned int d = 0; d < run->gn_dirs; d++)
		done &= gen_send(run, &run->gn_dir[d]);
	if (done)
		__atomic_store_n(&run->gn_tx_done, 1, __ATOMIC_RELAXED);
}

static void
receive_round(struct gen_run *run)
{
	const uint64_t now = rte_rdtsc();

	if (run->gn_conf.gc_tx_only)
		return;
	if (now - run->gn_polled > run->gn_gap)
		run->gn_gap = now - run->gn_polled;
	run->gn_polled = now;
	for (unsigned int d = 0; d < run->gn_dirs; d++)
		gen_receive(&run->gn_dir[d], run->gn_conf.gc_pcap != NULL);
}

static int
loop_sender(void *arg)
{
	struct gen_run *run = arg;

	while (loop_phase(run) != GEN_OVER)
		send_round(run);
	send_round(run);
	return 0;
}

static int
loop_receiver(void *arg)
{
	struct gen_run *run = arg;

	while (loop_phase(run) != GEN_OVER)
		receive_round(run);
	return 0;
}

static int
loop_both(void *arg)
{
	struct gen_run *run = arg;

	while (loop_phase(run) != GEN_OVER) {
		send_round(run);
		receive_round(run);
	}
	send_round(run);
	return 0;
}

static void
gen_start(struct gen_run *run)
{
	unsigned int first = rte_get_next_lcore(-1, 1, 0);
	unsigned int second = rte_get_next_lcore(first, 1, 0);
	uint64_t now = rte_rdtsc();

	run->gn_polled = now;
	run->gn_gap = 0;
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		run->gn_dir[d].gd_tx.gt_first = now;
		rate_init(&run->gn_dir[d].gd_tx.gt_rate, run->gn_conf.gc_pps, rte_get_tsc_hz(),
		    GEN_BURST, now);
	}
	if (second < RTE_MAX_LCORE && !run->gn_conf.gc_tx_only) {
		rte_eal_remote_launch(loop_receiver, run, second);
		rte_eal_remote_launch(loop_sender, run, first);
	} else {
		rte_eal_remote_launch(loop_both, run, first);
	}
}

static void
gen_join(struct gen_run *run)
{
	__atomic_store_n(&run->gn_phase, GEN_OVER, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
}

/*
 * The tables
 */

static void
fill_heads(const struct gen_run *run, struct gen_dir *gd)
{
	const struct gen_conf *gc = &run->gn_conf;

	for (unsigned int i = 0; i < run->gn_packets.pp_n; i++) {
		gd->gd_tx.gt_head[i] = run->gn_packets.pp_head[i];
		gd->gd_tx.gt_head[i].fh_flow += gd->gd_spec.fs_first_flow;
	}
	for (unsigned int s = 0; s < gc->gc_sizes; s++)
		for (uint32_t f = 0; f < gc->gc_spec.fs_flows; f++)
			frame_head(&gd->gd_spec, f, gc->gc_size[s],
			    &gd->gd_tx.gt_head[(size_t)s * gc->gc_spec.fs_flows + f]);
}

int
gen_prepare(struct gen_run *run)
{
	const struct gen_conf *gc = &run->gn_conf;
	const size_t flows = gc->gc_spec.fs_flows;

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_dir *gd = &run->gn_dir[d];

		gd->gd_tx.gt_head =
		    calloc(RTE_MAX(gc->gc_sizes, 1u) * flows, sizeof(*gd->gd_tx.gt_head));
		gd->gd_tx.gt_sequence = calloc(gc->gc_streams, sizeof(*gd->gd_tx.gt_sequence));
		gd->gd_rx.gr_track = calloc(gc->gc_streams, sizeof(*gd->gd_rx.gr_track));
		gd->gd_rx.gr_latency = calloc(1, sizeof(*gd->gd_rx.gr_latency));
		if (gd->gd_tx.gt_head == NULL || gd->gd_tx.gt_sequence == NULL ||
		    gd->gd_rx.gr_track == NULL || gd->gd_rx.gr_latency == NULL) {
			output_error("lwkt-bench %s: no memory for %zu flows; give fewer --flows\n",
			    gen_command, flows);
			return BENCH_FAILED;
		}
		gd->gd_tx.gt_cursor.gu_head = gd->gd_tx.gt_head;
		fill_heads(run, gd);
	}
	return BENCH_OK;
}

void
gen_free(struct gen_run *run)
{
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		free(run->gn_dir[d].gd_tx.gt_head);
		free(run->gn_dir[d].gd_tx.gt_sequence);
		free(run->gn_dir[d].gd_rx.gr_track);
		free(run->gn_dir[d].gd_rx.gr_latency);
	}
}

#define TICK_MS 10

/* After a signal, until what is measured has been said; and after a second one. */
#define INTERRUPT_S       5
#define INTERRUPT_AGAIN_S 1
#define INTERRUPT_DRAIN_S 3 /* of these, for frames under way */

static volatile sig_atomic_t interrupted;

/* An lcore stands still, or nobody reads what is printed. */
static void
trial_give_up(int number)
{
	static const char text[] = "lwkt-bench: not at its end in time after a signal; what is "
	                           "measured is lost\n";

	(void)number;
	output_at_once(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(BENCH_FAILED);
}

static void
trial_interrupt(int number)
{
	(void)number;
	if (interrupted < 2)
		alarm(interrupted == 0 ? INTERRUPT_S : INTERRUPT_AGAIN_S);
	interrupted++;
}

void
gen_catch_signals(void)
{
	struct sigaction action = {.sa_handler = trial_interrupt};
	const struct sigaction late = {.sa_handler = trial_give_up};

	sigaction(SIGALRM, &late, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* The sum over all directions of a counter, which is so far into struct gen_dir. */
static uint64_t
trial_sum(const struct gen_run *run, size_t field)
{
	uint64_t sum = 0;

	for (unsigned int d = 0; d < run->gn_dirs; d++)
		sum += __atomic_load_n(
		    (const uint64_t *)((const char *)&run->gn_dir[d] + field), __ATOMIC_RELAXED);
	return sum;
}

#define TRIAL_RECEIVED offsetof(struct gen_dir, gd_rx.gr_received)
#define TRIAL_DISTINCT offsetof(struct gen_dir, gd_rx.gr_distinct)
#define TRIAL_SENT     offsetof(struct gen_dir, gd_tx.gt_sent)

/* A second is over, or a little more: frames a second in it. */
struct window {
	uint64_t wi_begun; /* timer cycles */
	uint64_t wi_sent[GEN_DIRS], wi_received[GEN_DIRS];
};

static void
close_window(struct gen_run *run, struct window *wi, uint64_t now)
{
	const unsigned int at = run->gn_windows++ % GEN_WINDOWS;
	const double s = (double)(now - wi->wi_begun) / (double)rte_get_timer_hz();

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_dir *gd = &run->gn_dir[d];
		uint64_t tx = __atomic_load_n(&gd->gd_tx.gt_sent, __ATOMIC_RELAXED);
		uint64_t rx = __atomic_load_n(&gd->gd_rx.gr_received, __ATOMIC_RELAXED);

		gd->gd_sent_each[at] = (double)(tx - wi->wi_sent[d]) / s;
		gd->gd_received_each[at] = (double)(rx - wi->wi_received[d]) / s;
		wi->wi_sent[d] = tx;
		wi->wi_received[d] = rx;
	}
	wi->wi_begun = now;
}

/* Until the time is over, all is sent, or somebody has had enough. */
static void
send_all(struct gen_run *run, FILE *live)
{
	const uint64_t hz = rte_get_timer_hz(), start = rte_get_timer_cycles();
	const uint64_t end = run->gn_conf.gc_ms * hz / 1000;
	struct window wi = {.wi_begun = start};

	while (!interrupted && !__atomic_load_n(&run->gn_tx_done, __ATOMIC_RELAXED)) {
		uint64_t now = rte_get_timer_cycles() - start;

		if (now >= (run->gn_windows + 1) * hz) {
			close_window(run, &wi, start + now);
			if (live != NULL)
				gen_live(run, live);
		}
		if (now >= end)
			break;
		usleep(1000 * TICK_MS);
	}
}

/*
 * Until nothing comes any more, or all has come and copies of it do not matter, or somebody has had
 * enough of that too.
 */
static void
trial_drain(struct gen_run *run)
{
	const sig_atomic_t before = interrupted;
	const uint64_t quiet = run->gn_conf.gc_drain_ms * rte_get_timer_hz() / 1000;
	const uint64_t begin = rte_get_timer_cycles(),
	               most = INTERRUPT_DRAIN_S * rte_get_timer_hz();
	uint64_t last = trial_sum(run, TRIAL_RECEIVED), since = begin;

	__atomic_store_n(&run->gn_phase, GEN_DRAINING, __ATOMIC_RELAXED);
	while (!run->gn_conf.gc_tx_only && interrupted == before &&
	       rte_get_timer_cycles() - since < quiet &&
	       (before == 0 || rte_get_timer_cycles() - begin < most)) {
		uint64_t count;

		usleep(1000);
		count = trial_sum(run, TRIAL_RECEIVED);
		if (run->gn_conf.gc_no_copies &&
		    trial_sum(run, TRIAL_DISTINCT) >= trial_sum(run, TRIAL_SENT))
			break;
		if (count != last)
			since = rte_get_timer_cycles();
		last = count;
	}
}

/* Tags that no trial before had, in this process nor, most probably, in another. */
static void
new_tags(struct gen_run *run)
{
	const struct gen_conf *gc = &run->gn_conf;
	const uint32_t flows = gc->gc_spec.fs_flows;

	if (run->gn_tag_base == 0)
		run->gn_tag_base = (uint32_t)(rte_rdtsc() * UINT64_C(0x9e3779b97f4a7c15) >> 32);
	run->gn_tag_base += run->gn_dirs * flows;
	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_dir *gd = &run->gn_dir[d];

		gd->gd_spec.fs_tag_base = run->gn_tag_base;
		for (size_t i = 0; i < (size_t)RTE_MAX(gc->gc_sizes, 1u) * flows; i++)
			gd->gd_tx.gt_head[i].fh_flow =
			    run->gn_tag_base + gd->gd_spec.fs_first_flow + (uint32_t)(i % flows);
	}
}

/* As if nothing had been sent: tables and pools stay. */
static void
trial_reset(struct gen_run *run)
{
	const size_t streams = run->gn_conf.gc_streams;

	for (unsigned int d = 0; d < run->gn_dirs; d++) {
		struct gen_tx *gt = &run->gn_dir[d].gd_tx;
		struct gen_rx *gr = &run->gn_dir[d].gd_rx;
		struct gen_tx tx = {.gt_sequence = gt->gt_sequence,
		    .gt_head = gt->gt_head,
		    .gt_cursor.gu_head = gt->gt_head};
		struct gen_rx rx = {.gr_track = gr->gr_track, .gr_latency = gr->gr_latency};

		*gt = tx;
		*gr = rx;
		memset(gt->gt_sequence, 0, streams * sizeof(*gt->gt_sequence));
		memset(gr->gr_track, 0, streams * sizeof(*gr->gr_track));
		hist_reset(gr->gr_latency);
	}
	new_tags(run);
	run->gn_phase = GEN_SENDING;
	run->gn_tx_done = 0;
	run->gn_windows = 0;
}

/* Ethernet's configuration test protocol: an address, and nothing that anybody answers. */
static void
learn_send(struct gen_run *run, uint16_t ethdev)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(run->gn_tx_pool);
	struct rte_ether_hdr *eth;

	if (m == NULL)
		return;
	m->data_len = RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN;
	m->pkt_len = m->data_len;
	eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	memset(eth, 0, m->data_len);
	memset(&eth->dst_addr, 0xff, sizeof(eth->dst_addr));
	(void)rte_eth_macaddr_get(ethdev, &eth->src_addr);
	eth->ether_type = rte_cpu_to_be_16(0x9000);
	if (rte_eth_tx_burst(ethdev, 0, &m, 1) == 0)
		rte_pktmbuf_free(m);
}

void
gen_learn(struct gen_run *run, unsigned int wait_ms)
{
	for (unsigned int i = 0; i < run->gn_ethdevs; i++)
		learn_send(run, run->gn_ethdev[i]);
	for (unsigned int ms = 0; ms < wait_ms && !interrupted; ms += TICK_MS) {
		usleep(1000 * TICK_MS);
		for (unsigned int i = 0; i < run->gn_ethdevs; i++) {
			struct rte_mbuf *m[GEN_BURST];

			rte_pktmbuf_free_bulk(
			    m, rte_eth_rx_burst(run->gn_ethdev[i], 0, m, GEN_BURST));
		}
	}
}

bool
gen_trial(struct gen_run *run, FILE *live)
{
	trial_reset(run);
	gen_start(run);
	send_all(run, live);
	trial_drain(run);
	gen_join(run);
	return !interrupted;
}
