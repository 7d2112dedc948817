/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "cmp_pvt.h"

static const struct report_col columns[] = {
    {"name", "bytes", 0},
    {"ours_name", "ours", 0},
    {"rival_name", "rival", 0},
    {"ours_pps.median", "ours/s", 0},
    {"rival_pps.median", "rival/s", 0},
    {"ratio", "ratio", 2},
    {"ratio_q1", "from", 2},
    {"ratio_q3", "to", 2},
    {"no_ratio", "no ratio because", 0},
    {NULL, NULL, 0},
};

/* "1,3" */
static void
list_text(const struct uint_list *list, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (unsigned int i = 0; i < list->ul_n && used < size; i++)
		used += (size_t)snprintf(
		    text + used, size - used, "%s%u", i > 0 ? "," : "", list->ul_value[i]);
}

static json_t *
list_json(const struct uint_list *list)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < list->ul_n; i++)
		json_array_append_new(array, json_integer(list->ul_value[i]));
	return array;
}

static void
put_rate(
    const struct cmp *cm, unsigned int s, enum cmp_program program, json_t *row, const char *name)
{
	double found[RFC_REPEATS_MAX];
	unsigned int n = cm->cm_n[s][program];
	struct summary su;
	json_t *object;

	if (n == 0)
		return;
	memcpy(found, cm->cm_found[s][program], n * sizeof(found[0]));
	su = stats_summarise(found, n);
	object = report_summary(&su);
	json_object_set_new(object, "mean", json_real(stats_mean(found, n)));
	json_object_set_new(object, "confidence95", json_real(stats_confidence95(found, n)));
	json_object_set_new(object, "repeats", json_integer(n));
	json_object_set_new(object, "disturbed", json_integer(cm->cm_disturbed[s][program]));
	json_object_set_new(object, "at_highest", json_integer(cm->cm_at_highest[s][program]));
	json_object_set_new(row, name, object);
}

/* Ours by the rival's, repeat by repeat. */
static void
put_ratio(const struct cmp *cm, unsigned int s, enum cmp_program ours, enum cmp_program rival,
    json_t *row)
{
	unsigned int n = RTE_MIN(cm->cm_n[s][ours], cm->cm_n[s][rival]);
	double ratios[RFC_REPEATS_MAX];
	char cpus[64], why[128];
	struct summary su;

	list_text(&cm->cm_cpus.cc_shared, cpus, sizeof(cpus));
	if (*cpus != '\0') {
		snprintf(why, sizeof(why), "generator and device share CPU %s", cpus);
		json_object_set_new(row, "no_ratio", json_string(why));
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		ratios[i] = 0;
		if (cm->cm_found[s][ours][i] <= 0 || cm->cm_found[s][rival][i] <= 0)
			n = 0;
		else
			ratios[i] = cm->cm_found[s][ours][i] / cm->cm_found[s][rival][i];
	}
	if (n == 0) {
		bool both = cm->cm_n[s][ours] > 0 && cm->cm_n[s][rival] > 0;

		json_object_set_new(row, "no_ratio",
		    json_string(both ? "too much was lost at every rate" : "one was not measured"));
		return;
	}
	su = stats_summarise(ratios, n);
	json_object_set_new(row, "ratio", json_real(su.su_median));
	json_object_set_new(row, "ratio_q1", json_real(su.su_q1));
	json_object_set_new(row, "ratio_q3", json_real(su.su_q3));
}

static void
put_row(
    struct cmp *cm, json_t *report, unsigned int s, enum cmp_program ours, enum cmp_program rival)
{
	const unsigned int runs = cm->cm_n[s][ours] + cm->cm_n[s][rival];
	const unsigned int disturbed = cm->cm_disturbed[s][ours] + cm->cm_disturbed[s][rival];
	char name[64];
	json_t *row;

	snprintf(name, sizeof(name), "%u-%s-%s", cm->cm_args.ra_sizes.ul_value[s],
	    strchr(cmp_program_names[ours], ' ') + 1, strchr(cmp_program_names[rival], ' ') + 1);
	row = report_row(report, name, "highest rate with little enough loss, each way");
	json_object_set_new(row, "size", json_integer(cm->cm_args.ra_sizes.ul_value[s]));
	json_object_set_new(row, "ours_name", json_string(cmp_program_names[ours]));
	json_object_set_new(row, "rival_name", json_string(cmp_program_names[rival]));
	put_rate(cm, s, ours, row, "ours_pps");
	put_rate(cm, s, rival, row, "rival_pps");
	put_ratio(cm, s, ours, rival, row);
	json_object_set_new(row, "disturbed", json_boolean(2 * disturbed > runs));
	if (2 * disturbed > runs)
		report_warn(report,
		    "%s: in %u of %u runs workers waited for a CPU more than 5 %% of the time; keep "
		    "others off CPUs of generator and device",
		    name, disturbed, runs);
}

