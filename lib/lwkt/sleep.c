/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sleeping CPUs (lwkt_cpu.h).
 *
 *      who sleeps                          who sends
 *      gd_asleep = 1                       publish (E1, E2)
 *      membarrier: a full fence on each    (the compiler keeps the order)
 *        CPU that runs one of our threads  gd_asleep == 1?
 *      poll: nothing?                        yes: make it 0; whoever did writes the eventfd
 *      wait for the eventfd
 *
 * One of the two sees what the other wrote (E19): if the sender's look comes after the fence on
 * its CPU, it sees gd_asleep; if it comes before, so does what it published, and the poll finds it.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_lcore.h>

#include "transit_pvt.h"
#include "lwkt_cpu.h"

#define NS_PER_S        1000000000
#define CALLOUT_LOOK_NS 1000000

static long
membarrier(int cmd)
{
	return syscall(SYS_membarrier, cmd, 0, 0);
}

int
sleep_init(struct lwkt_cpu *cpu)
{
	if (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) < 0) {
		lwkt_error("lwkt_init: CPUs cannot sleep here, membarrier(2) fails (%s); leave "
		           "cf_sleep out",
		    strerror(errno));
		return -ENOTSUP;
	}
	cpu->gd_wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (cpu->gd_wake_fd < 0) {
		lwkt_error("lwkt_init: no eventfd for CPU %u (%s); allow more open files "
		           "(ulimit -n)",
		    cpu->gd_cpuid, strerror(errno));
		return -EMFILE;
	}
	return 0;
}

void
sleep_fini(const struct lwkt_cpu *cpu)
{
	if (cpu->gd_wake_fd >= 0)
		close(cpu->gd_wake_fd);
}

bool
lwkt_may_sleep(void)
{
	const struct lwkt_cpu *cpu = cpus[rte_get_main_lcore()];

	return cpu != NULL && cpu->gd_wake_fd >= 0;
}

static struct lwkt_cpu *
sleeper(const char *call)
{
	struct lwkt_cpu *cpu = this_cpu(call);

	if (cpu->gd_wake_fd < 0)
		lwkt_panic(
		    "%s: CPU %u may not sleep; set cf_sleep for lwkt_init()", call, cpu->gd_cpuid);
	return cpu;
}

bool
lwkt_sleep_begin(void)
{
	struct lwkt_cpu *cpu = sleeper("lwkt_sleep_begin");

	ipiq_flush(cpu, true);
	if (cpu->gd_ndirty > 0)
		return false;
	__atomic_store_n(&cpu->gd_asleep, 1, __ATOMIC_RELAXED); /* E19 */
	membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);           /* E19 */
	return true;
}

bool
lwkt_sleep(int fd, int64_t timeout_ns)
{
	struct lwkt_cpu *cpu = sleeper("lwkt_sleep");
	struct pollfd fds[2] = {
	    {.fd = cpu->gd_wake_fd, .events = POLLIN},
	    {.fd = fd, .events = POLLIN}, /* -1: ignored */
	};
	struct timespec timeout;

	/* No message announces that a callout is due, or a thread's timed wait. */
	if (cpu->gd_wheel.wh_armed > 0 && (timeout_ns < 0 || timeout_ns > CALLOUT_LOOK_NS))
		timeout_ns = CALLOUT_LOOK_NS;
	timeout =
	    (struct timespec){.tv_sec = timeout_ns / NS_PER_S, .tv_nsec = timeout_ns % NS_PER_S};
	return ppoll(fds, 2, timeout_ns >= 0 ? &timeout : NULL, NULL) > 0 && fds[1].revents != 0;
}

/* Whoever took gd_asleep has written the eventfd, or is about to: then the next sleep is short. */
void
lwkt_sleep_end(void)
{
	struct lwkt_cpu *cpu = sleeper("lwkt_sleep_end");
	uint64_t wakes;

	if (__atomic_exchange_n(&cpu->gd_asleep, 0, __ATOMIC_RELAXED) != 0) /* E19 */
		return;
	while (read(cpu->gd_wake_fd, &wakes, sizeof(wakes)) < 0 && errno == EINTR)
		;
}
