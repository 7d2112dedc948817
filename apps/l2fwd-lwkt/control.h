/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: a unix stream socket, lines of JSON-RPC (rpc.h), served by the main lcore
 * while it waits in its rounds. It has no packets, so no client can delay one; and no client can
 * delay the rounds, since nothing here waits:
 *
 *   clients          CONTROL_CLIENTS; one more is told so and closed
 *   a request        CONTROL_REQUEST bytes; a longer one is answered with an error, and closed
 *   requests         one a client and call of control_serve(); the next when its answer is read
 *   a slow client    CONTROL_SLOW_MS for the rest of a request, or to read its answer
 *   an idle client   CONTROL_IDLE_MS; one more than there may be sends the most idle away, if it
 *                    has been so for CONTROL_SLOW_MS
 */
#ifndef L2FWD_CONTROL_H
#define L2FWD_CONTROL_H

#include <poll.h>
#include <stdint.h>

#include "rpc.h"

#define CONTROL_CLIENTS 16
#define CONTROL_REQUEST 16384
#define CONTROL_SLOW_MS 10000
#define CONTROL_IDLE_MS 60000
#define CONTROL_FDS     (CONTROL_CLIENTS + 1)

struct control_client {
	int cc_fd;                  /* -1: none */
	uint64_t cc_since_ms;       /* it has read or written something */
	char *cc_in, *cc_out;       /* CONTROL_REQUEST bytes; an answer, or NULL */
	size_t cc_nin, cc_nout;     /* bytes there */
	size_t cc_seen, cc_written; /* of these: without a '\n'; with the client */
	bool cc_ending;             /* closed when the answer is written */
	void *cc_own;               /* the methods'; freed with free() */
	/*
	 * A method may take the connection over: called when its answer is with the client, with a
	 * descriptor that is the method's now; or -1: the client has gone before.
	 */
	void (*cc_hand)(int fd);
};

struct control {
	int co_fd; /* -1: none */
	const char *co_path;
	const struct rpc_method *co_methods;
	uint64_t co_refused; /* clients, or requests that were too large */
	struct control_client co_client[CONTROL_CLIENTS];
};

/**
 * Make the socket, mode 0600, or with a group 0660. A file that a process which has gone left there
 * is replaced.
 *
 * @param path   stays the caller's, as long as it is open.
 * @param group  NULL: none.
 * @return 0; or a negative errno: -EADDRINUSE somebody serves it, -EEXIST it is no socket,
 *         -ENAMETOOLONG, -ENOENT no such group or directory, ...
 */
int control_open(
    struct control *co, const char *path, const char *group, const struct rpc_method *methods);

/** Close all, remove the file. No effect on one that is not open. */
void control_close(struct control *co);

/** What to wait for: at most CONTROL_FDS entries. @return how many. */
unsigned int control_fds(const struct control *co, struct pollfd *fds);

/** After a wait of any length. The methods get the struct control_client for a context. */
void control_serve(struct control *co, uint64_t now_ms);

#endif /* L2FWD_CONTROL_H */
