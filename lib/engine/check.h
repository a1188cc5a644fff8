/* check - is a link proven, and what is kept of it; for the files of lib/engine alone.
 *
 * Shape    check_begin makes the reply a link, which is kept as it is where no proof is asked for,
 *          and else goes to the validator; check_step goes on with that one whenever it may.
 * Errors   a validator, or keys, that no memory is left for: the fetch ends spent (RULINGS A2).
 * Spec     RFC 4035 §5, RFC 7646; RULINGS A1, A2, A12, A16, B9; SPEC V15, V16.
 */
#ifndef CATENA_ENGINE_CHECK_H
#define CATENA_ENGINE_CHECK_H

#include "lib/engine/fetch.h"

/* Why what is found at the walk's present name is not to be proven: CD, a mode, a negative anchor
 * or the like asks for less. WHY_NONE: only a proof will do. */
enum why check_spared(const struct engine *engine, const struct fetch *fetch);
/* What the mode in force there asks for. */
enum dnssec_mode check_mode(const struct engine *engine, const struct fetch *fetch);

void check_begin(struct engine *engine, struct fetch *fetch, const struct scrubbed *reply,
                 enum reply_class class);
void check_step(struct engine *engine, struct fetch *fetch);
void check_keep(struct engine *engine, struct fetch *fetch, struct link *link); /* it is final */

/* What is known of a zone's keys; NULL: nothing, or no memory. */
const struct zone_keys *check_keys(struct engine *engine, struct fetch *fetch,
                                   const struct name *zone);
void check_keys_came(struct engine *engine, struct fetch *fetch, const struct zone_keys *keys);

struct validator *check_validator(struct engine *engine, struct fetch *fetch, struct link *link,
                                  const struct name *zone);
enum check_result { CHECK_WAIT, CHECK_REST, CHECK_DONE, CHECK_SPENT };
/* SPENT: fetch->cause says of what. */
enum check_result check_run(struct engine *engine, struct fetch *fetch,
                            struct validator *validator);

#endif
