#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lanes.t - tests/run begins with what takes longest, and loses no test

. tests/lib.sh

tree=$tmp/tree
mkdir -p "$tree"/{tests/cli,build/test-seconds,tests/root}
cp tests/run "$tree/tests"
for t in a b c d e; do
	cat >"$tree/tests/cli/$t.t" <<-END
	echo $t >>"$tmp/begun"
	echo "ok 1 - $t"
	echo 1..1
	END
done
cp "$tree/tests/cli/a.t" "$tree/tests/root/r.t"
echo 7 >"$tree/build/test-seconds/cli.d.t"
echo 40 >"$tree/build/test-seconds/cli.e.t"
# Each lane waits until the first two tests have begun: which two is the order.
cat >"$tree/tests/cli/d.t" <<END
echo first >>"$tmp/begun"
while [ "\$(wc -l <"$tmp/begun")" -lt 2 ]; do sleep 0.01; done
echo "ok 1 - first"
echo 1..1
END
cp "$tree/tests/cli/d.t" "$tree/tests/cli/e.t"

run env TEST_LANES=2 TEST_LIMIT=60 bash "$tree/tests/run" cli
is "all tests are run" 0 "5 passed, 0 failed, 0 skipped"
true_that "the longest of the last time begin first" \
	[ "$(head -n 2 "$tmp/begun" | paste -sd ' ')" = "first first" ]
true_that "each is run once" [ "$(wc -l <"$tmp/begun")" -eq 5 ]

echo 'echo "not ok 1 - b"; echo 1..1' >"$tree/tests/cli/b.t"
echo 'exit 0' >"$tree/tests/cli/c.t"
run env TEST_LANES=2 TEST_LIMIT=60 bash "$tree/tests/run" cli root
is "what failed is said, and what died before its plan" 1 \
	"failed: cli/b.t: not ok 1 - b" "failed: cli/c.t: died, exit code 0" \
	"4 passed, 2 failed, 0 skipped"
echo "1..$tap_n"
