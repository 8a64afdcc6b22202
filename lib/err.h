/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * err - exit codes and the one way to say that something is wrong
 *
 * A message is one line on stderr: "prog: what: why". Functions of lib/
 * return 0 or a negative errno and say nothing; whoever gives up speaks,
 * once. err_say() keeps errno; what would break the line is written as \ooo,
 * and what does not fit ends in [...].
 */
#ifndef FORKPATH_ERR_H
#define FORKPATH_ERR_H

#include <stdarg.h>
#include <stddef.h>

enum exit_code {
	EXIT_OK   = 0,
	EXIT_FAIL = 1,	/* could not be completed */
	EXIT_BAD  = 2,	/* bad input: what, where, what would be right */
	EXIT_VOID = 3,	/* measured, but its verification failed */
	EXIT_SKIP = 4,	/* cannot be done here */
};

extern const char *err_prog;	/* set by main() */

/*
 * All that was printed is to be on standard output now: NULL, or why it is
 * not, also in errno. What failed first is what is said, also later.
 */
const char *err_stdout(void);

/*
 * The exit code of a program that would end with RET: where what it printed
 * did not arrive, that is said and is EXIT_FAIL instead of EXIT_OK. A reader
 * that closes the pipe early has had enough: no error.
 */
int err_end(int ret);

void err_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * A message, as snprintf() puts it, for somebody else to say: what does not
 * fit ends in [...] here, too. Returns its length in TEXT.
 */
size_t err_text(char *text, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t err_vtext(char *text, size_t len, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
