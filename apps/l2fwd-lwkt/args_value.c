/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Values of options: one word each.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "args_pvt.h"

int
l2fwd_refuse(struct l2fwd_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* A whole unsigned number, digits only. @return false: it is none, or above max. */
static bool
parse_number(const char *s, int base, uint64_t max, uint64_t *value)
{
	const char *digits = base == 16 && s[0] == '0' && (s[1] | 0x20) == 'x' ? s + 2 : s;
	uint64_t v = 0;

	if (*digits == '\0')
		return false;
	for (; *digits != '\0'; digits++) {
		int c = tolower((unsigned char)*digits);
		int digit = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;

		if (digit >= base || v > (max - (uint64_t)digit) / (uint64_t)base)
			return false;
		v = v * (uint64_t)base + (uint64_t)digit;
	}
	*value = v;
	return true;
}

int
l2fwd_parse_mask(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	if (!parse_number(s, 16, UINT64_MAX, &args->mask))
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "-p %s: not a hexadecimal mask of at most 64 bits; "
		    "-p 3 means ethdevs 0 and 1",
		    s);
	if (args->mask == 0)
		return l2fwd_refuse(
		    err, L2FWD_EXIT_USAGE, "-p %s: no ethdev is selected; set at least one bit", s);
	return 0;
}

int
l2fwd_parse_range(unsigned int *value, const char *opt, const char *s, unsigned int min,
    unsigned int max, struct l2fwd_err *err)
{
	uint64_t v;

	if (!parse_number(s, 10, max, &v) || v < min)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s %s: not a whole number from %u to %u; give one", opt, s, min, max);
	*value = (unsigned int)v;
	return 0;
}

int
l2fwd_parse_count(uint64_t *count, const char *opt, const char *s, struct l2fwd_err *err)
{
	uint64_t v;

	if (!parse_number(s, 10, INT64_MAX, &v) || v == 0)
		return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
		    "%s %s: not a whole number from 1 to %" PRId64 "; give one", opt, s, INT64_MAX);
	*count = v;
	return 0;
}

int
l2fwd_parse_mode(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	if (strcmp(s, "rtc") == 0)
		args->mode = L2FWD_RTC;
	else if (strcmp(s, "pipeline") == 0)
		args->mode = L2FWD_PIPELINE;
	else
		return l2fwd_refuse(
		    err, L2FWD_EXIT_USAGE, "--mode %s: no such mode; give rtc or pipeline", s);
	return 0;
}

int
l2fwd_parse_idle(struct l2fwd_args *args, const char *s, struct l2fwd_err *err)
{
	static const char *const words[] = {
	    [L2FWD_IDLE_POLL] = "poll",
	    [L2FWD_IDLE_PAUSE] = "pause",
	    [L2FWD_IDLE_SLEEP] = "sleep",
	    [L2FWD_IDLE_INTERRUPT] = "interrupt",
	};

	for (unsigned int i = L2FWD_IDLE_POLL; i <= L2FWD_IDLE_INTERRUPT; i++)
		if (strcmp(s, words[i]) == 0) {
			args->idle = (enum l2fwd_idle)i;
			return 0;
		}
	return l2fwd_refuse(err, L2FWD_EXIT_USAGE,
	    "--idle %s: no such way; give poll, pause, sleep or interrupt", s);
}
