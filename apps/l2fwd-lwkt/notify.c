/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What "systemctl status" shows: sd_notify(3)'s STATUS, without its library. Outside of a service
 * there is nobody to tell.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "l2fwd.h"

void
l2fwd_notify(const char *fmt, ...)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char text[300];
	va_list ap;
	size_t n;
	int fd;

	if (name == NULL || (name[0] != '/' && name[0] != '@') ||
	    strlen(name) >= sizeof(to.sun_path))
		return;
	n = (size_t)snprintf(text, sizeof(text), "STATUS=");
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
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
