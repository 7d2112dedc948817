/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which ethdev is a stage's? Above ethdev_rx.c and ethdev_tx.c, whose state begins with it.
 */
#include <errno.h>

#include "lwkt_ethdev.h"
#include "lwkt_stages.h"

int
lwkt_ethdev_of(const struct lwkt_stage *st, uint16_t *ethdev, uint16_t *queue)
{
	const uint16_t *own = st->st_state;

	if (st->st_kind != &lwkt_stage_ethdev_rx && st->st_kind != &lwkt_stage_ethdev_tx)
		return -EINVAL;
	*ethdev = own[0];
	*queue = own[1];
	return 0;
}
