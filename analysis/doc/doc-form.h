/* SPDX-License-Identifier: GPL-2.0-or-later */
/* doc-form - the forms that a document is laid out in */
#ifndef FORKPATH_DOC_FORM_H
#define FORKPATH_DOC_FORM_H

#include <jansson.h>
#include <stdio.h>

#include "doc.h"

void doc_text(const struct doc *d, FILE *to);
void doc_markdown(const struct doc *d, FILE *to);
/* TITLE of the page. */
void doc_html(const struct doc *d, const char *title, FILE *to);
/* TEXT inside of HTML, or of SVG. */
void doc_escaped(const char *text, FILE *to);
json_t *doc_json(const struct doc *d);

#endif
