/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON-RPC of a line: each kind of request, and each way to get it wrong, with the code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "rpc.h"

static unsigned int called;

static json_t *
echo(struct rpc_call *call, const json_t *params)
{
	(void)call;
	called++;
	return json_deep_copy(params);
}

static json_t *
refuse(struct rpc_call *call, const json_t *params)
{
	(void)params;
	return rpc_refuse(call, RPC_REFUSED, "not now");
}

static const struct rpc_method methods[] = {
    {"echo", "what it was given", echo,
        {{"text", "any", JSON_STRING, true}, {"number", "any", JSON_INTEGER, false}}},
    {"refuse", "nothing", refuse, {{NULL}}},
    {NULL, NULL, NULL, {{NULL}}},
};

#define REQUEST(rest) "{\"jsonrpc\":\"2.0\"," rest "}"
#define RESULT(rest)  "{\"jsonrpc\":\"2.0\",\"result\":" rest "}\n"
#define ERROR(c, t, i) \
	"{\"jsonrpc\":\"2.0\",\"error\":{\"code\":" c ",\"message\":\"" t "\"},\"id\":" i "}\n"

static const struct {
	const char *line, *answer;
} lines[] = {
    /* clang-format off */
	{REQUEST("\"method\":\"echo\",\"params\":{\"text\":\"a\"},\"id\":7"), RESULT("{\"text\":\"a\"},\"id\":7")},
	{REQUEST("\"method\":\"echo\",\"params\":{\"text\":\"a\",\"number\":-1},\"id\":\"x\""),
	    RESULT("{\"text\":\"a\",\"number\":-1},\"id\":\"x\"")},
	{REQUEST("\"method\":\"echo\",\"params\":{\"text\":\"a\"},\"id\":null"), RESULT("{\"text\":\"a\"},\"id\":null")},
	{REQUEST("\"method\":\"echo\",\"params\":{\"text\":\"a\"}"), ""}, /* a notification */
	{REQUEST("\"method\":\"refuse\",\"id\":1"), ERROR("-32002", "not now", "1")},
	{REQUEST("\"method\":\"refuse\""), ""},
	{REQUEST("\"method\":\"nothing\",\"id\":1"),
	    ERROR("-32601", "no method 'nothing'; rpc.discover lists them", "1")},
	{REQUEST("\"method\":\"echo\",\"id\":1"), ERROR("-32602", "echo: text: missing; give it", "1")},
	{REQUEST("\"method\":\"echo\",\"params\":{\"text\":1},\"id\":1"),
	    ERROR("-32602", "echo: text: not of type string", "1")},
	{REQUEST("\"method\":\"echo\",\"params\":{\"text\":\"a\",\"number\":1.5},\"id\":1"),
	    ERROR("-32602", "echo: number: not of type integer", "1")},
	{REQUEST("\"method\":\"echo\",\"params\":{\"txt\":\"a\"},\"id\":1"),
	    ERROR("-32602", "echo: no parameter 'txt'; see rpc.discover", "1")},
	{REQUEST("\"method\":\"echo\",\"params\":[\"a\"],\"id\":1"),
	    ERROR("-32600", "params: an object, by name", "1")},
	{REQUEST("\"method\":7,\"id\":1"), ERROR("-32600", "method: a string is needed", "1")},
	{REQUEST("\"method\":\"echo\",\"id\":[]"), ERROR("-32600", "id: a string, a number or null", "null")},
	{"{\"method\":\"echo\",\"id\":1}", ERROR("-32600", "jsonrpc: it is \\\"2.0\\\" in each request", "1")},
	{"{\"jsonrpc\":\"1.0\",\"method\":\"echo\",\"id\":1}",
	    ERROR("-32600", "jsonrpc: it is \\\"2.0\\\" in each request", "1")},
	{"[]", ERROR("-32600", "an array has from 1 to 32 requests", "null")},
	{"[7]", "[{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32600,\"message\":\"a request is an object\"},\"id\":null}]\n"},
	{"[" REQUEST("\"method\":\"refuse\"") "]", ""},
    /* clang-format on */
};

static char *
answer_to(const char *line, size_t n)
{
	size_t bytes = 0;
	char *answer = rpc_answer(methods, NULL, line, n, &bytes);

	cr_expect(answer == NULL || strlen(answer) == bytes);
	return answer;
}

Test(rpc, API_each_request_has_its_answer)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *answer = answer_to(lines[i].line, strlen(lines[i].line));

		cr_expect_str_eq(
		    answer != NULL ? answer : "", lines[i].answer, "%s: %s", lines[i].line, answer);
		free(answer);
	}
}

static int
code_of(const char *line, size_t n)
{
	char *text = answer_to(line, n);
	json_t *answer = json_loads(text, 0, NULL);
	int code =
	    (int)json_integer_value(json_object_get(json_object_get(answer, "error"), "code"));

	json_decref(answer);
	free(text);
	return code;
}

Test(rpc, API_what_is_no_json_is_said_so)
{
	static const char *const bad[] = {"", "{", "\"", "{\"a\":1,\"a\":2}", "nul", "{} {}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(code_of(bad[i], strlen(bad[i])), RPC_PARSE, "%s", bad[i]);
	cr_expect_eq(code_of("\0\0", 2), RPC_PARSE);
	cr_expect_eq(code_of("\xff", 1), RPC_PARSE);
}

/* The text of an error quotes a name that is cut in the middle of a character. */
Test(rpc, API_an_error_about_a_long_name_is_json)
{
	char line[300] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a";

	for (unsigned int i = 0; i < 60; i++)
		strcat(line, "\xc3\xa4");
	strcat(line, "\"}");
	cr_expect_eq(code_of(line, strlen(line)), RPC_METHOD);
}

Test(rpc, API_a_batch_has_at_most_so_many)
{
	char line[4096] = "[";

	called = 0;
	for (unsigned int i = 0; i <= RPC_BATCH; i++)
		strcat(strcat(line, i > 0 ? "," : ""),
		    REQUEST("\"method\":\"echo\",\"params\":{\"text\":\"\"},\"id\":1"));
	strcat(line, "]");
	cr_expect_eq(code_of(line, strlen(line)), RPC_REQUEST);
	cr_expect_eq(called, 0, "none of them is done");
}

Test(rpc, API_methods_are_discovered)
{
	const char *line = REQUEST("\"method\":\"rpc.discover\",\"id\":1");
	char *text = answer_to(line, strlen(line));
	json_t *answer = json_loads(text, 0, NULL),
	       *found = json_object_get(json_object_get(answer, "result"), "methods"),
	       *parameters = json_object_get(json_array_get(found, 1), "params");

	cr_assert_eq(json_array_size(found), 3);
	cr_expect_str_eq(
	    json_string_value(json_object_get(json_array_get(found, 1), "name")), "echo");
	cr_expect_eq(json_array_size(parameters), 2);
	cr_expect(json_is_true(json_object_get(json_array_get(parameters, 0), "required")));
	json_decref(answer);
	free(text);
}
