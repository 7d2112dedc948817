/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log lines over rte_log(), and the end of the program (lwkt_log.h).
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu_pvt.h"
#include "lwkt_log.h"

#define TYPES_MAX  64
#define TYPE_BYTES 32

#define PANIC_BYTES 2048

/*
 * Types by name. To register one with DPDK again would reset its level, and DPDK has no call that
 * only looks.
 */
static pthread_mutex_t types_lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_type {
	char ty_name[TYPE_BYTES];
	int ty_id;
} types[TYPES_MAX]; /* under types_lock */
static unsigned int ntypes;

/*
 * One line after the other. DPDK writes a line in two steps, to a stream and from there to the
 * console; with the lock lines of two threads stay whole and in order, and sanitizers see that.
 */
static pthread_mutex_t line_lock = PTHREAD_MUTEX_INITIALIZER;

static void (*panic_hook)(const char *text); /* atomic (E21) */

/* DPDK's number of a type. Beyond TYPES_MAX, or if DPDK has no memory: the first one's. */
static uint32_t
log_type_id(const char *name)
{
	unsigned int i = 0;
	int id;

	pthread_mutex_lock(&types_lock);
	while (i < ntypes && strncmp(types[i].ty_name, name, TYPE_BYTES - 1) != 0)
		i++;
	if (i == ntypes) {
		id = i < TYPES_MAX ? rte_log_register_type_and_pick_level(name, RTE_LOG_INFO) : -1;
		if (id >= 0) {
			snprintf(types[i].ty_name, TYPE_BYTES, "%s", name);
			types[i].ty_id = id;
			ntypes++;
		} else {
			i = 0;
		}
	}
	id = types[i].ty_id;
	pthread_mutex_unlock(&types_lock);
	return (uint32_t)id;
}

/* The libraries' own, so that their levels can be set before they have logged anything. */
RTE_INIT(log_types_init)
{
	log_type_id("lib.lwkt");
	log_type_id("lib.msgport");
	log_type_id("lib.dispatch");
	log_type_id("lib.stages");
	log_type_id("lib.plan");
}

void
lwkt_log(const char *type, uint32_t level, const char *fmt, ...)
{
	char line[LWKT_LOG_BYTES];
	uint32_t id = log_type_id(type);
	va_list ap;

	if (!rte_log_can_log(id, level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&line_lock);
	rte_log(level, id, "lwkt: %s\n", line);
	pthread_mutex_unlock(&line_lock);
}

void
lwkt_set_panic_hook(void (*hook)(const char *text))
{
	__atomic_store_n(&panic_hook, hook, __ATOMIC_RELEASE); /* E21 */
}

void
lwkt_panic(const char *fmt, ...)
{
	char text[PANIC_BYTES], line[PANIC_BYTES + 64];
	const char *who =
	    lwkt_self.se_td != NULL ? lwkt_self.se_td->td_name : "a thread that is not attached";
	void (*hook)(const char *text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "lwkt: %s (on %s)", text, who);
	fprintf(stderr, "%s\n", line);
	fflush(stderr);
	hook = __atomic_exchange_n(&panic_hook, NULL, __ATOMIC_ACQUIRE); /* E21 */
	if (hook != NULL)
		hook(line);
	abort();
}
