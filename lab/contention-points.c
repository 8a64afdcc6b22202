// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * contention-points - who points to what kmalloc() gave out
 *
 * Such an object has no type, but it begins where a member of another object
 * points to, and that member has one (anatomy/lines-type.c).
 */
#include <stdlib.h>
#include <string.h>

#include "contention.h"

#define LARGEST		(64u << 10)	/* object that is read */
#define MOST_BY		16		/* of a line */

static uint64_t line_at(const struct slab *s)
{
	return s->begin + s->offset;
}

static int by_place(const void *pa, const void *pb)
{
	uint64_t a = line_at(*(struct slab *const *)pa);
	uint64_t b = line_at(*(struct slab *const *)pb);

	return a < b ? -1 : a > b;
}

static bool is_kmalloc(const struct slab *s)
{
	return !strncmp(s->name, "kmalloc-", 8);
}

/* Those of a cache of one type are alike; of kmalloc() each is its own. */
static void add(struct slab *to, const struct slab *source, uint64_t from,
		uint32_t offset)
{
	struct by *b = to->by;

	for (uint32_t i = 0; i < to->nr_by; i++) {
		if (b[i].cache != source->name || b[i].offset != offset ||
		    (is_kmalloc(source) && b[i].from != from))
			continue;
		b[i].times++;
		return;
	}
	if (to->nr_by == MOST_BY)
		return;
	to->by = contention_grown(b, (to->nr_by + 1) * sizeof(*b));
	to->by[to->nr_by++] = (struct by){ .from = from,
		.cache = source->name, .offset = offset, .times = 1 };
}

/* A word of SOURCE says TO: which lines are of the object that begins there? */
static void follow(struct slab **line, size_t nr, uint64_t to,
		   const struct slab *source, uint64_t from, uint32_t offset)
{
	size_t low = 0, high = nr;

	while (low < high) {	/* the first line that ends behind TO */
		size_t mid = (low + high) / 2;

		if (line_at(line[mid]) + LINE > to)
			high = mid;
		else
			low = mid + 1;
	}
	for (; low < nr && line_at(line[low]) < to + LARGEST; low++) {
		struct slab *s = line[low];

		if (to >= s->begin && !((to - s->begin) % s->size) &&
		    line_at(s) < to + s->size)
			add(s, source, from, offset);
	}
}

void contention_points(contention_peek_t peek, struct slab **all, size_t nr)
{
	struct slab **line = contention_grown(NULL, (nr + 1) * sizeof(*line));
	uint64_t *word = contention_grown(NULL, LARGEST), done = 0;
	size_t nr_lines = 0;

	qsort(all, nr, sizeof(*all), by_place);
	for (size_t i = 0; i < nr; i++)
		if (is_kmalloc(all[i]))
			line[nr_lines++] = all[i];
	for (size_t i = 0; i < nr; i++) {
		const struct slab *s = all[i];
		uint64_t at = s->begin < done ? done : s->begin;

		for (; at < line_at(s) + LINE; at = done) {
			done = at + s->size;
			if (s->size > LARGEST || !peek(at, word, s->size))
				continue;
			for (uint32_t k = 0; k < s->size / sizeof(*word); k++)
				follow(line, nr_lines, word[k], s, at,
				       k * sizeof(*word));
		}
	}
	free(word);
	free(line);
}
