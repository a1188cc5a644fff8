/* doubt - replies in another case, in fragments, or not ours at all: who is believed, and when.
 *
 * Shape    what is not believed closes its socket and sends the question to TCP. Where that is dead
 *          a reply that differs in case alone is believed when a second one, from a second socket,
 *          says the same; or on trial (walk->on_trial): when its data prove secure.
 * Spec     LIMITS A4, A5, A8, A9; RULINGS A6.
 */
#ifndef CATENA_ENGINE_DOUBT_H
#define CATENA_ENGINE_DOUBT_H

#include "lib/engine/fetch.h"

/* A reply in another case. True: it is believed, perhaps on trial. */
bool doubt_case(struct engine *engine, struct fetch *fetch, const struct exchange *exchange,
                struct bytes octets);
/* Not believed: the question is asked again. `seen`: flags that the candidate gets for it. */
void doubt_reply(struct engine *engine, struct fetch *fetch, struct exchange *exchange,
                 unsigned seen);
/* On a connection came what nobody asked there: it ends, and all who wait on it ask again (A6). */
void doubt_stream(struct engine *engine, const struct reply *reply);
/* Of a reply on trial. True: it proves nothing, is not believed, and the fetch goes on asking. */
bool doubt_class(struct fetch *fetch, enum reply_class class);
bool doubt_verdict(struct engine *engine, struct fetch *fetch, const struct verdict *verdict);

#endif
