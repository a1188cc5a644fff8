/* show - an answer of the engine for `catena query`: in dig's form with its reason, or as JSON.
 *
 * Errors   what cannot be read back is said on standard error.
 */
#ifndef CATENA_CLI_SHOW_H
#define CATENA_CLI_SHOW_H

#include "lib/engine/engine.h"
#include "lib/explain/trail.h"
#include "lib/wire/message.h"

struct show {
    const struct question *question;
    const struct answer *answer;
    const struct metrics *metrics;
    struct pool *pool;
    bool unchecked; /* --cd: what the servers say was asked for */
};

void show_text(const struct show *show); /* the trail where there is one, answer, verdict, cost */
void show_json(const struct show *show); /* one object, in one line */
const char *show_verdict(const struct show *show); /* "secure", ...; with --cd "not validated" */

#endif
