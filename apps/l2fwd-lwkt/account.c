/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where every packet went: received = transmitted + consumed + merged + dropped by reason, and no
 * mbuf is left over.
 */
#include <inttypes.h>
#include <pthread.h>

#include "l2fwd.h"

/* What the thread that ends the program by force (ending.h) may say. */
static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct lwkt_pipeline *known_pipeline;
static int known_code;

/* What the stage's outputs have dropped: i = 0 by the sender, 1 by the receiver. */
static uint64_t
edge_drops(const struct lwkt_stage *st, unsigned int i)
{
	struct lwkt_edge_stats es;
	uint64_t sum = 0;

	for (unsigned int o = 0; o < st->st_nouts; o++) {
		lwkt_edge_stats(st, o, &es);
		sum += i == 0 ? es.es_full : es.es_oldest;
	}
	return sum;
}

const char *
l2fwd_drop(
    const struct lwkt_stage *st, const struct lwkt_stage_stats *ss, unsigned int i, uint64_t *count)
{
	const char *const *names = st->st_kind->sk_drop_names;
	static const char *const edge_names[] = {"edge_full", "oldest"};
	const char *const none = NULL;
	unsigned int n = 0;

	for (names = names != NULL ? names : &none; names[n] != NULL; n++)
		if (n == i) {
			*count = ss->ss_dropped[i];
			return names[i];
		}
	if (i - n < 1 + RTE_DIM(edge_names))
		*count = i == n ? ss->ss_purged : edge_drops(st, i - n - 1);
	return i == n ? "purged" : i - n - 1 < RTE_DIM(edge_names) ? edge_names[i - n - 1] : NULL;
}

/* Add up a stage's drops, and print them on f, if any: " (fwd0 runt 3, tx1 tx_full 4)". */
static uint64_t
sum_drops(const struct lwkt_pipeline *pl, FILE *f)
{
	const char *open = " (", *name;
	uint64_t sum = 0, count;

	for (unsigned int i = 0; i < lwkt_pipeline_nstages(pl); i++) {
		const struct lwkt_stage *st = lwkt_pipeline_stage(pl, i);
		struct lwkt_stage_stats ss;

		lwkt_stage_stats(st, &ss);
		for (unsigned int r = 0; (name = l2fwd_drop(st, &ss, r, &count)) != NULL; r++) {
			sum += count;
			if (f == NULL || count == 0)
				continue;
			fprintf(f, "%s%s %s %" PRIu64, open, st->st_name, name, count);
			open = ", ";
		}
	}
	if (f != NULL)
		fputs(open[0] == ',' ? ")" : "", f);
	return sum;
}

void
l2fwd_account_read(struct l2fwd_account *account, const struct lwkt_pipeline *pl)
{
	lwkt_pipeline_account(pl, &account->ac);
	account->dropped_by_reason = sum_drops(pl, NULL);
}

/* Only where a pipeline has such ends. */
static void
print_end(FILE *f, const char *what, uint64_t packets)
{
	if (packets != 0)
		fprintf(f, " + %s %" PRIu64, what, packets);
}

static void
print_ends(FILE *f, const struct l2fwd_account *account, const struct lwkt_pipeline *pl)
{
	const struct lwkt_account *ac = &account->ac;

	fprintf(
	    f, "received %" PRIu64 " = transmitted %" PRIu64, ac->ac_received, ac->ac_transmitted);
	print_end(f, "consumed", ac->ac_consumed);
	print_end(f, "merged", ac->ac_merged);
	fprintf(f, " + dropped %" PRIu64, account->dropped_by_reason);
	sum_drops(pl, f);
}

void
l2fwd_account_print(const struct l2fwd_account *account, const struct lwkt_pipeline *pl)
{
	printf("account: ");
	print_ends(stdout, account, pl);
	printf("\naccount: held %" PRIu64 ", mbufs in use %u\n", account->ac.ac_held,
	    account->mbufs_in_use);
	fflush(stdout);
}

void
l2fwd_account_watch(const struct lwkt_pipeline *pl, int code)
{
	pthread_mutex_lock(&known_lock);
	known_pipeline = pl;
	known_code = code;
	pthread_mutex_unlock(&known_lock);
}

int
l2fwd_account_known(FILE *f)
{
	struct l2fwd_account account;
	int code;

	pthread_mutex_lock(&known_lock);
	code = known_code;
	if (known_pipeline != NULL) {
		l2fwd_account_read(&account, known_pipeline);
		fprintf(f, "account so far: ");
		print_ends(f, &account, known_pipeline);
		fprintf(f, " + under way %" PRIu64 "\n", account.ac.ac_held);
	}
	pthread_mutex_unlock(&known_lock);
	return code;
}

int
l2fwd_account_check(const struct l2fwd_account *account, const char *gone, struct l2fwd_err *err)
{
	const struct lwkt_account *ac = &account->ac;

	bool sums = ac->ac_held == 0 && ac->ac_received == ac->ac_transmitted + ac->ac_consumed +
	                                                       ac->ac_merged +
	                                                       account->dropped_by_reason;

	if (sums && *gone != '\0')
		return l2fwd_refuse(err, L2FWD_EXIT_ENV,
		    "ethdev %s: the device had gone and was not back at the end; see why", gone);
	if (sums && account->mbufs_in_use > 0 && account->ring) {
		printf(
		    "account: %u mbufs are in the ring of ethdev %d, transmitted, and nobody has taken "
		    "them out; give net_ring a reader\n",
		    account->mbufs_in_use, account->ring_id);
		return 0;
	}
	if (sums && account->mbufs_in_use == 0)
		return 0;
	return l2fwd_refuse(err, L2FWD_EXIT_ACCOUNT,
	    "account: it does not balance (received %" PRIu64 ", transmitted %" PRIu64
	    ", consumed %" PRIu64 ", merged %" PRIu64 ", dropped %" PRIu64 ", held %" PRIu64
	    ", mbufs in use %u); please report this with the statistics above",
	    ac->ac_received, ac->ac_transmitted, ac->ac_consumed, ac->ac_merged,
	    account->dropped_by_reason, ac->ac_held, account->mbufs_in_use);
}
