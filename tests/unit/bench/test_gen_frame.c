/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pktgen's frames: what is written is right by DPDK's own checksums, is read again, and any bit
 * that flips behind the MAC addresses is noticed.
 *
 * Limit: FIELD_VALUES_MAX
 */
#include <string.h>

#include <criterion/criterion.h>

#include <rte_ip.h>

#include "gen_frame.h"
#include "test.h"

static uint8_t bytes[9000];

/* 10 source addresses, 100 ports; untagged, or a VLAN. */
#define FIELDS(vlan)                                \
	.fs_field = {[FRAME_SRC_IP] = {.fr_n = 10}, \
	    [FRAME_SRC_PORT] = {.fr_n = 100},       \
	    [FRAME_VLAN] = {{[14] = (vlan) >> 8, (vlan)&0xff}, 1}}

static const struct frame_spec specs[] = {
    {.fs_flows = 1000, FIELDS(0)},
    {.fs_flows = 1000, FIELDS(0), .fs_tcp = true},
    {.fs_flows = 1000, FIELDS(7)},
    {.fs_flows = 1000, FIELDS(4094), .fs_tcp = true},
    {.fs_flows = 1000, FIELDS(0), .fs_ipv6 = true},
    {.fs_flows = 1000, FIELDS(0), .fs_ipv6 = true, .fs_tcp = true},
    {.fs_flows = 1000, FIELDS(1), .fs_ipv6 = true, .fs_tcp = true, .fs_first_flow = 5000},
};

#define SPECS RTE_DIM(specs)

static unsigned int
write_frame(const struct frame_spec *spec, unsigned int size, uint32_t flow, uint32_t sequence)
{
	struct frame_head head;

	frame_head(spec, flow, size, &head);
	frame_write(&head, sequence, 0x123456789abcull, bytes);
	return size - FRAME_FCS;
}

static enum frame_verdict
read_frame(const struct frame_spec *spec, unsigned int len)
{
	struct frame_info info;

	return frame_read(spec, bytes, len, &info);
}

Test(gen_frame, what_is_written_is_read_in_any_size)
{
	for (unsigned int s = 0; s < SPECS; s++) {
		for (unsigned int size = frame_size_min(&specs[s]); size <= 9000;
		     size += 1 + size / 64) {
			uint32_t flow = size * 7 % 1000, sequence = 0xfffffff0u + size;
			unsigned int len = write_frame(&specs[s], size, flow, sequence);
			struct frame_info info;

			cr_assert_eq(frame_read(&specs[s], bytes, len, &info), FRAME_OURS,
			    "spec %u, size %u", s, size);
			cr_assert_eq(info.fi_flow, flow);
			cr_assert_eq(info.fi_sequence, sequence);
			cr_assert_eq(
			    info.fi_time, (uint32_t)(0x123456789abcull >> FRAME_TIME_SHIFT));
		}
	}
}

Test(gen_frame, dpdk_computes_the_same_checksums)
{
	for (unsigned int s = 0; s < SPECS; s++) {
		for (unsigned int size = frame_size_min(&specs[s]); size < 200; size++) {
			unsigned int ip = frame_tagged(&specs[s]) ? 18 : 14;
			unsigned int l4 = ip + (specs[s].fs_ipv6 ? 40 : 20);
			unsigned int field = l4 + (specs[s].fs_tcp ? 16 : 6);
			uint16_t was, is;

			write_frame(&specs[s], size, size, size);
			memcpy(&was, bytes + field, sizeof(was));
			memset(bytes + field, 0, sizeof(was));
			is = specs[s].fs_ipv6
			         ? rte_ipv6_udptcp_cksum((void *)(bytes + ip), bytes + l4)
			         : rte_ipv4_udptcp_cksum((void *)(bytes + ip), bytes + l4);
			cr_assert_eq(was, is, "spec %u, size %u", s, size);
			if (!specs[s].fs_ipv6)
				cr_assert_eq(rte_raw_cksum(bytes + ip, 20), 0xffff);
		}
	}
}

Test(gen_frame, a_bit_that_flips_is_noticed)
{
	for (unsigned int s = 0; s < SPECS; s++) {
		unsigned int len = write_frame(&specs[s], frame_size_min(&specs[s]) + 1, 3, 4);
		unsigned int unseen = 0;

		for (unsigned int bit = 0; bit < 8 * len; bit++) {
			enum frame_verdict verdict;

			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			verdict = read_frame(&specs[s], len);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (bit < 12 * 8)
				cr_assert_eq(verdict, FRAME_OURS, "MAC addresses are the devices'");
			else if (verdict != FRAME_CORRUPT)
				unseen++;
		}
		/* Priority of the VLAN; traffic class, flow label and hop limit: no checksum has
		 * them. */
		cr_assert_eq(unseen,
		    (frame_tagged(&specs[s]) ? 4 : 0) + (specs[s].fs_ipv6 ? 28 + 8 : 0),
		    "spec %u: %u bits", s, unseen);
	}
}

