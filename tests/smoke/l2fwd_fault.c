/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults from within: a library that l2fwd_faults.sh preloads into lwkt-l2fwd. LWKT_FAULT says
 * which of these it makes on SIGRTMIN + 1, on a thread of its own:
 *
 *   unplug=DEVICE   rte_eal_hotplug_remove(), as EAL does it for another process
 *   hog=POOL        take all mbufs, and give them back after a second
 *   stall=MS        stop each worker lcore's thread, wherever it is, for so long
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#define HOGGED 16384

static long stall_ms;

static void
sleep_ms(long ms)
{
	const struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

static void
unplug(const char *device)
{
	printf("fault: unplug %s: %d\n", device, rte_eal_hotplug_remove("vdev", device));
	fflush(stdout);
}

static void
hog(const char *name)
{
	static struct rte_mbuf *mbufs[HOGGED];
	struct rte_mempool *pool = rte_mempool_lookup(name);
	unsigned int n = 0;

	for (unsigned int misses = 0; pool != NULL && misses < 1000;) {
		if (n < HOGGED && (mbufs[n] = rte_pktmbuf_alloc(pool)) != NULL)
			n++;
		else if (++misses % 10 == 0)
			sleep_ms(1); /* those that are under way come back */
	}
	printf("fault: hogged %u mbufs\n", n);
	fflush(stdout);
	sleep_ms(300);
	rte_pktmbuf_free_bulk(mbufs, n);
}

static void
on_stall(int sig)
{
	(void)sig;
	sleep_ms(stall_ms);
}

/* Several times: a thread may be between two stages. */
static void
stall(const char *ms)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;

	stall_ms = atol(ms);
	signal(SIGRTMIN, on_stall);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[64], name[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%.16s/comm", entry->d_name);
		f = fopen(path, "r");
		if (f != NULL && fgets(name, sizeof(name), f) != NULL &&
		    strstr(name, "worker") != NULL)
			for (unsigned int i = 0; i < 3; i++) {
				syscall(SYS_tgkill, getpid(), atoi(entry->d_name), SIGRTMIN);
				sleep_ms(stall_ms + 10);
			}
		if (f != NULL)
			fclose(f);
	}
	if (dir != NULL)
		closedir(dir);
}

static void *
make_faults(void *arg)
{
	const char *fault = arg;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	while (sigwait(&set, &sig) == 0) {
		if (strncmp(fault, "unplug=", 7) == 0)
			unplug(fault + 7);
		else if (strncmp(fault, "hog=", 4) == 0)
			hog(fault + 4);
		else if (strncmp(fault, "stall=", 6) == 0)
			stall(fault + 6);
	}
	return NULL;
}

__attribute__((constructor)) static void
begin(void)
{
	char *fault = getenv("LWKT_FAULT");
	pthread_t thread;
	sigset_t all, before;

	if (fault == NULL)
		return;
	sigfillset(&all); /* the program's signals are not this thread's */
	pthread_sigmask(SIG_BLOCK, &all, &before);
	pthread_create(&thread, NULL, make_faults, fault);
	pthread_detach(thread);
	sigaddset(&before, SIGRTMIN + 1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}
