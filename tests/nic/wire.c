/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nic-wire: the outer ends of the wires of a virtual machine in which lwkt-l2fwd forwards between
 * two NICs (scripts/nic-vm.sh). It sends numbered frames into both and checks what comes out.
 *
 *      probe   send a frame every 100 ms both ways until it comes back both ways: the links are up
 *      both    send N frames both ways, at a rate, at most a window of them under way: what has
 *              not come is lost, and not just late for want of room; each has to come once, in
 *              order, and right
 *      down    send N frames both ways while a link is down: none may come
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "wire_end.h"

#define BURST 32u /* frames sent before the other end is looked at */

static const char usage[] =
    "usage: nic-wire probe|both|down [options] LOCAL,REMOTE,MAC LOCAL,REMOTE,MAC\n"
    "  LOCAL,REMOTE,MAC  an end: its socket's path, that of qemu's, the MAC address of the NIC\n"
    "  -n FRAMES         each way; default 5000\n"
    "  -r RATE           frames a second each way; default 3000\n"
    "  -w WINDOW         frames under way each way at most; default 64\n"
    "  -f FLOWS          1..64; each is ordered for itself; default 1\n"
    "  -s SERIES         0..999, another for each run, so that no frame of an earlier one counts\n"
    "  -t SECONDS        how long nothing may come before the rest is lost; default 20\n"
    "Exit code: 0 all is right, 1 frames were not, 2 wrong command line.\n";

struct options {
	uint64_t frames, rate, window, flows, series, seconds;
};

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Sleep until a frame comes, or for a millisecond. */
static void
wait_frames(const struct wire_end *end)
{
	struct pollfd fd[WIRE_ENDS];

	for (unsigned int i = 0; i < WIRE_ENDS; i++)
		fd[i] = (struct pollfd){.fd = end[i].we_sock, .events = POLLIN};
	poll(fd, WIRE_ENDS, 1);
}

/* @return  frames taken at both ends, or -1. */
static int
receive_all(struct wire_end *end)
{
	int first = wire_end_receive(&end[0], &end[1]);
	int second = wire_end_receive(&end[1], &end[0]);

	return first < 0 || second < 0 ? -1 : first + second;
}

/* Up to due frames, as the window has room. @return 0 or -1. */
static int
send_due(struct wire_end *end, const struct wire_end *to, uint64_t due, uint64_t window)
{
	for (unsigned int n = 0; n < BURST && end->we_sent < due; n++) {
		int ret;

		if (end->we_sent - wire_end_came(to) >= window)
			return 0;
		ret = wire_end_send(end);
		if (ret <= 0)
			return ret;
	}
	return 0;
}

static bool
all_came(const struct wire_end *end)
{
	return wire_end_came(&end[1]) == end[0].we_sent && wire_end_came(&end[0]) == end[1].we_sent;
}

/* Send all frames and wait for them, as long as some come or go. @return 0 or -1. */
static int
run_both(struct wire_end *end, const struct options *opt)
{
	uint64_t begin = now_ns(), moved = begin, sent = 0;

	for (;;) {
		uint64_t now = now_ns(), due = (now - begin) * opt->rate / 1000000000;
		int came = receive_all(end);

		if (due > opt->frames)
			due = opt->frames;
		if (came < 0 || send_due(&end[0], &end[1], due, opt->window) < 0 ||
		    send_due(&end[1], &end[0], due, opt->window) < 0)
			return -1;
		if (came > 0 || end[0].we_sent + end[1].we_sent > sent)
			moved = now;
		sent = end[0].we_sent + end[1].we_sent;
		if (sent == 2 * opt->frames && all_came(end))
			return 0;
		if (now - moved > opt->seconds * 1000000000)
			return 0; /* what is missing is lost */
		wait_frames(end);
	}
}

/* Send all frames, whatever becomes of them; qemu has taken them in the end. @return 0 or -1. */
static int
run_down(struct wire_end *end, const struct options *opt)
{
	uint64_t begin = now_ns();

	for (;;) {
		uint64_t now = now_ns(), due = (now - begin) * opt->rate / 1000000000;

		if (due > opt->frames)
			due = opt->frames;
		if (receive_all(end) < 0 || send_due(&end[0], &end[1], due, UINT64_MAX) < 0 ||
		    send_due(&end[1], &end[0], due, UINT64_MAX) < 0)
			return -1;
		if (end[0].we_sent + end[1].we_sent == 2 * opt->frames && wire_end_taken(&end[0]) &&
		    wire_end_taken(&end[1]))
			return 0;
		if (now - begin >
		    opt->seconds * 1000000000 + opt->frames * 1000000000 / opt->rate) {
			fprintf(stderr, "nic-wire: qemu does not take frames\n");
			return -1;
		}
		wait_frames(end);
	}
}

/*
 * From the first that comes on, the link is up, and all that is sent after it comes: so one more
 * each way, and when that has come too, none is under way. @return 0 or -1.
 */
static int
run_probe(struct wire_end *end, const struct options *opt)
{
	uint64_t begin = now_ns(), next = begin, last[WIRE_ENDS] = {0};

	for (;;) {
		uint64_t now = now_ns();
		unsigned int done = 0;

		if (receive_all(end) < 0)
			return -1;
		for (unsigned int i = 0; i < WIRE_ENDS; i++) {
			const struct track *tr = &end[!i].we_track[0];

			if (last[i] == 0 && (tr->tr_next > 0 || now >= next)) {
				bool up = tr->tr_next > 0;
				int ret = wire_end_send(&end[i]);

				if (ret < 0)
					return -1;
				if (ret > 0 && up)
					last[i] = end[i].we_sent;
			}
			done += last[i] != 0 && tr->tr_next == last[i];
		}
		if (done == WIRE_ENDS)
			return 0;
		if (now >= next)
			next = now + 100000000;
		if (now - begin > opt->seconds * 1000000000) {
			fprintf(stderr, "nic-wire: no frame came through in %" PRIu64 " s\n",
			    opt->seconds);
			return -1;
		}
		wait_frames(end);
	}
}

