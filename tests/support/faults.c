/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "faults.h"

void
faults_init(struct faults *fa, const struct faults_conf *conf)
{
	memset(fa, 0, sizeof(*fa));
	fa->fa_conf = *conf;
	fa->fa_draw = conf->fc_seed;
}

/* xorshift64*: the state is not 0. */
static uint64_t
faults_draw(struct faults *fa)
{
	fa->fa_draw ^= fa->fa_draw >> 12;
	fa->fa_draw ^= fa->fa_draw << 25;
	fa->fa_draw ^= fa->fa_draw >> 27;
	return fa->fa_draw * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static bool
faults_hit(struct faults *fa, uint64_t every)
{
	return every != 0 &&
	       (fa->fa_conf.fc_seed != 0 ? faults_draw(fa) : fa->fa_frames) % every == 0;
}

static enum faults_fate
faults_choose(struct faults *fa)
{
	if (fa->fa_conf.fc_pass != 0 && fa->fa_passed > fa->fa_conf.fc_pass)
		return FAULTS_LOST;
	for (enum faults_fate fate = FAULTS_LOST; fate < FAULTS_KINDS; fate++)
		if (faults_hit(fa, fa->fa_conf.fc_every[fate]))
			return fate;
	return FAULTS_NONE;
}

enum faults_fate
faults_decide(struct faults *fa, bool first)
{
	enum faults_fate fate;

	fa->fa_frames++;
	fa->fa_passed = first ? 1 : fa->fa_passed + 1;
	fate = faults_choose(fa);
	fa->fa_count[fate]++;
	return fate;
}

uint64_t
faults_due(struct faults *fa, uint64_t now)
{
	const struct faults_conf *fc = &fa->fa_conf;
	double start = fa->fa_free > (double)now ? fa->fa_free : (double)now;
	uint64_t due;

	/* The one on the line does not wait. */
	if (fc->fc_line > 0 && start - (double)now > fc->fc_line * (double)fc->fc_queue) {
		fa->fa_full++;
		return FAULTS_FULL;
	}
	if (fc->fc_period > 0 && (uint64_t)start % fc->fc_period < fc->fc_stall)
		start = (double)((uint64_t)start / fc->fc_period * fc->fc_period + fc->fc_stall);
	due = (uint64_t)(start + fc->fc_line);
	fa->fa_free = start + fc->fc_line;
	return (due > now ? due : now) + fc->fc_delay;
}
