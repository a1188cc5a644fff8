/* rrset_cache - what is known of (name, type): the RRset, an alias, or its absence, with the proof.
 *
 * Shape    one `struct link` an entry: the answer's rrsets, the authority's rrsets that prove it
 *          (SOA, NSEC, NSEC3 and their RRSIGs), rcode, security. NXDOMAIN is kept under the name
 *          for all types, an alias or a DNAME's link under the name asked and CNAME, for all
 *          types but DS and those that may stand beside a CNAME. CD data has a class of its own
 *          and never becomes secure (SPEC V11).
 *          Found by name and type at once: many types of a name make none slower to find, so none
 *          is refused for their number (LIMITS 0.1 has 100); each is an entry that may go.
 * Owns     its entries; reads copy into the caller's arena, TTLs are what is left at `now`.
 * Time     expires at `now` plus the link's ttl_s, capped: ttl_max, negative_ttl_max, bogus 60 s.
 * Threads  any.
 * Errors   ST_NOTFOUND: absent or expired. ST_LIMIT: too large (answered, not kept: RULINGS B5), or
 *          the arena is full.
 * Spec     RFC 2181 §5.4.1 (rank), RFC 2308 (negatives), RFC 8767 §4 (TTLs: RULINGS A36),
 *          LIMITS B9.
 */
#ifndef CATENA_CACHE_RRSET_CACHE_H
#define CATENA_CACHE_RRSET_CACHE_H

#include "lib/cache/store.h"
#include "lib/dnssec/validator.h"

struct link {
    struct name name; /* owner asked for */
    uint16_t type;
    uint8_t kind; /* enum reply_kind */
    uint8_t rcode;
    uint8_t security; /* enum security, of the whole link */
    uint8_t rank;     /* enum rank */
    bool opt_out;     /* no AD (RFC 5155 §9.2) */
    bool wildcard;
    bool local;   /* policy/localname answers it: with AA, and no cache keeps it */
    uint16_t why; /* enum why: of an insecure link, for EDE 1, 2, 27 */
    uint32_t ttl_s;
    struct rrset **answer, **authority;
    uint16_t answer_count, authority_count;
};

enum data_class { DATA_CHECKED, DATA_UNCHECKED /* asked with CD */ };

struct ttl_caps {
    uint32_t min_s, max_s, negative_max_s, bogus_s;
};

struct rrset_cache;

struct rrset_cache *rrset_cache_create(struct store *store, const struct ttl_caps *caps);
void rrset_cache_destroy(struct rrset_cache *cache);

/* A stronger unexpired entry stays: secure > insecure at one rank, higher rank > lower; bogus and
 * unchecked links are refused for DATA_CHECKED (ST_UNSUPPORTED). ST_BUSY: the stronger one stayed.
 * ST_OK with a TTL of 0: nothing is kept (RFC 1035 §3.2.1). */
enum status rrset_cache_put(struct rrset_cache *cache, const struct link *link,
                            enum data_class class, struct instant now) MUST_USE;
/* Also keeps each secure set of `link`'s authority under its own owner and type (RULINGS B9). */
void rrset_cache_put_proofs(struct rrset_cache *cache, const struct link *link, struct instant now);

/* The best there is for (name, type): the RRset or NODATA, else an alias at the name, else its
 * NXDOMAIN. With DATA_UNCHECKED the checked class is looked at first. */
struct link_key {
    const struct name *name;
    uint16_t type;
    enum data_class class;
};
enum status rrset_cache_find(struct rrset_cache *cache, const struct link_key *key,
                             struct instant now, struct arena *arena, struct link *link) MUST_USE;

/* Does a CNAME at a name answer a question for this type there? */
bool rrset_cache_alias_answers(uint16_t type);

/* The secure RRset kept under exactly this owner and type; NULL: none. */
const struct rrset *rrset_cache_known(struct rrset_cache *cache, const struct name *owner,
                                      uint16_t type, struct instant now, struct arena *arena);

#endif
