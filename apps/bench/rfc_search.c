/* SPDX-License-Identifier: BSD-3-Clause */
#include "rfc_search.h"

void
search_init(struct search *se, double low, double high, double resolution, double loss)
{
	*se = (struct search){
	    .se_low = low, .se_high = high, .se_resolution = resolution, .se_loss = loss};
}

bool
search_next(const struct search *se, double *rate)
{
	if (se->se_done)
		return false;
	*rate = se->se_told == 0 ? se->se_high : (se->se_low + se->se_high) / 2;
	return true;
}

void
search_tell(struct search *se, double rate, double sent, double lost)
{
	bool first = se->se_told++ == 0;

	if (sent > rate)
		sent = rate; /* to the end of a burst, which is no higher rate */
	if (lost <= se->se_loss) {
		se->se_by_sender = sent < SEARCH_HELD * rate;
		if (sent > se->se_low || !se->se_passed)
			se->se_low = sent;
		se->se_passed = true;
		se->se_done = first || se->se_by_sender;
	} else {
		se->se_high = sent > se->se_low ? sent : rate;
	}
	if (se->se_high - se->se_low <= se->se_resolution)
		se->se_done = true;
}

double
search_found(const struct search *se)
{
	return se->se_passed ? se->se_low : 0;
}

unsigned int
search_left(const struct search *se)
{
	unsigned int left = se->se_told == 0;
	double span = se->se_high - se->se_low;

	if (se->se_done)
		return 0;
	for (; span > se->se_resolution; span /= 2)
		left++;
	return left;
}
