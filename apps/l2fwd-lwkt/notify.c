/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the service manager is told: sd_notify(3), without its library. Outside of a service there
 * is nobody to tell.
 *
 *      EXTEND_TIMEOUT_USEC while links are waited for ─▶ READY ─▶ WATCHDOG while every loop turns
 *      RELOADING ─▶ READY around a reload;  STOPPING at the end;  STATUS whenever it changes
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "l2fwd.h"

#define WAIT_US 30000000 /* from one second of waiting to the next: enough */

static void
notify_send(const char *text)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if (name == NULL || (name[0] != '/' && name[0] != '@') ||
	    strlen(name) >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, name, strlen(name));
	if (name[0] == '@') /* an abstract one */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	/* It is only told; whether somebody listens changes nothing. */
	(void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
	close(fd);
}

void
l2fwd_notify(const char *fmt, ...)
{
	char text[300] = "STATUS=";
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	notify_send(text);
}

static uint64_t
monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

void
l2fwd_notify_state(enum l2fwd_service_state state)
{
	char text[100];

	switch (state) {
	case L2FWD_SERVICE_WAITS:
		snprintf(text, sizeof(text), "EXTEND_TIMEOUT_USEC=%u", WAIT_US);
		break;
	case L2FWD_SERVICE_READY:
		snprintf(text, sizeof(text), "READY=1");
		break;
	case L2FWD_SERVICE_RELOADS:
		snprintf(
		    text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, monotonic_us());
		break;
	case L2FWD_SERVICE_ENDS:
	default:
		snprintf(text, sizeof(text), "STOPPING=1");
		break;
	}
	notify_send(text);
}

/* Three times in the time that it is given. */
void
l2fwd_notify_alive(void)
{
	static uint64_t next_us;
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t now = monotonic_us();

	if (usec == NULL || now < next_us || (pid != NULL && strtol(pid, NULL, 10) != getpid()))
		return;
	next_us = now + strtoull(usec, NULL, 10) / 3;
	notify_send("WATCHDOG=1");
}
