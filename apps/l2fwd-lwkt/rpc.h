/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON-RPC 2.0: one line of text is a request, or an array of them, and becomes one line of answer.
 * Nothing here knows of sockets or packets. docs/reference/rpc.md is for who asks.
 *
 * A method is a row of a table: its name, what it takes and a function. From the table requests are
 * checked, so that a function gets only parameters that it knows, of the right type; and from it
 * "rpc.discover" answers.
 */
#ifndef L2FWD_RPC_H
#define L2FWD_RPC_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#define RPC_BATCH 32 /* requests of an array, at most */

/* Codes of errors: the specification's, then ours. */
#define RPC_PARSE     (-32700)
#define RPC_REQUEST   (-32600)
#define RPC_METHOD    (-32601)
#define RPC_PARAMS    (-32602)
#define RPC_INTERNAL  (-32603)
#define RPC_BUSY      (-32000) /* as many clients as there may be */
#define RPC_TOO_LARGE (-32001) /* a request */
#define RPC_REFUSED   (-32002) /* it cannot be done now, the text says why */

/** A parameter, by name; there are no others. */
struct rpc_param {
	const char *rp_name, *rp_help;
	json_type rp_type; /* JSON_STRING or JSON_INTEGER */
	bool rp_needed;
};

/** Who asks, and why it is refused. */
struct rpc_call {
	void *rc_context; /* of rpc_answer() */
	int rc_code;
	char rc_text[256];
};

/**
 * What a method does.
 *
 * @param params  an object, checked.
 * @return the result, the caller's; NULL: by rpc_refuse(), or there is no memory.
 */
typedef json_t *(*rpc_fn)(struct rpc_call *call, const json_t *params);

struct rpc_method {
	const char *rm_name, *rm_help;
	rpc_fn rm_fn;
	struct rpc_param rm_params[8]; /* ends with one without a name, or is full */
};

/** Why not: "<thing>: <what is wrong>; <fix>". @return NULL. */
__attribute__((format(printf, 3, 4))) json_t *rpc_refuse(
    struct rpc_call *call, int code, const char *fmt, ...);

/**
 * Answer a line.
 *
 * @param methods  ends with one without a name. "rpc.discover" is there by itself.
 * @param context  for the methods.
 * @param line     any bytes, without the '\n'.
 * @param n        how many.
 * @param bytes    of the answer.
 * @return the answer with its '\n', for free(); NULL: none is wanted, or there is no memory.
 */
char *rpc_answer(
    const struct rpc_method *methods, void *context, const char *line, size_t n, size_t *bytes);

/** A value, given away, as a line. @return it with its '\n', for free(); NULL: no memory. */
char *rpc_line(json_t *value, size_t *bytes);

/** An answer that refuses what could not be read as a request, as rpc_answer(). */
char *rpc_no(int code, const char *text, size_t *bytes);

#endif /* L2FWD_RPC_H */
