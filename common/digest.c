// SPDX-License-Identifier: GPL-2.0-or-later
/* digest - are these the same bytes? 64 bits that say so */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "mem.h"

/* No step loses anything: another word or another digest is another result. */
static uint64_t step(uint64_t digest, uint64_t word)
{
	digest = (digest ^ word) * 0x100000001b3ull;
	return digest ^ digest >> 32;
}

uint64_t digest_add(uint64_t digest, const void *data, size_t len)
{
	const char *at = data;
	uint64_t word;
	size_t left;

	for (left = len; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		digest = step(digest, word);
		at += sizeof(word);
	}
	word = 0;
	memcpy(&word, at, left);
	return step(step(digest, word), len);
}

int digest_file(uint64_t *digest, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	struct text all = { 0 };
	char buf[65536];
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, buf, sizeof(buf))) > 0)
		text_add(&all, buf, got);
	if (got < 0)
		ret = -errno;
	else
		*digest = digest_add(*digest, all.s, all.len);
	close(fd);
	text_free(&all);
	return ret;
}

char *digest_text(uint64_t digest)
{
	return xprintf("%016" PRIx64, digest);
}
