/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is asked of EAL against what there is: memory, and what all devices have in common.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "preflight.h"

#define USUAL_MB 512 /* two ethdevs, and something to spare */
#define LEAST_MB 64  /* EAL's and the smallest pool */

void
l2fwd_find(struct l2fwd_findings *fi, enum l2fwd_verdict verdict, const char *fmt, ...)
{
	va_list ap;

	fi->fi_failed += verdict == L2FWD_FAIL;
	if (fi->fi_n == L2FWD_MAX_FINDINGS)
		return;
	fi->fi_at[fi->fi_n].fd_verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(fi->fi_at[fi->fi_n].fd_text, sizeof(fi->fi_at[0].fd_text), fmt, ap);
	va_end(ap);
	fi->fi_n++;
}

void
l2fwd_findings_print(
    FILE *f, const char *prefix, const struct l2fwd_findings *fi, enum l2fwd_verdict least)
{
	static const char *const words[] = {"ok", "warning", "FAILED"};

	for (unsigned int i = 0; i < fi->fi_n; i++)
		if (fi->fi_at[i].fd_verdict >= least)
			fprintf(f, "%s: %s: %s\n", prefix, words[fi->fi_at[i].fd_verdict],
			    fi->fi_at[i].fd_text);
}

/* As dpdk-hugepages.py takes it: 2M, 1G. */
static const char *
size_word(const struct l2fwd_pages *pg, char *text, size_t bytes)
{
	if (pg->pg_kb % (1 << 20) == 0)
		snprintf(text, bytes, "%luG", pg->pg_kb >> 20);
	else if (pg->pg_kb % (1 << 10) == 0)
		snprintf(text, bytes, "%luM", pg->pg_kb >> 10);
	else
		snprintf(text, bytes, "%luK", pg->pg_kb);
	return text;
}

/* MB in whole pages. */
static unsigned long
round_up(const struct l2fwd_pages *pg, unsigned long mb)
{
	unsigned long kb = (mb * 1024 + pg->pg_kb - 1) / pg->pg_kb * pg->pg_kb;

	return (kb + 1023) / 1024;
}

static unsigned long
free_mb(const struct l2fwd_facts *fa)
{
	unsigned long kb = 0;

	for (unsigned int i = 0; i < fa->fa_npages; i++)
		kb += fa->fa_pages[i].pg_free * fa->fa_pages[i].pg_kb;
	return kb / 1024;
}

/* @return false: there are too few, which has been said. */
static bool
judge_pages(struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	const struct l2fwd_pages *pg = &fa->fa_pages[0];
	unsigned long have = free_mb(fa), want = el->el_mb != 0 ? el->el_mb : LEAST_MB, total = 0;
	char size[24];

	for (unsigned int i = 0; i < fa->fa_npages; i++)
		total += fa->fa_pages[i].pg_total;
	if (fa->fa_npages == 0) {
		l2fwd_find(fi, L2FWD_FAIL,
		    "hugepages: this kernel has none: boot one that has, or, for virtual devices, give "
		    "--no-huge");
	} else if (total == 0) {
		l2fwd_find(fi, L2FWD_FAIL,
		    "hugepages: there are none: dpdk-hugepages.py -p %s --setup %luM",
		    size_word(pg, size, sizeof(size)),
		    round_up(pg, el->el_mb > USUAL_MB ? el->el_mb : USUAL_MB));
	} else if (have < want) {
		l2fwd_find(fi, L2FWD_FAIL,
		    "hugepages: %lu MB are free, %s %lu MB: dpdk-hugepages.py -p %s --reserve %luM",
		    have, el->el_mb != 0 ? "the options ask for" : "it takes at least", want,
		    size_word(pg, size, sizeof(size)),
		    round_up(pg, (pg->pg_total - pg->pg_free) * pg->pg_kb / 1024 + want));
	} else {
		l2fwd_find(fi, L2FWD_OK, "hugepages: %lu MB are free", have);
		return true;
	}
	return false;
}

