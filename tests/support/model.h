/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reference model of the message ports: what the contract says, in plain C.
 *
 * No memory, no threads, no DPDK: messages, ports and CPUs are small numbers, a queue is an array,
 * and every call is a few lines that follow the statements they cite. Flags, errors and results are
 * those of the real calls, so that the two can be compared after each step (tests/sim).
 *
 * An actor is who calls: CPU 0..MD_CPUS-1, or MD_FOREIGN or MD_SECOND, threads that are no CPU. To
 * what keeps the order of senders apart all of those are one source, MD_FOREIGN.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <lwkt_cpu.h>

#ifndef MD_CPUS
#define MD_CPUS 4
#endif
#define MD_FOREIGN MD_CPUS
#define MD_SECOND  (MD_CPUS + 1)
#define MD_ACTORS  (MD_CPUS + 2)
#define MD_SOURCES (MD_CPUS + 1)
#define MD_PORTS   8
#define MD_MSGS    12
#define MD_CALLS   16 /* functions that may be on their way between two CPUs */
#define MD_NONE    (-1)
#define MD_EVENTS  64
#define MD_ITEMS   128
#define MD_WINDOW  256 /* calls in slots of a pair, at most */

enum model_kind { MK_THREAD, MK_SPIN, MK_SERIALIZE, MK_NULL, MK_REPLYFN, MK_PUTFN };

/* What a put-only port's function does with a message. */
enum model_put { MP_INLINE, MP_KEEP, MP_BEGIN };

/* Vectors that the application has replaced by ones that record the call (P28). */
enum { MV_PUT = 1, MV_GET = 2, MV_REPLY = 4, MV_WAITMSG = 8, MV_WAITPORT = 16, MV_DROP = 32 };

/* Callbacks and replaced vectors: what ran, on whose behalf, about what. */
enum model_what {
	ME_RECEIPT,
	ME_CALL,
	ME_SLOT,
	ME_PUTFN,
	ME_REPLYFN,
	ME_ABORT,
	ME_FOLLOW,
	ME_VECTOR /* b: port, flags: which */
};

struct model_event {
	enum model_what what;
	int who, a, b, flags;
};

struct model_log {
	struct model_event ev[MD_EVENTS];
	unsigned int n;
};

struct model_msg {
	int flags, error, target, reply;
	long result;
	int abort_follows; /* its abort function follows it */
	int prepared;      /* port it was prepared for, else MD_NONE */
	bool gone;         /* a reply function has it; only lwkt_initmsg() brings it back */
	bool reserved;     /* a function on its way will send it */
	unsigned int busy; /* calls that wait on it or abort it */
	int sender;        /* who put or replied it last, and when: order (T34a) */
	uint64_t stamp;
};

struct model_fifo {
	int v[MD_MSGS];
	unsigned int n;
};

/* A port whose owner has changed: whose messages have to wait for those that went by the old. */
struct model_move {
	bool on;
	int from, to, tokens;
	int next[MD_SOURCES]; /* 0 to the old owner, 1 to the new one, 2 there */
	bool waits[MD_SOURCES];
	struct model_fifo held[MD_SOURCES];
};

struct model_port {
	enum model_kind kind;
	int owner; /* actor, or MD_NONE */
	int cpu;   /* where it is fixed, or MD_NONE */
	struct model_fifo normal, prio;
	unsigned int quota, run;
	enum model_put put; /* MK_PUTFN */
	int put_arg;        /* the inline result, or the port that takes over */
	int vectors;        /* MV_ */
	struct model_move mv;
	uint64_t seen[MD_ACTORS]; /* newest stamp that has arrived, by sender */
};

enum model_item_kind { MI_MSG, MI_CALL, MI_TOKEN, MI_FOLLOW, MI_MARK };

struct model_item {
	enum model_item_kind kind;
	int a, b, c; /* message | call: label, message, port | token: port, source | follower | - */
};

struct model_items {
	struct model_item v[MD_ITEMS];
	unsigned int n;
};

/* A call in a slot that has not run. */
struct model_slot {
	int label, msg, port;
	uint64_t before; /* items of the ring that come before it */
};

