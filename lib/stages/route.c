/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * route: forwards IPv4 and IPv6 by the longest prefix.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ip.h>

#include <lwkt_clock.h>

#include "route_pvt.h"

enum { DROP_NOT_IP, DROP_LOCAL, DROP_BAD, DROP_EXPIRED, DROP_NO_ROUTE, DROP_SHARED };

struct route_state {
	struct route_table ro_table;
	uint8_t ro_addr4[4], ro_addr6[16]; /* what errors come from; all zero: none */
	uint64_t ro_second;                /* when the present second began; cycles */
	uint32_t ro_errors, ro_left;       /* errors a second, and still in this one */
};

/* Of a burst, those of one family, and what the table is asked. */
struct route_burst {
	struct rte_mbuf *rb_pkts[LWKT_STAGE_BURST];
	uint64_t rb_hops[LWKT_STAGE_BURST];
	union {
		uint32_t ip4[LWKT_STAGE_BURST];
		uint8_t ip6[LWKT_STAGE_BURST][16];
	} rb_ip;
	unsigned int rb_n;
};

static bool
is_address(int family, const char *text)
{
	uint8_t addr[16];

	return text[0] == '\0' || inet_pton(family, text, addr) == 1;
}

static int
route_check(const void *conf, const struct lwkt_stage_view *view, char *why, size_t bytes)
{
	const struct lwkt_route_conf *rc = conf;

	if (rc == NULL || (rc->rc_routes[0] == '\0' && rte_is_zero_ether_addr(&rc->rc_gateway))) {
		snprintf(why, bytes, "routes: there is no route; write a file, or a gateway");
		return -EINVAL;
	}
	if (!is_address(AF_INET, rc->rc_address) || !is_address(AF_INET6, rc->rc_address6)) {
		snprintf(why, bytes, "%s: it is none; write one as %s",
		    is_address(AF_INET, rc->rc_address) ? "address6" : "address",
		    is_address(AF_INET, rc->rc_address) ? "2001:db8::1" : "10.0.0.1");
		return -EINVAL;
	}
	return route_table_check(rc, view->sv_nouts, why, bytes);
}

static void
route_fini(struct lwkt_stage *st)
{
	struct route_state *ro = st->st_state;

	route_table_free(&ro->ro_table);
}

static int
route_init(struct lwkt_stage *st, const void *conf)
{
	const struct lwkt_route_conf *rc = conf;
	struct route_state *ro = st->st_state;
	int error = route_table_make(&ro->ro_table, st, rc);

	if (error < 0) {
		route_fini(st);
		return error;
	}
	if (rc->rc_address[0] != '\0')
		inet_pton(AF_INET, rc->rc_address, ro->ro_addr4);
	if (rc->rc_address6[0] != '\0')
		inet_pton(AF_INET6, rc->rc_address6, ro->ro_addr6);
	ro->ro_errors = rc->rc_errors != 0 ? rc->rc_errors : LWKT_ROUTE_ERRORS;
	return 0;
}

/* May another error be sent in this second? */
static bool
error_allowed(struct route_state *ro)
{
	uint64_t now = lwkt_clock();

	if (ro->ro_second == 0 || now - ro->ro_second >= rte_get_tsc_hz()) {
		ro->ro_second = now;
		ro->ro_left = ro->ro_errors;
	}
	if (ro->ro_left == 0)
		return false;
	ro->ro_left--;
	return true;
}

static __rte_cold bool
answer(struct route_state *ro, struct rte_mbuf *m, bool ipv4, enum route_error what)
{
	static const uint8_t none[16];
	const uint8_t *addr = ipv4 ? ro->ro_addr4 : ro->ro_addr6;

	return memcmp(addr, none, ipv4 ? 4 : 16) != 0 && error_allowed(ro) &&
	       route_make_error(m, ipv4, addr, what);
}

/* -1: an IPv4 packet that may go on; or why not, DROP_. */
static inline int
look4(struct route_state *ro, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip =
	    rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, RTE_ETHER_HDR_LEN);
	uint32_t header, bytes;

	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN + sizeof(*ip)))
		return DROP_BAD;
	header = (uint32_t)(ip->version_ihl & 0xf) * 4;
	bytes = rte_be_to_cpu_16(ip->total_length);
	if (unlikely(ip->version_ihl >> 4 != 4 || header < sizeof(*ip) || bytes < header ||
	             m->data_len < RTE_ETHER_HDR_LEN + header ||
	             m->pkt_len < RTE_ETHER_HDR_LEN + bytes || rte_raw_cksum(ip, header) != 0xffff))
		return DROP_BAD;
	if (unlikely(rte_be_to_cpu_32(ip->dst_addr) >> 28 >= 0xe))
		return DROP_LOCAL;
	if (unlikely(ip->time_to_live <= 1 && !answer(ro, m, true, ROUTE_EXPIRED)))
		return DROP_EXPIRED;
	return -1;
}

