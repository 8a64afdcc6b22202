/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * js - JSON that is always valid: no NaN, no broken UTF-8
 *
 * Each returns a new reference; running out of memory ends the program.
 */
#ifndef FORKPATH_JS_H
#define FORKPATH_JS_H

#include <jansson.h>
#include <stdio.h>

struct est;
struct point;

/* null where V is not finite, an integer where it is one. */
json_t *js_number(double v);

/* null for NULL; what is not UTF-8 as printable ASCII. */
json_t *js_text(const char *text);

/* {"median", "low", "high", "n", "interval": "95%" | "range" | "none"} */
json_t *js_est(const struct est *e);

/* {"kind": "fork", ...} */
json_t *js_options(const struct point *p);
json_t *js_conditions(const struct point *p);

void js_set(json_t *object, const char *key, json_t *value);
/* js_text() of each VALUE behind its KEY, up to a key that is NULL. */
void js_texts(json_t *object, const char *key, ...) __attribute__((sentinel));
void js_add(json_t *array, json_t *value);

/* Keys sorted, indented; takes V. */
void js_print(json_t *v, FILE *to);

#endif
