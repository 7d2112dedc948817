/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A capture, from the request to the last byte (capture.h). There is one at a time.
 *
 *      asked ── its answer is read ──▶ runs ── enough, or the client goes ──▶ the thread writes what
 *      is left ──▶ idle
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <rte_bpf.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_pcapng.h>
#include <rte_pdump.h>

#include <lwkt_compat.h>
#include <lwkt_ethdev.h>
#include <lwkt_pktmsg.h>
#include <lwkt_thread.h>

#include "capture.h"
#include "control.h"
#include "l2fwd.h"

#define LOOK_MS 10   /* of the thread: is the client there still? */
#define LAST_MS 2000 /* for a client to read what is left */

enum capture_state { CAPTURE_IDLE, CAPTURE_ASKED, CAPTURE_RUNS, CAPTURE_ENDS };

/* What is wanted of a stage; out: what comes to it leaves by a device. */
struct capture_tap {
	struct lwkt_tap ct_tap; /* first */
	bool ct_out;
	unsigned int ct_nstages, ct_stage[L2FWD_CAPTURE_STAGES];
};

static struct {
	enum capture_state ca_state; /* the main lcore's, as all but what says otherwise */
	struct capture_tap ca_tap[2];
	struct rte_bpf *ca_filter;
	struct rte_mempool *ca_pool;
	struct lwkt_port ca_port;          /* to the thread */
	uint64_t ca_most;                  /* packets; 0: any number */
	uint64_t ca_for_cyc, ca_until_cyc; /* 0: for ever */
	uint16_t ca_ethdev;                /* of packets that came from none */
	uint64_t ca_matched, ca_lost;      /* relaxed; the stages' CPUs */
	bool ca_enough, ca_last, ca_gone;  /* atomic: stop; no CPU copies any more; it is over */
	int ca_fd;
	pthread_t ca_thread;
	uint64_t ca_written;  /* relaxed; the thread's */
	uint64_t ca_last_cyc; /* it has been told that the rest is the last */
} ca;

static struct l2fwd *captured; /* whose pipeline */
static bool pdump;

/*
 * On the stages' CPUs
 */

/* The interface of the file: where a packet came in, or leaves. */
static uint16_t
interface_of(const struct lwkt_stage *st, const struct rte_mbuf *m)
{
	uint16_t ethdev = m->port, queue;

	if (lwkt_ethdev_of(st, &ethdev, &queue) < 0 && !rte_eth_dev_is_valid_port(ethdev))
		ethdev = ca.ca_ethdev;
	return ethdev;
}

/* How many of n more are still wanted? */
static unsigned int
take_wanted(unsigned int n)
{
	uint64_t before = __atomic_fetch_add(&ca.ca_matched, n, __ATOMIC_RELAXED);

	if (ca.ca_most == 0 || before + n < ca.ca_most)
		return n;
	__atomic_store_n(&ca.ca_enough, true, __ATOMIC_RELEASE);
	return before < ca.ca_most ? (unsigned int)(ca.ca_most - before) : 0;
}

static void
capture_see(struct lwkt_tap *ta, const struct lwkt_tap_view *view)
{
	const struct capture_tap *ct = (const struct capture_tap *)(const void *)ta;
	uint64_t want[LWKT_STAGE_BURST];
	lwkt_msg_t msgs[LWKT_STAGE_BURST];
	unsigned int n = 0, wanted = 0, copies = 0;
	struct rte_mbuf *copy;

	if (__atomic_load_n(&ca.ca_enough, __ATOMIC_RELAXED))
		return;
	capture_match(ca.ca_filter, view->tv_pkts, view->tv_n, want);
	for (unsigned int i = 0; i < view->tv_n; i++)
		n += want[i] != 0;
	wanted = n > 0 ? take_wanted(n) : 0;
	n = wanted;
	for (unsigned int i = 0; n > 0; i++) {
		if (want[i] == 0)
			continue;
		n--;
		copy = capture_copy(view, i, interface_of(view->tv_stage, view->tv_pkts[i]),
		    ct->ct_out || view->tv_point == LWKT_TAP_OUT, ca.ca_pool);
		if (copy == NULL)
			continue;
		msgs[copies] = lwkt_mbuf_msg(copy);
		lwkt_initmsg(msgs[copies++], lwkt_pktfree_port(), 0);
	}
	if (copies < wanted)
		__atomic_fetch_add(&ca.ca_lost, wanted - copies, __ATOMIC_RELAXED);
	if (copies > 0)
		lwkt_sendmsg_burst(&ca.ca_port, msgs, copies);
}

/*
 * The thread. Its connection is the client's, and blocks.
 */

