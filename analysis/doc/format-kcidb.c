// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * format-kcidb - results for the common database of kernel tests
 *
 * KCIDB I/O schema 5.3: a test for each point and role, its p50 in seconds as
 * the number. Status DONE: a measurement is neither pass nor fail. There are
 * no nulls in this schema; what is not known is left out. Which commit the
 * kernel was built of, we cannot know: whoever submits this adds it. Of many
 * folders, a campaign's, it is one document: a checkout for each release and a
 * build for each kernel, however many boots there were.
 */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "err.h"
#include "folders.h"
#include "js.h"
#include "report.h"

#define ORIGIN "forkpath"

/* Dots part the elements of a path, so there is none inside of one. */
static void add_element(char *path, size_t len, const char *text)
{
	size_t n = strlen(path);

	if (n + 1 < len && n)
		path[n++] = '.';
	for (; *text && n + 1 < len; text++)
		path[n++] = isalnum((unsigned char)*text) || *text == '-' ?
			*text : '_';
	path[n] = 0;
}

static void path_of(const struct point *p, const char *role, char *path,
		    size_t len)
{
	char pair[300];

	*path = 0;
	add_element(path, len, ORIGIN);
	add_element(path, len, p->bench);
	for (size_t i = 0; i < p->nr_opt; i++) {
		snprintf(pair, sizeof(pair), "%s_%s", p->opt[i].key,
			 p->opt[i].value);
		add_element(path, len, pair);
	}
	if (strcmp(p->workload, "idle"))
		add_element(path, len, p->workload);
	if (role)
		add_element(path, len, role);
}

static const char *status_of(const struct point *p)
{
	if (p->nr_rep)
		return "DONE";
	if (p->count[REP_SKIP])
		return "SKIP";
	if (p->count[REP_FAIL] || p->count[REP_VOID] || p->count[REP_EXCLUDED])
		return "ERROR";
	return "MISS";
}

/* Seconds, or instructions as they are. */
static double scale_of(const struct point *p)
{
	return strcmp(point_unit(p), "ns") ? 1 : 1e-9;
}

/* What tells one boot from another in a campaign. */
static void add_boot(const struct run *run, json_t *v)
{
	static const char *const key[] = { "boot_id", "label" };
	const char *text;

	js_texts(v, "question", run->question ?: "unknown", NULL);
	for (size_t i = 0; i < 2; i++) {
		text = run_meta(run, key[i]);
		if (*text)
			js_texts(v, key[i], text, NULL);
	}
}

static json_t *misc_of(const struct report *r, const struct point *p,
		       const char *role)
{
	json_t *v = json_object();
	double scale = scale_of(p), ns;
	struct est e;
	char unit[100];

	add_boot(&r->run, v);
	js_texts(v, "part", p->part, "workload", p->workload, NULL);
	js_set(v, "options", js_options(p));
	js_set(v, "conditions", js_conditions(p));
	js_set(v, "boots", json_integer(1));
	js_set(v, "failed", json_integer(p->count[REP_FAIL] +
					 p->count[REP_VOID] +
					 p->count[REP_EXCLUDED]));
	if (!role)
		return v;
	js_set(v, "role", js_text(role));
	e = point_p50(p, role);
	js_set(v, "repetitions", js_number(e.nr));
	if (e.nr > 1) {
		js_set(v, "low", js_number(e.lo * scale));
		js_set(v, "high", js_number(e.hi * scale));
		js_set(v, "interval", js_text(e.range ? "range" : "95%"));
	}
	if (pool_quantile(point_pool(p, role), 0.99, &ns))
		js_set(v, "p99", js_number(ns * scale));
	snprintf(unit, sizeof(unit), "%s-max-%s", role, point_unit(p));
	ns = point_max(p, unit);
	if (ns >= 0)
		js_set(v, "max", js_number(ns * scale));
	return v;
}

