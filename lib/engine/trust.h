/* trust - what a zone's keys are worth; for trust.c and trust_ds.c alone.
 *
 * Shape    trust.c has the stages, the DNSKEY set and the end; trust_ds.c all that concerns the DS.
 *          Each function moves the fetch's stage on, or ends it.
 * Spec     RFC 4035 §5.2; RULINGS A1, A13, A29.
 */
#ifndef CATENA_ENGINE_TRUST_H
#define CATENA_ENGINE_TRUST_H

#include "lib/engine/state.h"

/* trust.c */
uint32_t trust_bogus_ttl(const struct engine *engine, const struct cause *cause);
void trust_end(struct engine *engine, struct fetch *fetch, enum zone_state state,
               struct cause cause);
/* Records that did not come: the servers' failure, or none of theirs (RULINGS A2, A23, A45). */
void trust_end_without(struct engine *engine, struct fetch *fetch,
                       const struct fetch_records *records, enum why why);
/* Asks for the zone's DNSKEY, or its DS. False: it cannot be asked, and the fetch has ended. */
bool trust_ask(struct engine *engine, struct fetch *fetch, uint16_t type,
               struct fetch_records *records);

/* trust_ds.c */
void trust_from_cut(struct engine *engine, struct fetch *fetch);
bool trust_parent_came(struct engine *engine, struct fetch *fetch); /* false: not yet */
void trust_ds_came(struct engine *engine, struct fetch *fetch);
bool trust_check_ds(struct engine *engine, struct fetch *fetch); /* false: it must wait */
void trust_use_ds(struct engine *engine, struct fetch *fetch, const struct rrset *ds);
/* RULINGS A13, SPEC V14: before a zone is bogus its DS and DNSKEY are asked anew, once, and then
 * the others who may have better ones than `from`. */
void trust_bogus_unless_fresh(struct engine *engine, struct fetch *fetch, struct cause cause,
                              const struct fetch_records *from);

#endif
