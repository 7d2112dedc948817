/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: how much of a text libyaml is given to make a tree of.
 *
 * libyaml takes quadratic time for flow collections in each other ("[[[["), for anchors, and for
 * directives. A megabyte of them would keep a start busy for hours. So the text is looked through
 * first, event by event, which makes no tree: at most 1,024 characters are read ahead of an event,
 * so the time is linear up to the first event that is too much. Directives come before any event
 * and are counted by hand.
 */
#include <string.h>

#include "plan_pvt.h"

#define BOUNDS_DEPTH      16 /* a value of a parameter's list is in the sixth */
#define BOUNDS_ANCHORS    64
#define BOUNDS_DIRECTIVES 4 /* lines that begin with % */
#define BOUNDS_EVENTS     200000

struct bounds {
	unsigned int bo_depth, bo_anchors, bo_events;
};

static bool
bounds_directives(struct lwkt_pipeline_file *pf, const char *text, size_t bytes)
{
	const char *end = text + bytes, *at = text;
	unsigned int n = 0, line = 1;

	while (at != NULL && at < end) {
		if (*at == '%' && ++n > BOUNDS_DIRECTIVES) {
			config_error(pf, (struct config_pos){line, 1},
			    "more than %u lines begin with '%%'; take them away: a pipeline file needs "
			    "no directives",
			    BOUNDS_DIRECTIVES);
			return false;
		}
		at = memchr(at, '\n', (size_t)(end - at));
		if (at != NULL)
			at++;
		line++;
	}
	return true;
}

static bool
bounds_refuse(struct lwkt_pipeline_file *pf, yaml_mark_t at, const char *what, unsigned int most,
    const char *fix)
{
	config_error(pf,
	    (struct config_pos){(unsigned int)at.line + 1, (unsigned int)at.column + 1},
	    "more than %u %s; %s", most, what, fix);
	return false;
}

static bool
bounds_event(struct lwkt_pipeline_file *pf, struct bounds *bo, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;

	if (event->type == YAML_SEQUENCE_START_EVENT)
		anchor = event->data.sequence_start.anchor;
	else if (event->type == YAML_MAPPING_START_EVENT)
		anchor = event->data.mapping_start.anchor;
	else if (event->type == YAML_SCALAR_EVENT)
		anchor = event->data.scalar.anchor;
	bo->bo_anchors += anchor != NULL;
	if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
		bo->bo_depth++;
	else if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
		bo->bo_depth--;
	if (bo->bo_depth > BOUNDS_DEPTH)
		return bounds_refuse(pf, event->start_mark, "lists and mappings in each other",
		    BOUNDS_DEPTH,
		    "a pipeline file needs six, look at the brackets and indentation");
	if (bo->bo_anchors > BOUNDS_ANCHORS)
		return bounds_refuse(pf, event->start_mark, "anchors (&NAME)", BOUNDS_ANCHORS,
		    "write some of what they stand for in full");
	if (++bo->bo_events > BOUNDS_EVENTS)
		return bounds_refuse(pf, event->start_mark, "words, lists and mappings",
		    BOUNDS_EVENTS, "write less");
	return true;
}

bool
config_bounds(struct lwkt_pipeline_file *pf, const void *text, size_t bytes)
{
	struct bounds bo = {0};
	yaml_parser_t parser;
	bool ok = bounds_directives(pf, text, bytes), more = ok;

	if (!ok || !yaml_parser_initialize(&parser))
		return ok;
	yaml_parser_set_input_string(&parser, text, bytes);
	while (more) {
		yaml_event_t event;

		/* What is no YAML is said when the tree is made. */
		if (!yaml_parser_parse(&parser, &event))
			break;
		more = ok = bounds_event(pf, &bo, &event);
		more = more && event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return ok;
}