static bool
client_is_there(void)
{
	struct pollfd pfd = {.fd = ca.ca_fd, .events = POLLRDHUP};

	return poll(&pfd, 1, 0) <= 0 || (pfd.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

/* @return false: nobody reads it any more. */
static bool
write_some(rte_pcapng_t *file, lwkt_msg_t first)
{
	lwkt_msg_t msgs[LWKT_STAGE_BURST] = {first};
	struct rte_mbuf *pkts[LWKT_STAGE_BURST];
	unsigned int n = 1 + lwkt_getport_burst(&ca.ca_port, msgs + 1, LWKT_STAGE_BURST - 1);
	bool good;

	for (unsigned int i = 0; i < n; i++)
		pkts[i] = lwkt_msg_mbuf(msgs[i]);
	good = file != NULL && rte_pcapng_write_packets(file, pkts, (uint16_t)n) >= 0;
	if (good)
		__atomic_store_n(&ca.ca_written, ca.ca_written + n, __ATOMIC_RELAXED);
	lwkt_replymsg_burst(msgs, n, 0);
	return good;
}

static rte_pcapng_t *
open_file(void)
{
	rte_pcapng_t *file =
	    rte_pcapng_fdopen(ca.ca_fd, NULL, NULL, "lwkt-l2fwd " LWKT_VERSION, NULL);
	uint16_t id;

	if (file != NULL)
		RTE_ETH_FOREACH_DEV (id)
			lwkt_pcapng_interface(file, id);
	return file;
}

static void
write_all(rte_pcapng_t *file)
{
	const uint64_t look_cyc = rte_get_tsc_hz() / 1000 * LOOK_MS;
	bool good = file != NULL, last = false;

	for (;;) {
		lwkt_msg_t msg = lwkt_waitport_until(&ca.ca_port, 0, rte_rdtsc() + look_cyc);

		if (msg != NULL)
			good = write_some(good ? file : NULL, msg);
		else if (last)
			break;
		if (!good || !client_is_there() ||
		    (ca.ca_until_cyc != 0 && rte_rdtsc() >= ca.ca_until_cyc))
			__atomic_store_n(&ca.ca_enough, true, __ATOMIC_RELEASE);
		last = __atomic_load_n(&ca.ca_last, __ATOMIC_ACQUIRE);
	}
}

static void *
capture_write(void *arg)
{
	rte_pcapng_t *file;

	(void)arg;
	if (lwkt_attach("capture") == 0) {
		file = open_file();
		write_all(file);
		if (file != NULL) {
			lwkt_pcapng_stats(file, ca.ca_ethdev,
			    __atomic_load_n(&ca.ca_matched, __ATOMIC_RELAXED),
			    __atomic_load_n(&ca.ca_lost, __ATOMIC_RELAXED));
			rte_pcapng_close(file);
		}
		lwkt_detach();
	}
	shutdown(ca.ca_fd, SHUT_RDWR);
	__atomic_store_n(&ca.ca_enough, true, __ATOMIC_RELEASE);
	__atomic_store_n(&ca.ca_gone, true, __ATOMIC_RELEASE);
	return NULL;
}

/*
 * Begin and end, on the main lcore
 */

static void
untap(void)
{
	for (unsigned int t = 0; t < RTE_DIM(ca.ca_tap); t++)
		for (unsigned int i = 0; i < ca.ca_tap[t].ct_nstages; i++)
			lwkt_tap_remove(
			    captured->fw_pipeline, ca.ca_tap[t].ct_stage[i], &ca.ca_tap[t].ct_tap);
	ca.ca_tap[0].ct_nstages = 0;
	ca.ca_tap[1].ct_nstages = 0;
}

static void
capture_forget(void)
{
	lwkt_msg_t msg;

	while ((msg = lwkt_getport(&ca.ca_port)) != NULL)
		lwkt_replymsg(msg, 0);
	rte_bpf_destroy(ca.ca_filter);
	rte_mempool_free(ca.ca_pool);
	ca.ca_filter = NULL;
	ca.ca_pool = NULL;
	ca.ca_state = CAPTURE_IDLE;
}

static int
tap_all(void)
{
	int rc = 0;

	for (unsigned int t = 0; t < RTE_DIM(ca.ca_tap); t++)
		for (unsigned int i = 0; i < ca.ca_tap[t].ct_nstages; i++)
			rc |= lwkt_tap_add(
			    captured->fw_pipeline, ca.ca_tap[t].ct_stage[i], &ca.ca_tap[t].ct_tap);
	return rc;
}

/* The client has read its answer, and the connection is ours; or it has gone: -1. */
static void
capture_begin(int fd)
{
	const struct timeval forever = {0};
	int flags;

	if (fd < 0) {
		capture_forget();
		return;
	}
	flags = fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &forever, sizeof(forever));
	ca.ca_fd = fd;
	ca.ca_until_cyc = ca.ca_for_cyc != 0 ? rte_rdtsc() + ca.ca_for_cyc : 0;
	if (pthread_create(&ca.ca_thread, NULL, capture_write, NULL) != 0) {
		close(fd);
		capture_forget();
		return;
	}
	ca.ca_state = CAPTURE_RUNS;
	if (tap_all() != 0)
		__atomic_store_n(&ca.ca_enough, true, __ATOMIC_RELEASE);
}

void
capture_look(void)
{
	if (ca.ca_state == CAPTURE_RUNS && __atomic_load_n(&ca.ca_enough, __ATOMIC_ACQUIRE)) {
		untap();
		__atomic_store_n(&ca.ca_last, true, __ATOMIC_RELEASE);
		ca.ca_last_cyc = rte_rdtsc();
		ca.ca_state = CAPTURE_ENDS;
	}
	if (ca.ca_state != CAPTURE_ENDS)
		return;
	if (rte_rdtsc() - ca.ca_last_cyc > rte_get_tsc_hz() / 1000 * LAST_MS)
		shutdown(ca.ca_fd, SHUT_RDWR);
	if (!__atomic_load_n(&ca.ca_gone, __ATOMIC_ACQUIRE))
		return;
	pthread_join(ca.ca_thread, NULL);
	close(ca.ca_fd);
	capture_forget();
}

/* DPDK's own server would take 4 MiB; it is of use only where another process can come to it. */
void
capture_open(struct l2fwd *fw)
{
	char path[PATH_MAX];

	captured = fw;
	snprintf(path, sizeof(path), "%s/mp_socket", rte_eal_get_runtime_dir());
	pdump = access(path, F_OK) == 0 && rte_pdump_init() == 0;
}

void
capture_close(void)
{
	const struct timespec nap = {.tv_nsec = 1000000};

	for (unsigned int ms = 0; ca.ca_state >= CAPTURE_RUNS; ms++) {
		__atomic_store_n(&ca.ca_enough, true, __ATOMIC_RELEASE);
		capture_look();
		if (ms == LAST_MS / 4 && ca.ca_state != CAPTURE_IDLE)
			shutdown(ca.ca_fd, SHUT_RDWR);
		nanosleep(&nap, NULL);
	}
	if (ca.ca_state == CAPTURE_ASKED)
		capture_forget();
	if (pdump)
		rte_pdump_uninit();
	pdump = false;
}

/*
 * Requests
 */

static const char *const point_words[] = {"in", "out", "drop", NULL};

/* "in,drop" @return 0: that is none. */
static unsigned int
points_of(const char *text)
{
	unsigned int points = 0;
	char copy[32], *rest = copy, *word;

	if (strlen(text) >= sizeof(copy))
		return 0;
	memcpy(copy, text, strlen(text) + 1);
	while ((word = strsep(&rest, ",")) != NULL) {
		unsigned int p = 0;

		while (point_words[p] != NULL && strcmp(point_words[p], word) != 0)
			p++;
		if (point_words[p] == NULL)
			return 0;
		points |= 1u << p; /* as enum lwkt_tap_point */
	}
	return points;
}

static void
want_stage(unsigned int t, unsigned int stage, unsigned int points)
{
	struct capture_tap *ct = &ca.ca_tap[t];

	ct->ct_tap = (struct lwkt_tap){capture_see, points};
	ct->ct_stage[ct->ct_nstages++] = stage;
}

/* What comes in by the ethdev is what its rx stages bring in; what leaves, what its tx stages get. */
static void
want_ethdev(uint16_t ethdev, unsigned int points)
{
	const unsigned int drop = points & LWKT_TAP_DROP;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(captured->fw_pipeline); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(captured->fw_pipeline, i);
		bool tx = st->st_kind->sk_poll == NULL;
		unsigned int in =
		    (points & (tx ? LWKT_TAP_OUT : LWKT_TAP_IN)) != 0 ? LWKT_TAP_IN : 0;
		uint16_t own, queue;

		if (lwkt_ethdev_of(st, &own, &queue) == 0 && own == ethdev && (in | drop) != 0 &&
		    ca.ca_tap[tx].ct_nstages < L2FWD_CAPTURE_STAGES)
			want_stage(tx, i, in | drop);
	}
}

