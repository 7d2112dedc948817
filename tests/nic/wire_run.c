/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "wire_run.h"

#define BURST    32u        /* frames sent before the other end is looked at */
#define QUIET_NS 300000000u /* after the last frame that was taken: what will come has come */

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

int
wire_run_both(struct wire_end *end, const struct wire_options *opt)
{
	uint64_t begin = now_ns(), moved = begin, sent = 0;

	for (;;) {
		uint64_t now = now_ns(), due = (now - begin) * opt->wo_rate / 1000000000;
		int came = receive_all(end);

		if (due > opt->wo_frames)
			due = opt->wo_frames;
		if (came < 0 || send_due(&end[0], &end[1], due, opt->wo_window) < 0 ||
		    send_due(&end[1], &end[0], due, opt->wo_window) < 0)
			return -1;
		if (came > 0 || end[0].we_sent + end[1].we_sent > sent)
			moved = now;
		sent = end[0].we_sent + end[1].we_sent;
		if (sent == 2 * opt->wo_frames && all_came(end)) {
			printf("%" PRIu64 " frames a second each way\n",
			    opt->wo_frames * 1000000000 / (now - begin + 1));
			return 0;
		}
		if (now - moved > opt->wo_seconds * 1000000000)
			return 0; /* what is missing is lost */
		wait_frames(end);
	}
}

int
wire_run_down(struct wire_end *end, const struct wire_options *opt)
{
	uint64_t begin = now_ns(), moved = begin;

	for (;;) {
		uint64_t now = now_ns(), due = (now - begin) * opt->wo_rate / 1000000000;
		int came = receive_all(end);

		if (due > opt->wo_frames)
			due = opt->wo_frames;
		if (came < 0 || send_due(&end[0], &end[1], due, UINT64_MAX) < 0 ||
		    send_due(&end[1], &end[0], due, UINT64_MAX) < 0)
			return -1;
		if (came > 0 || end[0].we_sent + end[1].we_sent < 2 * opt->wo_frames ||
		    !wire_end_taken(&end[0]) || !wire_end_taken(&end[1]))
			moved = now;
		if (now - moved > QUIET_NS)
			return 0;
		if (now - begin >
		    opt->wo_seconds * 1000000000 + opt->wo_frames * 1000000000 / opt->wo_rate) {
			fprintf(stderr, "nic-wire: qemu does not take frames\n");
			return -1;
		}
		wait_frames(end);
	}
}

/*
 * From the first that comes on, the link is up, and all that is sent after it comes: so one more
 * each way, and when that has come too, none is under way.
 */
int
wire_run_probe(struct wire_end *end, const struct wire_options *opt)
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
		if (now - begin > opt->wo_seconds * 1000000000) {
			fprintf(stderr, "nic-wire: no frame came through in %" PRIu64 " s\n",
			    opt->wo_seconds);
			return -1;
		}
		wait_frames(end);
	}
}

static volatile sig_atomic_t ended;

static void
end_it(int sig)
{
	ended = sig;
}

/* All that has come at from, out of to. @return 0 or -1. */
static int
pass_on(struct wire_end *from, struct wire_end *to)
{
	uint8_t frame[WIRE_BYTES];
	int len = 0, ret = 1;

	while (ret > 0 && (len = wire_end_get(from, frame)) > 0)
		while ((ret = wire_end_put(to, frame, (size_t)len)) == 0 && !ended)
			poll(NULL, 0, 1);
	return len < 0 || ret < 0 ? -1 : 0;
}

int
wire_run_cross(struct wire_end *end)
{
	signal(SIGTERM, end_it);
	while (!ended) {
		if (pass_on(&end[0], &end[1]) < 0 || pass_on(&end[1], &end[0]) < 0)
			return -1;
		wait_frames(end);
	}
	return 0;
}
