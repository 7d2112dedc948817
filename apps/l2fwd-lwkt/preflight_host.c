/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What there is: hugepages, limits, rights, vfio.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preflight.h"

#define CAP_NET_RAW_BIT  13 /* linux/capability.h */
#define CAP_IPC_LOCK_BIT 14

void
l2fwd_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, PATH_MAX, fmt, ap);
	va_end(ap);
}

bool
l2fwd_read_line(const char *path, char *text, size_t bytes)
{
	FILE *f = fopen(path, "re");
	bool ok = f != NULL && fgets(text, (int)bytes, f) != NULL;

	if (f != NULL)
		fclose(f);
	if (ok)
		text[strcspn(text, "\n")] = '\0';
	return ok;
}

int
l2fwd_may_write(const char *path)
{
	return access(path, R_OK | W_OK) == 0 ? 0 : -errno;
}

static unsigned long
number_in(const char *dir, const char *file)
{
	char path[PATH_MAX], text[32];

	l2fwd_path(path, "%s/%s", dir, file);
	return l2fwd_read_line(path, text, sizeof(text)) ? strtoul(text, NULL, 10) : 0;
}

static int
by_size(const void *a, const void *b)
{
	const struct l2fwd_pages *x = a, *y = b;

	return (x->pg_kb > y->pg_kb) - (x->pg_kb < y->pg_kb);
}

static void
read_pages(struct l2fwd_facts *fa, const char *root)
{
	static const char sizes[] = "/sys/kernel/mm/hugepages";
	char path[PATH_MAX];
	const struct dirent *de;
	DIR *dir;

	l2fwd_path(path, "%s%s", root, sizes);
	dir = opendir(path);
	while (dir != NULL && (de = readdir(dir)) != NULL && fa->fa_npages < L2FWD_MAX_PAGES) {
		struct l2fwd_pages *pg = &fa->fa_pages[fa->fa_npages];

		if (sscanf(de->d_name, "hugepages-%lukB", &pg->pg_kb) != 1)
			continue;
		l2fwd_path(path, "%s%s/%.64s", root, sizes, de->d_name);
		pg->pg_total = number_in(path, "nr_hugepages");
		pg->pg_free = number_in(path, "free_hugepages");
		for (unsigned int node = 0; node < L2FWD_MAX_NODES; node++) {
			l2fwd_path(path, "%s/sys/devices/system/node/node%u/hugepages/%.64s", root,
			    node, de->d_name);
			pg->pg_node_free[node] = number_in(path, "free_hugepages");
		}
		fa->fa_npages++;
	}
	if (dir != NULL)
		closedir(dir);
	qsort(fa->fa_pages, fa->fa_npages, sizeof(fa->fa_pages[0]), by_size);
}

/* Of what a mount says: "rw,relatime,pagesize=2M". The smallest size is what a kernel without the
 * word means. */
static unsigned long
kb_of_mount(const struct l2fwd_facts *fa, const char *options)
{
	const char *word = strstr(options, "pagesize=");
	unsigned long n;
	char unit = 'K';

	if (word == NULL || sscanf(word, "pagesize=%lu%c", &n, &unit) < 1)
		return fa->fa_npages > 0 ? fa->fa_pages[0].pg_kb : 0;
	return unit == 'G' ? n << 20 : unit == 'M' ? n << 10 : n;
}

/* The first mount of each size that can be written to, else the first. */
static void
read_mounts(struct l2fwd_facts *fa, const char *root)
{
	char path[PATH_MAX], line[512], dir[128], type[32], options[200];
	FILE *f;

	l2fwd_path(path, "%s/proc/mounts", root);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%*s %127s %31s %199s", dir, type, options) != 3 ||
		    strcmp(type, "hugetlbfs") != 0)
			continue;
		for (unsigned int i = 0; i < fa->fa_npages; i++) {
			struct l2fwd_pages *pg = &fa->fa_pages[i];

			if (pg->pg_kb != kb_of_mount(fa, options) ||
			    (pg->pg_dir[0] != '\0' && pg->pg_dir_rc == 0))
				continue;
			l2fwd_path(path, "%s%s", root, dir);
			snprintf(pg->pg_dir, sizeof(pg->pg_dir), "%s", dir);
			pg->pg_dir_rc = l2fwd_may_write(path);
		}
	}
	if (f != NULL)
		fclose(f);
}

static void
read_rights(struct l2fwd_facts *fa, const char *root)
{
	char path[PATH_MAX], line[200], limit[32];
	uint64_t caps;
	FILE *f;

	l2fwd_path(path, "%s/proc/self/status", root);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "CapEff: %" SCNx64, &caps) == 1) {
			fa->fa_ipc_lock = (caps >> CAP_IPC_LOCK_BIT & 1) != 0;
			fa->fa_net_raw = (caps >> CAP_NET_RAW_BIT & 1) != 0;
		} else {
			(void)sscanf(line, "Uid: %*u %u", &fa->fa_uid);
		}
	if (f != NULL)
		fclose(f);
	fa->fa_memlock = UINT64_MAX;
	l2fwd_path(path, "%s/proc/self/limits", root);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Max locked memory %31s", limit) == 1 && limit[0] != 'u')
			fa->fa_memlock = strtoull(limit, NULL, 10);
	if (f != NULL)
		fclose(f);
}

static void
read_vfio(struct l2fwd_facts *fa, const char *root)
{
	char path[PATH_MAX], text[8];
	const struct dirent *de;
	DIR *dir;

	l2fwd_path(path, "%s/sys/kernel/iommu_groups", root);
	dir = opendir(path);
	while (dir != NULL && (de = readdir(dir)) != NULL)
		fa->fa_iommu |= de->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	l2fwd_path(path, "%s/sys/bus/pci/drivers/vfio-pci", root);
	fa->fa_vfio_pci = access(path, F_OK) == 0;
	l2fwd_path(path, "%s/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", root);
	fa->fa_vfio_noiommu = l2fwd_read_line(path, text, sizeof(text)) && text[0] == 'Y';
	l2fwd_path(path, "%s/dev/vfio/vfio", root);
	fa->fa_vfio_access = l2fwd_may_write(path);
}

void
l2fwd_facts_read(struct l2fwd_facts *fa, const struct l2fwd_eal *el, const char *root)
{
	memset(fa, 0, sizeof(*fa));
	read_pages(fa, root);
	read_mounts(fa, root);
	read_rights(fa, root);
	read_vfio(fa, root);
	l2fwd_facts_pci(fa, root);
	l2fwd_facts_vdevs(fa, el, root);
}