/* @return  0, what came at this end is as it has to be; 1, it is not. */
static int
report(const struct wire_end *end, const struct wire_end *from, bool all)
{
	const struct track_counts *tc = &end->we_came;
	uint64_t came = wire_end_came(end);
	uint64_t lost = came < from->we_sent ? from->we_sent - came : 0;

	printf("wire %u to %u: sent %" PRIu64 ", came %" PRIu64 ", lost %" PRIu64
	       ", reordered %" PRIu64 ", duplicates %" PRIu64 ", wrong MAC %" PRIu64
	       ", changed %" PRIu64 ", foreign %" PRIu64 "\n",
	    from->we_id, end->we_id, from->we_sent, came, lost, tc->tc_reordered,
	    tc->tc_duplicates + tc->tc_too_old, end->we_wrong_mac, end->we_corrupt,
	    end->we_foreign);
	if (end->we_first[0] != '\0')
		printf("wire %u to %u: first fault: %s\n", from->we_id, end->we_id, end->we_first);
	return wire_end_faulty(end) || (all ? lost > 0 : came > 0);
}

static int
parse_number(uint64_t *value, char opt, const char *s, uint64_t min, uint64_t max)
{
	char *rest;
	unsigned long v;

	errno = 0;
	v = strtoul(s, &rest, 10);
	if (*s < '0' || *s > '9' || *rest != '\0' || errno != 0 || v < min || v > max) {
		fprintf(stderr,
		    "nic-wire: -%c %s: not a whole number from %" PRIu64 " to %" PRIu64 "\n", opt,
		    s, min, max);
		return -1;
	}
	*value = v;
	return 0;
}

static int
parse_options(struct options *opt, int argc, char **argv)
{
	int c, ret = 0;

	while (ret == 0 && (c = getopt(argc, argv, "n:r:w:f:s:t:")) != -1) {
		switch (c) {
		case 'n':
			ret = parse_number(&opt->frames, 'n', optarg, 1, 1000000000);
			break;
		case 'r':
			ret = parse_number(&opt->rate, 'r', optarg, 1, 1000000);
			break;
		case 'w': /* what the receiver can put into order */
			ret = parse_number(&opt->window, 'w', optarg, 1, TRACK_WINDOW);
			break;
		case 'f':
			ret = parse_number(&opt->flows, 'f', optarg, 1, WIRE_FLOWS_MAX);
			break;
		case 's':
			ret = parse_number(&opt->series, 's', optarg, 0, 999);
			break;
		case 't':
			ret = parse_number(&opt->seconds, 't', optarg, 1, 3600);
			break;
		default:
			ret = -1;
		}
	}
	return ret;
}

/* LOCAL,REMOTE,MAC; takes arg apart. */
static int
parse_end(struct wire_end *end, unsigned int id, char *arg, const struct options *opt)
{
	char *remote = strchr(arg, ','), *mac = remote != NULL ? strchr(remote + 1, ',') : NULL;

	if (mac == NULL || rte_ether_unformat_addr(mac + 1, &end->we_mac) != 0) {
		fprintf(stderr, "nic-wire: %s: not LOCAL,REMOTE,MAC\n", arg);
		return -1;
	}
	*remote = *mac = '\0';
	end->we_id = id;
	end->we_local = arg;
	end->we_remote = remote + 1;
	end->we_flows = (uint32_t)opt->flows;
	end->we_series = (uint32_t)opt->series;
	return 0;
}

static int
run(struct wire_end *end, const char *what, const struct options *opt)
{
	bool down = strcmp(what, "down") == 0;
	int ret;

	if (strcmp(what, "probe") == 0)
		return run_probe(end, opt) < 0;
	ret = down ? run_down(end, opt) : run_both(end, opt);
	if (ret < 0)
		return 1;
	ret = report(&end[1], &end[0], !down);
	return report(&end[0], &end[1], !down) | ret;
}

int
main(int argc, char **argv)
{
	static struct wire_end end[WIRE_ENDS];
	struct options opt = {
	    .frames = 5000, .rate = 3000, .window = 64, .flows = 1, .seconds = 20};
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int open = 0;
	int ret = 1;

	if ((strcmp(what, "probe") != 0 && strcmp(what, "both") != 0 &&
	        strcmp(what, "down") != 0) ||
	    parse_options(&opt, argc - 1, argv + 1) < 0 || argc - 1 - optind != (int)WIRE_ENDS) {
		fputs(usage, stderr);
		return 2;
	}
	if (strcmp(what, "probe") == 0)
		opt.flows = 1; /* one queue of the NIC, so that the last to come is the last sent */
	for (unsigned int i = 0; i < WIRE_ENDS; i++)
		if (parse_end(&end[i], i, argv[1 + optind + (int)i], &opt) < 0)
			return 2;
	while (open < WIRE_ENDS && wire_end_open(&end[open]) == 0)
		open++;
	if (open == WIRE_ENDS)
		ret = run(end, what, &opt);
	while (open > 0)
		wire_end_close(&end[--open]);
	return ret;
}
