/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the files of the generator. Each op_ makes one call in model and real code, if it finds a
 * legal one, and says whether it did. The model goes first, so that what the real call's callbacks
 * look up in it is there.
 */
#ifndef OPS_H
#define OPS_H

#include <errno.h>

#include "sim.h"

#define BLOCKED_MAX 4 /* two actors at least can go on */

/* legal.c: may this actor do that to this port, this message? */
bool fresh(int id); /* the originator has it: may be initialised */
bool sendable(int id);
bool active(int id);
bool prepared(int id);
int pick_msg(bool (*fits)(int id)); /* one that fits, from a random one on; MD_NONE */
enum model_kind kind(int port);
bool replyable(int port);
bool reply_is_serialized(int msg);
bool put_is_serialized(int port, int msg);
bool may_serialize(int who);
bool may_put(int who, int port, int msg);
bool owns(int who, int port);
bool may_get(int who, int port);
bool may_put_oncpu(int who, int port);
bool was_serialized(int msg);
bool hold(int who, bool need);
void leave(bool held);

/* calls.c */
bool op_init(int who);
bool op_receipt(int who);
bool op_send(int who);
bool op_prepare(int who);
bool op_start(int who);
bool op_forward(int who);
bool op_reply(int who);
bool op_get(int who);
bool op_drop(int who);
bool op_put_burst(int who);
bool op_reply_burst(int who);
bool op_get_burst(int who);
bool op_quota(int who);
bool op_poll(int who);
bool op_flush(int who);
bool op_setowner(int who);
bool op_interrupt(int who);
bool op_serializer(int who);
bool reply_to(int who, int id);
bool get_from(int who, int port);

/* waits.c */
bool op_domsg(int who);
bool op_waitmsg(int who);
bool op_waitport(int who);
bool op_call(int who);
bool op_calls(int who);
bool op_wait_call(int who);
bool op_abort(int who);
void count_abort(lwkt_msg_t msg); /* abort function */
void waits_reset(void);
bool may_block(int who);

/* slots.c */
bool op_slot(int who);
bool op_slots(int who);
bool op_slot_poll(int who);
bool op_slot_wait(int who);
bool op_slot_burst(int who);
void slots_reset(void);

#endif /* OPS_H */
