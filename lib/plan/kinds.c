/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registry of stage kinds. The library's own stand in a table here and not in constructors, so
 * that a program linked with the static library has them too.
 */
#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ether.h>

#include <lwkt_log.h>

#include "lwkt_stages.h"
#include "plan_pvt.h"

static const struct lwkt_stage_kind *kinds[LWKT_KINDS_MAX] = {
    &lwkt_stage_check,
    &lwkt_stage_counter,
    &lwkt_stage_distribute,
    &lwkt_stage_ethdev_rx,
    &lwkt_stage_ethdev_tx,
    &lwkt_stage_gro,
    &lwkt_stage_gso,
    &lwkt_stage_ipfrag,
    &lwkt_stage_l2fwd,
    &lwkt_stage_l2switch,
    &lwkt_stage_meter,
    &lwkt_stage_mirror,
    &lwkt_stage_reassemble,
    &lwkt_stage_reorder,
    &lwkt_stage_route,
    &lwkt_stage_sequence,
    &lwkt_stage_sink,
    &lwkt_stage_source,
    &lwkt_stage_vlan,
};

const struct lwkt_stage_kind *
lwkt_stage_kind_at(unsigned int i)
{
	return i < LWKT_KINDS_MAX ? kinds[i] : NULL;
}

const struct lwkt_stage_kind *
lwkt_stage_kind_find(const char *name)
{
	for (unsigned int i = 0; i < LWKT_KINDS_MAX && kinds[i] != NULL; i++)
		if (strcmp(kinds[i]->sk_name, name) == 0)
			return kinds[i];
	return NULL;
}

static bool
is_uint(size_t bytes)
{
	return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

/* Does the field hold what the type says? */
static bool
field_fits(const struct lwkt_param *pa)
{
	switch (pa->pa_type) {
	case LWKT_PARAM_UINT:
	case LWKT_PARAM_RX_QUEUE:
	case LWKT_PARAM_TX_QUEUE:
		return is_uint(pa->pa_bytes) && pa->pa_min <= pa->pa_max;
	case LWKT_PARAM_ENUM:
		return is_uint(pa->pa_bytes) && pa->pa_words != NULL;
	case LWKT_PARAM_BOOL:
		return pa->pa_bytes == sizeof(bool);
	case LWKT_PARAM_STRING:
		return pa->pa_bytes > 0;
	case LWKT_PARAM_MAC:
		return pa->pa_bytes == sizeof(struct rte_ether_addr);
	case LWKT_PARAM_LIST:
		return is_uint(pa->pa_item_bytes) && pa->pa_bytes % pa->pa_item_bytes == 0 &&
		       pa->pa_min <= pa->pa_max;
	case LWKT_PARAM_ETHDEV:
		return pa->pa_bytes == sizeof(uint16_t);
	default:
		return false;
	}
}

static const char *
bad_param(const struct lwkt_stage_kind *kind)
{
	const struct lwkt_param *pa = kind->sk_params;
	unsigned int ethdevs = 0;

	for (unsigned int i = 0; pa != NULL && pa[i].pa_name != NULL; i++) {
		ethdevs += pa[i].pa_type == LWKT_PARAM_ETHDEV;
		if (!field_fits(&pa[i]) || pa[i].pa_offset + pa[i].pa_bytes > kind->sk_conf_bytes ||
		    i >= LWKT_PARAM_MOST || ethdevs > LWKT_PARAM_ETHDEVS)
			return pa[i].pa_name;
	}
	return NULL;
}

/* Names of a list, NULL at the end; most + 1 if there are more. */
static unsigned int
names_in(const char *const *names, unsigned int most)
{
	unsigned int n = 0;

	while (names != NULL && n <= most && names[n] != NULL)
		n++;
	return n;
}

int
config_kind_check(const struct lwkt_stage_kind *kind, char *why, size_t bytes)
{
	const char *param;
	unsigned int i;

	if (kind == NULL || kind->sk_name == NULL || kind->sk_name[0] == '\0' ||
	    strlen(kind->sk_name) >= LWKT_STAGE_NAME ||
	    (kind->sk_poll == NULL) == (kind->sk_handle == NULL)) {
		snprintf(why, bytes,
		    "stage kind: needs a name of 1 to 31 bytes and one of sk_poll and sk_handle");
		return -EINVAL;
	}
	if (names_in(kind->sk_drop_names, LWKT_STAGE_DROPS) > LWKT_STAGE_DROPS ||
	    names_in(kind->sk_counter_names, LWKT_STAGE_COUNTERS) > LWKT_STAGE_COUNTERS) {
		snprintf(why, bytes,
		    "stage kind %s: more than %u drop reasons or %u counters; give it fewer",
		    kind->sk_name, LWKT_STAGE_DROPS, LWKT_STAGE_COUNTERS);
		return -EINVAL;
	}
	param = bad_param(kind);
	if (param != NULL) {
		snprintf(why, bytes,
		    "stage kind %s: parameter %s: its type, field, range and sk_conf_bytes do not go "
		    "together; see lwkt_stage.h",
		    kind->sk_name, param);
		return -EINVAL;
	}
	for (i = 0; i < LWKT_KINDS_MAX && kinds[i] != NULL && kinds[i] != kind; i++)
		if (strcmp(kinds[i]->sk_name, kind->sk_name) == 0) {
			snprintf(why, bytes, "stage kind %s: the name is taken; give it another",
			    kind->sk_name);
			return -EEXIST;
		}
	if (i == LWKT_KINDS_MAX) {
		snprintf(why, bytes, "stage kind %s: there are %u already; raise LWKT_KINDS_MAX",
		    kind->sk_name, LWKT_KINDS_MAX);
		return -ENOSPC;
	}
	return (int)i;
}

int
lwkt_stage_kind_register(const struct lwkt_stage_kind *kind)
{
	char why[240];
	int i = config_kind_check(kind, why, sizeof(why));

	if (i < 0) {
		lwkt_error("%s", why);
		return i;
	}
	kinds[i] = kind;
	return 0;
}