/* Fill in where to look. @return whether there is such a place; else call says what is wrong. */
static bool
want(struct rpc_call *call, const json_t *params)
{
	const char *stage = json_string_value(json_object_get(params, "stage"));
	const json_t *ethdev = json_object_get(params, "ethdev");
	const char *text = json_string_value(json_object_get(params, "points"));
	unsigned int points = points_of(text != NULL ? text : stage != NULL ? "in" : "in,out");
	json_int_t id = json_integer_value(ethdev);

	memset(ca.ca_tap, 0, sizeof(ca.ca_tap));
	ca.ca_tap[1].ct_out = true;
	if ((stage != NULL) == (ethdev != NULL))
		rpc_refuse(call, RPC_PARAMS, "capture: give either a stage or an ethdev");
	else if (points == 0)
		rpc_refuse(call, RPC_PARAMS,
		    "points: '%.32s' is none; write in, out, drop, with commas between", text);
	else if (ethdev != NULL && id >= 0 && id < RTE_MAX_ETHPORTS)
		want_ethdev((uint16_t)id, points);
	for (unsigned int i = 0; call->rc_code == 0 && stage != NULL &&
	                         i < lwkt_pipeline_nstages(captured->fw_pipeline);
	     i++)
		if (strcmp(lwkt_pipeline_stage(captured->fw_pipeline, i)->st_name, stage) == 0)
			want_stage(0, i, points);
	if (call->rc_code == 0 && ca.ca_tap[0].ct_nstages + ca.ca_tap[1].ct_nstages == 0)
		rpc_refuse(call, RPC_PARAMS,
		    "capture: no such stage, or no stage of such an ethdev; 'stats' lists them");
	return call->rc_code == 0;
}

