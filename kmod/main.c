// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forkpath - measures inside the kernel what programs can only infer
 *
 * /dev/forkpath for one process at a time; lib/kmod.h is the interface.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#ifdef CONFIG_X86
#include <asm/cpufeature.h>
#elif defined(CONFIG_OF)
#include <linux/of.h>
#endif

#include "module.h"

static bool lab;
module_param(lab, bool, 0444);
MODULE_PARM_DESC(lab, "a guest to be broken: every node may be fragmented");

static atomic_t users;		/* 0 or 1 */
bool by_counter;

struct session {
	bool			 greeted;
	struct locks		*locks;
	struct fragments	*fragments;
	atomic64_t		 tries, failed, collected;
};

int node_check(int node)
{
	return node >= 0 && node < MAX_NUMNODES && node_state(node, N_MEMORY) ?
		0 : -ENXIO;
}

static bool in_guest(void)
{
#ifdef CONFIG_X86
	return boot_cpu_has(X86_FEATURE_HYPERVISOR);
#elif defined(CONFIG_OF)
	/* What virtual machines of arm64 call themselves. */
	return of_machine_is_compatible("linux,dummy-virt");
#else
	return false;
#endif
}

static int hello(struct session *s, struct kmod_hello *h)
{
	u32 version = h->version;

	if (h->counter > 1)
		return -EINVAL;
	WRITE_ONCE(by_counter, h->counter);
	*h = (struct kmod_hello){
		.version = KMOD_VERSION,
		.page_size = PAGE_SIZE,
		.kmalloc_max = KMALLOC_MAX_SIZE,
		.cache_max = KMALLOC_MAX_CACHE_SIZE,
		.max_order = ilog2(KMALLOC_MAX_SIZE) - PAGE_SHIFT,
		.costly_order = PAGE_ALLOC_COSTLY_ORDER,
		.lab = lab && in_guest(),
		.counter = h->counter,
	};
	/* Another version learns of ours; then it is on its own. */
	WRITE_ONCE(s->greeted, version == KMOD_VERSION);
	return 0;
}

static int done(struct session *s, struct kmod_done *d)
{
	*d = (struct kmod_done){
		.tries = atomic64_read(&s->tries),
		.failed = atomic64_read(&s->failed),
		.collected = atomic64_read(&s->collected),
		.held = fragments_held(s->fragments),
	};
	locks_done(s->locks, d);
	return 0;
}

static int ask(struct session *s, unsigned int cmd, void *what)
{
	int ret;

	if (cmd == KMOD_HELLO)
		return hello(s, what);
	if (!READ_ONCE(s->greeted))
		return -EPROTO;
	switch (cmd) {
	case KMOD_DONE:
		return done(s, what);
	case KMOD_BATCH:
		return locks_batch(s->locks, what);
	case KMOD_WRITE:
		return locks_write(s->locks, what);
	case KMOD_TRY:
		ret = array_try(s->fragments, what);
		if (!ret) {
			atomic64_inc(&s->tries);
			if (((struct kmod_try *)what)->outcome)
				atomic64_inc(&s->failed);
		}
		return ret;
	case KMOD_FRAGMENT:
		return fragments_hold(s->fragments, what);
	case KMOD_PIDS:
		ret = pids_collect(what);
		if (!ret && !((struct kmod_pids *)what)->outcome)
			atomic64_inc(&s->collected);
		return ret;
	}
	return -ENOTTY;
}

static long on_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	union {
		struct kmod_hello	hello;
		struct kmod_done	done;
		struct kmod_batch	batch;
		struct kmod_write	write;
		struct kmod_try		try;
		struct kmod_fragment	fragment;
		struct kmod_pids	pids;
	} what = { };
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);
	int ret;

	if (size > sizeof(what))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&what, user, size))
		return -EFAULT;
	ret = ask(file->private_data, cmd, &what);
	if (!ret && copy_to_user(user, &what, size))
		return -EFAULT;
	return ret;
}

static void session_free(struct session *s)
{
	fragments_free(s->fragments);
	locks_free(s->locks);
	kfree(s);
}

static int on_open(struct inode *inode, struct file *file)
{
	struct session *s;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (atomic_cmpxchg(&users, 0, 1))
		return -EBUSY;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		goto none;
	s->locks = locks_make();
	s->fragments = fragments_make(lab && in_guest());
	if (!s->locks || !s->fragments) {
		session_free(s);
		goto none;
	}
	file->private_data = s;
	return 0;
none:
	atomic_set(&users, 0);
	return -ENOMEM;
}

static int on_release(struct inode *inode, struct file *file)
{
	session_free(file->private_data);
	atomic_set(&users, 0);
	return 0;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.open = on_open,
	.release = on_release,
	.unlocked_ioctl = on_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = KMOD_NAME,
	.fops = &operations,
	.mode = 0600,
};

module_misc_device(device);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("forkpath: locks, arrays and pid numbers, measured inside");