Test(gen_frame, what_is_not_ours_is_foreign)
{
	for (unsigned int s = 0; s < SPECS; s++) {
		unsigned int len = write_frame(&specs[s], 128, 3, 4);

		for (unsigned int o = 0; o < SPECS; o++)
			if (o != s)
				cr_expect_neq(
				    read_frame(&specs[o], len), FRAME_OURS, "%u as %u", s, o);
		for (unsigned int cut = 0; cut + FRAME_FCS < frame_size_min(&specs[s]); cut++)
			cr_expect_eq(read_frame(&specs[s], cut), FRAME_FOREIGN, "%u bytes", cut);
		memset(bytes, 0, len);
		cr_expect_eq(read_frame(&specs[s], len), FRAME_FOREIGN, "zeroes");
		memset(bytes, 0xff, len);
		cr_expect_eq(read_frame(&specs[s], len), FRAME_FOREIGN, "ones");
	}
}

Test(gen_frame, frames_of_another_run_are_foreign)
{
	for (unsigned int s = 0; s < SPECS; s++) {
		struct frame_spec other = specs[s];
		unsigned int len;

		other.fs_tag_base = UINT32_MAX - 3; /* it may wrap */
		len = write_frame(&other, 128, 3, 4);
		cr_expect_eq(read_frame(&other, len), FRAME_OURS);
		cr_expect_eq(read_frame(&specs[s], len), FRAME_FOREIGN);
	}
}

Test(gen_frame, flows_have_addresses_and_ports)
{
	uint32_t addr;

	write_frame(&specs[0], 64, 123, 0); /* of 10 addresses: the 4th; of 100 ports: the 13th */
	memcpy(&addr, bytes + 26, sizeof(addr));
	cr_expect_eq(rte_be_to_cpu_32(addr), RTE_IPV4(10, 0, 0, 4));
	cr_expect_eq(bytes[34] << 8 | bytes[35], 1024 + 12);
}

Test(gen_frame, the_smallest_frames)
{
	static const unsigned int least[SPECS] = {64, 72, 64, 76, 80, 92, 96};

	for (unsigned int s = 0; s < SPECS; s++)
		cr_expect_eq(frame_size_min(&specs[s]), least[s], "spec %u: %u", s,
		    frame_size_min(&specs[s]));
}

/*
 * Two frames made elsewhere, one longer than what is copied at once; each with its tag at the end.
 */
Test(gen_frame, a_copy_is_compared_with_its_original)
{
	static uint8_t original[2][200];
	static struct frame_head heads[2];

	for (unsigned int i = 0; i < 2; i++) {
		unsigned int len = i == 0 ? 60 : 200, unseen = 0;
		struct frame_info info;

		for (unsigned int b = 0; b < sizeof(original[i]); b++)
			original[i][b] = (uint8_t)(7 * b + i);
		memcpy(heads[i].fh_bytes, original[i], FRAME_COPY);
		heads[i].fh_more = original[i] + FRAME_COPY;
		heads[i].fh_len = (uint16_t)len;
		heads[i].fh_tag = (uint16_t)(len - FRAME_TAG);
		heads[i].fh_flow = 5 + i;
		frame_write(&heads[i], 77, 4000, bytes);
		cr_expect_eq(memcmp(bytes, original[i], len - FRAME_TAG), 0);
		cr_assert_eq(frame_read_copy(heads, i + 1, bytes, len, &info), FRAME_OURS);
		cr_expect_eq(info.fi_flow, i);
		cr_expect_eq(info.fi_sequence, 77);
		cr_expect_eq(info.fi_time, 1000);
		cr_expect_eq(
		    frame_read_copy(heads, i, bytes, len, &info), FRAME_FOREIGN, "none such");
		cr_expect_eq(frame_read_copy(heads, 2, bytes, 20, &info), FRAME_FOREIGN, "a runt");
		for (unsigned int bit = 0; bit < 8 * len; bit++) {
			enum frame_verdict verdict;

			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			verdict = frame_read_copy(heads, i + 1, bytes, len, &info);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (bit < 12 * 8)
				cr_assert_eq(verdict, FRAME_OURS, "MAC addresses are the devices'");
			else if (bit < 8 * (len - FRAME_TAG))
				unseen += verdict != FRAME_CORRUPT;
			else
				unseen += verdict != FRAME_FOREIGN;
		}
		cr_expect_eq(unseen, 0, "%u bits", unseen);
	}
}

/* The bytes of a field's n-th flow, from a range as people write it; of direction d. */
static void
expect_field(enum frame_field field, const char *text, unsigned int d, uint32_t flow,
    const void *want, unsigned int n)
{
	struct frame_spec spec = {.fs_flows = 1000, .fs_ipv6 = n == 16};
	struct frame_range range[2];
	uint8_t value[16];

	cr_assert_eq(field_parse(field, spec.fs_ipv6, text, range), 0, "%s", text);
	spec.fs_field[field] = range[d];
	field_value(spec.fs_field, field, spec.fs_ipv6, flow, 5000, value);
	cr_expect_arr_eq(value, want, n, "%s, flow %u", text, flow);
}

