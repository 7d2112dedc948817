/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Would EAL find what it needs on this machine? In three steps, the first two of which need neither
 * a device nor a right, so that they can be tested on machines that are not there:
 *
 *   preflight_eal.c      the command line    -> struct l2fwd_eal, what is asked of EAL
 *   preflight_host.c, preflight_pci.c
 *                        /sys, /proc, /dev   -> struct l2fwd_facts, what there is
 *   preflight_judge.c, preflight_nics.c, preflight_group.c
 *                        both                -> struct l2fwd_findings, with the command that mends
 *   preflight.c          --preflight, and the same as hints when a start fails
 */
#ifndef L2FWD_PREFLIGHT_H
#define L2FWD_PREFLIGHT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "args.h"

#define L2FWD_MAX_PCI   64 /* NICs, and devices beside them in their IOMMU groups */
#define L2FWD_MAX_PAGES 4  /* sizes of hugepages */
#define L2FWD_MAX_NODES 8
#define L2FWD_MAX_VDEVS 32
#define L2FWD_PCI_NAME  16 /* bytes of 0000:01:00.0 */

/** What the options in front of the "--" ask of EAL. */
struct l2fwd_eal {
	bool el_no_huge, el_no_pci, el_in_memory, el_no_shconf;
	unsigned int el_mb;       /* -m, or the sum of --socket-mem; 0: not said */
	const char *el_huge_dir;  /* NULL: any */
	unsigned int el_nallowed; /* -a with PCI addresses; 0: all devices */
	char el_allowed[L2FWD_MAX_PCI][L2FWD_PCI_NAME];
	unsigned int el_nvdevs; /* --vdev */
	const char *el_vdev[L2FWD_MAX_VDEVS];
	bool el_told;   /* EAL has said itself what is wrong with these and its directory */
	bool el_others; /* -a with something else, or --vdev: there may be more than PCI devices */
};

/** Take from argv[1..argc) what is above; other options are EAL's business. */
void l2fwd_eal_read(struct l2fwd_eal *el, int argc, char **argv);

struct l2fwd_pages {
	unsigned long pg_kb; /* of a page */
	unsigned long pg_total, pg_free;
	unsigned long pg_node_free[L2FWD_MAX_NODES];
	char pg_dir[128]; /* where a hugetlbfs with them is mounted; "": nowhere */
	int pg_dir_rc;    /* 0: it can be written to; or a negative errno */
};

struct l2fwd_pci {
	char pc_name[L2FWD_PCI_NAME]; /* 0000:01:00.0 */
	unsigned int pc_class;        /* 0x020000: Ethernet */
	int pc_node;                  /* -1: none */
	char pc_driver[32];           /* "": bound to none */
	char pc_netif[32];            /* the kernel's interface; "": none */
	bool pc_routed;               /* ... that is in the routing table */
	bool pc_default;              /* ... or what is upon it: the default route leads there */
	int pc_group;                 /* of the IOMMU; -1: none */
	bool pc_noiommu;              /* ... which is one without an IOMMU */
	int pc_access;                /* to its /dev/vfio/GROUP: 0 or a negative errno */
};

/* An interface of the kernel's that a virtual device is on. */
struct l2fwd_netif {
	char ni_name[16];
	bool ni_there, ni_up;
	bool ni_veth;
	char ni_peer[16];          /* a veth's other end; "": in another network namespace */
	bool ni_csum, ni_segments; /* that one leaves them to its device */
	bool ni_joins;             /* it joins segments that come in */
};

/* Of a --vdev, what its arguments name. */
struct l2fwd_vdev {
	char vd_name[64];
	unsigned int vd_nargs; /* that name something, of those that are looked at */
	unsigned int vd_nnetifs;
	struct l2fwd_netif vd_netif[3];
	char vd_file[128]; /* the one that cannot be used, if vd_file_rc says so */
	int vd_file_rc;    /* 0 or a negative errno */
};

