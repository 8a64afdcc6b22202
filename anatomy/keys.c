// SPDX-License-Identifier: GPL-2.0-or-later
/* keys - which switches of the kernel's code are set otherwise? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "mem.h"

/* All relative to where they are. */
struct jump_entry {
	int32_t	code, target;
	int64_t	key;		/* lowest bits: what it is when it is off */
};

static uint64_t symbol(const struct code *c, const char *name)
{
	for (size_t i = 0; i < c->nr; i++)
		if (!strcmp(c->sym[i].name, name))
			return c->sym[i].addr;
	return 0;
}

/* Files have keys of one name (__key.0): those in the order of the image. */
static int by_name(const void *pa, const void *pb)
{
	const struct key *a = pa, *b = pb;
	int d = strcmp(a->name, b->name);

	return d ? d : a->addr < b->addr ? -1 : a->addr > b->addr;
}

/* A jump of the table: where it is, and its key. */
struct jump {
	uint64_t	code, key;
};

static struct jump *jumps_of(const struct code *c, size_t *nr)
{
	uint64_t at = symbol(c, "__start___jump_table");
	uint64_t end = symbol(c, "__stop___jump_table");
	struct jump *jump = NULL;
	struct jump_entry e;
	const uint8_t *p;

	*nr = 0;
	for (; at && at < end && (p = code_at(c, at, sizeof(e)));
	     at += sizeof(e)) {
		struct jump *j = mem_more(&jump, nr, sizeof(*j));

		memcpy(&e, p, sizeof(e));
		j->code = at + e.code;
		j->key = (at + offsetof(struct jump_entry, key) + e.key) & ~3ull;
	}
	return jump;
}

/* Those that have a name of their own; how many use it is its first member. */
static struct key *keys_of(const struct code *c, size_t *nr)
{
	struct key *key = NULL;
	uint64_t last = 0;
	size_t jumps;
	struct jump *jump = jumps_of(c, &jumps);

	*nr = 0;
	for (size_t i = 0; i < jumps; i++) {
		uint64_t where = jump[i].key;
		const struct code_sym *s = code_nearest(c, where);
		const uint8_t *k;

		k = code_at(c, where, sizeof(int));
		if (where == last || !k || !s || s->addr != where)
			continue;
		last = where;
		memcpy(mem_more(&key, nr, sizeof(*key)), &(struct key){
			.name = s->name, .addr = where }, sizeof(*key));
		memcpy(&key[*nr - 1].users[0], k, sizeof(int));
	}
	free(jump);
	if (*nr)
		qsort(key, *nr, sizeof(*key), by_name);
	return key;
}

bool keys_asked(const struct code *c, const struct key *key,
		bool (*in)(const void *of, const char *fn), const void *of)
{
	bool asked = false;
	size_t jumps;
	struct jump *jump = jumps_of(c, &jumps);

	for (size_t i = 0; i < jumps && !asked; i++) {
		const struct code_sym *s;
		char fn[200];

		if (jump[i].key != key->addr ||
		    !(s = code_nearest(c, jump[i].code)))
			continue;
		snprintf(fn, sizeof(fn), "%.*s", (int)strcspn(s->name, "."),
			 s->name);
		asked = in(of, fn);
	}
	free(jump);
	return asked;
}

struct key *keys_differ(const struct code *a, const struct code *b, size_t *nr)
{
	size_t na, nb;
	struct key *ka = keys_of(a, &na), *kb = keys_of(b, &nb);

	*nr = 0;
	for (size_t i = 0, k = 0; i < na && k < nb; ) {
		int d = strcmp(ka[i].name, kb[k].name);

		if (!d && !ka[i].users[0] != !kb[k].users[0]) {
			ka[*nr] = ka[i];
			ka[(*nr)++].users[1] = kb[k].users[0];
		}
		i += d <= 0;
		k += d >= 0;
	}
	free(kb);
	return ka;
}
