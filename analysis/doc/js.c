// SPDX-License-Identifier: GPL-2.0-or-later
/* js - JSON that is always valid: no NaN, no broken UTF-8 */
#include <math.h>
#include <stdarg.h>

#include "js.h"
#include "mem.h"
#include "out.h"
#include "point.h"

/* Out of memory is all that can go wrong: mem_get() says so and ends. */
static json_t *sure(json_t *v)
{
	if (!v)
		mem_get((size_t)-1, 2);
	return v;
}

json_t *js_number(double v)
{
	if (!isfinite(v))
		return json_null();
	/* 6 repetitions, not 6.0; beyond 2^53 there are no odd ones. */
	if (v == rint(v) && fabs(v) < 9e15)
		return sure(json_integer((json_int_t)v));
	return sure(json_real(v));
}

json_t *js_text(const char *text)
{
	char ascii[2048];
	json_t *v;

	if (!text)
		return json_null();
	v = json_string(text);
	return v ? v : sure(json_string(out_ascii(ascii, sizeof(ascii), text)));
}

json_t *js_est(const struct est *e)
{
	json_t *v = sure(json_object());
	bool any = e->nr > 0, spread = e->nr > 1;

	js_set(v, "n", js_number(e->nr));
	js_set(v, "median", any ? js_number(e->med) : json_null());
	js_set(v, "low", spread ? js_number(e->lo) : json_null());
	js_set(v, "high", spread ? js_number(e->hi) : json_null());
	js_set(v, "interval", js_text(!spread ? "none" : e->range ? "range" :
				      "95%"));
	return v;
}

static json_t *pairs(const struct kv *kv, size_t nr)
{
	json_t *v = sure(json_object());

	for (size_t i = 0; i < nr; i++)
		js_set(v, kv[i].key, js_text(kv[i].value));
	return v;
}

json_t *js_options(const struct point *p)
{
	return pairs(p->opt, p->nr_opt);
}

json_t *js_conditions(const struct point *p)
{
	return pairs(p->cond, p->nr_cond);
}

void js_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		mem_get((size_t)-1, 2);
}

void js_texts(json_t *object, const char *key, ...)
{
	va_list ap;

	va_start(ap, key);
	for (; key; key = va_arg(ap, const char *))
		js_set(object, key, js_text(va_arg(ap, const char *)));
	va_end(ap);
}

void js_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		mem_get((size_t)-1, 2);
}

void js_print(json_t *v, FILE *to)
{
	/* What does not arrive is said at the end, of every format. */
	if (json_dumpf(v, to, JSON_SORT_KEYS | JSON_INDENT(1) |
		       JSON_REAL_PRECISION(15)) && !ferror(to))
		mem_get((size_t)-1, 2);
	fputc('\n', to);
	json_decref(v);
}
