/* tell - what the trail of a question hears from the engine; nothing where nobody asked.
 *
 * Shape    a fetch carries the trail of the first job with one that waits for it, or NULL; each
 *          function begins with that test. The trail belongs to its job; when the job goes, no
 *          fetch points to it any more, and it lives on for the reader of the answer until the next
 *          event.
 *          And what every failure says at least: reason, record, server (SPEC O7, G3).
 */
#ifndef CATENA_ENGINE_TELL_H
#define CATENA_ENGINE_TELL_H

#include "lib/engine/state.h"
#include "lib/explain/trail.h"

/* ---- life ---- */
/* A job or a fetch waits for `fetch` from now on. */
void tell_joins(struct fetch *fetch, const struct fetch_wish *wish);
/* The job goes; its trail is kept for whoever reads the answer, in place of the last one. */
void tell_leave(struct engine *engine, struct job *job);
void tell_forget(struct engine *engine); /* the one that was kept */

/* ---- the walk ---- */
void tell_cached(struct engine *engine, const struct fetch *fetch, enum why why); /* NONE: data */
void tell_cut(struct engine *engine, const struct fetch *fetch);
void tell_asked(struct engine *engine, const struct fetch *fetch);
void tell_reply(struct engine *engine, const struct fetch *fetch, const struct scrubbed *reply,
                enum reply_class class);
/* TRAIL_USELESS, SILENT or UNSENT; `said` may be NULL. */
void tell_server(struct engine *engine, const struct fetch *fetch, const struct exchange *exchange,
                 enum trail_kind kind, const char *said);
void tell_retried(struct engine *engine, const struct fetch *fetch, const struct cause *cause);
void tell_alias(struct engine *engine, const struct fetch *fetch, const struct link *link,
                const struct name *target);

/* ---- the chain of trust ---- */
/* The trail, ready for what is proven next for `fetch`; NULL: nobody asked. */
struct trail *tell_proofs(struct engine *engine, const struct fetch *fetch);
void tell_anchor(struct engine *engine, const struct fetch *fetch);
void tell_judged(struct engine *engine, const struct fetch *fetch, enum security security,
                 const struct cause *cause);
void tell_zone(struct engine *engine, const struct fetch *fetch, const struct zone_keys *keys);
/* The result of a FOR_KEYS fetch; where no keys are proven, its cause gets record and server. */
void tell_trust(struct engine *engine, struct fetch *fetch);

/* ---- failures ---- */
/* Where the cause names no record yet: the question's, and the server asked last. */
void tell_record(struct cause *cause, const struct name *name, uint16_t type,
                 const struct fetch *fetch);
void tell_from(struct cause *cause, const struct endpoint *server); /* once: ", from 192.0.2.1" */
const struct endpoint *tell_last(const struct fetch *fetch); /* asked last; family 0: nobody */
void tell_count(struct engine *engine, const struct cause *cause); /* a SERVFAIL, by its class */

#endif
