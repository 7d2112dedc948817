/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds of stages in shared objects (lwkt_plan.h). All that can be wrong with one is found before
 * any of its kinds is registered. A plugin that is refused is unloaded; its kinds are not in use.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lwkt_log.h>

#include "plan_pvt.h"

/* dlerror() begins with the path, which is said already. */
static const char *
plugin_dlerror(const char *path)
{
	const char *text = dlerror();
	size_t n = strlen(path);

	if (text == NULL)
		return "it cannot be loaded";
	return strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

static int
plugin_check_built(const struct lwkt_plugin *pg, char *why, size_t bytes)
{
	if (pg->pg_abi != LWKT_PLUGIN_ABI)
		snprintf(why, bytes,
		    "it was built for version %u of LWKT's plugins, this is version %u; build it again "
		    "with this LWKT's headers",
		    pg->pg_abi, LWKT_PLUGIN_ABI);
	else if (pg->pg_stage_bytes != sizeof(struct lwkt_stage) ||
	         pg->pg_kind_bytes != sizeof(struct lwkt_stage_kind))
		snprintf(why, bytes,
		    "it was built with other headers than this LWKT's, whose stages have other sizes; "
		    "build it again with this LWKT's");
	else if (pg->pg_dpdk != LWKT_DPDK_RELEASE)
		snprintf(why, bytes,
		    "it was built with DPDK %02u.%02u, this LWKT with %02u.%02u; build it again with "
		    "that",
		    pg->pg_dpdk / 100, pg->pg_dpdk % 100, LWKT_DPDK_RELEASE / 100,
		    LWKT_DPDK_RELEASE % 100);
	else
		return 0;
	return -EPROTO;
}

static int
plugin_register(void *handle, char *why, size_t bytes)
{
	const struct lwkt_plugin *pg = dlsym(handle, "lwkt_plugin");
	unsigned int n;
	int rc;

	if (pg == NULL) {
		snprintf(why, bytes,
		    "it is no plugin: it has no symbol lwkt_plugin; write LWKT_PLUGIN(&KIND) in it "
		    "(lwkt_plan.h)");
		return -ENOEXEC;
	}
	rc = plugin_check_built(pg, why, bytes);
	for (n = 0; rc >= 0 && pg->pg_kinds[n] != NULL; n++)
		rc = config_kind_check(pg->pg_kinds[n], why, bytes);
	for (n = 0; rc >= 0 && pg->pg_kinds[n] != NULL; n++)
		rc = lwkt_stage_kind_register(pg->pg_kinds[n]);
	return rc < 0 ? rc : 0;
}

int
config_plugin_load(const char *path, char *why, size_t bytes)
{
	char here[4096];
	void *handle;
	int rc;

	/* Without a '/' dlopen() looks in the system's directories only. */
	snprintf(here, sizeof(here), "%s%s", strchr(path, '/') == NULL ? "./" : "", path);
	if (access(here, R_OK) < 0) {
		snprintf(why, bytes, "it cannot be read (%s); write the name of a shared object",
		    strerror(errno));
		return -ENOENT;
	}
	handle = dlopen(here, RTLD_NOW | RTLD_LOCAL);
	if (handle == NULL) {
		snprintf(why, bytes,
		    "%.160s; write the name of a shared object whose libraries are "
		    "there",
		    plugin_dlerror(here));
		return -ENOEXEC;
	}
	rc = plugin_register(handle, why, bytes);
	if (rc < 0)
		dlclose(handle);
	return rc;
}

int
lwkt_plugin_load(const char *path)
{
	char why[320];
	int rc = config_plugin_load(path, why, sizeof(why));

	if (rc < 0)
		lwkt_error("plugin %s: %s", path, why);
	return rc;
}
