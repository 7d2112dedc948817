/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include <rte_log.h>

#include "test.h"

static char *text;
static size_t text_bytes;
static FILE *stream;
static uint32_t level; /* before; warnings are looked at too */

static void
release(void *arg)
{
	(void)arg;
	free(text);
	text = NULL;
}

void
test_log_begin(void)
{
	if (text == NULL)
		test_at_end(release, NULL);
	free(text);
	stream = open_memstream(&text, &text_bytes);
	cr_assert_not_null(stream);
	rte_openlog_stream(stream);
	level = rte_log_get_global_level();
	if (level < RTE_LOG_WARNING)
		rte_log_set_global_level(RTE_LOG_WARNING);
}

const char *
test_log_end(void)
{
	rte_log_set_global_level(level);
	rte_openlog_stream(NULL);
	fclose(stream);
	return text;
}
