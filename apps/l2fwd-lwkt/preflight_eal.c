/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command line asks of EAL, as far as the machine has to have it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "preflight.h"

/*
 * The value of an option that is written "--name VALUE", "--name=VALUE", "-n VALUE" or "-nVALUE".
 * @return NULL: argv[*i] is not this option; else *i is at its last word.
 */
static const char *
value_of(int argc, char **argv, int *i, const char *name)
{
	const char *arg = argv[*i];
	size_t n = strlen(name);

	if (strncmp(arg, name, n) != 0)
		return NULL;
	if (arg[n] == '\0')
		return *i + 1 < argc ? argv[++*i] : NULL;
	if (name[1] != '-')
		return arg + n;
	return arg[n] == '=' ? arg + n + 1 : NULL;
}

/* "0000:01:00.0", "01:00.0", perhaps behind "pci:" and with ",key=value" behind it. */
static bool
read_address(const char *s, char *name, size_t bytes)
{
	unsigned int domain = 0, bus, device, function;
	int end = -1;

	if (strncmp(s, "pci:", 4) == 0)
		s += 4;
	if (sscanf(s, "%x:%x:%x.%x%n", &domain, &bus, &device, &function, &end) != 4) {
		domain = 0;
		end = -1;
		if (sscanf(s, "%x:%x.%x%n", &bus, &device, &function, &end) != 3)
			return false;
	}
	if (end < 0 || (s[end] != '\0' && s[end] != ','))
		return false;
	snprintf(name, bytes, "%04x:%02x:%02x.%x", domain & 0xffff, bus & 0xff, device & 0x1f,
	    function & 7);
	return true;
}

static void
allow(struct l2fwd_eal *el, const char *device)
{
	if (el->el_nallowed == L2FWD_MAX_PCI)
		return;
	if (read_address(device, el->el_allowed[el->el_nallowed], L2FWD_PCI_NAME))
		el->el_nallowed++;
	else
		el->el_others = true;
}

static void
add_vdev(struct l2fwd_eal *el, const char *device)
{
	el->el_others = true;
	if (el->el_nvdevs < L2FWD_MAX_VDEVS)
		el->el_vdev[el->el_nvdevs++] = device;
}

/* "256" or "256,128": MB of each node. */
static unsigned int
sum_of(const char *s)
{
	unsigned int sum = 0;

	while (isdigit((unsigned char)*s)) {
		char *end;

		sum += (unsigned int)strtoul(s, &end, 10);
		s = *end == ',' ? end + 1 : end;
	}
	return sum;
}

void
l2fwd_eal_read(struct l2fwd_eal *el, int argc, char **argv)
{
	*el = (struct l2fwd_eal){.el_mb = 0};
	for (int i = 1; i < argc; i++) {
		const char *value;

		if (strcmp(argv[i], "--no-huge") == 0)
			el->el_no_huge = true;
		else if (strcmp(argv[i], "--no-pci") == 0)
			el->el_no_pci = true;
		else if (strcmp(argv[i], "--in-memory") == 0)
			el->el_in_memory = el->el_no_shconf = true;
		else if (strcmp(argv[i], "--no-shconf") == 0)
			el->el_no_shconf = true;
		else if ((value = value_of(argc, argv, &i, "--huge-dir")) != NULL)
			el->el_huge_dir = value;
		else if ((value = value_of(argc, argv, &i, "--socket-mem")) != NULL ||
		         (value = value_of(argc, argv, &i, "-m")) != NULL)
			el->el_mb = sum_of(value);
		else if ((value = value_of(argc, argv, &i, "--allow")) != NULL ||
		         (value = value_of(argc, argv, &i, "-a")) != NULL)
			allow(el, value);
		else if ((value = value_of(argc, argv, &i, "--vdev")) != NULL)
			add_vdev(el, value);
	}
}
