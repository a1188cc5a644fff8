/* selection - which of a cut's addresses to ask next, how, and for how long to wait.
 *
 * Shape    the addresses known for the servers of one cut, each once (LIMITS E7), with what this
 *          fetch tried and what the infrastructure cache knows. Pure but for that cache.
 * Owns     nothing: candidates are in the fetch's arena; at most CANDIDATES_MAX.
 * Spec     SPEC I6 to I10, I26; RFC 9520 §3.1 (3 tries); RULINGS A6, A22, A23, A29.
 */
#ifndef CATENA_ENGINE_SELECTION_H
#define CATENA_ENGINE_SELECTION_H

#include "lib/cache/infra_cache.h"
#include "lib/engine/exchange.h"
#include "lib/engine/families.h"

enum { CANDIDATES_MAX = SERVERS_MAX * SERVER_ADDRESSES_MAX, RTT_WINDOW = 32 };

enum candidate_flag {
    CANDIDATE_USELESS = 1,    /* not asked again by this fetch */
    CANDIDATE_TCP = 2,        /* next time over TCP */
    CANDIDATE_TCP_DEAD = 4,   /* TCP failed: UDP again, with all new */
    CANDIDATE_NO_EDNS = 8,    /* ask without OPT */
    CANDIDATE_SMALL = 16,     /* over UDP with EDNS size 512: a reply came in fragments */
    CANDIDATE_FOLDS = 32,     /* does not keep the case */
    CANDIDATE_LAST = 64,      /* lame for the zone: only when nothing better is left */
    CANDIDATE_CASE_SEEN = 128 /* a reply differed in case alone */
};

struct candidate {
    struct endpoint server;
    uint8_t flags, udp_tries, tcp_tries, timeouts, mismatches;
    uint64_t heard; /* sum of the last reply whose case was not ours; 0: none (RULINGS A6) */
    bool full;      /* too much was in flight to it for the present question (load.h) */
    bool fails;     /* at the present question, lately: as CANDIDATE_LAST (SPEC I18) */
    struct infra infra;
};

struct selection {
    struct candidate *list; /* room for CANDIDATES_MAX */
    unsigned count;
    bool needs_edns;          /* the zone is, or may be, signed (RULINGS A5) */
    uint8_t silences;         /* timeouts since the last answer of any of them */
    const struct name *asked; /* the present question; NULL: none yet */
    uint16_t asked_type;
};

/* Round trips of the last RTT_WINDOW answers from anyone, smoothed: how far the world is (A22). */
struct rtt_window {
    uint32_t smoothed_us, samples;
};

struct selection_desk {
    struct infra_cache *infra;
    const struct policy *policy;
    struct prng *prng;
    struct rtt_window *window;
    struct families *families;
    bool family_down[2]; /* [0] IPv4, [1] IPv6: no route or socket just now (RULINGS A23) */
    struct instant now;
};

enum status selection_begin(struct selection *selection, struct arena *arena) MUST_USE;
/* Adds an address unless it is there, never to be asked (policy_never_asks, but for those written
 * in policy->zones), or the list is full; `zone` for what is remembered by (address, zone). */
void selection_add(struct selection *selection, const struct endpoint *server,
                   const struct name *zone, struct selection_desk *desk);
/* From now on `name` (which must live on) and `type` are asked: what was tried for the question
 * before counts no more. */
void selection_ask(struct selection *selection, const struct name *name, uint16_t type,
                   const struct selection_desk *desk);
/* All that may still be asked, those that rest after their silence too. */
unsigned selection_left(const struct selection *selection, const struct selection_desk *desk);
/* Addresses that may still be asked; dead ones count when they are due for a probe. */
unsigned selection_usable(const struct selection *selection, const struct selection_desk *desk);

/* Those that may be asked, `but` one (or -1), and have not failed lately. */
unsigned selection_others(const struct selection *selection, int but,
                          const struct selection_desk *desk);

/* All others are tried before it: it failed lately, is lame, or dead and not due for a probe. */
bool selection_comes_last(const struct selection *selection, int index,
                          const struct selection_desk *desk);

/* Some server was passed over for what is in flight to it. */
bool selection_is_full(const struct selection *selection);

/* None is left to be asked but those that were silent for this fetch, and `timeouts` times in a row
 * for anyone. */
bool selection_is_silent(const struct selection *selection, unsigned timeouts,
                         const struct selection_desk *desk);

/* The next one to ask, or -1. First whose own reply calls for TCP; then a family in doubt that is
 * due for its probe (SPEC I7); then best smoothed RTT; 1 in 20 explores; unknown ones at random.
 * Behind the others: `avoid` (or -1; A29), a family in doubt, who failed lately, and the dead (4
 * timeouts in a row) that are not due for a probe. */
int selection_pick(const struct selection *selection, int avoid, struct selection_desk *desk);
/* Fills via, edns, mixed_case, server, candidate and deadline of an exchange with candidate
 * `index`, and counts the try. Who is asked while a better one was not yet, gets twice that one's
 * time. */
void selection_prepare(struct selection *selection, int index, struct exchange *exchange,
                       struct selection_desk *desk);

/* What came of it; both the candidate and the infrastructure cache learn. */
void selection_answered(struct selection *selection, const struct exchange *exchange,
                        struct selection_desk *desk);
/* It does not keep the case, as is proven now: kept for 15 min (RULINGS A6). */
void selection_folds(struct selection *selection, unsigned index, struct selection_desk *desk);
void selection_timed_out(struct selection *selection, const struct exchange *exchange,
                         struct selection_desk *desk);

#endif
