/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version - git describe of the source that was built, made by the Makefile */
#ifndef FORKPATH_VERSION_H
#define FORKPATH_VERSION_H

extern const char forkpath_version[];

#endif
