/* state - what one engine holds; for the files of lib/engine alone.
 *
 * Shape    fetches are found in `inflight` and stepped from `ready`, first come first served, so
 *          runs repeat. Messages are rendered when their action is drawn, from `sending` (a fetch's
 *          exchange) and `answering` (a job), into `out`. Ended fetches stay in `ended` until the
 *          answers that read them have been drawn.
 */
#ifndef CATENA_ENGINE_STATE_H
#define CATENA_ENGINE_STATE_H

#include "lib/base/memory.h"
#include "lib/engine/answer.h"
#include "lib/engine/check.h"
#include "lib/engine/fetch.h"
#include "lib/engine/job.h"
#include "lib/engine/payers.h"
#include "lib/engine/servers.h"
#include "lib/engine/streams.h"

enum { FETCHES_PER_JOB = 8 /* room in the tables beside limits.jobs */ };

struct refusals {
    struct instant since;
    uint32_t count; /* in that second */
};

struct engine {
    const struct policy *policy;
    const struct limits *limits; /* the first policy's: what outlives an event may point there */
    struct caches *caches;
    struct keyring *keyring;
    struct pool *pool;
    struct quota *quota;     /* NULL: nothing is counted for the process */
    struct cputime *cputime; /* NULL: nobody pays */
    struct meter meter;
    struct metrics *metrics;
    struct prng prng;
    struct siphash_key hash_key;
    struct unixtime wall;
    struct clockcheck clock;
    int64_t turn_units;             /* verification still allowed in this loop turn (RULINGS B16) */
    struct table inflight, clients; /* fetches by what they ask; jobs by who waits */
    struct list ready, resting;     /* resting: this turn's verifications are used up */
    struct list later;              /* the same for those who come after all others (toll.h) */
    struct list ended, fetches, jobs;
    struct list sending, answering;
    struct list young; /* fetches that count for no zone yet (load.h) */
    struct list over;  /* jobs whose budget ended during the present step */
    size_t job_count, fetch_count;
    struct heap timers, deadlines; /* of fetches; of jobs that are not over */
    struct heap yielding;          /* of these, those that may be pushed out */
    size_t kept_jobs;              /* of these, those that may not */
    size_t paying_jobs, later_jobs;
    bool serves_later; /* the rest of the turn is for `later` */
    struct sockets *sockets;
    struct streams *streams;
    struct rtt_window window;
    struct families families;
    struct instant family_down_until[2];
    uint32_t mark;
    bool root_answered, said_again;
    struct instant prime_at;     /* NEVER: priming is under way, or not wanted */
    uint8_t prime_failures;      /* in a row */
    struct refusals refusals[2]; /* of strangers; of others */
    struct instant now;          /* of the present event, as `wall` */
    uint64_t
        in_vain; /* the question for which nothing was deduced last (deduce.c), at its instant */

    uint32_t *closing; /* socket numbers to close; room for limits.upstream_sockets */
    size_t closing_count, closing_room;
    bool has_answer; /* of the same call, written into the query's room */
    struct action answer;
    struct arena *scratch;             /* of the present event: parsing; gone with the next */
    struct answer_rendering rendering; /* of the answer that is being written */
    uint8_t *out;                      /* MESSAGE_OCTETS_MAX, for what is drawn */
    uint16_t rotation;                 /* of A and AAAA sets, one further with each answer */
    struct trail *told;                /* of the last answer that has one, for its reader */
};

struct selection_desk engine_selection_desk(struct engine *engine);
struct proof_desk engine_proof_desk(struct engine *engine, struct arena *arena, struct budget *tab);
void engine_rest(struct engine *engine, struct fetch *fetch);  /* stepped again after AGAIN */
void engine_hurry(struct engine *engine, struct fetch *fetch); /* it rests with `later` no more */
void engine_close_socket(struct engine *engine, uint32_t socket); /* fine when it is gone */
void engine_closing(struct engine *engine, uint32_t socket);      /* its number is gone already */

void prime_when_due(struct engine *engine); /* prime.c */
void prime_ended(struct engine *engine, const struct job *job);
void prime_forget(struct engine *engine); /* what it was told: asked again before long */

/* ask.c: choosing and sending. UNABLE: for want of a socket or memory, no server's fault (A2).
 * OTHER: not over this server's TCP, choose again. */
enum ask_result { ASK_SENT, ASK_OTHER, ASK_NO_SERVER, ASK_NEED_ADDRESSES, ASK_SPENT, ASK_UNABLE };
enum ask_result ask_next(struct engine *engine, struct fetch *fetch);
void ask_answered(struct engine *engine, struct fetch *fetch, struct exchange *exchange);
void ask_close(struct engine *engine, struct fetch *fetch, struct exchange *exchange);
void ask_unsent(struct fetch *fetch, const struct exchange *exchange); /* it never left */
size_t ask_render(struct engine *engine, struct fetch *fetch, struct send *send);

/* links.c: what a reply says of one name. */
struct link *link_from(struct fetch *fetch, const struct scrubbed *reply, enum reply_class class);
enum status link_add_cname(struct fetch *fetch, struct link *link) MUST_USE; /* of a DNAME */
/* An alias, and not what was asked for itself (RFC 1034 §4.3.2 step 3a). */
bool link_leads_on(const struct link *link, uint16_t type_asked);
enum status link_copy_sets(struct arena *arena, struct link *link) MUST_USE; /* into `arena` */

/* trust.c: FOR_KEYS. */
void trust_ahead(struct engine *engine, struct fetch *fetch); /* beside its next question */
void trust_step(struct engine *engine, struct fetch *fetch);
void trust_records_came(struct engine *engine, struct fetch *fetch, const struct fetch *from);

#endif
