/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_rpc: any bytes as a line of the control socket.
 *
 * It must not crash, leak or read what is not its own. An answer is one line of JSON, an answer of
 * JSON-RPC 2.0 or an array of these. A method gets only parameters that its table has.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes);

#define must(cond)                                                                   \
	do {                                                                         \
		if (!(cond)) {                                                       \
			fprintf(stderr, "fuzz_rpc: line %d: %s\n", __LINE__, #cond); \
			abort();                                                     \
		}                                                                    \
	} while (0)

static json_t *
echo(struct rpc_call *call, const json_t *params)
{
	const json_t *text = json_object_get(params, "text"),
	             *number = json_object_get(params, "number");

	must(call->rc_code == 0 && json_is_string(text));
	must(number == NULL || json_is_integer(number));
	must(json_object_size(params) == (number != NULL ? 2 : 1));
	return json_deep_copy(params);
}

static json_t *
refuse(struct rpc_call *call, const json_t *params)
{
	(void)params;
	return rpc_refuse(call, RPC_REFUSED, "no");
}

static const struct rpc_method methods[] = {
    {"echo", "what it was given", echo,
        {{"text", "any", JSON_STRING, true}, {"number", "any", JSON_INTEGER, false}}},
    {"refuse", "nothing", refuse, {{NULL}}},
    {NULL, NULL, NULL, {{NULL}}},
};

static void
look_at(const json_t *answer)
{
	const json_t *result = json_object_get(answer, "result"),
	             *error = json_object_get(answer, "error");

	must(strcmp(json_string_value(json_object_get(answer, "jsonrpc")), "2.0") == 0);
	must((result == NULL) != (error == NULL) && json_object_get(answer, "id") != NULL);
	must(error == NULL || (json_is_integer(json_object_get(error, "code")) &&
	                          json_is_string(json_object_get(error, "message"))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes)
{
	size_t n = 0, i;
	char *line = rpc_answer(methods, NULL, (const char *)input, bytes, &n);
	json_t *answer, *one;

	if (line == NULL)
		return 0;
	must(n > 1 && memchr(line, '\n', n) == line + n - 1);
	answer = json_loadb(line, n, 0, NULL);
	must(answer != NULL);
	if (json_is_array(answer)) {
		must(json_array_size(answer) <= RPC_BATCH);
		json_array_foreach(answer, i, one) look_at(one);
	} else {
		look_at(answer);
	}
	json_decref(answer);
	free(line);
	return 0;
}