Test(gen_field, ranges_are_read_and_counted_through)
{
	static const uint8_t six[16] = {0xfd, [13] = 1};

	expect_field(FRAME_SRC_IP, "10.0.0.254-10.0.1.3", 0, 2, "\x0a\0\1\0", 4);
	expect_field(FRAME_SRC_IP, "10.0.0.254-10.0.1.3", 1, 6, "\x0a\0\0\xfe", 4);
	expect_field(FRAME_DST_IP, "1.2.3.4,5.6.7.8-5.6.7.9", 1, 3, "\5\6\7\x09", 4);
	expect_field(FRAME_DST_IP, "fd00::ffff-fd00::1:2", 0, 1, six, 16);
	expect_field(FRAME_DST_PORT, "80", 1, 9, "\0\x50", 2);
	expect_field(FRAME_SRC_PORT, "65535", 0, 0, "\xff\xff", 2);
	expect_field(FRAME_VLAN, "7,4094", 1, 0, "\x0f\xfe", 2);
	expect_field(FRAME_SRC_MAC, "02:00:00:00:00:ff-02:00:00:00:01:01", 0, 1, "\2\0\0\0\1\0", 6);
}

Test(gen_field, what_is_no_range_is_refused)
{
	static const struct {
		enum frame_field field;
		const char *text;
	} bad[] = {{FRAME_SRC_IP, ""}, {FRAME_SRC_IP, "10.0.0"}, {FRAME_SRC_IP, "10.0.0.1-"},
	    {FRAME_SRC_IP, "10.0.0.2-10.0.0.1"}, {FRAME_SRC_IP, "10.0.0.1-10.1.0.1"},
	    {FRAME_SRC_IP, "1.1.1.1,"}, {FRAME_SRC_IP, "1.1.1.1,2.2.2.2,3.3.3.3"},
	    {FRAME_SRC_IP, "0.0.0.0"}, {FRAME_SRC_IP, "fd00::1"}, {FRAME_SRC_PORT, "0"},
	    {FRAME_SRC_PORT, "65536"}, {FRAME_SRC_PORT, "-1"}, {FRAME_SRC_PORT, "1x"},
	    {FRAME_VLAN, "4095"}, {FRAME_VLAN, "4-3"}, {FRAME_SRC_MAC, "02:00"}};
	struct frame_range range[2];

	for (unsigned int i = 0; i < RTE_DIM(bad); i++)
		cr_expect_lt(
		    field_parse(bad[i].field, false, bad[i].text, range), 0, "%s", bad[i].text);
}

Test(gen_field, a_range_has_so_many_values_and_no_more)
{
	struct frame_range range[2];

	cr_expect_eq(field_parse(FRAME_SRC_IP, false, "10.0.0.0-10.0.255.255", range), 0);
	cr_expect_eq(field_n(&range[0]), FIELD_VALUES_MAX);
	cr_expect_lt(field_parse(FRAME_SRC_IP, false, "10.0.0.0-10.1.0.0", range), 0);
}

/* Flows count through the fields like digits; what is written is read, and no other port or VLAN. */
Test(gen_field, flows_differ_in_all_fields)
{
	struct frame_spec spec = {.fs_flows = 24}, other;
	struct frame_range range[2];
	struct frame_info info;
	unsigned int len;

	field_parse(FRAME_SRC_IP, false, "9.9.9.1-9.9.9.2", range);
	spec.fs_field[FRAME_SRC_IP] = range[0];
	field_parse(FRAME_DST_PORT, false, "100-102", range);
	spec.fs_field[FRAME_DST_PORT] = range[0];
	field_parse(FRAME_VLAN, false, "5-8", range);
	spec.fs_field[FRAME_VLAN] = range[0];
	for (uint32_t flow = 0; flow < 24; flow++) {
		len = write_frame(&spec, 128, flow, 0);
		cr_assert_eq(frame_read(&spec, bytes, len, &info), FRAME_OURS);
		cr_expect_eq(info.fi_flow, flow);
		cr_expect_eq(bytes[15], 5 + flow / 6);
		cr_expect_eq(bytes[41], 100 + flow / 2 % 3);
		cr_expect_eq(bytes[33], 1 + flow % 2);
	}
	other = spec;
	other.fs_field[FRAME_DST_PORT].fr_n = 2;
	cr_expect_eq(frame_read(&other, bytes, len, &info), FRAME_CORRUPT);
	other = spec;
	other.fs_field[FRAME_VLAN].fr_n = 3;
	cr_expect_eq(frame_read(&other, bytes, len, &info), FRAME_CORRUPT);
}
