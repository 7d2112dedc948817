/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Log types, levels, and how the program ends.
 */
#include <string.h>
#include <unistd.h>

#define LWKT_LOGTYPE "user.test"
#include <rte_log.h>

#include "lwkt_log.h"
#include "calls.h"
#include "test.h"

/* The level that is shown of a type, by what rte_log_can_log() says; 0: none. */
static uint32_t
shown(const char *type)
{
	int id = rte_log_register(type); /* registers nothing if it is there */
	uint32_t level = RTE_LOG_MAX;

	cr_assert_geq(id, 0);
	while (level > 0 && !rte_log_can_log((uint32_t)id, level))
		level--;
	return level;
}

LWKT_TEST(log, API_a_line_names_the_library_and_ends_once)
{
	test_log_begin();
	LWKT_LOG(ERR, "stage %s: %u of %d", "rx", 3u, -1);
	lwkt_error("short");
	cr_expect_str_eq(test_log_end(), "lwkt: stage rx: 3 of -1\nlwkt: short\n");
}

LWKT_TEST(log, API_a_long_line_is_cut_off)
{
	char text[2 * LWKT_LOG_BYTES];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	test_log_begin();
	LWKT_LOG(ERR, "%s", text);
	line = test_log_end();
	cr_expect_eq(strlen(line), strlen("lwkt: ") + LWKT_LOG_BYTES - 1 + 1);
	cr_expect_eq(line[strlen(line) - 1], '\n');
}

LWKT_TEST(log, API_levels_are_chosen_for_a_type)
{
	uint32_t global = rte_log_get_global_level();

	rte_log_set_global_level(RTE_LOG_MAX);
	test_log_begin();
	LWKT_LOG(DEBUG, "hidden");
	LWKT_LOG(INFO, "info");
	LWKT_LOG(NOTICE, "notice");
	LWKT_LOG(WARNING, "warning");
	cr_expect_eq(rte_log_set_level_pattern("user.test", RTE_LOG_DEBUG), 0);
	LWKT_LOG(DEBUG, "debug");
	cr_expect_eq(rte_log_set_level_pattern("user.test", RTE_LOG_ERR), 0);
	LWKT_LOG(WARNING, "hidden");
	LWKT_LOG(ERR, "error");
	cr_expect_str_eq(
	    test_log_end(), "lwkt: info\nlwkt: notice\nlwkt: warning\nlwkt: debug\nlwkt: error\n");
	rte_log_set_global_level(global);
}

#define LINES 200u

static int
log_lines(void *arg)
{
	for (unsigned int i = 0; i < LINES; i++)
		lwkt_error("CPU %u says %u", as_id(arg), i);
	return 0;
}

/* To the real stream: DPDK's, which the sanitizers cannot look into. */
LWKT_TEST(log, API_two_threads_may_log_at_once)
{
	test_launch(1, log_lines, as_arg(1));
	log_lines(as_arg(0));
	test_join(1);
}

LWKT_TEST(log, API_a_type_is_registered_once)
{
	LWKT_LOG(DEBUG, "hidden");
	cr_expect_eq(rte_log_set_level_pattern("user.test", RTE_LOG_CRIT), 0);
	test_log_begin();
	LWKT_LOG(ERR, "hidden");
	cr_expect_str_eq(test_log_end(), "");
	lwkt_log("user.other", RTE_LOG_DEBUG, "hidden");
	cr_expect_eq(rte_log_register("user.other"), rte_log_register("user.test") + 1);
}

/* Beyond them all that is said has the first one's type, and is said. Limit: TYPES_MAX */
LWKT_TEST(log, API_so_many_types_and_no_more)
{
	char name[16];

	for (unsigned int i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "user.many%u", i);
		test_log_begin();
		lwkt_log(name, RTE_LOG_ERR, "said");
		cr_expect_str_eq(test_log_end(), "lwkt: said\n", "%s", name);
	}
}

LWKT_TEST(log, API_the_libraries_types_exist_from_the_start)
{
	static const char *const types[] = {
	    "lib.lwkt", "lib.msgport", "lib.dispatch", "lib.stages", "lib.plan"};
	uint32_t global = rte_log_get_global_level();
	int before = rte_log_register("lib.lwkt");

	rte_log_set_global_level(RTE_LOG_MAX);
	for (unsigned int i = 0; i < RTE_DIM(types); i++) {
		cr_expect_eq(rte_log_register(types[i]), before + (int)i, "%s", types[i]);
		cr_expect_eq(shown(types[i]), RTE_LOG_INFO, "%s", types[i]);
	}
	rte_log_set_global_level(global);
}

/*
 * Panics
 */

static void
panic_as(void *arg)
{
	cpu_impersonate(*(const unsigned int *)arg);
	lwkt_panic("port %d is broken", 7);
}

LWKT_TEST(log, API_a_panic_names_the_cpu)
{
	const char *texts[] = {"lwkt: port 7 is broken (on cpu2)", NULL};
	unsigned int cpu = 2;

	cr_expect(test_stops(panic_as, &cpu, texts));
}

LWKT_TEST(log, API_a_panic_on_a_thread_without_name_says_so)
{
	const char *texts[] = {"port 7 is broken (on a thread that is not attached)", NULL};
	unsigned int none = RTE_MAX_LCORE - 1;

	cr_expect(test_stops(panic_as, &none, texts));
}

static void
panic_attached(void *arg)
{
	(void)arg;
	cpu_impersonate(RTE_MAX_LCORE - 1);
	lwkt_attach("control");
	lwkt_panic("no port");
}

LWKT_TEST(log, API_a_panic_names_an_attached_thread)
{
	const char *texts[] = {"no port (on control)", NULL};

	cr_expect(test_stops(panic_attached, NULL, texts));
}

static void
hook(const char *text)
{
	dprintf(STDERR_FILENO, "lwkt: hook got [%s]\n", text);
	lwkt_panic("inside");
}

static void
panic_hooked(void *arg)
{
	lwkt_set_panic_hook(hook);
	if (arg != NULL)
		lwkt_set_panic_hook(NULL);
	lwkt_panic("outside");
}

LWKT_TEST(log, API_the_panic_hook_gets_the_line_and_is_called_once)
{
	const char *texts[] = {"hook got [lwkt: outside (on cpu0)]", NULL};
	const char *inside[] = {"lwkt: inside (on cpu0)", NULL};

	cr_expect(test_stops(panic_hooked, NULL, texts));
	cr_expect(test_stops(panic_hooked, NULL, inside));
}

LWKT_TEST(log, API_a_panic_hook_is_taken_back)
{
	const char *texts[] = {"hook got", NULL}, *plain[] = {"outside", NULL};

	cr_expect(!test_stops(panic_hooked, &plain, texts));
	cr_expect(test_stops(panic_hooked, &plain, plain));
}
