// SPDX-License-Identifier: GPL-2.0-or-later
/* guard - one run at a time, and nothing left of those before */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "err.h"
#include "guard.h"
#include "proc.h"
#include "undo.h"

int guard_take(double seconds, FILE *say)
{
	const char *why = undo_missing();
	unsigned int live = 1;
	int lock, done = 0, ret;
	bool acted = false;

	if (why) {
		err_say("%s", why);
		return -EBUSY;
	}
	lock = undo_lock(seconds);
	/* Who lived when we came to his journal may have been killed since. */
	for (int i = 0; lock == -EBUSY && live && i < 3; i++) {
		ret = undo_clean(say, &live);
		done += ret > 0 ? ret : 0;
		acted |= ret != 0;
		if (!ret)
			break;
	}
	/* Those that were need a CPU to die. */
	if (lock == -EBUSY && acted && !live)
		lock = undo_lock(30);
	if (lock == -EBUSY) {
		err_say("%s", undo_lock_holder());
		return lock;
	}
	if (lock < 0)
		err_say("beware: no lock against a second run: %s",
			strerror(-lock));
	ret = undo_clean(say, NULL);
	if (ret < 0) {
		err_say("not all that an earlier run left can be undone: %s",
			strerror(-ret));
		return ret;
	}
	return ret + (done > 0 ? done : 0);
}

int guard_processes(void)
{
	int ret = undo_token(proc_token());

	if (ret)
		err_say("journal: %s", strerror(-ret));
	return ret ? EXIT_FAIL : EXIT_OK;
}