/* A link's own addresses, or a group's. */
static inline bool
is_local6(const void *addr)
{
	const uint8_t *a = addr;

	return a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

static inline int
look6(struct route_state *ro, struct rte_mbuf *m)
{
	const struct rte_ipv6_hdr *ip =
	    rte_pktmbuf_mtod_offset(m, const struct rte_ipv6_hdr *, RTE_ETHER_HDR_LEN);

	if (unlikely(
	        m->data_len < RTE_ETHER_HDR_LEN + sizeof(*ip) || (*(const uint8_t *)ip >> 4) != 6 ||
	        m->pkt_len < RTE_ETHER_HDR_LEN + sizeof(*ip) + rte_be_to_cpu_16(ip->payload_len)))
		return DROP_BAD;
	if (unlikely(is_local6(&ip->dst_addr) || is_local6(&ip->src_addr)))
		return DROP_LOCAL;
	if (unlikely(ip->hop_limits <= 1 && !answer(ro, m, false, ROUTE_EXPIRED)))
		return DROP_EXPIRED;
	return -1;
}

static inline void
burst_add(struct route_burst *rb, struct rte_mbuf *m, bool ipv4)
{
	const char *ip = rte_pktmbuf_mtod_offset(m, const char *, RTE_ETHER_HDR_LEN);

	rb->rb_pkts[rb->rb_n] = m;
	if (ipv4)
		rb->rb_ip.ip4[rb->rb_n] =
		    rte_be_to_cpu_32(((const struct rte_ipv4_hdr *)(const void *)ip)->dst_addr);
	else
		memcpy(rb->rb_ip.ip6[rb->rb_n],
		    &((const struct rte_ipv6_hdr *)(const void *)ip)->dst_addr, 16);
	rb->rb_n++;
}

static inline void
burst_look(const struct route_table *rt, struct route_burst *rb, bool ipv4)
{
	if (ipv4)
		rte_fib_lookup_bulk(rt->rt_fib4, rb->rb_ip.ip4, rb->rb_hops, (int)rb->rb_n);
	else
		rte_fib6_lookup_bulk(
		    rt->rt_fib6, (void *)rb->rb_ip.ip6, rb->rb_hops, (int)rb->rb_n);
}

/* No route: the packet becomes an error, if there is a way to its sender. 0: there is none. */
static __rte_cold uint64_t
no_route(struct route_state *ro, struct rte_mbuf *m, bool ipv4)
{
	struct route_burst one = {.rb_n = 0};

	if (!answer(ro, m, ipv4, ROUTE_NO_ROUTE))
		return 0;
	burst_add(&one, m, ipv4);
	burst_look(&ro->ro_table, &one, ipv4);
	return one.rb_hops[0];
}

/* A hop less, and the frame's new addresses. */
static inline void
leave(const struct route_hop *hop, struct rte_mbuf *m, bool ipv4)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	if (ipv4) {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(void *)(eth + 1);
		uint32_t sum = (uint32_t)ip->hdr_checksum + RTE_BE16(0x0100);

		ip->time_to_live--;
		ip->hdr_checksum = (uint16_t)(sum + (sum >= 0xffff)); /* RFC 1141 */
	} else {
		((struct rte_ipv6_hdr *)(void *)(eth + 1))->hop_limits--;
	}
	eth->src_addr = rte_is_zero_ether_addr(&hop->rh_from) ? eth->dst_addr : hop->rh_from;
	eth->dst_addr = hop->rh_to;
}

/* Neighbours that leave by one output leave together. */
static void
burst_emit(struct lwkt_stage *st, struct route_burst *rb, bool ipv4)
{
	struct route_state *ro = st->st_state;
	struct rte_mbuf *run[LWKT_STAGE_BURST];
	unsigned int n = 0, output = 0;

	burst_look(&ro->ro_table, rb, ipv4);
	for (unsigned int i = 0; i < rb->rb_n; i++) {
		const struct route_hop *hop;

		if (unlikely(rb->rb_hops[i] == 0))
			rb->rb_hops[i] = no_route(ro, rb->rb_pkts[i], ipv4);
		if (unlikely(rb->rb_hops[i] == 0)) {
			lwkt_stage_drop(st, DROP_NO_ROUTE, &rb->rb_pkts[i], 1);
			continue;
		}
		hop = &ro->ro_table.rt_hops[rb->rb_hops[i]];
		leave(hop, rb->rb_pkts[i], ipv4);
		if (n > 0 && hop->rh_output != output) {
			lwkt_stage_emit(st, output, run, n);
			n = 0;
		}
		output = hop->rh_output;
		run[n++] = rb->rb_pkts[i];
	}
	if (n > 0)
		lwkt_stage_emit(st, output, run, n);
}

