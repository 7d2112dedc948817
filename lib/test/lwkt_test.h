/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinds of stages under test, on one thread and step by step: no device, no second CPU, no clock.
 *
 *      frames ──▶ lwkt_test_in ──▶ the kind, or several ──▶ lwkt_test_out ──▶ frames
 *
 *      t = lwkt_test_kind(&my_kind, &my_conf, 1, NULL);          "in" ──▶ "kind" ──▶ "out0"
 *      lwkt_frame_make(&fr, "eth ip4 udp data", 1);         a frame; or lwkt_frames_read(), a pcap
 *      lwkt_frames_add(lwkt_test_frames(t, "in"), fr.fr_data, fr.fr_bytes);
 *      lwkt_test_run(t);
 *      ... lwkt_frames_get(lwkt_test_frames(t, "out0"), 0, &bytes) ...
 *      ... lwkt_test_drops(t, "kind", "no_route") ...
 *      if (lwkt_test_finish(t, why, sizeof(why)) < 0)       all packets accounted for?
 *              fail(why);                                   "stage kind (kind mine) has lost 3 packets"
 *
 * It knows no test framework; examples/kind_test uses Criterion. All of it belongs to the main
 * lcore, which is the only one that runs. A broken contract stops the program (lwkt_log.h), and so
 * does a name that no stage has.
 */
#ifndef LWKT_TEST_H
#define LWKT_TEST_H

#include <rte_mempool.h>

