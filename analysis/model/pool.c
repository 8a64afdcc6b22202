// SPDX-License-Identifier: GPL-2.0-or-later
/* pool - a distribution of latencies, of one repetition or of several */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "pool.h"

bool pool_merge(struct pool *pool, const struct dist_role *r)
{
	const struct pool_buckets *was = &pool->b;
	size_t room = was->nr + r->nr_bucket, nr = 0, a = 0, b = 0;
	double *low = mem_get(room, sizeof(*low));
	double *high = mem_get(room, sizeof(*high));
	unsigned long long *count = mem_get(room, sizeof(*count));

	while (a < was->nr || b < r->nr_bucket) {
		double la = a < was->nr ? was->low[a] : HUGE_VAL;
		double lb = b < r->nr_bucket ? r->bucket[b].low : HUGE_VAL;

		if (la <= lb) {
			low[nr] = la;
			high[nr] = was->high[a];
			count[nr] = was->count[a++];
		}
		if (lb <= la) {
			if (lb == la && high[nr] != r->bucket[b].high)
				goto differ;
			low[nr] = lb;
			high[nr] = r->bucket[b].high;
			count[nr] += r->bucket[b++].count;
		}
		if (nr && low[nr] < high[nr - 1])
			goto differ;
		nr++;
	}
	free((void *)was->low);
	free((void *)was->high);
	free((void *)was->count);
	pool->b.low = low;
	pool->b.high = high;
	pool->b.count = count;
	pool->b.nr = nr;
	pool->b.under += r->under;
	pool->b.over += r->over;
	pool->ops += r->ops;
	if (r->max > pool->max)
		pool->max = r->max;
	pool->nr_rep++;
	return true;
differ:
	free(low);
	free(high);
	free(count);
	return false;
}

bool pool_add(struct pool *all, const struct pool *one)
{
	struct dist_role r = {
		.ops = one->ops, .under = one->b.under, .over = one->b.over,
		.max = one->max, .nr_bucket = one->b.nr,
	};
	bool ok;

	r.bucket = mem_get(one->b.nr, sizeof(*r.bucket));
	for (size_t i = 0; i < one->b.nr; i++)
		r.bucket[i] = (struct bucket){
			.low = one->b.low[i], .high = one->b.high[i],
			.count = one->b.count[i],
		};
	ok = pool_merge(all, &r);
	free(r.bucket);
	return ok;
}

void pool_clear(struct pool *all)
{
	free((void *)all->b.low);
	free((void *)all->b.high);
	free((void *)all->b.count);
	memset(all, 0, sizeof(*all));
}

int pool_bucket_quantile(const struct pool_buckets *b, double q, double *out)
{
	unsigned long long n = b->under + b->over, rank, seen = b->under;

	if (!(q > 0 && q < 1))
		return -EINVAL;
	for (size_t i = 0; i < b->nr; i++) {
		if (!isfinite(b->high[i]) || !(b->low[i] < b->high[i]) ||
		    (i && b->low[i] < b->high[i - 1]))
			return -EINVAL;
		n += b->count[i];
	}
	if (!n)
		return -ENODATA;
	/* 0.999 * 10000 is a little more than 9990 in binary. */
	rank = ceil(n * q * (1 - 4 * DBL_EPSILON));
	if (q > 0.5 && n - rank < POOL_ABOVE)
		return -ENODATA;
	if (rank <= seen) {
		*out = 0;
		return 0;
	}
	for (size_t i = 0; i < b->nr; i++) {
		seen += b->count[i];
		if (rank <= seen) {
			*out = b->max > 0 ? fmin(b->high[i], b->max) :
					    b->high[i];
			return 0;
		}
	}
	if (!(b->max > 0))
		return -ERANGE;
	*out = b->max;
	return 0;
}

bool pool_quantile(const struct pool *pool, double q, double *ns)
{
	int ret = pool ? pool_bucket_quantile(&pool->b, q, ns) : -ENODATA;

	/* The edge of the last bucket lies above what was really seen. */
	if (ret == -ERANGE || (!ret && *ns > pool->max)) {
		*ns = pool->max;
		ret = 0;
	}
	return !ret;
}
