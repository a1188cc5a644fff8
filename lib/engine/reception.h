/* reception - what a client is told in the same call: no, or what is known already.
 *
 * Shape    a question is dropped, refused, or answered from the answer cache, the rrset cache or
 *          the failure cache, in that order; else it becomes a job (jobs.c). The parts of an answer
 *          that both need are here.
 * Owns     nothing: messages are written into the query's room.
 * Spec     LIMITS F5, F6, H7; RFC 7873 §5.4; RFC 9520 §3.2; RULINGS A19, B14.
 */
#ifndef CATENA_ENGINE_RECEPTION_H
#define CATENA_ENGINE_RECEPTION_H

#include "lib/engine/state.h"

/* ---- the answer of the same call ---- */
void reception_answer(struct engine *engine, const struct query *query, size_t len); /* 0: drop */
void reception_drop(struct engine *engine, const struct query *query);
/* Not more than limits.refused_per_s to addresses that may be forged (F5). */
void reception_refuse(struct engine *engine, const struct query *query,
                      const struct client_question *question, struct gate_judgement judgement);
/* However often: clients are meant to hear it. */
void reception_say_no(struct engine *engine, const struct query *query,
                      const struct client_question *question, struct gate_judgement judgement);
void reception_cookie(struct engine *engine, const struct query *query,
                      const struct client_question *question, enum rcode rcode); /* §5.4 */
/* True: the answer cache had it, and it is answered. It is filled from the rrset cache alone, by
 * names that local_holds() nothing of: so it is looked into first. A policy that holds other names
 * must find it empty. */
bool reception_rendered(struct engine *engine, const struct query *query,
                        const struct client_question *question);
/* True: another cache had it, and it is answered. */
bool reception_known(struct engine *engine, const struct query *query,
                     const struct client_question *question);

/* What was rendered, made this client's own. */
void reception_send(struct engine *engine, const struct query *query,
                    const struct client_question *question, const struct rendered *rendered);

/* ---- parts of every answer ---- */
enum data_class reception_class(const struct client_question *question); /* CD: unchecked data */
/* Writes SERVFAIL with the EDE of each cause into `room`, and counts it; returns its length; 0 for
 * one who gets no errors. */
size_t reception_servfail(struct engine *engine, const struct client_question *question,
                          const struct cause *causes, unsigned count, struct room room);
unsigned reception_edes(const struct rendered *rendered, struct ede *ede); /* how many: 0 or 1 */
void reception_count(struct engine *engine, const struct rendered *rendered, struct bytes message);

#endif