/* One ordered pair of CPUs, or a CPU and itself, which has slots only. */
struct model_pair {
	struct model_items gathered, spill, ring;
	bool lazy;                       /* all that is gathered is passive */
	bool mark;                       /* what is gathered is a mark alone */
	uint64_t handled;                /* items of the ring */
	bool taken;                      /* by ports, since the last poll */
	unsigned int stays;              /* polls that have left the ring as it was */
	unsigned int left;               /* items that the last poll has left in the ring */
	uint64_t slots_asked, slots_run; /* tickets */
	struct model_slot slot[MD_WINDOW];
	bool open[MD_WINDOW]; /* nobody has taken its result */
	uint64_t calls_sent, calls_done;
	uint64_t items, publications, ring_full, spill_high;
};

/* lwkt_abort_follow(), by actor. */
struct model_follow {
	int msg, error;
	bool done;
};

/* What a CPU has taken out of a ring and not handled yet. */
struct model_batch {
	struct model_items items;
	int from, look; /* the sender; the next sender whose turn it is */
	unsigned int turn;
	bool pulled;              /* a burst out of a list, since the last poll */
	unsigned int link;        /* polls to come that leave nothing */
	struct model_items *view; /* what was looked at: these, or what is in a ring */
};

struct model {
	unsigned int ring_size, flush_count;
	unsigned int window; /* of calls in slots */
	bool bells;          /* a sender's calls run behind its ring, not behind all rings */
	struct model_batch batch[MD_CPUS];
	struct model_msg msg[MD_MSGS];
	struct model_port port[MD_PORTS];
	struct model_pair pair[MD_CPUS][MD_CPUS];
	struct model_items inbox[MD_CPUS];
	struct model_follow follow[MD_ACTORS];
	bool interrupted[MD_ACTORS];
	int holder; /* of the one serializer */
	uint64_t clock;
	struct model_log log;
	const char *broken; /* the model contradicts itself */
};

static inline bool
md_is_cpu(int who)
{
	return who >= 0 && who < MD_CPUS;
}

void md_reset(struct model *md, const struct lwkt_config *cfg);
void md_event(struct model_log *log, enum model_what what, int who, int a, int b, int flags);

/* Messages and ports; the names are those of the real calls. */
void md_initmsg(struct model *md, int msg, int reply, int flags);
void md_prepare(struct model *md, int msg);
void md_start(struct model *md, int who, int port, int msg, bool oncpu);
int md_do(struct model *md, int who, int port, int msg);
int md_begin(struct model *md, int who, int port, int msg);
int md_forward(struct model *md, int who, int port, int msg);
void md_reply(struct model *md, int who, int msg, int error);
int md_getport(struct model *md, int who, int port);
unsigned int md_getport_burst(struct model *md, int who, int port, int *msgs, unsigned int n);
int md_waited(struct model *md, int port);
int md_drop(struct model *md, int who, int msg);
void md_unlink(struct model *md, int msg);
bool md_aborts(const struct model *md, int msg);
int md_setowner(struct model *md, int who, int port, int to);

void md_send_burst(struct model *md, int who, int port, const int *msgs, unsigned int n);
void md_forward_burst(struct model *md, int who, int port, const int *msgs, unsigned int n);
void md_reply_burst(struct model *md, int who, const int *msgs, unsigned int n, int error);

/* Transit. */
unsigned int md_poll(struct model *md, int who);
void md_flush(struct model *md, int who);
uint64_t md_call(struct model *md, int who, int to, int label, int msg, int port, bool lazy);
void md_visit(struct model *md, int who, int follower);

/* Calls in a slot: a burst that is under way. */
struct model_burst {
	int to, first_label;
	unsigned int n, sent, taken, asked, collected;
	struct {
		uint64_t first;
		unsigned int n;
	} group[16];
};

bool md_slot_room(struct model *md, int who, int to); /* makes it; false: one more waits */
bool md_slot_has_room(const struct model *md, int who, int to);
uint64_t md_slot_ask(struct model *md, int who, int to, struct model_slot call);
bool md_slot_answered(const struct model *md, int who, int to, uint64_t ticket);
void md_slot_take(struct model *md, int who, int to, uint64_t ticket);
bool md_slot_burst(struct model *md, int who, struct model_burst *burst); /* false: it waits */
bool md_slot_burst_waits(const struct model *md, int who, const struct model_burst *burst);
bool md_quiet(const struct model *md); /* nothing under way */

#endif /* MODEL_H */
