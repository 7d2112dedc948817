/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "segments.h"
#include "test.h"

static void
set_data(struct rte_mbuf *m, void *data, unsigned int bytes)
{
	memset(m, 0, sizeof(*m));
	m->buf_addr = data;
	m->buf_len = (uint16_t)bytes;
	m->data_len = (uint16_t)bytes;
	m->pkt_len = bytes;
	m->nb_segs = 1;
	m->refcnt = 1;
	m->port = RTE_MBUF_PORT_INVALID;
}

struct rte_mbuf *
segments_make(struct segments *sg, const uint8_t *data, unsigned int bytes, const unsigned int *cut,
    unsigned int n)
{
	cr_assert_lt(n, SEGMENTS_MAX);
	sg->sg_n = n + 1;
	for (unsigned int i = 0; i <= n; i++) {
		unsigned int from = i > 0 ? cut[i - 1] : 0, to = i < n ? cut[i] : bytes;
		void *copy = malloc(to - from);

		memcpy(copy, data + from, to - from);
		set_data(&sg->sg_mbuf[i], copy, to - from);
		if (i > 0)
			sg->sg_mbuf[i - 1].next = &sg->sg_mbuf[i];
	}
	sg->sg_mbuf[0].pkt_len = bytes;
	sg->sg_mbuf[0].nb_segs = (uint16_t)sg->sg_n;
	return &sg->sg_mbuf[0];
}

void
segments_free(struct segments *sg)
{
	for (unsigned int i = 0; i < sg->sg_n; i++)
		free(sg->sg_mbuf[i].buf_addr);
}

struct rte_mbuf *
guarded_make(struct rte_mbuf *m, const uint8_t *data, unsigned int bytes)
{
	static uint8_t *pages;
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (pages == NULL) {
		pages = mmap(
		    NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		cr_assert_neq(pages, MAP_FAILED);
		cr_assert_eq(mprotect(pages + page, page, PROT_NONE), 0);
	}
	cr_assert_leq(bytes, page);
	memcpy(pages + page - bytes, data, bytes);
	set_data(m, pages + page - bytes, bytes);
	return m;
}