#include <lwkt_frame.h>
#include <lwkt_pipeline.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Around a test
 * @{ */

/**
 * Start EAL, with one lcore, 64 MB of plain memory and no device, and LWKT.
 *
 * @return 0, or a negative errno.
 * Context: once in a process; the calling thread becomes the main lcore. Ordering: none.
 * Source: ours.
 */
int lwkt_test_begin(void);

/**
 * End both.
 *
 * @return 0, or a negative errno of rte_eal_cleanup().
 * Context: main lcore. Ordering: none. Source: ours.
 */
int lwkt_test_end(void);
/** @} */

/** @name Frames
 * A list of frames, each a copy of its bytes.
 * @{ */

struct lwkt_frames;

/**
 * An empty list.
 *
 * @return the list; NULL: no memory.
 * Context: any thread. Ordering: none. Source: ours.
 */
struct lwkt_frames *lwkt_frames_create(void);

/**
 * Free it.
 *
 * @param fs  a list that no stage has; or NULL.
 * Context: any thread. Ordering: none. Source: ours.
 */
void lwkt_frames_destroy(struct lwkt_frames *fs);

/**
 * A copy of a frame, behind the others.
 *
 * @param fs     a list.
 * @param data   its bytes.
 * @param bytes  1 .. 65,535.
 * @return 0; -EINVAL; -ENOMEM.
 * Context: one thread at a time. Ordering: none. Source: ours.
 */
int lwkt_frames_add(struct lwkt_frames *fs, const void *data, unsigned int bytes);

/**
 * The frames of a pcap file, behind the others.
 *
 * @param fs    a list.
 * @param path  a file in the classic format, of Ethernet, either byte order.
 * @return how many; -EBADMSG it is no such file, or ends within a frame; or fopen()'s errno.
 * Context: one thread at a time. Ordering: none. Source: ours.
 */
int lwkt_frames_read(struct lwkt_frames *fs, const char *path);

/**
 * A pcap file of the list, a microsecond between frames, to look at with tcpdump.
 *
 * @param fs    a list.
 * @param path  a file, which is overwritten.
 * @return 0, or a negative errno.
 * Context: one thread at a time. Ordering: none. Source: ours.
 */
int lwkt_frames_write(const struct lwkt_frames *fs, const char *path);

/**
 * How many frames are there?
 *
 * @param fs  a list.
 * @return their number.
 * Context: one thread at a time. Ordering: none. Source: ours.
 */
unsigned int lwkt_frames_count(const struct lwkt_frames *fs);

/**
 * One of them.
 *
 * @param fs     a list.
 * @param i      from 0.
 * @param bytes  gets its length; may be NULL.
 * @return its bytes, until the list is cleared or destroyed; NULL: there is none.
 * Context: one thread at a time. Ordering: none. Source: ours.
 */
const uint8_t *lwkt_frames_get(const struct lwkt_frames *fs, unsigned int i, unsigned int *bytes);

/**
 * Empty it. A stage that brings it in begins anew.
 *
 * @param fs  a list.
 * Context: one thread at a time. Ordering: none. Source: ours.
 */
void lwkt_frames_clear(struct lwkt_frames *fs);
/** @} */

/** @name Ends
 * @{ */

/** A source: brings in the frames of a list, each once, as long as there are mbufs. */
extern const struct lwkt_stage_kind lwkt_test_in;

struct lwkt_test_in_conf {
	struct lwkt_frames *ic_frames; /**< the caller's */
	struct rte_mempool *ic_pool;
	unsigned int ic_segment; /**< most bytes of a segment; 0: as the mbufs have room */
};

/**
 * An end: copies what comes to a list, and consumes it. A packet whose mbufs contradict each
 * other (rte_mbuf_check()) stops the program.
 */
extern const struct lwkt_stage_kind lwkt_test_out;

struct lwkt_test_out_conf {
	struct lwkt_frames *oc_frames; /**< the caller's */
};
/** @} */

/** @name Kinds and pipelines under test
 * @{ */

struct lwkt_test;

/** Settings of a test; a zero field means its default. */
struct lwkt_test_opts {
	struct rte_mempool *to_pool; /**< the caller's; default: 4,095 mbufs of the test's */
	unsigned int to_window;      /**< packets that may be inside; default as po_window */
	unsigned int to_segment;     /**< as ic_segment */
};

/**
 * A pipeline under test. All its stages run on the main lcore, whatever their rows say. Rows of
 * kind lwkt_test_in and lwkt_test_out that have no conf get lists of the test's.
 *
 * @param rows   as for lwkt_pipeline_create().
 * @param nrows  how many.
 * @param opts   NULL: the defaults.
 * @return the test; NULL, with rte_errno set and after a logged line.
 * Context: main lcore. Ordering: none. Source: ours.
 */
struct lwkt_test *lwkt_test_create(
    const struct lwkt_stage_row *rows, unsigned int nrows, const struct lwkt_test_opts *opts);

/**
 * One stage under test: "in", "kind", and "out0", "out1", ... A kind that is a source has no "in".
 *
 * @param kind   under test.
 * @param conf   for it.
 * @param nouts  how many outputs it gets, 0 .. LWKT_STAGE_OUTS.
 * @param opts   NULL: the defaults.
 * @return as lwkt_test_create().
 * Context: main lcore. Ordering: none. Source: ours.
 */
struct lwkt_test *lwkt_test_kind(const struct lwkt_stage_kind *kind, const void *conf,
    unsigned int nouts, const struct lwkt_test_opts *opts);

/**
 * The list of frames of an end.
 *
 * @param t     a test.
 * @param name  of a stage of kind lwkt_test_in or lwkt_test_out.
 * @return what it brings in, or has got.
 * Context: main lcore. Ordering: none. Source: ours.
 */
struct lwkt_frames *lwkt_test_frames(struct lwkt_test *t, const char *name);

/**
 * The pipeline, for whatever else there is to look at or to call.
 *
 * @param t  a test.
 * @return its pipeline; the test's.
 * Context: main lcore. Ordering: none. Source: ours.
 */
struct lwkt_pipeline *lwkt_test_pipeline(struct lwkt_test *t);

/**
 * Packets that a stage has dropped.
 *
 * @param t       a test.
 * @param name    of the stage.
 * @param reason  one of its kind's; NULL: all.
 * @return how many.
 * Context: main lcore. Ordering: none. Source: ours.
 */
uint64_t lwkt_test_drops(const struct lwkt_test *t, const char *name, const char *reason);

/**
 * Packets that a stage holds.
 *
 * @param t     a test.
 * @param name  of the stage.
 * @return how many.
 * Context: main lcore. Ordering: none. Source: ours.
 */
uint64_t lwkt_test_held(const struct lwkt_test *t, const char *name);

/**
 * One round of the loop: a burst of at most LWKT_STAGE_BURST from each source, then work.
 *
 * @param t  a test.
 * @return what was served; 0: nothing was to be done.
 * Context: main lcore. Ordering: none. Source: ours.
 */
unsigned int lwkt_test_step(struct lwkt_test *t);

/**
 * Rounds until nothing is to be done any more, at most LWKT_TEST_ROUNDS of them.
 *
 * @param t  a test.
 * @return rounds in which something was done.
 * Context: main lcore. Ordering: none. Source: ours.
 */
unsigned int lwkt_test_run(struct lwkt_test *t);

#define LWKT_TEST_ROUNDS 10000

/**
 * Let time pass. From the first test in a process on lwkt_clock() stands still but for this:
 * callouts and kinds of stages go by it.
 *
 * @param ns  nanoseconds.
 * Context: main lcore. Ordering: none. Source: ours.
 */
void lwkt_test_advance(uint64_t ns);

/**
 * A fault: the wire behind an end is full. It takes nothing, so what comes waits, until the
 * pipeline has no credits left and the sources stand still.
 *
 * @param t     a test.
 * @param name  of a stage of kind lwkt_test_out.
 * @param full  false: it takes again, what waits first.
 * Context: main lcore. Ordering: none. Source: ours.
 */
void lwkt_test_full(struct lwkt_test *t, const char *name, bool full);

/**
 * A fault: mbufs are short. So many of the pool are free, and no more; a frame that comes in
 * needs one too. Those that come back are free again.
 *
 * @param t     a test.
 * @param left  how many; UINT32_MAX: all that are in nobody's hands.
 * Context: main lcore. Ordering: none. Source: ours.
 */
void lwkt_test_mbufs(struct lwkt_test *t, unsigned int left);

/**
 * Stop the pipeline, which ends what stages hold, and look whether all is accounted for: what came
 * to each stage has left it once, and all mbufs are back. Frees the test.
 *
 * @param t      a test.
 * @param why    the first thing that is wrong, which names the stage, and how many packets.
 * @param bytes  of why.
 * @return 0, why is empty; -EBADMSG.
 * Context: main lcore. Ordering: none. Source: ours.
 */
int lwkt_test_finish(struct lwkt_test *t, char *why, size_t bytes);
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* LWKT_TEST_H */
