/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kind route's table: a file of prefixes, read into librte_fib.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_malloc.h>

#include <lwkt_log.h>

#include "route_pvt.h"

#define LINE 256
/* Routes that there is room for besides: the tree's pool must be larger than its cache. */
#define SPARE 64
#define TBL8  4096 /* of a direct table: groups of 256 addresses that have longer prefixes */

/* A line of the file. */
struct route {
	bool ro_ipv4;
	uint8_t ro_ip[16];
	unsigned int ro_depth, ro_output;
	struct rte_ether_addr ro_mac;
};

/* "PREFIX/BITS OUTPUT MAC", or nothing and a comment. 1: a route; 0: nothing; -1: neither. */
static int
read_line(char *line, struct route *ro)
{
	char prefix[64], mac[32], end;
	unsigned int fields;

	line[strcspn(line, "#\n")] = '\0';
	if (line[strspn(line, " \t\r")] == '\0')
		return 0;
	fields = (unsigned int)sscanf(line, "%63[0-9a-fA-F.:]/%u %u %31s %c", prefix, &ro->ro_depth,
	    &ro->ro_output, mac, &end);
	if (fields != 4 || rte_ether_unformat_addr(mac, &ro->ro_mac) != 0)
		return -1;
	ro->ro_ipv4 = inet_pton(AF_INET, prefix, ro->ro_ip) == 1;
	if (!ro->ro_ipv4 && inet_pton(AF_INET6, prefix, ro->ro_ip) != 1)
		return -1;
	return ro->ro_depth <= (ro->ro_ipv4 ? 32 : 128) ? 1 : -1;
}

/* Each route of the file: fn() gives 0 or a negative errno. So does this; why is filled in then. */
static int
each_route(const struct lwkt_route_conf *rc, unsigned int nouts,
    int (*fn)(const struct route *ro, void *arg), void *arg, char *why, size_t bytes)
{
	FILE *file = fopen(rc->rc_routes, "r");
	unsigned int number = 0;
	char line[LINE];
	int rc_line, error = 0;

	if (file == NULL) {
		snprintf(why, bytes, "routes: %s: %s; write a file that can be read", rc->rc_routes,
		    strerror(errno));
		return -ENOENT;
	}
	while (error == 0 && fgets(line, sizeof(line), file) != NULL) {
		struct route ro = {0};

		number++;
		rc_line = read_line(line, &ro);
		if (rc_line > 0 && ro.ro_output < nouts) {
			error = fn(&ro, arg);
			if (error < 0)
				snprintf(why, bytes, "routes: %s:%u: %s", rc->rc_routes, number,
				    strerror(-error));
		} else if (rc_line > 0) {
			error = -EINVAL;
			snprintf(why, bytes,
			    "routes: %s:%u: output %u; the stage has %u, numbered from 0",
			    rc->rc_routes, number, ro.ro_output, nouts);
		} else if (rc_line < 0) {
			error = -EINVAL;
			snprintf(why, bytes,
			    "routes: %s:%u: it is no route; write PREFIX/BITS OUTPUT MAC, as "
			    "10.1.0.0/16 0 02:00:00:00:00:01",
			    rc->rc_routes, number);
		}
	}
	fclose(file);
	return error;
}

static int
count_route(const struct route *ro, void *arg)
{
	unsigned int *n = arg;

	n[ro->ro_ipv4 ? 0 : 1]++;
	return 0;
}

int
route_table_check(const struct lwkt_route_conf *rc, unsigned int nouts, char *why, size_t bytes)
{
	unsigned int n[2] = {0};

	return rc->rc_routes[0] == '\0' ? 0 : each_route(rc, nouts, count_route, n, why, bytes);
}

/* What routes are added to. */
struct making {
	struct route_table *mk_table;
	const struct lwkt_route_conf *mk_conf;
};

/* The index of a next hop; 0: there are too many. */
static unsigned int
hop_of(struct route_table *rt, const struct lwkt_route_conf *rc, const struct route *ro)
{
	struct route_hop hop = {
	    .rh_to = ro->ro_mac, .rh_from = rc->rc_mac[ro->ro_output], .rh_output = ro->ro_output};
	unsigned int i = 1;

	while (i < rt->rt_nhops && memcmp(&rt->rt_hops[i], &hop, sizeof(hop)) != 0)
		i++;
	if (i == ROUTE_HOPS)
		return 0;
	if (i == rt->rt_nhops)
		rt->rt_hops[rt->rt_nhops++] = hop;
	return i;
}

