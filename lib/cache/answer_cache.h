/* answer_cache - whole answers, rendered without OPT, for the hot path.
 *
 * Shape    (name, type, DO, CD) -> rcode, flags, security, message octets from the header on
 *          with id 0, TTL offsets, epoch. Filled by the first hit rendered from the rrset cache
 *          (RULINGS A19, B6). An entry of another epoch is no hit: a flush, anchor or policy change
 *          raises it.
 * Owns     its entries; a hit is copied into the caller's room with TTLs lowered by their age.
 * Threads  any.
 * Errors   ST_NOTFOUND; ST_LIMIT: the room is too small for the message and ANSWER_SPARE octets
 *          more, or the message too large for the store.
 */
#ifndef CATENA_CACHE_ANSWER_CACHE_H
#define CATENA_CACHE_ANSWER_CACHE_H

#include "lib/cache/store.h"

enum { ANSWER_DO = 1, ANSWER_CD = 2, ANSWER_TTLS_MAX = 512 };

/* A hit needs this much room behind the message: TTL offsets and more come with the one copy. */
enum { ANSWER_SPARE = 16 + 2 * ANSWER_TTLS_MAX };

struct answer_key {
    const struct name *name; /* any case */
    uint16_t type;
    uint8_t flags; /* ANSWER_DO, ANSWER_CD */
};

struct rendered {
    uint8_t *octets; /* in: room for a hit; out: the message without OPT */
    size_t len, size;
    const uint16_t *ttl_at; /* put: offsets of all TTLs */
    uint16_t ttl_count;
    bool secure;           /* AD when the client asks for it */
    bool nxname;           /* NODATA that proves that the name does not exist (RFC 9824 §3.1) */
    uint8_t security;      /* enum security: the weakest link's; opt-out is secure without AD */
    uint16_t why;          /* EDE beside an insecure answer (1, 2, 27); WHY_NONE: none */
    uint16_t question_end; /* octets of header and question */
    uint32_t epoch;        /* put: answer_cache_epoch before what it renders was read; 0: now's */
};

struct answer_cache;

struct answer_cache *answer_cache_create(struct store *store);
void answer_cache_destroy(struct answer_cache *cache);
void answer_cache_raise_epoch(struct answer_cache *cache);
uint32_t answer_cache_epoch(const struct answer_cache *cache); /* never 0 */

enum status answer_cache_put(struct answer_cache *cache, const struct answer_key *key,
                             const struct rendered *answer, struct instant now,
                             struct instant expires) MUST_USE;
enum status answer_cache_get(struct answer_cache *cache, const struct answer_key *key,
                             struct instant now, struct rendered *hit) MUST_USE;
/* The same for a question that was expected; `expected` 0: it was not. */
enum status answer_cache_get_expected(struct answer_cache *cache, const struct answer_key *key,
                                      uint64_t expected, struct instant now, struct rendered *hit)
    MUST_USE;
/* Hints before a batch of gets, no effect on results (RULINGS B13): each question is expected,
 * which fetches its bucket; then each once more by the number that gave: that fetches its entry. */
uint64_t answer_cache_expect(const struct answer_cache *cache, const struct answer_key *key);
void answer_cache_expect_entry(struct answer_cache *cache, uint64_t expected);

#endif
