/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON-RPC 2.0 of a line (rpc.h).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"

json_t *
rpc_refuse(struct rpc_call *call, int code, const char *fmt, ...)
{
	va_list ap;

	call->rc_code = code;
	va_start(ap, fmt);
	vsnprintf(call->rc_text, sizeof(call->rc_text), fmt, ap);
	va_end(ap);
	return NULL;
}

/*
 * Answers
 */

/* A text that a client sent may be cut in the middle of a character, which JSON does not take. */
static json_t *
rpc_text(const char *text)
{
	json_t *string = json_string(text);

	return string != NULL ? string
	                      : json_string("not as it should be; see docs/reference/rpc.md");
}

/* id is borrowed; NULL: it is not known. */
static json_t *
rpc_error(const json_t *id, int code, const char *text)
{
	json_t *answer = json_object(), *error = json_object();

	json_object_set_new(error, "code", json_integer(code));
	json_object_set_new(error, "message", rpc_text(text));
	json_object_set_new(answer, "jsonrpc", json_string("2.0"));
	json_object_set_new(answer, "error", error);
	json_object_set_new(answer, "id", id != NULL ? json_deep_copy(id) : json_null());
	return answer;
}

static json_t *
rpc_result(const json_t *id, json_t *result)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "jsonrpc", json_string("2.0"));
	json_object_set_new(answer, "result", result);
	json_object_set_new(answer, "id", json_deep_copy(id));
	return answer;
}

char *
rpc_line(json_t *value, size_t *bytes)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15)), *line;

	json_decref(value);
	*bytes = text != NULL ? strlen(text) + 1 : 0;
	line = text != NULL ? realloc(text, *bytes + 1) : NULL;
	if (line == NULL) {
		free(text);
		return NULL;
	}
	memcpy(line + *bytes - 1, "\n", 2);
	return line;
}

char *
rpc_no(int code, const char *text, size_t *bytes)
{
	return rpc_line(rpc_error(NULL, code, text), bytes);
}

/*
 * Parameters
 */

static const char *
type_name(json_type type)
{
	return type == JSON_STRING ? "string" : "integer";
}

static const struct rpc_param *
find_param(const struct rpc_method *method, const char *name)
{
	for (size_t i = 0; i < sizeof(method->rm_params) / sizeof(method->rm_params[0]); i++)
		if (method->rm_params[i].rp_name != NULL &&
		    strcmp(method->rm_params[i].rp_name, name) == 0)
			return &method->rm_params[i];
	return NULL;
}

/* @return whether the method may have them; else call says why not. */
static bool
check_params(struct rpc_call *call, const struct rpc_method *method, json_t *params)
{
	const char *name;
	json_t *value;

	json_object_foreach(params, name, value)
	{
		const struct rpc_param *rp = find_param(method, name);

		if (rp == NULL)
			rpc_refuse(call, RPC_PARAMS, "%s: no parameter '%.64s'; see rpc.discover",
			    method->rm_name, name);
		else if (json_typeof(value) != rp->rp_type)
			rpc_refuse(call, RPC_PARAMS, "%s: %s: not of type %s", method->rm_name,
			    rp->rp_name, type_name(rp->rp_type));
		if (call->rc_code != 0)
			return false;
	}
	for (size_t i = 0; i < sizeof(method->rm_params) / sizeof(method->rm_params[0]); i++) {
		const struct rpc_param *rp = &method->rm_params[i];

		if (rp->rp_name != NULL && rp->rp_needed &&
		    json_object_get(params, rp->rp_name) == NULL) {
			rpc_refuse(call, RPC_PARAMS, "%s: %s: missing; give it", method->rm_name,
			    rp->rp_name);
			return false;
		}
	}
	return true;
}

/*
 * rpc.discover
 */

static json_t *
describe_params(const struct rpc_method *method)
{
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(method->rm_params) / sizeof(method->rm_params[0]); i++) {
		const struct rpc_param *rp = &method->rm_params[i];

		if (rp->rp_name != NULL)
			json_array_append_new(
			    array, json_pack("{s:s, s:s, s:b, s:{s:s}}", "name", rp->rp_name,
			               "description", rp->rp_help, "required", rp->rp_needed,
			               "schema", "type", type_name(rp->rp_type)));
	}
	return array;
}

static const struct rpc_method discover_method = {
    "rpc.discover", "the methods that there are", NULL, {{NULL}}};