static int
add_route(const struct route *ro, void *arg)
{
	const struct making *mk = arg;
	struct route_table *rt = mk->mk_table;
	unsigned int hop = hop_of(rt, mk->mk_conf, ro);
	uint32_t ip;

	if (hop == 0)
		return -ENOSPC;
	memcpy(&ip, ro->ro_ip, sizeof(ip));
	return ro->ro_ipv4
	           ? rte_fib_add(rt->rt_fib4, rte_be_to_cpu_32(ip), (uint8_t)ro->ro_depth, hop)
	           : rte_fib6_add(rt->rt_fib6, (const void *)ro->ro_ip, (uint8_t)ro->ro_depth, hop);
}

static int
make_fibs(struct route_table *rt, const struct lwkt_stage *st, bool direct, const unsigned int *n)
{
	struct rte_fib_conf conf4 = {.type = direct ? RTE_FIB_DIR24_8 : RTE_FIB_DUMMY,
	    .max_routes = (int)(2 * n[0] + SPARE),
	    .dir24_8 = {.nh_sz = RTE_FIB_DIR24_8_2B, .num_tbl8 = TBL8}};
	struct rte_fib6_conf conf6 = {.type = direct ? RTE_FIB6_TRIE : RTE_FIB6_DUMMY,
	    .max_routes = (int)(2 * n[1] + SPARE),
	    .trie = {.nh_sz = RTE_FIB6_TRIE_2B, .num_tbl8 = TBL8}};
	int socket = (int)rte_lcore_to_socket_id(st->st_lcore);
	char name[32];

	snprintf(name, sizeof(name), "r4_%p", (const void *)st);
	rt->rt_fib4 = rte_fib_create(name, socket, &conf4);
	name[1] = '6'; /* their pools' names must differ too */
	rt->rt_fib6 = rte_fib6_create(name, socket, &conf6);
	rt->rt_hops = rte_zmalloc_socket("lwkt_hops", ROUTE_HOPS * sizeof(*rt->rt_hops), 0, socket);
	rt->rt_nhops = 1;
	if (rt->rt_fib4 != NULL && rt->rt_fib6 != NULL && rt->rt_hops != NULL)
		return 0;
	lwkt_error("stage %s: no memory for the table of %u and %u routes; give EAL more%s",
	    st->st_name, n[0], n[1], direct ? ", or write table: tree" : "");
	return -ENOMEM;
}

/* 0.0.0.0/0 and ::/0 by output 0 */
static int
add_gateway(const struct lwkt_route_conf *rc, struct making *mk)
{
	struct route ro = {.ro_ipv4 = true, .ro_mac = rc->rc_gateway};
	int error;

	if (rte_is_zero_ether_addr(&rc->rc_gateway))
		return 0;
	error = add_route(&ro, mk);
	ro.ro_ipv4 = false;
	return error < 0 ? error : add_route(&ro, mk);
}

int
route_table_make(
    struct route_table *rt, const struct lwkt_stage *st, const struct lwkt_route_conf *rc)
{
	struct making mk = {rt, rc};
	bool file = rc->rc_routes[0] != '\0';
	unsigned int n[2] = {0};
	char why[512] = "gateway: it cannot be added";
	int error = 0;

	if (file)
		error = each_route(rc, st->st_nouts, count_route, n, why, sizeof(why));
	if (error == 0)
		error = make_fibs(rt, st, rc->rc_table == LWKT_ROUTE_DIRECT, n);
	if (error == -ENOMEM)
		return error;
	if (error == 0)
		error = add_gateway(rc, &mk);
	if (error == 0 && file)
		error = each_route(rc, st->st_nouts, add_route, &mk, why, sizeof(why));
	if (error < 0)
		lwkt_error("stage %s: %s", st->st_name, why);
	return error;
}

void
route_table_free(struct route_table *rt)
{
	rte_fib_free(rt->rt_fib4);
	rte_fib6_free(rt->rt_fib6);
	rte_free(rt->rt_hops);
	memset(rt, 0, sizeof(*rt));
}
