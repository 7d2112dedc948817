/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command lines of compare's devices under test.
 */
#include <stdarg.h>
#include <stdio.h>

#include "cmp_pvt.h"

const char *const cmp_program_names[CMP_PROGRAMS] = {
    "lwkt-l2fwd rtc", "lwkt-l2fwd pipeline", "dpdk-testpmd io", "dpdk-testpmd mac"};

const char *
cmp_program_path(const struct cmp *cm, enum cmp_program program)
{
	return (1u << program & CMP_OURS) != 0 ? cm->cm_l2fwd : cm->cm_testpmd;
}

__attribute__((format(printf, 2, 3))) static void
add(struct cmp_line *ln, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ln->ln_text[ln->ln_n], sizeof(ln->ln_text[0]), fmt, ap);
	va_end(ap);
	ln->ln_arg[ln->ln_n] = ln->ln_text[ln->ln_n];
	ln->ln_n++;
}

static void
add_all(struct cmp_line *ln, const char *const *args)
{
	for (; *args != NULL; args++)
		add(ln, "%s", *args);
}

/* Run to completion and testpmd have a worker for each ethdev, or one for both. */
static unsigned int
workers(const struct cmp *cm, enum cmp_program program)
{
	if (program == CMP_PIPELINE)
		return 3;
	return cm->cm_cpus.cc_device.ul_n > 1 ? 2 : 1;
}

static void
add_eal(const struct cmp *cm, enum cmp_program program, struct cmp_line *ln)
{
	static const char *const fixed[] = {"--no-huge", "-m", "256", "--no-pci", "--no-shconf",
	    "--no-telemetry", "--log-level=lib.eal:4", "--file-prefix", NULL};
	char text[1200], socket[64];

	add(ln, "%s", cmp_program_path(cm, program));
	add_all(ln, fixed);
	cmp_prefix(cm, 'd', text, sizeof(text));
	add(ln, "%s", text);
	cmp_cpus_lcores(
	    &cm->cm_cpus, &cm->cm_cpus.cc_device, workers(cm, program), text, sizeof(text));
	add(ln, "--lcores");
	add(ln, "%s", text);
	for (unsigned int i = 0; i < CMP_LINKS; i++) {
		cmp_socket(cm, i, socket, sizeof(socket));
		add(ln, "--vdev");
		if (cm->cm_vhost)
			add(ln, "net_vhost%u,iface=%s", i, socket);
		else
			add(ln, "net_memif%u,role=server,id=%u,socket=%s,socket-abstract=no", i, i,
			    socket);
	}
	add(ln, "--");
}

/* Rings and pool of testpmd as large as those of lwkt-l2fwd. */
static void
add_own(const struct cmp *cm, enum cmp_program program, struct cmp_line *ln)
{
	static const char *const testpmd[] = {"--total-num-mbufs=8191", "--rxd=1024", "--txd=1024",
	    "--disable-link-check", "--stats-period=3600", NULL};
	static const char *const l2fwd[] = {"-p", "3", "-T", "0", "-P", NULL};

	switch (program) {
	case CMP_RTC:
		add_all(ln, l2fwd);
		add(ln, "--mode=rtc");
		add(ln, "-q");
		add(ln, "%u", workers(cm, program) == 1 ? 2 : 1);
		break;
	case CMP_PIPELINE:
		add_all(ln, l2fwd);
		add(ln, "--mode=pipeline");
		add(ln, "-q");
		add(ln, "2");
		break;
	default:
		add_all(ln, testpmd);
		add(ln, "--forward-mode=%s", program == CMP_IO ? "io" : "mac");
		add(ln, "--nb-cores=%u", workers(cm, program));
	}
}

void
cmp_line(const struct cmp *cm, enum cmp_program program, struct cmp_line *ln)
{
	add_eal(cm, program, ln);
	add_own(cm, program, ln);
}
