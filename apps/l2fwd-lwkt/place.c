/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the program listens (place.h).
 */
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "place.h"

int
l2fwd_place_unix(const char *path, struct l2fwd_place *pl)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	if (*path == '\0')
		return -EINVAL;
	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	memcpy(&pl->pl_at, &at, sizeof(at));
	pl->pl_bytes = sizeof(at);
	return 0;
}

/* A number from 1 to 65535: getaddrinfo() would take 99999 for 34463. */
static int
port_check(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n >= 1 && n <= 5 && text[n] == '\0' && atoi(text) >= 1 && atoi(text) <= UINT16_MAX
	           ? 0
	           : -EINVAL;
}

int
l2fwd_place_read(const char *text, struct l2fwd_place *pl)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(text, ':');
	char host[64] = "127.0.0.1";
	struct addrinfo *found = NULL;
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	if (strncmp(text, "unix:", 5) == 0)
		return l2fwd_place_unix(text + 5, pl);
	if (colon == NULL || n >= sizeof(host) || port_check(colon + 1) < 0)
		return -EINVAL;
	if (n > 1 && text[0] == '[' && text[n - 1] == ']')
		snprintf(host, sizeof(host), "%.*s", (int)n - 2, text + 1);
	else if (n > 0)
		snprintf(host, sizeof(host), "%.*s", (int)n, text);
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		return -EINVAL;
	memcpy(&pl->pl_at, found->ai_addr, found->ai_addrlen);
	pl->pl_bytes = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

const char *
l2fwd_place_path(const struct l2fwd_place *pl)
{
	const struct sockaddr_un *at = (const struct sockaddr_un *)(const void *)&pl->pl_at;

	return pl->pl_bytes > 0 && at->sun_family == AF_UNIX ? at->sun_path : NULL;
}

/* Is there a file, and nobody serves it? Then it is removed. @return 0 or a negative errno. */
static int
remove_stale(const struct l2fwd_place *pl, const char *path)
{
	struct stat st;
	int fd, rc;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)&pl->pl_at, pl->pl_bytes) == 0 ? 0 : errno;
	close(fd);
	if (rc != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(path) == 0 ? 0 : -errno;
}

/* On Linux the mode of a socket is that of its file, from the first moment on. */
static int
bind_and_listen(int fd, const struct l2fwd_place *pl, int backlog)
{
	const char *path = l2fwd_place_path(pl);
	int one = 1, rc;

	if (path != NULL ? fchmod(fd, 0600) < 0
	                 : setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&pl->pl_at, pl->pl_bytes) < 0)
		return -errno;
	if (listen(fd, backlog) == 0)
		return 0;
	rc = -errno;
	if (path != NULL)
		unlink(path);
	return rc;
}

int
l2fwd_place_listen(const struct l2fwd_place *pl, int backlog)
{
	const char *path = l2fwd_place_path(pl);
	int fd, rc = path != NULL ? remove_stale(pl, path) : 0;

	if (rc < 0)
		return rc;
	fd = socket(pl->pl_at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = bind_and_listen(fd, pl, backlog);
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}
