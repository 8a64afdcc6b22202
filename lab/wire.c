// SPDX-License-Identifier: GPL-2.0-or-later
/* wire - what the guest says over its second serial port */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

#define HEAD	20

/* CRC-32 of ISO 3309 (reflected, polynomial 0xedb88320). */
static uint32_t crc32_of(const char *s, size_t len)
{
	uint32_t crc = ~0u;

	while (len--) {
		crc ^= (unsigned char)*s++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static int put(int fd, const char *s, size_t len)
{
	while (len) {
		ssize_t n = write(fd, s, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		s += n;
		len -= n;
	}
	return 0;
}

int wire_put(int fd, char type, const char *body, size_t len)
{
	int ret;

	do {
		size_t n = len < WIRE_BODY_MAX ? len : WIRE_BODY_MAX;
		char head[HEAD + 1];

		snprintf(head, sizeof(head), "%c %08x %08x\n", type,
			 (unsigned int)n, crc32_of(body, n));
		ret = put(fd, head, HEAD);
		if (!ret)
			ret = put(fd, body, n);
		body += n;
		len -= n;
	} while (len && !ret);
	return ret;
}

void wire_add(struct wire *w, const char *bytes, size_t len)
{
	if (w->at) {
		memmove(w->in.s, w->in.s + w->at, w->in.len - w->at);
		w->in.len -= w->at;
		w->at = 0;
	}
	text_add(&w->in, bytes, len);
}

int wire_next(struct wire *w, char *type, const char **body, size_t *len)
{
	const char *head = w->in.s + w->at;
	unsigned int n, crc;
	int used = 0;

	if (w->in.len - w->at < HEAD)
		return 0;
	if (sscanf(head, "%c %8x %8x%n", type, &n, &crc, &used) != 3 ||
	    used != HEAD - 1 || head[HEAD - 1] != '\n' || n > WIRE_BODY_MAX)
		return -EBADMSG;
	if (w->in.len - w->at < HEAD + n)
		return 0;
	*body = head + HEAD;
	*len = n;
	if (crc32_of(*body, n) != crc)
		return -EBADMSG;
	w->at += HEAD + n;
	return 1;
}

void wire_free(struct wire *w)
{
	text_free(&w->in);
	w->at = 0;
}
