/* servers - the addresses of a cut's servers, the lookups that are missing, and what is held
 * against a server.
 *
 * Shape    fills the walk's selection. What a server failed at is kept in the infrastructure cache
 *          by (address, zone) or (address, name, type): others are asked before it for a time, it
 *          is asked when nobody else is left.
 * Spec     SPEC I13, I18; LIMITS E1, E2; RFC 9520; RULINGS A2, A7, A10, A11, A23.
 */
#ifndef CATENA_ENGINE_SERVERS_H
#define CATENA_ENGINE_SERVERS_H

#include "lib/engine/fetch.h"

enum status servers_at_cut(struct engine *engine, struct fetch *fetch) MUST_USE;
/* How many lookups are under way then. */
unsigned servers_look_up(struct engine *engine, struct fetch *fetch);
/* Some address of the cut's servers is not known yet, and may still be looked up. */
bool servers_to_come(const struct engine *engine, const struct fetch *fetch);
void servers_add_hints(struct engine *engine, struct fetch *fetch); /* to those of the root */
void servers_found(struct engine *engine, struct fetch *fetch, const struct fetch *address);
/* Is what lies at the cut signed, so that without EDNS it cannot be proven? Yes where it has a DS,
 * proven or pending, or an anchor, or is the root. Where no DS was shown, as behind a forwarder,
 * its keys tell, once they are known, and the cuts above it. */
enum signing { SIGNS_NOT, SIGNS_PERHAPS, SIGNS };
enum signing servers_sign(struct engine *engine, const struct fetch *fetch);

/* The reply that `from` brought was of no use for (name, type); type 0: the server is lame for the
 * zone of that name. */
void servers_failed(struct engine *engine, const struct exchange *from, const struct name *name,
                    uint16_t type);
/* What the class of the reply to walk->judged says of its server and the zone. */
void servers_judged(struct engine *engine, struct fetch *fetch, const struct scrubbed *reply,
                    enum reply_class class);

#endif