/** What there is. */
struct l2fwd_facts {
	unsigned int fa_uid;
	bool fa_net_raw;        /* CAP_NET_RAW */
	bool fa_ipc_lock;       /* CAP_IPC_LOCK: memory is locked without a limit */
	uint64_t fa_memlock;    /* bytes that may be locked; UINT64_MAX: any number */
	bool fa_iommu;          /* there are IOMMU groups */
	bool fa_vfio_pci;       /* its driver is loaded */
	bool fa_vfio_noiommu;   /* vfio has been told to do without */
	int fa_vfio_access;     /* to /dev/vfio/vfio */
	unsigned int fa_npages; /* sizes; 0: this kernel has no hugepages */
	struct l2fwd_pages fa_pages[L2FWD_MAX_PAGES]; /* ascending */
	char fa_runtime[128];                         /* EAL's directory at run time, ... */
	int fa_runtime_rc;                          /* ... whether it may be made and written to */
	int fa_tun_rc;                              /* ... and /dev/net/tun */
	struct l2fwd_vdev fa_vdev[L2FWD_MAX_VDEVS]; /* in the order of el_vdev */
	unsigned int fa_npci;
	struct l2fwd_pci fa_pci[L2FWD_MAX_PCI]; /* all devices on the bus, NICs first */
};

/**
 * Look at a machine.
 *
 * @param el    whose virtual devices are looked for.
 * @param root  in front of /sys, /proc and /dev; "" for this machine.
 */
void l2fwd_facts_read(struct l2fwd_facts *fa, const struct l2fwd_eal *el, const char *root);
void l2fwd_facts_pci(struct l2fwd_facts *fa, const char *root); /* its parts about devices */
void l2fwd_facts_vdevs(struct l2fwd_facts *fa, const struct l2fwd_eal *el, const char *root);

/* preflight_host.c: a path, cut to what fits; */
__attribute__((format(printf, 2, 3))) void l2fwd_path(char path[PATH_MAX], const char *fmt, ...);
/* one word or line of a file. @return false: there is no such file, or nothing in
 * it. */
bool l2fwd_read_line(const char *path, char *text, size_t bytes);
/** @return 0: it can be read and written; or a negative errno. */
int l2fwd_may_write(const char *path);

enum l2fwd_verdict {
	L2FWD_OK,
	L2FWD_WARN, /* it runs, but not as well as it could */
	L2FWD_FAIL, /* it will not run */
};

#define L2FWD_MAX_FINDINGS 48

struct l2fwd_findings {
	unsigned int fi_n, fi_failed;
	struct l2fwd_finding {
		enum l2fwd_verdict fd_verdict;
		char fd_text[320];   /* "<thing>: <what is wrong>: <command that mends it>" */
	} fi_at[L2FWD_MAX_FINDINGS]; /* what there is no room for is counted in fi_failed too */
};

__attribute__((format(printf, 3, 4))) void l2fwd_find(
    struct l2fwd_findings *fi, enum l2fwd_verdict verdict, const char *fmt, ...);

/** Everything; no side effects. */
void l2fwd_judge(
    struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa);
/* ... its part about NICs. @return how many of them vfio drives. */
unsigned int l2fwd_judge_nics(
    struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa);

/* ... its part about virtual devices and EAL's directory. */
void l2fwd_judge_vdevs(
    struct l2fwd_findings *fi, const struct l2fwd_eal *el, const struct l2fwd_facts *fa);

/** A line each. @param least  only these and worse. */
void l2fwd_findings_print(
    FILE *f, const char *prefix, const struct l2fwd_findings *fi, enum l2fwd_verdict least);

/* preflight.c */

/**
 * Judge this machine, before EAL is up, and print it.
 *
 * @param argc, argv  EAL's options, argv[0] the program.
 * @return 0, or -1 with err written: EAL would not start, or find no device.
 */
int l2fwd_preflight(int argc, char **argv, struct l2fwd_err *err);
/** A start goes on: what is to be warned of at virtual devices, as lines on standard output. */
void l2fwd_preflight_vdevs(int argc, char **argv);
/** A start has failed: what may be the reason, as lines on standard error. */
void l2fwd_preflight_hints(int argc, char **argv);

#endif /* L2FWD_PREFLIGHT_H */
