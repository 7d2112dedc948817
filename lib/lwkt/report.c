/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling people: bad input gets an error line, a broken contract the end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_log.h>

#include "lwkt_transit.h"

RTE_LOG_REGISTER(lwkt_logtype, lwkt, INFO)

#define LINE_BYTES 512

void
lwkt_error(const char *fmt, ...)
{
	char line[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	rte_log(RTE_LOG_ERR, (uint32_t)lwkt_logtype, "lwkt: %s\n", line);
}

void
lwkt_panic(const char *fmt, ...)
{
	va_list ap;

	flockfile(stderr);
	fputs("lwkt: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fflush(stderr);
	funlockfile(stderr);
	abort();
}
