/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Wrong pipeline files: bad/NAME.yaml, and in bad/NAME.txt all that is said about it, to the
 * letter. With TEST_BAD_WRITE set in the environment the test writes the latter, to be read by
 * somebody.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "plan_pvt.h"
#include "config_world.h"
#include "test.h"

#define TEXT_BYTES 16384

static void
read_text(const char *path, char *text)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f != NULL) {
		n = fread(text, 1, TEXT_BYTES - 1, f);
		fclose(f);
	}
	text[n] = '\0';
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

/* The kinds that there are, as the library lists them: @KINDS@ in bad/kind-far.txt. */
static void
put_kinds(char *text)
{
	const char *names[LWKT_KINDS_MAX + 1] = {NULL};
	char kinds[320], rest[TEXT_BYTES], *at = strstr(text, "@KINDS@");

	if (at == NULL)
		return;
	for (unsigned int i = 0; lwkt_stage_kind_at(i) != NULL; i++)
		names[i] = lwkt_stage_kind_at(i)->sk_name;
	config_words(names, " and ", kinds, sizeof(kinds));
	strcpy(rest, at + strlen("@KINDS@"));
	strcpy(at, kinds);
	strcat(at, rest);
}

/* Load it; check it if it can be loaded. @return what was logged. */
static const char *
judge(const char *name, const struct lwkt_inventory *iv)
{
	struct lwkt_pipeline_file *file;
	const char *log;
	int rc = 0;

	test_log_begin();
	rte_errno = 0;
	file = lwkt_pipeline_file_load(name);
	if (file != NULL)
		rc = lwkt_pipeline_file_check(file, iv);
	else
		rc = -rte_errno;
	log = test_log_end();
	cr_expect_eq(rc, -EINVAL, "%s: %d", name, rc);
	lwkt_pipeline_file_destroy(file);
	return log;
}

/* Each line: where, and what to write instead. */
static void
expect_form(const char *name, const char *log)
{
	char lines[TEXT_BYTES], *rest = lines;

	snprintf(lines, sizeof(lines), "%s", log);
	for (char *line = strtok_r(rest, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		cr_expect_eq(strncmp(line, "lwkt: ", 6), 0, "%s: %s", name, line);
		cr_expect_eq(strncmp(line + 6, name, strlen(name)), 0, "%s: %s", name, line);
		cr_expect(strchr(line, ';') != NULL, "%s: no fix: %s", name, line);
		cr_expect_lt(strlen(line), 400, "%s: %s", name, line);
	}
}

LWKT_TEST(config_bad, N94_each_wrong_file_is_refused_with_lines_that_say_where_and_what_instead)
{
	static char want[2 * TEXT_BYTES];
	struct lwkt_inventory iv;
	glob_t files;

	config_world_kinds();
	config_world_inventory(&iv);
	cr_assert_eq(chdir(TEST_BAD), 0);
	cr_assert_eq(glob("*.yaml", 0, NULL, &files), 0);
	cr_expect_geq(files.gl_pathc, 60);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		char txt[128];
		const char *got = judge(files.gl_pathv[i], &iv);

		snprintf(txt, sizeof(txt), "%s", files.gl_pathv[i]);
		strcpy(strrchr(txt, '.'), ".txt");
		if (getenv("TEST_BAD_WRITE") != NULL)
			write_text(txt, got);
		read_text(txt, want);
		put_kinds(want);
		cr_expect_neq(want[0], '\0', "%s is missing", txt);
		cr_expect_eq(strcmp(got, want), 0, "%s:\n%snot\n%s", files.gl_pathv[i], got, want);
		expect_form(files.gl_pathv[i], got);
	}
	globfree(&files);
}