static bool
prepare(struct rpc_call *call, const json_t *params)
{
	const char *filter = json_string_value(json_object_get(params, "filter"));
	json_int_t count = json_integer_value(json_object_get(params, "count"));
	json_int_t ms = json_integer_value(json_object_get(params, "milliseconds"));
	char why[200];

	if (count < 0 || ms < 0 || ms > INT32_MAX) {
		rpc_refuse(call, RPC_PARAMS, "count, milliseconds: below 0 or too large");
		return false;
	}
	ca.ca_filter = filter != NULL ? capture_filter(filter, why, sizeof(why)) : NULL;
	if (filter != NULL && ca.ca_filter == NULL) {
		rpc_refuse(call, RPC_PARAMS, "filter: %s", why);
		return false;
	}
	ca.ca_pool = capture_pool();
	if (ca.ca_pool == NULL) {
		rpc_refuse(call, RPC_REFUSED,
		    "capture: no memory for %u packets (%s); give the program more (-m, hugepages)",
		    CAPTURE_PACKETS, rte_strerror(rte_errno));
		rte_bpf_destroy(ca.ca_filter);
		ca.ca_filter = NULL;
		return false;
	}
	ca.ca_most = (uint64_t)count;
	ca.ca_for_cyc = rte_get_tsc_hz() / 1000 * (uint64_t)ms;
	return true;
}

json_t *
capture_ask(struct rpc_call *call, const json_t *params)
{
	struct control_client *cc = call->rc_context;

	if (ca.ca_state != CAPTURE_IDLE)
		return rpc_refuse(
		    call, RPC_REFUSED, "capture: another one is under way; wait for its end");
	if (captured->fw_plan.pn_nethdevs == 0)
		return rpc_refuse(
		    call, RPC_REFUSED, "capture: a file needs an ethdev; there is none");
	if (!want(call, params) || !prepare(call, params))
		return NULL;
	ca.ca_ethdev = captured->fw_plan.pn_ethdev[0].ed_id;
	ca.ca_matched = 0;
	ca.ca_lost = 0;
	ca.ca_written = 0;
	ca.ca_enough = false;
	ca.ca_last = false;
	ca.ca_gone = false;
	lwkt_initport_spin(&ca.ca_port, NULL, false);
	ca.ca_state = CAPTURE_ASKED;
	cc->cc_hand = capture_begin;
	return json_pack(
	    "{s:i}", "stages", (int)(ca.ca_tap[0].ct_nstages + ca.ca_tap[1].ct_nstages));
}

json_t *
captured_ask(struct rpc_call *call, const json_t *params)
{
	uint64_t matched = __atomic_load_n(&ca.ca_matched, __ATOMIC_RELAXED);

	(void)call;
	(void)params;
	if (ca.ca_most != 0 && matched > ca.ca_most)
		matched = ca.ca_most;
	return json_pack("{s:b, s:I, s:I, s:I}", "running", ca.ca_state != CAPTURE_IDLE, "matched",
	    (json_int_t)matched, "written",
	    (json_int_t)__atomic_load_n(&ca.ca_written, __ATOMIC_RELAXED), "lost",
	    (json_int_t)__atomic_load_n(&ca.ca_lost, __ATOMIC_RELAXED));
}
