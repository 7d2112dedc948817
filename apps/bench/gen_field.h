/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fields of frames that differ from flow to flow, each with a range of values. Flows count
 * through them like digits, the first field fastest:
 *
 *      value of field i = first[i] + flow / (n[0] * ... * n[i - 1]) % n[i]
 */
#ifndef BENCH_GEN_FIELD_H
#define BENCH_GEN_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#define FIELD_VALUES_MAX 65536u

enum frame_field {
	FRAME_SRC_IP,
	FRAME_SRC_PORT,
	FRAME_DST_IP,
	FRAME_DST_PORT,
	FRAME_VLAN,
	FRAME_SRC_MAC,
	FRAME_DST_MAC,
	FRAME_FIELDS,
};

struct frame_range {
	uint8_t fr_first[16]; /* in network order, at the end; all 0: the field's default */
	uint32_t fr_n;        /* 0: one value */
};

/* Option's name. */
const char *field_name(enum frame_field field);

/*
 * "A", "A-B"; "A,B-C": of the two directions, which otherwise are the same. Addresses, MAC
 * addresses, ports, VLANs as people write them; up to FIELD_VALUES_MAX values, none of them 0.
 *
 * @return 0; -EINVAL.
 */
int field_parse(enum frame_field field, bool ipv6, const char *text, struct frame_range range[2]);

/* Does it say its first value, or is that the default? And how many are there? */
bool field_given(const struct frame_range *range);
uint32_t field_n(const struct frame_range *range);

/* A flow's value, in network order, into the field's bytes. shift is added to a default. */
void field_value(const struct frame_range ranges[FRAME_FIELDS], enum frame_field field, bool ipv6,
    uint32_t flow, uint32_t shift, uint8_t *to);

/* Is this, in host order, one of the values of a field of 16 bits? */
bool field_has(
    const struct frame_range ranges[FRAME_FIELDS], enum frame_field field, uint16_t value);

#endif /* BENCH_GEN_FIELD_H */
