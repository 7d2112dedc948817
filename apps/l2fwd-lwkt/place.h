/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the program listens: what --control and --metrics name, read before anything starts.
 */
#ifndef L2FWD_PLACE_H
#define L2FWD_PLACE_H

#include <sys/socket.h>

struct l2fwd_place {
	socklen_t pl_bytes; /* of pl_at; 0: nowhere */
	struct sockaddr_storage pl_at;
};

/**
 * ADDR:PORT with numbers; [ADDR]:PORT of IPv6; :PORT of this machine only; unix:PATH.
 *
 * @return 0; -EINVAL it is none of these, -ENAMETOOLONG no socket can have that path.
 */
int l2fwd_place_read(const char *text, struct l2fwd_place *pl);

/** The path of a unix socket, as l2fwd_place_read() takes it behind "unix:"; the same returns. */
int l2fwd_place_unix(const char *path, struct l2fwd_place *pl);

/** The path of a unix socket; NULL: it is none. */
const char *l2fwd_place_path(const struct l2fwd_place *pl);

/**
 * Listen there: a unix socket has mode 0600 from the first moment on, and a file that a process
 * which has gone left there is replaced.
 *
 * @return a descriptor that does not block; or a negative errno: -EADDRINUSE somebody serves it,
 *         -EEXIST the path is no socket, ...
 */
int l2fwd_place_listen(const struct l2fwd_place *pl, int backlog);

#endif /* L2FWD_PLACE_H */
