#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# try-killed.t - a whole try is killed at twenty moments: cli/try.t has five
export LC_ALL=C LANG=C
TRY_KILLS=20 exec bash tests/cli/try.t
