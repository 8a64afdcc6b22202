// SPDX-License-Identifier: GPL-2.0-or-later
/* pool - a distribution of latencies, of one repetition or of several */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "pool.h"

bool pool_merge(struct pool *pool, const struct dist_role *r)
{
	scoped struct bucket *sum = mem_get(pool->nr_bucket + r->nr_bucket,
					    sizeof(*sum));
	struct bucket *was = pool->bucket;
	size_t nr = 0, a = 0, b = 0;

	for (; a < pool->nr_bucket || b < r->nr_bucket; nr++) {
		const struct bucket *x = a < pool->nr_bucket ? &was[a] : NULL;
		const struct bucket *y = b < r->nr_bucket ? &r->bucket[b] : NULL;
		bool is_x = !y || (x && x->low <= y->low);
		bool is_y = !x || (y && y->low <= x->low);

		sum[nr] = is_x ? *x : *y;
		if (is_x && is_y) {
			if (x->high != y->high)
				return false;
			sum[nr].count += y->count;
		}
		if (nr && sum[nr].low < sum[nr - 1].high)
			return false;
		a += is_x;
		b += is_y;
	}
	pool->bucket = sum;
	pool->nr_bucket = nr;
	sum = was;
	pool->under += r->under;
	pool->over += r->over;
	pool->ops += r->ops;
	if (r->max > pool->max)
		pool->max = r->max;
	pool->nr_rep++;
	return true;
}

bool pool_add(struct pool *all, const struct pool *one)
{
	return pool_merge(all, &(struct dist_role){
		.ops = one->ops, .under = one->under, .over = one->over,
		.max = one->max, .bucket = one->bucket,
		.nr_bucket = one->nr_bucket });
}

void pool_clear(struct pool *all)
{
	free(all->bucket);
	memset(all, 0, sizeof(*all));
}

bool pool_quantile(const struct pool *pool, double q, double *ns)
{
	uint64_t rank, seen;

	if (!pool || !pool->ops)
		return false;
	/* 0.999 * 10000 is a little more than 9990 in binary. */
	rank = ceil(pool->ops * q * (1 - 4 * DBL_EPSILON));
	if (q > 0.5 && pool->ops - rank < POOL_ABOVE)
		return false;
	seen = pool->under;
	*ns = rank > seen ? pool->max : 0;
	for (size_t i = 0; i < pool->nr_bucket && seen < rank; i++) {
		seen += pool->bucket[i].count;
		if (seen >= rank)
			*ns = fmin(pool->bucket[i].high, pool->max);
	}
	return true;
}
