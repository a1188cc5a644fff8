/* trail - what happened to one question, step by step, for people (DESIGN 2.1, RULINGS A41).
 *
 * Shape    steps in the order of time; each has a kind, the records it is about, and a subject: the
 *          zone whose keys were judged or the set that was, with its own list of those steps that
 *          are links of the chain of trust. Subjects stand from the root down, the sets last. What
 *          does not fit limits.trail_steps and limits.trail_octets is counted in `lost`; the
 *          outcome always has its place. Nobody asked: NULL, and a step costs one test.
 * Owns     itself and all that it points to; what is given is copied.
 * Time     given: trail_turn says when what is written next happens, and about what.
 * Threads  one, the engine's.
 */
#ifndef CATENA_EXPLAIN_TRAIL_H
#define CATENA_EXPLAIN_TRAIL_H

#include "lib/base/arena.h"
#include "lib/base/endpoint.h"
#include "lib/base/instant.h"
#include "lib/base/list.h"
#include "lib/explain/why.h"
#include "lib/wire/rrset.h"

enum trail_kind {
    /* The walk. */
    TRAIL_CACHED,       /* owner and type were found in the cache */
    TRAIL_KEPT_FAILURE, /* they failed before, and that was kept */
    TRAIL_CUT,          /* `zone` is walked to: `count` addresses of servers are known */
    TRAIL_ASKED,        /* `server` was asked for owner and type; `said`: over what, what for */
    TRAIL_REPLIED,      /* `server` said `said` */
    TRAIL_REFERRED,     /* `server` named the servers of `zone` */
    TRAIL_SCRUBBED,     /* `server` also said what was not asked, or is not its own: left out */
    TRAIL_USELESS,      /* what `server` sent is not used: `said` */
    TRAIL_SILENT,       /* `server` did not answer in time */
    TRAIL_UNSENT,       /* the question did not go out, or the connection broke: `said` */
    TRAIL_ALIAS,        /* owner is an alias of `zone` */
    TRAIL_RETRIED,      /* `server` gave what is bogus, for `why`: another is asked */
    /* The chain of trust. */
    TRAIL_ANCHOR,  /* a trust anchor stands for `zone` */
    TRAIL_NAMED,   /* key tag and algorithm are named by anchor or DS, and sign the DNSKEY set */
    TRAIL_PROVED,  /* owner and type are signed by that key of `zone`, and it verifies */
    TRAIL_KNOWN,   /* owner and type were proven before, and that was kept */
    TRAIL_REFUSED, /* that signature is not believed, for `why`; key tag 0: there is none */
    TRAIL_JUDGED,  /* the subject is `security`, for `why`, with the detail `said` */
    TRAIL_KINDS
};

struct trail_step {
    struct list of_trail, of_subject;
    const struct trail_subject *subject;
    uint32_t ms; /* since the question */
    uint8_t kind, algorithm, security;
    uint16_t type, why, key_tag, count;
    struct unixtime inception, expiration;
    struct endpoint server;          /* family 0: none */
    const struct name *owner, *zone; /* NULL: none */
    const char *said;                /* NULL: nothing */
};

/* What is proven or not: the keys of a zone, or a set. */
struct trail_subject {
    struct list of_trail;
    struct name name;
    uint16_t type;                   /* DNSKEY: the zone of this name */
    struct list links;               /* steps, by of_subject */
    const struct trail_step *judged; /* the last word on it; NULL: none yet */
};

struct trail {
    struct arena *arena;
    struct instant began, now;
    struct name name, about; /* the question's; what is looked into at present */
    uint16_t type, about_type;
    struct list steps, subjects;
    struct list names; /* each name is kept once */
    uint32_t count, lost, steps_max;
    uint8_t security; /* the outcome */
    struct cause cause;
};

struct pool;

/* The question it is about. NULL: no memory. */
struct trail *trail_create(struct pool *pool, const struct limits *limits, const struct name *name,
                           uint16_t type);
void trail_destroy(struct trail *trail); /* NULL is fine */

/* What is written next happens now, and while `name` and `type` are looked into. The first turn is
 * the instant that all others are counted from. */
void trail_turn(struct trail *trail, struct instant now, const struct name *name, uint16_t type);
/* Writes a step: the caller fills what its kind needs and leaves lists, subject and ms alone. NULL:
 * nothing is written. */
void trail_step(struct trail *trail, const struct trail_step *step);
void trail_outcome(struct trail *trail, enum security security, const struct cause *cause);

/* "secure", "insecure", "bogus", "failed": what is said of an outcome. */
const char *trail_security_text(enum security security);

#endif
