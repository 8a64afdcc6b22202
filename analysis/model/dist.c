// SPDX-License-Identifier: GPL-2.0-or-later
/* dist - the distributions of one repetition: a .lat file */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "file.h"
#include "kv.h"
#include "lat.h"
#include "mem.h"

#define SCHEMA		"# forkpath-lat/1"
#define LAT_MAX		(64UL << 20)
#define ROLES_MAX	64U
#define SERIES_MAX	65536U	/* of an actor */

/* "role NAME ops N under N over N min N max N sum N" */
static bool dist_head(struct dist_role *r, char *at)
{
	const struct { const char *key; uint64_t *to; } field[] = {
		{ "ops", &r->ops }, { "under", &r->under }, { "over", &r->over },
		{ "min", &r->min }, { "max", &r->max }, { "sum", NULL },
	};
	char *word = kv_word(&at, " ");
	uint64_t sum;

	if (!word || !kv_is_word(word, 60))
		return false;
	r->name = word;
	for (size_t i = 0; i < sizeof(field) / sizeof(*field); i++) {
		word = kv_word(&at, " ");
		if (!word || strcmp(word, field[i].key))
			return false;
		word = kv_word(&at, " ");
		if (!word || !kv_whole(word, UINT64_MAX,
				    field[i].to ? field[i].to : &sum))
			return false;
	}
	return !at;
}

static const char *dist_bucket(struct dist_role *r, char *at)
{
	struct bucket b, *last;
	char *low = kv_word(&at, " "), *high = kv_word(&at, " "),
	     *count = kv_word(&at, " ");

	if (!count || at || !kv_whole(low, UINT64_MAX, &b.low) ||
	    !kv_whole(high, UINT64_MAX, &b.high) ||
	    !kv_whole(count, UINT64_MAX, &b.count))
		return "not 'low high count'";
	if (b.low >= b.high)
		return "an empty range";
	if (b.high - b.low > 1 && b.high - b.low > b.low / 125 + 1)
		return "a bucket wider than 0.8 %";
	if (!b.count)
		return "a bucket without a count";
	last = r->nr_bucket ? &r->bucket[r->nr_bucket - 1] : NULL;
	if (last && b.low < last->high)
		return "buckets do not ascend";
	mem_push(&r->bucket, &r->nr_bucket, b);
	return NULL;
}

/* "series ACTOR BATCH SUM..." */
static const char *dist_series(struct dist_role *r, char *at)
{
	struct series *s = mem_more(&r->series, &r->nr_series, sizeof(*s));
	char *actor = kv_word(&at, " "), *batch = kv_word(&at, " "), *word;
	uint64_t sum;

	if (!batch || !kv_whole(actor, 4096, &s->actor) ||
	    !kv_whole(batch, UINT64_MAX, &s->batch) || !s->batch)
		return "not 'series ACTOR BATCH SUM...'";
	while ((word = kv_word(&at, " "))) {
		if (!kv_whole(word, UINT64_MAX, &sum))
			return "not 'series ACTOR BATCH SUM...'";
		if (s->nr_sum == SERIES_MAX)
			return "a series longer than 65536";
		mem_push(&s->sum, &s->nr_sum, sum);
	}
	return s->nr_sum && s->nr_sum <= r->ops / s->batch ? NULL :
	       "a series longer than its operations";
}

/* "hash fnv1a64 HEX" */
static const char *dist_hash(struct dist_role *r, const char *at)
{
	static const char name[] = "fnv1a64 ";
	const char *hex = at + strlen(name);

	if (r->has_hash || strncmp(at, name, strlen(name)) ||
	    strlen(hex) != 16 || hex[strspn(hex, "0123456789abcdef")])
		return "not 'hash fnv1a64' and 16 hexadecimal digits";
	r->hash = strtoull(hex, NULL, 16);
	r->has_hash = true;
	return NULL;
}

/* Where every sample is there, in order, it can be seen. */
static const char *dist_hashed(const struct dist_role *r)
{
	uint64_t hash = LAT_HASH, nr = 0;

	for (size_t i = 0; i < r->nr_series; i++) {
		if (r->series[i].batch != 1)
			return "a hash, but a series of more than single operations";
		nr += r->series[i].nr_sum;
		for (size_t k = 0; k < r->series[i].nr_sum; k++)
			hash = lat_hash(hash, r->series[i].sum[k]);
	}
	return nr != r->ops ? "a hash, but not every sample" :
	       hash != r->hash ? "the hash is not that of the samples" : NULL;
}

