/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pipeline file: saying what is wrong, and what was probably meant.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <rte_common.h>

#include <lwkt_log.h>

#include "plan_pvt.h"

#define LINE_BYTES  400
#define ERRORS_MOST 64

struct config_pos
config_pos_of(const yaml_node_t *node)
{
	return (struct config_pos){
	    (unsigned int)node->start_mark.line + 1, (unsigned int)node->start_mark.column + 1};
}

__attribute__((format(printf, 4, 0))) static void
report(const struct lwkt_pipeline_file *pf, struct config_pos pos, const char *kind,
    const char *fmt, va_list ap)
{
	char line[LINE_BYTES];

	vsnprintf(line, sizeof(line), fmt, ap);
	for (char *c = line; *c != '\0'; c++) /* names may be part of it */
		if (!isprint((unsigned char)*c))
			*c = '?';
	if (pos.po_line == 0)
		lwkt_error("%s: %s%s", pf->pf_path, kind, line);
	else
		lwkt_error("%s:%u:%u: %s%s", pf->pf_path, pos.po_line, pos.po_column, kind, line);
}

void
config_error(struct lwkt_pipeline_file *pf, struct config_pos pos, const char *fmt, ...)
{
	va_list ap;

	if (pf->pf_errors++ < ERRORS_MOST) {
		va_start(ap, fmt);
		report(pf, pos, "", fmt, ap);
		va_end(ap);
	} else if (pf->pf_errors == ERRORS_MOST + 1) {
		lwkt_error("%s: more errors than these %u; begin with the first", pf->pf_path,
		    ERRORS_MOST);
	}
}

void
config_warn(struct lwkt_pipeline_file *pf, struct config_pos pos, const char *fmt, ...)
{
	va_list ap;

	if (pf->pf_quiet)
		return;
	va_start(ap, fmt);
	report(pf, pos, "warning: ", fmt, ap);
	va_end(ap);
}

struct config_clip
config_clip(const char *text, size_t bytes)
{
	struct config_clip clip;
	const size_t room = sizeof(clip.cl_text) - 4;
	size_t n = RTE_MIN(bytes, room);

	for (size_t i = 0; i < n; i++)
		clip.cl_text[i] = isprint((unsigned char)text[i]) ? text[i] : '?';
	strcpy(clip.cl_text + n, bytes > room ? "..." : "");
	return clip;
}

/* Insertions, deletions, changes and swaps of neighbours that make b of a. */
static unsigned int
distance(const char *a, const char *b)
{
	enum { MOST = LWKT_STAGE_NAME };
	unsigned int d[MOST + 1][MOST + 1];
	size_t na = strnlen(a, MOST), nb = strnlen(b, MOST);

	for (size_t i = 0; i <= na; i++)
		for (size_t j = 0; j <= nb; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = (unsigned int)(i + j);
				continue;
			}
			d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			d[i][j] = RTE_MIN(d[i][j], d[i - 1][j] + 1);
			d[i][j] = RTE_MIN(d[i][j], d[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = RTE_MIN(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[na][nb];
}

const char *
config_nearest(const char *name, unsigned int n, const char *(*at)(const void *arg, unsigned int i),
    const void *arg)
{
	const char *nearest = NULL;
	unsigned int best = UINT_MAX;

	for (unsigned int i = 0; i < n; i++) {
		const char *known = at(arg, i);
		unsigned int d = distance(name, known);

		if (d < best && d <= 3 && 2 * d <= RTE_MAX(strlen(name), strlen(known))) {
			best = d;
			nearest = known;
		}
	}
	return nearest;
}

void
config_words(const char *const *words, const char *last, char *text, size_t bytes)
{
	size_t at = 0;

	text[0] = '\0';
	for (unsigned int i = 0; words[i] != NULL && at < bytes; i++) {
		const char *glue = i == 0 ? "" : words[i + 1] == NULL ? last : ", ";

		at += (size_t)snprintf(text + at, bytes - at, "%s%s", glue, words[i]);
	}
}