static void
route_handle(struct lwkt_stage *st, struct rte_mbuf **pkts, unsigned int n)
{
	struct route_state *ro = st->st_state;
	struct route_burst four, six;

	four.rb_n = six.rb_n = 0;
	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];
		const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
		bool ipv4 =
		    m->data_len >= sizeof(*eth) && eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4);
		int why;

		if (unlikely(!ipv4 && (m->data_len < sizeof(*eth) ||
		                          eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV6))))
			why = DROP_NOT_IP;
		else if (unlikely(rte_is_multicast_ether_addr(&eth->dst_addr)))
			why = DROP_LOCAL;
		else if (unlikely(!RTE_MBUF_DIRECT(m) || rte_mbuf_refcnt_read(m) != 1))
			why = DROP_SHARED;
		else
			why = ipv4 ? look4(ro, m) : look6(ro, m);
		if (likely(why < 0))
			burst_add(ipv4 ? &four : &six, m, ipv4);
		else
			lwkt_stage_drop(st, (unsigned int)why, &m, 1);
	}
	if (four.rb_n > 0)
		burst_emit(st, &four, true);
	if (six.rb_n > 0)
		burst_emit(st, &six, false);
}

static const char *const route_drops[] = {[DROP_NOT_IP] = "not_ip",
    [DROP_LOCAL] = "local",
    [DROP_BAD] = "bad",
    [DROP_EXPIRED] = "expired",
    [DROP_NO_ROUTE] = "no_route",
    [DROP_SHARED] = "shared",
    NULL};

static const char *const table_words[] = {
    [LWKT_ROUTE_TREE] = "tree", [LWKT_ROUTE_DIRECT] = "direct", NULL};

static const struct lwkt_param route_params[] = {
    {.pa_name = "routes",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_route_conf, rc_routes),
        .pa_help = "a file, each line PREFIX/BITS OUTPUT MAC"},
    {.pa_name = "gateway",
        .pa_type = LWKT_PARAM_MAC,
        LWKT_PARAM_FIELD(struct lwkt_route_conf, rc_gateway),
        .pa_help = "what has no other route goes there, by output 0"},
    {.pa_name = "address",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_route_conf, rc_address),
        .pa_help = "IPv4 address that ICMP errors come from; none: there are none"},
    {.pa_name = "address6",
        .pa_type = LWKT_PARAM_STRING,
        LWKT_PARAM_FIELD(struct lwkt_route_conf, rc_address6),
        .pa_help = "the same of IPv6"},
    {.pa_name = "errors",
        .pa_type = LWKT_PARAM_UINT,
        LWKT_PARAM_FIELD(struct lwkt_route_conf, rc_errors),
        .pa_min = 1,
        .pa_max = 1000000,
        .pa_default = LWKT_ROUTE_ERRORS,
        .pa_help = "ICMP errors a second, at most"},
    {.pa_name = "table",
        .pa_type = LWKT_PARAM_ENUM,
        LWKT_PARAM_FIELD(struct lwkt_route_conf, rc_table),
        .pa_words = table_words,
        .pa_help = "tree: small; direct: fast, 32 MB for each family at least"},
    {.pa_name = NULL},
};

/* The addresses of the ethdevs that the outputs lead to. */
static int
route_complete(void *conf, const struct lwkt_param_view *view, char *why, size_t bytes)
{
	struct lwkt_route_conf *rc = conf;

	(void)why;
	(void)bytes;
	for (unsigned int o = 0; o < view->pv_nouts; o++)
		if (view->pv_leads_to[o] < view->pv_nethdevs)
			rc->rc_mac[o] = view->pv_mac[view->pv_leads_to[o]];
	return 0;
}

const struct lwkt_stage_kind lwkt_stage_route = {
    .sk_name = "route",
    .sk_state_bytes = sizeof(struct route_state),
    .sk_check = route_check,
    .sk_init = route_init,
    .sk_handle = route_handle,
    .sk_fini = route_fini,
    .sk_drop_names = route_drops,
    .sk_params = route_params,
    .sk_conf_bytes = sizeof(struct lwkt_route_conf),
    .sk_complete = route_complete,
    .sk_min_outs = 1,
    .sk_plain = true,
};
