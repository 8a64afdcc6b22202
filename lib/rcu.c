// SPDX-License-Identifier: GPL-2.0-or-later
/* rcu - how long grace periods take, as an option */
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "rcu.h"
#include "undo.h"

static const char expedited[] = "/sys/kernel/rcu_expedited";
static const char normal[] = "/sys/kernel/rcu_normal";

const char *rcu_missing(enum rcu rcu)
{
	if (rcu != RCU_AS_IS &&
	    (access(expedited, W_OK) || access(normal, W_OK)))
		return "--rcu: /sys/kernel/rcu_expedited or rcu_normal cannot "
		       "be written";
	return NULL;
}

int rcu_set(enum rcu rcu)
{
	int ret;

	if (rcu == RCU_AS_IS)
		return 0;
	/* rcu_normal wins where both are set. */
	ret = undo_setting(normal, rcu == RCU_NORMAL ? "1" : "0");
	if (!ret)
		ret = undo_setting(expedited, rcu == RCU_EXPEDITED ? "1" : "0");
	if (ret)
		bench_why("%s, %s: %s", expedited, normal, strerror(-ret));
	return ret;
}
