/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_config: any bytes as a pipeline file, read, checked against a machine that is not there,
 * printed and drawn.
 *
 * It must not crash, leak, or read what is not its own; and what it says no to, it says no to in
 * lines that begin with file and place, and are printable whatever stands in the file.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_log.h>

#include <lwkt_plan.h>

#include "plan_pvt.h"
#include "config_world.h"

#define LOG_BYTES (1 << 16)

const char *__asan_default_options(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes);

static struct lwkt_inventory world;
static char log_text[LOG_BYTES];
static FILE *log_file, *nowhere;

#define must(cond)                                                                      \
	do {                                                                            \
		if (!(cond)) {                                                          \
			fprintf(stderr, "fuzz_config: line %d: %s\n", __LINE__, #cond); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* A file makes hundreds of small allocations: three times as many runs a second. */
const char *
__asan_default_options(void)
{
	return "malloc_context_size=0:quarantine_size_mb=1";
}

/* In plugin.c's place: nothing that a file names is loaded. */
int
config_plugin_load(const char *path, char *why, size_t bytes)
{
	(void)path;
	snprintf(why, bytes, "it cannot be read; write the name of a shared object");
	return -ENOENT;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	config_world_kinds();
	config_world_inventory(&world);
	log_file = fmemopen(log_text, sizeof(log_text), "w");
	nowhere = fopen("/dev/null", "w");
	must(log_file != NULL && nowhere != NULL);
	rte_openlog_stream(log_file);
	return 0;
}

/* Every line is ours, and fit for a terminal. @return how many. */
static unsigned int
look_at_log(void)
{
	unsigned int lines = 0;
	char *rest = log_text;

	fputc('\0', log_file);
	must(fflush(log_file) == 0);
	for (char *line = strtok_r(rest, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		must(strncmp(line, "lwkt: f:", 8) == 0);
		for (const char *c = line; *c != '\0'; c++)
			must(isprint((unsigned char)*c));
		lines++;
	}
	return lines;
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t bytes)
{
	struct lwkt_pipeline_file *file;
	bool good;

	rewind(log_file);
	file = lwkt_pipeline_file_parse("f", input, bytes);
	must(file != NULL || rte_errno == EINVAL || rte_errno == EFBIG);
	good = file != NULL && lwkt_pipeline_file_check(file, &world) == 0;
	must(look_at_log() > 0 || good);
	if (good) {
		lwkt_pipeline_file_print(file, nowhere);
		lwkt_pipeline_file_graph(file, nowhere);
		must(lwkt_pipeline_file_check(file, &world) == 0);
	}
	lwkt_pipeline_file_destroy(file);
	return 0;
}