/* Pages that are there are had by way of a mount, unless --in-memory. */
static void
judge_mount(struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	const struct l2fwd_pages *bad = NULL;
	char size[24];

	for (unsigned int i = 0; i < fa->fa_npages; i++) {
		const struct l2fwd_pages *pg = &fa->fa_pages[i];

		if (pg->pg_total == 0)
			continue;
		if (pg->pg_dir[0] != '\0' && pg->pg_dir_rc == 0) {
			l2fwd_find(fi, L2FWD_OK, "hugetlbfs: %s", pg->pg_dir);
			return;
		}
		if (bad == NULL || (bad->pg_dir[0] == '\0' && pg->pg_dir[0] != '\0'))
			bad = pg;
	}
	if (bad == NULL || el->el_huge_dir != NULL) /* EAL sees to that one */
		return;
	if (bad->pg_dir[0] == '\0')
		l2fwd_find(fi, L2FWD_FAIL,
		    "hugetlbfs: none is mounted: dpdk-hugepages.py -p %s --mount, or give --in-memory",
		    size_word(bad, size, sizeof(size)));
	else
		l2fwd_find(fi, L2FWD_FAIL,
		    "hugetlbfs: %s: user %u may not write to it (%s): mount -t hugetlbfs -o "
		    "uid=%u,mode=0700,pagesize=%s none /mnt/huge, and give --huge-dir /mnt/huge; or "
		    "give --in-memory",
		    bad->pg_dir, fa->fa_uid, strerror(-bad->pg_dir_rc), fa->fa_uid,
		    size_word(bad, size, sizeof(size)));
}

static void
judge_memory(struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	if (el->el_no_huge)
		l2fwd_find(fi, L2FWD_OK, "hugepages: not needed (--no-huge)");
	else if (judge_pages(fi, el, fa) && !el->el_in_memory)
		judge_mount(fi, el, fa);
}

/* vfio locks all memory that EAL has. */
static void
judge_memlock(struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	uint64_t mb = el->el_mb != 0 ? el->el_mb : LEAST_MB;

	if (fa->fa_ipc_lock || fa->fa_memlock == UINT64_MAX)
		l2fwd_find(fi, L2FWD_OK, "locked memory: no limit");
	else if (fa->fa_memlock >= mb << 20)
		l2fwd_find(fi, L2FWD_OK, "locked memory: %" PRIu64 " MB", fa->fa_memlock >> 20);
	else
		l2fwd_find(fi, L2FWD_FAIL,
		    "locked memory: %" PRIu64
		    " KiB are allowed, vfio locks all that EAL has, %" PRIu64
		    " MB: ulimit -l unlimited, in a shell of root or by limits.conf(5); in a service "
		    "LimitMEMLOCK=infinity",
		    fa->fa_memlock >> 10, mb);
}

static void
judge_vfio(struct l2fwd_findings *fi, const struct l2fwd_facts *fa)
{
	if (fa->fa_vfio_access == 0)
		l2fwd_find(fi, L2FWD_OK, "vfio: /dev/vfio/vfio can be opened");
	else if (fa->fa_vfio_access == -ENOENT)
		l2fwd_find(fi, L2FWD_FAIL, "vfio: there is no /dev/vfio/vfio: modprobe vfio-pci");
	else
		l2fwd_find(fi, L2FWD_FAIL,
		    "vfio: user %u may not open /dev/vfio/vfio (%s): chmod 0666 /dev/vfio/vfio",
		    fa->fa_uid, strerror(-fa->fa_vfio_access));
}

void
l2fwd_judge(struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa)
{
	fi->fi_n = fi->fi_failed = 0;
	judge_memory(fi, el, fa);
	if (!el->el_told)
		l2fwd_judge_vdevs(fi, el, fa);
	if (l2fwd_judge_nics(fi, el, fa) == 0)
		return;
	judge_vfio(fi, fa);
	judge_memlock(fi, el, fa);
}
