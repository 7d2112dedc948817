/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers as people write them, for options and for pipeline files: decimal digits, a point where
 * there is a unit, and the unit.
 *
 *      10    0.5ms    10mpps    2.5Gbps    20%
 *
 * "0x10", "1e3", "+1", ".5", "nan" and "inf" are no numbers. All arithmetic is in whole numbers:
 * what is read is exactly what is written, or it is refused.
 */
#ifndef LWKT_NUMBER_H
#define LWKT_NUMBER_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/** A unit: what stands behind a number, in any case of letters, and how much one of it is. */
struct lwkt_unit {
	const char *un_suffix; /**< "": none, if that is not plain */
	uint64_t un_factor;
};

/** A number as it is written: nu_digits / 10^nu_decimals of a unit. */
struct lwkt_number {
	uint64_t nu_digits;
	unsigned int nu_decimals;
	int nu_unit; /**< its index; -1: none stands there, and "" is no unit */
};

/**
 * Read a number and its unit.
 *
 * @param text   of so many bytes; no end is looked for.
 * @param bytes  of the text.
 * @param units  n of them; NULL with n 0.
 * @param n      how many.
 * @param nu     what stands there.
 * @return 0; -EINVAL it is no number with such a unit; -ERANGE it is one, beyond 64 bits.
 * Context: any thread. Ordering: none. Source: ours.
 */
static inline int
lwkt_number_scan(const char *text, size_t bytes, const struct lwkt_unit *units, unsigned int n,
    struct lwkt_number *nu)
{
	bool point = false, beyond = false;
	size_t at = 0;

	memset(nu, 0, sizeof(*nu));
	nu->nu_unit = -1;
	for (; at < bytes; at++) {
		unsigned int digit = (unsigned int)text[at] - '0';

		if (text[at] == '.' && at > 0 && !point) {
			point = true;
			continue;
		}
		if (digit > 9)
			break;
		beyond |= nu->nu_digits > (UINT64_MAX - digit) / 10;
		nu->nu_digits = nu->nu_digits * 10 + digit;
		nu->nu_decimals += point;
	}
	if (at == 0 || (point && nu->nu_decimals == 0))
		return -EINVAL;
	for (unsigned int i = 0; i < n && nu->nu_unit < 0; i++)
		if (strlen(units[i].un_suffix) == bytes - at &&
		    strncasecmp(text + at, units[i].un_suffix, bytes - at) == 0)
			nu->nu_unit = (int)i;
	if (nu->nu_unit < 0 && at < bytes)
		return -EINVAL;
	return beyond ? -ERANGE : 0;
}

/**
 * A number with or without a unit, as a whole number of what is stored.
 *
 * @param text    of so many bytes.
 * @param bytes   of the text.
 * @param units   n of them; NULL with n 0.
 * @param n       how many.
 * @param stored  how much one of what is stored is, in what the units' factors count; a number
 *                without unit is in that, unless "" is a unit.
 * @param value   the result; untouched but with 0.
 * @return 0; -EINVAL it is no such number, or not a whole one; -ERANGE it is beyond 64 bits.
 * Context: any thread. Ordering: none. Source: ours.
 */
static inline int
lwkt_number_whole(const char *text, size_t bytes, const struct lwkt_unit *units, unsigned int n,
    uint64_t stored, uint64_t *value)
{
	struct lwkt_number nu;
	uint64_t number, factor, divisor = 1;
	int rc = lwkt_number_scan(text, bytes, units, n, &nu);

	if (rc < 0)
		return rc;
	if (nu.nu_unit < 0) {
		if (nu.nu_decimals > 0)
			return -EINVAL;
		*value = nu.nu_digits;
		return 0;
	}
	/* Tens on both sides go first, so that only what is beyond 64 bits itself is too large. */
	for (factor = units[nu.nu_unit].un_factor; factor % 10 == 0; factor /= 10)
		if (nu.nu_decimals > 0)
			nu.nu_decimals--;
		else if (stored % 10 == 0)
			stored /= 10;
		else
			break;
	for (; nu.nu_decimals > 0; nu.nu_decimals--)
		if (nu.nu_digits % 10 == 0)
			nu.nu_digits /= 10;
		else if (__builtin_mul_overflow(divisor, 10, &divisor))
			return -EINVAL;
	if (__builtin_mul_overflow(nu.nu_digits, factor, &number))
		return -ERANGE;
	if (__builtin_mul_overflow(divisor, stored, &divisor) || number % divisor != 0)
		return -EINVAL;
	*value = number / divisor;
	return 0;
}

#endif /* LWKT_NUMBER_H */
