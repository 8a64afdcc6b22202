/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arch - what is written once for every architecture
 *
 * Each arch-NAME.h has, and nothing outside of these files asks for an
 * architecture:
 *
 *   arch_counter()    the counter that -icount drives in an exact guest
 *   arch_counter_hz() how often it counts, if it tells of that; else 0
 *   ARCH_LOOP(n)      a loop of ARCH_LOOP_INSNS instructions, N times
 *   ARCH_MARK(n)      one instruction that does nothing and holds N, see mark.h
 *   ARCH_ELF          the machine of a program, EM_NONE: none is written here
 *   ARCH_EXIT, ARCH_WAIT
 *                     programs as machine code: exit_group(status), and pause
 *                     for ever
 *   arch_set_status() writes the status into ARCH_EXIT's code
 *
 * An architecture without a file of its own has no exact mode, no anatomy and
 * no program to execute; its times are as good as any.
 */
#ifndef FORKPATH_ARCH_H
#define FORKPATH_ARCH_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include "arch-x86_64.h"
#elif defined(__aarch64__)
#include "arch-arm64.h"
#else
#include "arch-none.h"
#endif

#endif
