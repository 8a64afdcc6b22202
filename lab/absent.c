// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * absent - what a guest does not have, but hwloc would ask
 *
 * libudev, for the names of disks: it is not to be had as an archive, and
 * without a daemon its answer is the same, nothing is known. dlopen(), for
 * plugins: there are no shared libraries (ld --wrap=dlopen).
 */
#include <stddef.h>

struct udev;
struct udev_device;

void *__wrap_dlopen(const char *file, int mode);
struct udev *udev_new(void);
struct udev *udev_unref(struct udev *udev);
struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev,
		const char *subsystem, const char *name);
const char *udev_device_get_property_value(struct udev_device *dev,
					   const char *key);
struct udev_device *udev_device_unref(struct udev_device *dev);

void *__wrap_dlopen(const char *file, int mode)
{
	(void)file;
	(void)mode;
	return NULL;
}

struct udev *udev_new(void)
{
	return NULL;
}

struct udev *udev_unref(struct udev *udev)
{
	(void)udev;
	return NULL;
}

struct udev_device *udev_device_new_from_subsystem_sysname(struct udev *udev,
		const char *subsystem, const char *name)
{
	(void)udev;
	(void)subsystem;
	(void)name;
	return NULL;
}

const char *udev_device_get_property_value(struct udev_device *dev,
					   const char *key)
{
	(void)dev;
	(void)key;
	return NULL;
}

struct udev_device *udev_device_unref(struct udev_device *dev)
{
	(void)dev;
	return NULL;
}
