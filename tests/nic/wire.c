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
 *      cross   pass on what comes at an end to the other, until SIGTERM: a wire from NIC to NIC
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire_run.h"

static const char usage[] =
    "usage: nic-wire probe|both|down|cross [options] LOCAL,REMOTE,MAC LOCAL,REMOTE,MAC\n"
    "  LOCAL,REMOTE,MAC  an end: its socket's path, that of qemu's, the MAC address of the NIC\n"
    "  tap,NAME,MAC      an end: a tap interface that qemu has\n"
    "  -n FRAMES         each way; default 5000\n"
    "  -r RATE           frames a second each way; default 3000\n"
    "  -w WINDOW         frames under way each way at most; default 64\n"
    "  -f FLOWS          1..64; each is ordered for itself; default 1\n"
    "  -s SERIES         0..999, another for each run, so that no frame of an earlier one counts\n"
    "  -t SECONDS        how long nothing may come before the rest is lost; default 20\n"
    "Exit code: 0 all is right, 1 frames were not, 2 wrong command line.\n";

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
parse_options(struct wire_options *opt, int argc, char **argv)
{
	int c, ret = 0;

	while (ret == 0 && (c = getopt(argc, argv, "n:r:w:f:s:t:")) != -1) {
		switch (c) {
		case 'n':
			ret = parse_number(&opt->wo_frames, 'n', optarg, 1, 1000000000);
			break;
		case 'r':
			ret = parse_number(&opt->wo_rate, 'r', optarg, 1, 1000000);
			break;
		case 'w': /* what the receiver can put into order */
			ret = parse_number(&opt->wo_window, 'w', optarg, 1, TRACK_WINDOW);
			break;
		case 'f':
			ret = parse_number(&opt->wo_flows, 'f', optarg, 1, WIRE_FLOWS_MAX);
			break;
		case 's':
			ret = parse_number(&opt->wo_series, 's', optarg, 0, 999);
			break;
		case 't':
			ret = parse_number(&opt->wo_seconds, 't', optarg, 1, 3600);
			break;
		default:
			ret = -1;
		}
	}
	return ret;
}

/* LOCAL,REMOTE,MAC; takes arg apart. */
static int
parse_end(struct wire_end *end, unsigned int id, char *arg, const struct wire_options *opt)
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
	end->we_flows = (uint32_t)opt->wo_flows;
	end->we_series = (uint32_t)opt->wo_series;
	return 0;
}

static int
run(struct wire_end *end, const char *what, const struct wire_options *opt)
{
	bool down = strcmp(what, "down") == 0;
	int ret;

	if (strcmp(what, "probe") == 0)
		return wire_run_probe(end, opt) < 0;
	if (strcmp(what, "cross") == 0)
		return wire_run_cross(end) < 0;
	ret = down ? wire_run_down(end, opt) : wire_run_both(end, opt);
	if (ret < 0)
		return 1;
	ret = report(&end[1], &end[0], !down);
	return report(&end[0], &end[1], !down) | ret;
}

static bool
is_command(const char *what)
{
	static const char *const commands[] = {"probe", "both", "down", "cross"};

	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(what, commands[i]) == 0)
			return true;
	}
	return false;
}

int
main(int argc, char **argv)
{
	static struct wire_end end[WIRE_ENDS];
	struct wire_options opt = {
	    .wo_frames = 5000, .wo_rate = 3000, .wo_window = 64, .wo_flows = 1, .wo_seconds = 20};
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int open = 0;
	int ret = 1;

	if (!is_command(what) || parse_options(&opt, argc - 1, argv + 1) < 0 ||
	    argc - 1 - optind != (int)WIRE_ENDS) {
		fputs(usage, stderr);
		return 2;
	}
	if (strcmp(what, "probe") == 0)
		opt.wo_flows =
		    1; /* one queue of the NIC, so that the last to come is the last sent */
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