static void add_test(const struct report *r, const struct point *p,
		     const char *role, const char *run_id, const char *build,
		     json_t *tests)
{
	json_t *v = json_object(), *number, *environment;
	double seconds = 0;
	char buf[1200];

	snprintf(buf, sizeof(buf), "%s:%zu:%s", run_id,
		 (size_t)(p - r->points.point) + 1, role ? role : "-");
	js_texts(v, "id", buf, "build_id", build, "origin", ORIGIN,
		 "status", status_of(p), NULL);
	path_of(p, role, buf, sizeof(buf));
	js_set(v, "path", js_text(buf));
	if (role) {
		struct est e = point_p50(p, role);

		if (e.nr) {
			number = json_object();
			js_set(number, "value", js_number(e.med * scale_of(p)));
			js_texts(number, "prefix", "metric", "unit",
				 scale_of(p) == 1 ? "instructions" : "s", NULL);
			js_set(v, "number", number);
		}
	}
	if (point_reason(p))
		js_set(v, "log_excerpt", js_text(point_reason(p)));
	for (size_t i = 0; i < p->nr_rep; i++)
		seconds += p->rep[i]->seconds;
	if (seconds)
		js_set(v, "duration", js_number(seconds));
	if (cond_text(&r->run, "utc", buf, sizeof(buf)) &&
	    kv_is_date(buf, 20))
		js_set(v, "start_time", js_text(buf));
	environment = json_object();
	js_set(environment, "comment",
	       js_text(cond_machine(&r->run, buf, sizeof(buf))));
	js_set(v, "environment", environment);
	js_set(v, "misc", misc_of(r, p, role));
	js_add(tests, v);
}

/* Unless there is one of its id. */
static void add_once(json_t *v, json_t *to)
{
	const char *id = json_string_value(json_object_get(v, "id"));
	json_t *each;
	size_t i;

	json_array_foreach(to, i, each)
		if (!strcmp(json_string_value(json_object_get(each, "id")), id)) {
			json_decref(v);
			return;
		}
	js_add(to, v);
}

static void add_build(const struct run *run, const char *source,
		      const char *id, json_t *to)
{
	json_t *build = json_object();
	char buf[400];

	js_texts(build, "id", id, "checkout_id", source, "origin", ORIGIN,
		 "comment", cond_kernel(run, buf, sizeof(buf)), NULL);
	if (cond_text(run, "kernel.machine", buf, sizeof(buf)) &&
	    !buf[strspn(buf, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		js_set(build, "architecture", js_text(buf));
	add_once(build, to);
}

/* One folder, to the three lists. */
static void add_folder(const struct report *r, json_t *checkouts,
		       json_t *builds, json_t *tests)
{
	const struct run *run = &r->run;
	const char *release = run_release(run) ?: "unknown";
	json_t *checkout = json_object();
	char buf[400], source[160], build[600], id[800];

	snprintf(source, sizeof(source), ORIGIN ":%s", release);
	js_texts(checkout, "id", source, "origin", ORIGIN,
		 "git_commit_name", release, NULL);
	js_set(checkout, "valid", json_true());
	add_once(checkout, checkouts);

	/* Two builds may have one release. */
	snprintf(build, sizeof(build), "%s:%s", source,
		 cond_text(run, "kernel.version", buf, sizeof(buf)) ?: "-");
	add_build(run, source, build, builds);

	snprintf(id, sizeof(id), "%s:%s:%s:%s", source, run_meta(run, "boot_id"),
		 cond_text(run, "utc", buf, sizeof(buf)) ?: "-",
		 run->seed ?: "-");
	for (size_t i = 0; i < r->points.nr_point; i++) {
		const struct point *p = &r->points.point[i];
		char role[8][64];
		size_t nr = point_roles(p, role, 8);

		for (size_t k = 0; k < nr; k++)
			add_test(r, p, role[k], id, build, tests);
		if (!nr)
			add_test(r, p, NULL, id, build, tests);
	}
}

int format_kcidb(char *const *path, size_t nr, FILE *to)
{
	json_t *checkouts = json_array(), *builds = json_array();
	json_t *tests = json_array(), *v;
	struct folders all;
	char why[600];
	int ret;

	ret = folders_find(&all, NULL, path, nr, release_order, why,
			   sizeof(why));
	if (ret)
		err_say("report: %s", why);
	for (size_t i = 0; i < all.nr && !ret; i++) {
		struct report r;

		ret = report_make(&r, all.path[i]);
		if (ret)
			err_say("%s", r.run.error);
		else
			add_folder(&r, checkouts, builds, tests);
		report_free(&r);
	}
	folders_free(&all);
	v = json_object();
	js_set(v, "version", json_pack("{s:i,s:i}", "major", 5, "minor", 3));
	js_set(v, "checkouts", checkouts);
	js_set(v, "builds", builds);
	js_set(v, "tests", tests);
	if (!ret)
		js_print(v, to);
	else
		json_decref(v);
	return ret;
}