static const char *dist_sum(const struct dist_role *r)
{
	uint64_t sum = r->under;

	if (__builtin_add_overflow(sum, r->over, &sum))
		return "counts overflow";
	for (size_t i = 0; i < r->nr_bucket; i++)
		if (__builtin_add_overflow(sum, r->bucket[i].count, &sum))
			return "counts overflow";
	if (sum != r->ops)
		return "counts do not add up to ops";
	if (r->has_hash && dist_hashed(r))
		return dist_hashed(r);
	if (!r->nr_bucket)
		return NULL;
	if (!r->under && (r->min < r->bucket[0].low ||
			  r->min >= r->bucket[0].high))
		return "min is not in the first bucket";
	if (!r->over && (r->max < r->bucket[r->nr_bucket - 1].low ||
			 r->max >= r->bucket[r->nr_bucket - 1].high))
		return "max is not in the last bucket";
	return NULL;
}

/* "vdso ADDRESS BYTES NAME" */
static const char *dist_vdso(struct dist_file *lat, char *at)
{
	struct dist_code *c = mem_more(&lat->vdso, &lat->nr_vdso, sizeof(*c));
	char *addr = kv_word(&at, " "), *bytes = kv_word(&at, " ");

	c->name = kv_word(&at, " ");
	if (!c->name || at || strlen(addr) != 16 ||
	    addr[strspn(addr, "0123456789abcdef")] ||
	    !kv_whole(bytes, 1 << 20, &c->bytes) || !kv_is_word(c->name, 60))
		return "not 'vdso ADDRESS BYTES NAME'";
	c->addr = strtoull(addr, NULL, 16);
	return NULL;
}

/* LINE, of role *IN if it is within one; NULL or what is wrong. */
static const char *dist_line(struct dist_file *lat, struct dist_role **in,
			     char *line)
{
	struct dist_role *r = *in;

	if (!strncmp(line, "role ", 5)) {
		if (r)
			return "truncated: 'end' is missing";
		if (lat->nr_role == ROLES_MAX)
			return "too many roles";
		*in = r = mem_more(&lat->role, &lat->nr_role, sizeof(*r));
		if (!dist_head(r, line + 5))
			return "not 'role NAME ops N under N over N min N max N sum N'";
		for (size_t i = 0; i + 1 < lat->nr_role; i++)
			if (!strcmp(lat->role[i].name, r->name))
				return "a role given twice";
		return NULL;
	}
	if (!strcmp(line, "end")) {
		*in = NULL;
		return r ? dist_sum(r) : "'end' without a role";
	}
	if (!r && !lat->nr_role && !strncmp(line, "vdso ", 5))
		return dist_vdso(lat, line + 5);
	return !r ? "a bucket outside of a role" :
	       !strncmp(line, "series ", 7) ? dist_series(r, line + 7) :
	       !strncmp(line, "hash ", 5) ? dist_hash(r, line + 5) :
	       dist_bucket(r, line);
}

int dist_parse(struct dist_file *lat, char *text, size_t len, char *why,
	       size_t whylen)
{
	struct kv_text t = { .at = text, .end = text + len };
	struct dist_role *r = NULL;
	const char *bad = NULL;
	char *line;

	memset(lat, 0, sizeof(*lat));
	while (!bad && (line = kv_line(&t)))
		bad = t.control ? "control character" :
		      t.cut ? "truncated" :
		      t.nr > 1 ? dist_line(lat, &r, line) :
		      strcmp(line, SCHEMA) ? "not '" SCHEMA "'" : NULL;
	if (!bad && (r || !lat->nr_role))
		bad = "truncated: 'end' is missing";
	if (bad)
		snprintf(why, whylen, "line %u: %s", t.nr, bad);
	return bad ? -1 : 0;
}

int dist_read(int folder, const char *name, struct dist_file *lat, char *why,
	      size_t whylen)
{
	char *text;
	size_t len;
	int ret;

	memset(lat, 0, sizeof(*lat));
	ret = file_read(folder, name, LAT_MAX, &text, &len);
	if (ret) {
		snprintf(why, whylen, "%s", file_why(ret));
		return -1;
	}
	ret = dist_parse(lat, text, len, why, whylen);
	lat->text = text;
	return ret;
}

void dist_free(struct dist_file *lat)
{
	for (size_t i = 0; i < lat->nr_role; i++) {
		for (size_t k = 0; k < lat->role[i].nr_series; k++)
			free(lat->role[i].series[k].sum);
		free(lat->role[i].series);
		free(lat->role[i].bucket);
	}
	free(lat->role);
	free(lat->vdso);
	free(lat->text);
	memset(lat, 0, sizeof(*lat));
}
