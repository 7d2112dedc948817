/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the model. */
#ifndef MODEL_PVT_H
#define MODEL_PVT_H

#include <stddef.h>

#include "model.h"

void md_transit(struct model *md, int who, int to, struct model_item item);
void md_transit_burst(struct model *md, int who, int to, const int *msgs, unsigned int n);
unsigned int md_inbox(struct model *md, int who);

/* Look for what has been published for a CPU: NULL or the batch. */
struct model_items *md_look(struct model *md, int who);
void md_took(struct model *md, int who, unsigned int n, bool stuck);
void md_link(struct model *md, int who);

/* Transit and calls in slots. */
void md_publish(struct model *md, struct model_pair *pr);
void md_send_of_call(struct model *md, int who, int msg, int port);
bool md_pair_idle(const struct model_pair *pr); /* a flush finds nothing; a mark is nothing */
void md_slot_mark(struct model *md, struct model_pair *pr);
unsigned int md_slots_run(struct model *md, int who, int from);

/* A message, a token has reached a CPU. */
void md_arrive(struct model *md, int who, int from, int msg);
void md_token(struct model *md, int who, int port, int source);

#endif /* MODEL_PVT_H */