/* With both at the highest rate the ratio may be nobody's but the generator's. */
static void
warn_highest(const struct cmp *cm, json_t *report)
{
	for (unsigned int s = 0; s < cm->cm_args.ra_sizes.ul_n; s++) {
		char text[160] = "";
		size_t used = 0;

		for (unsigned int p = 0; p < CMP_PROGRAMS; p++)
			if (cm->cm_n[s][p] > 0 && 2 * cm->cm_at_highest[s][p] > cm->cm_n[s][p])
				used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
				    used > 0 ? ", " : "", cmp_program_names[p]);
		if (used > 0)
			report_warn(report,
			    "%u bytes: all that could be sent got through %s: that is a limit of the "
			    "generator, or of who pushes back",
			    cm->cm_args.ra_sizes.ul_value[s], text);
	}
}

static void
put_rows(struct cmp *cm, json_t *report)
{
	for (unsigned int s = 0; s < cm->cm_args.ra_sizes.ul_n; s++)
		for (unsigned int o = 0; o < CMP_PROGRAMS; o++)
			for (unsigned int r = 0; r < CMP_PROGRAMS; r++)
				if ((cm->cm_programs & CMP_OURS & 1u << o) != 0 &&
				    (cm->cm_programs & ~CMP_OURS & 1u << r) != 0 &&
				    cm->cm_n[s][o] + cm->cm_n[s][r] > 0)
					put_row(cm, report, s, o, r);
}

static void
warn(const struct cmp *cm, json_t *report)
{
	const struct cmp_cpus *cc = &cm->cm_cpus;
	char cpus[64];

	list_text(&cc->cc_shared, cpus, sizeof(cpus));
	if (*cpus != '\0')
		report_warn(report,
		    "generator and device share CPU %s: the rates say how the kernel shares it, so "
		    "there is no ratio; give others with --generator-cpus and --device-cpus",
		    cpus);
	if (*cc->cc_siblings != '\0')
		report_warn(report,
		    "CPUs %s, of generator and device, are threads of one core: each slows the "
		    "other down",
		    cc->cc_siblings);
	if ((cm->cm_programs & 1u << CMP_PIPELINE) != 0 && cc->cc_device.ul_n < 3)
		report_warn(report,
		    "the pipeline has 3 lcores and %s; give it 3 with --device-cpus",
		    cc->cc_device.ul_n == 1 ? "1 CPU" : "2 CPUs");
	if (cm->cm_args.ra_high.rs_unit == RATE_MAX)
		warn_highest(cm, report);
	if (cm->cm_rfc.rf_incomplete != NULL)
		report_warn(report, "incomplete: %s; what was measured until then is here",
		    cm->cm_rfc.rf_incomplete);
}

int
cmp_report(struct cmp *cm, const char *file)
{
	const struct cmp_cpus *cc = &cm->cm_cpus;
	FILE *out = report_stream(file);
	char generator[64], device[64];
	bool whole = cm->cm_rfc.rf_incomplete == NULL;
	json_t *report = report_new("compare");
	int rc;

	if (report == NULL)
		return BENCH_FAILED;
	if (cm->cm_environment != NULL)
		json_object_set(report, "environment", cm->cm_environment);
	put_rows(cm, report);
	warn(cm, report);
	json_object_set_new(report, "link", json_string(cm->cm_vhost ? "vhost" : "memif"));
	json_object_set_new(report, "loss", json_real(cm->cm_args.ra_loss_ppm / 1e6));
	json_object_set_new(report, "seconds", json_real(cm->cm_args.ra_ms / 1000.0));
	json_object_set_new(report, "resolution", json_real(cm->cm_args.ra_permille / 1000.0));
	json_object_set_new(report, "cpus",
	    json_pack("{s:o, s:o, s:o, s:s, s:s}", "generator", list_json(&cc->cc_generator),
	        "device", list_json(&cc->cc_device), "shared", list_json(&cc->cc_shared),
	        "siblings", cc->cc_siblings, "main", cc->cc_main));
	json_object_set_new(report, "incomplete", json_boolean(!whole));
	list_text(&cc->cc_generator, generator, sizeof(generator));
	list_text(&cc->cc_device, device, sizeof(device));
	fprintf(out, "generator on CPU %s, device on CPU %s, main lcores, which sleep, on %s\n",
	    generator, device, cc->cc_main);
	report_table(report, columns, out);
	rc = report_write(report, "compare", file);
	json_decref(report);
	return rc == BENCH_OK && !whole ? BENCH_FAILED : rc;
}
