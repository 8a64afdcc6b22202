// SPDX-License-Identifier: GPL-2.0-or-later
/* analysis-trace - what the plugin recorded, by any order of its words */
#include "fuzz.h"

#include "fold.h"

/* Every function that fold.c knows by name, and one that it does not. */
static const char names[] =
	"ffffffff81000000 T entry_SYSCALL_64\n"
	"ffffffff81000010 T __switch_to_asm\n"
	"ffffffff81000020 T ret_from_fork\n"
	"ffffffff81000030 T cgroup_can_fork\n"
	"ffffffff81000040 T exit_signals\n"
	"ffffffff81000050 T down_read\n"
	"ffffffff81000060 T irq_entries_start\n"
	"ffffffff81000070 T asm_common_interrupt\n"
	"ffffffff81000080 T asm_exc_page_fault\n"
	"ffffffff81000090 T asm_exc_int3\n"
	"ffffffff810000a0 T kthread\n"
	"ffffffff810000b0 T do_exit\n"
	"ffffffff810000c0 T any\n"
	"ffffffff810000d0 T _etext\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char why[200] = "", *symbols = fuzz_text((const uint8_t *)names,
						 sizeof(names) - 1);
	size_t nr = len / sizeof(uint64_t);
	uint64_t *word = malloc(len + 1);
	struct ksyms k, user = { 0 };
	struct fold f;

	if (!word || ksyms_parse(&k, symbols, sizeof(names) - 1, why,
				 sizeof(why)))
		abort();
	if (len)
		memcpy(word, data, len);
	if (!fold_trace(&f, word, nr, &k, &user, nr & 1, why, sizeof(why)))
		fold_free(&f);
	else if (!*why)
		abort();	/* refused without a word */
	ksyms_free(&k);
	free(symbols);
	free(word);
	return 0;
}