/* The keys are those of OpenRPC. */
static json_t *
discover(const struct rpc_method *methods)
{
	json_t *array = json_array();

	for (const struct rpc_method *m = &discover_method; m->rm_name != NULL;
	     m = m == &discover_method ? methods : m + 1)
		json_array_append_new(
		    array, json_pack("{s:s, s:s, s:o}", "name", m->rm_name, "description",
		               m->rm_help, "params", describe_params(m)));
	return json_pack("{s:s, s:{s:s, s:s}, s:o}", "openrpc", "1.2.6", "info", "title",
	    "lwkt-l2fwd", "version", "1", "methods", array);
}

/*
 * Requests
 */

static json_t *
call_method(
    const struct rpc_method *methods, struct rpc_call *call, const char *name, json_t *params)
{
	const struct rpc_method *m = methods;

	if (strcmp(name, discover_method.rm_name) == 0)
		return check_params(call, &discover_method, params) ? discover(methods) : NULL;
	while (m->rm_name != NULL && strcmp(m->rm_name, name) != 0)
		m++;
	if (m->rm_name == NULL)
		return rpc_refuse(
		    call, RPC_METHOD, "no method '%.64s'; rpc.discover lists them", name);
	return check_params(call, m, params) ? m->rm_fn(call, params) : NULL;
}

static bool
is_id(const json_t *id)
{
	return json_is_string(id) || json_is_number(id) || json_is_null(id);
}

/* @return what is wrong with the frame of a request; NULL: nothing. */
static const char *
bad_frame(const json_t *request)
{
	const char *version = json_string_value(json_object_get(request, "jsonrpc"));
	const json_t *id = json_object_get(request, "id"),
	             *params = json_object_get(request, "params");

	if (!json_is_object(request))
		return "a request is an object";
	if (version == NULL || strcmp(version, "2.0") != 0)
		return "jsonrpc: it is \"2.0\" in each request";
	if (!json_is_string(json_object_get(request, "method")))
		return "method: a string is needed";
	if (id != NULL && !is_id(id))
		return "id: a string, a number or null";
	return params == NULL || json_is_object(params) ? NULL : "params: an object, by name";
}

/* @return NULL: a notification, which has no answer. */
static json_t *
answer_one(const struct rpc_method *methods, void *context, const json_t *request)
{
	struct rpc_call call = {.rc_context = context};
	const json_t *id = json_object_get(request, "id");
	const char *wrong = bad_frame(request);
	json_t *params, *result;

	if (wrong != NULL)
		return rpc_error(is_id(id) ? id : NULL, RPC_REQUEST, wrong);
	params = json_object_get(request, "params");
	params = params != NULL ? json_incref(params) : json_object();
	result = call_method(
	    methods, &call, json_string_value(json_object_get(request, "method")), params);
	json_decref(params);
	if (id == NULL) {
		json_decref(result);
		return NULL;
	}
	if (result != NULL)
		return rpc_result(id, result);
	return call.rc_code != 0 ? rpc_error(id, call.rc_code, call.rc_text)
	                         : rpc_error(id, RPC_INTERNAL, "no memory");
}

static json_t *
answer_batch(const struct rpc_method *methods, void *context, const json_t *batch)
{
	json_t *answers, *answer;
	size_t n = json_array_size(batch);

	if (n == 0 || n > RPC_BATCH)
		return rpc_error(NULL, RPC_REQUEST, "an array has from 1 to 32 requests");
	answers = json_array();
	for (size_t i = 0; i < n; i++) {
		answer = answer_one(methods, context, json_array_get(batch, i));
		if (answer != NULL)
			json_array_append_new(answers, answer);
	}
	if (json_array_size(answers) > 0)
		return answers;
	json_decref(answers);
	return NULL;
}

char *
rpc_answer(
    const struct rpc_method *methods, void *context, const char *line, size_t n, size_t *bytes)
{
	json_error_t error;
	json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error), *answer;
	char text[200];

	if (request == NULL) {
		snprintf(text, sizeof(text), "no JSON in one line: byte %d: %.120s", error.position,
		    error.text);
		return rpc_no(RPC_PARSE, text, bytes);
	}
	answer = json_is_array(request) ? answer_batch(methods, context, request)
	                                : answer_one(methods, context, request);
	json_decref(request);
	return answer != NULL ? rpc_line(answer, bytes) : NULL;
}
