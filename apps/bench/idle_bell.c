/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The source of 'lwkt-bench idle' (idle_bell.h).
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "idle_bell.h"

#define GIVE_UP_S 5 /* for a worker that does not wake */

static struct {
	int fd;
	uint64_t knocked; /* atomic: TSC of the knock that is due; 0: none */
	uint64_t woken;   /* atomic: TSC of the poll that found it; 0: not yet */
} bell = {.fd = -1};

static unsigned int
bell_poll(struct lwkt_stage *st)
{
	(void)st;
	if (__atomic_load_n(&bell.knocked, __ATOMIC_ACQUIRE) == 0)
		return 0;
	__atomic_store_n(&bell.knocked, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&bell.woken, rte_rdtsc(), __ATOMIC_RELEASE);
	return 0;
}

static int
bell_watch(struct lwkt_stage *st, int epfd, bool on)
{
	struct epoll_event ev = {.events = EPOLLIN};

	(void)st;
	return epoll_ctl(epfd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, bell.fd, &ev);
}

static void
bell_arm(struct lwkt_stage *st, bool on)
{
	uint64_t knocks;

	(void)st;
	while (on && read(bell.fd, &knocks, sizeof(knocks)) < 0 && errno == EINTR)
		;
}

const struct lwkt_stage_kind bell_kind = {
    .sk_name = "bell",
    .sk_poll = bell_poll,
    .sk_watch = bell_watch,
    .sk_arm = bell_arm,
    .sk_min_outs = 1,
    .sk_max_outs = 1,
};

int
bell_open(void)
{
	bell.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return bell.fd < 0 ? -errno : 0;
}

void
bell_close(void)
{
	if (bell.fd >= 0)
		close(bell.fd);
	bell.fd = -1;
}

int
bell_knock(uint64_t *cycles)
{
	const uint64_t one = 1;
	uint64_t begin, woken = 0, give_up = rte_rdtsc() + GIVE_UP_S * rte_get_tsc_hz();

	__atomic_store_n(&bell.woken, 0, __ATOMIC_RELAXED);
	begin = rte_rdtsc();
	__atomic_store_n(&bell.knocked, begin, __ATOMIC_RELEASE);
	if (write(bell.fd, &one, sizeof(one)) != sizeof(one))
		return -errno;
	while ((woken = __atomic_load_n(&bell.woken, __ATOMIC_ACQUIRE)) == 0)
		if (rte_rdtsc() > give_up)
			return -ETIMEDOUT;
	*cycles = woken - begin;
	return 0;
}
