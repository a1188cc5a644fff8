#include "lib/cache/rrset_cache.h"

#include "lib/base/limits.h"
#include "lib/base/memory.h"
#include "lib/cache/pack.h"
#include "lib/wire/type.h"

struct rrset_cache {
    struct store *store;
    struct ttl_caps caps;
};

struct rrset_cache *rrset_cache_create(struct store *store, const struct ttl_caps *caps)
{
    struct rrset_cache *cache = memory_new(sizeof *cache);
    if (cache != NULL)
        *cache = (struct rrset_cache){ .store = store, .caps = *caps };
    return cache;
}

void rrset_cache_destroy(struct rrset_cache *cache)
{
    memory_free(cache);
}

/* ---- keys ---- */

/* Parts of the key. A name that does not exist is kept under type 0, which no record has
 * (RFC 6895 §3.1). A proof is a set of an authority section, kept for comparing alone: it never
 * answers a question for its type. */
enum { KEY_UNCHECKED = 1, KEY_NXDOMAIN = 2, KEY_PROOF = 4 };

static struct store_key key_for(const struct name *lower, uint16_t type, uint8_t flags)
{
    return (struct store_key){
        .name = name_bytes(lower),
        .type = type,
        .kind = KIND_RRSET,
        .flags = flags,
    };
}

static uint8_t class_flag(enum data_class class)
{
    return class == DATA_UNCHECKED ? KEY_UNCHECKED : 0;
}

/* Does a CNAME at a name answer a question for `type` there? Not for what may stand beside it:
 * CNAME itself and ANY (RFC 1034 §3.6.2), RRSIG, NSEC and KEY (RFC 4035 §2.5) and those they
 * replaced (RFC 2181 §10.1). Nor for DS: the parent side says that (RFC 4035 §2.4, §3.1.4.1), while
 * a CNAME at the apex of a broken zone is the child's. If the CNAME is the parent's, the parent
 * answers the DS question with it, and that reply is kept under DS. */
bool rrset_cache_alias_answers(uint16_t type)
{
    switch (type) {
    case TYPE_CNAME:
    case TYPE_SIG:
    case TYPE_KEY:
    case TYPE_NXT:
    case TYPE_DS:
    case TYPE_RRSIG:
    case TYPE_NSEC:
    case TYPE_ANY: return false;
    default: return true;
    }
}

/* An alias answers for all types but those; a reply to one of those stays under its own type. */
static struct store_key key_of_link(const struct link *link, const struct name *lower,
                                    enum data_class class)
{
    uint8_t flags = class_flag(class);
    bool alias = link->kind == REPLY_ALIAS || link->kind == REPLY_DNAME;
    if (link->kind == REPLY_NXDOMAIN)
        return key_for(lower, 0, flags | KEY_NXDOMAIN);
    if (alias && rrset_cache_alias_answers(link->type))
        return key_for(lower, TYPE_CNAME, flags);
    return key_for(lower, link->type, flags);
}

/* ---- writing ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The floor is for unsigned data alone: a secure TTL ends with its signature (RFC 4035 §5.3.3). */
static uint32_t floor_s(const struct rrset_cache *cache, uint8_t security)
{
    return security == SEC_SECURE || security == SEC_BOGUS ? 0 : cache->caps.min_s;
}

/* A TTL is unsigned and capped, high bit or not (RFC 8767 §4, RULINGS A36). */
static uint32_t capped_ttl(const struct rrset_cache *cache, const struct link *link)
{
    uint32_t floor = floor_s(cache, link->security);
    uint32_t ttl = link->ttl_s > floor ? link->ttl_s : floor;
    ttl = least(ttl, cache->caps.max_s);
    if (link->kind == REPLY_NODATA || link->kind == REPLY_NXDOMAIN)
        ttl = least(ttl, cache->caps.negative_max_s); /* RFC 2308 §5 */
    if (link->security == SEC_BOGUS)
        ttl = least(ttl, cache->caps.bogus_s);
    return ttl;
}

/* Validated above answers of the server in charge, above others, above referrals; of one rank
 * secure above the rest (RFC 2181 §5.4.1, LIMITS B9). */
static uint8_t strength(const struct link *link)
{
    return (uint8_t)(1 + 2 * link->rank + (link->security == SEC_SECURE));
}

struct link_head {
    uint32_t ttl_s;
    uint16_t why, answer_count, authority_count;
    uint8_t kind, rcode, security, rank, opt_out, wildcard;
};

/* No set outlives its link, nor does a client keep it longer than we do. */
static void pack_sets(struct pack *pack, struct rrset *const *sets, size_t count,
                      const struct link_head *head, uint32_t floor)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t ttl = sets[i]->ttl > floor ? sets[i]->ttl : floor;
        if (sets[i]->rr_count > RRS_PER_RRSET_MAX)
            pack->failed = true;
        pack_set(pack, sets[i], least(ttl, head->ttl_s));
    }
}

static uint8_t security_in(enum data_class class, uint8_t security)
{
    return class == DATA_UNCHECKED && security == SEC_SECURE ? SEC_UNCHECKED : security;
}

enum status rrset_cache_put(struct rrset_cache *cache, const struct link *link,
                            enum data_class class, struct instant now)
{
    bool unfit = link->security == SEC_BOGUS || link->security == SEC_UNCHECKED;
    if (class == DATA_CHECKED && unfit)
        return ST_UNSUPPORTED;

    uint32_t floor = floor_s(cache, link->security);
    struct link_head head = {
        .ttl_s = capped_ttl(cache, link),
        .why = link->why,
        .answer_count = link->answer_count,
        .authority_count = link->authority_count,
        .kind = link->kind,
        .rcode = link->rcode,
        .security = security_in(class, link->security),
        .rank = link->rank,
        .opt_out = link->opt_out,
        .wildcard = link->wildcard,
    };
    if (head.ttl_s == 0)
        return ST_OK; /* for this answer only (RFC 1035 §3.2.1) */

    STORE_ROOM struct pack pack;
    pack_begin(&pack);
    pack_octets(&pack, &head, sizeof head);
    pack_sets(&pack, link->answer, link->answer_count, &head, floor);
    pack_sets(&pack, link->authority, link->authority_count, &head, floor);
    if (pack.failed)
        return ST_LIMIT;

    struct name lower = name_lower(&link->name);
    struct store_key key = key_of_link(link, &lower, class);
    struct store_value value = {
        .value = pack_bytes(&pack),
        .stored = now,
        .expires = instant_after_s(now, head.ttl_s),
    };
    return store_offer(cache->store, &key, &value, strength(link));
}

/* The set alone, under a key of its own. */
static void put_proof(struct rrset_cache *cache, const struct rrset *set, uint32_t ttl,
                      struct instant now)
{
    struct name owner = rrset_owner(set), lower = name_lower(&owner);
    struct store_key key = key_for(&lower, set->type, KEY_PROOF);
    STORE_ROOM struct pack pack;
    pack_begin(&pack);
    pack_set(&pack, set, ttl);
    if (pack.failed)
        return;
    /* Without it nothing but time is lost: the next reply is verified anew. */
    enum status status =
        store_put(cache->store, &key, pack_bytes(&pack), now, instant_after_s(now, ttl));
    (void)status;
}

void rrset_cache_put_proofs(struct rrset_cache *cache, const struct link *link, struct instant now)
{
    for (size_t i = 0; i < link->authority_count; i++) {
        const struct rrset *set = link->authority[i];
        uint32_t ttl = least(set->ttl, cache->caps.max_s);
        if (set->security == SEC_SECURE && set->rr_count > 0 && ttl > 0)
            put_proof(cache, set, ttl, now);
    }
}

/* ---- reading ---- */

/* What is kept under exactly this key. */
static enum status look(struct rrset_cache *cache, const struct store_key *key, struct instant now,
                        struct arena *arena, struct link *link)
{
    struct store_value value;
    TRY(store_get(cache->store, key, arena, &value));
    if (!instant_before(now, value.expires))
        return ST_NOTFOUND;

    struct unpack unpack = unpack_begin(&value, now);
    struct link_head head;
    unpack_octets(&unpack, &head, sizeof head);
    *link = (struct link){
        .type = key->type,
        .kind = head.kind,
        .rcode = head.rcode,
        .security = head.security,
        .rank = head.rank,
        .opt_out = head.opt_out,
        .wildcard = head.wildcard,
        .why = head.why,
        .ttl_s = instant_s_between(now, value.expires),
        .answer_count = head.answer_count,
        .authority_count = head.authority_count,
    };
    TRY(unpack_sets(&unpack, arena, head.answer_count, &link->answer));
    TRY(unpack_sets(&unpack, arena, head.authority_count, &link->authority));
    return unpack.failed ? ST_NOTFOUND : ST_OK;
}

static bool is_alias(const struct link *link)
{
    if (link->kind == REPLY_ALIAS || link->kind == REPLY_DNAME)
        return true;
    return link->kind == REPLY_POSITIVE && link->answer_count > 0 &&
           link->answer[0]->type == TYPE_CNAME;
}

/* RRset or NODATA, else the alias, else NXDOMAIN. */
static enum status find_in_class(struct rrset_cache *cache, const struct link_key *sought,
                                 struct instant now, struct arena *arena, struct link *link)
{
    struct name lower = name_lower(sought->name);
    uint8_t flags = class_flag(sought->class);
    struct store_key key = key_for(&lower, sought->type, flags);
    enum status status = look(cache, &key, now, arena, link);
    if (status == ST_OK && link->kind == REPLY_ALIAS && sought->type == TYPE_CNAME)
        link->kind = REPLY_POSITIVE; /* that a question for an address brought in */
    if (status != ST_NOTFOUND)
        return status;

    if (rrset_cache_alias_answers(sought->type)) {
        key = key_for(&lower, TYPE_CNAME, flags);
        status = look(cache, &key, now, arena, link);
        if (status == ST_OK && is_alias(link)) {
            if (link->kind == REPLY_POSITIVE)
                link->kind = REPLY_ALIAS;
            return ST_OK;
        }
        if (status != ST_OK && status != ST_NOTFOUND)
            return status;
    }
    key = key_for(&lower, 0, flags | KEY_NXDOMAIN);
    return look(cache, &key, now, arena, link);
}

/* CD data are never secure, whatever a set was when it came (SPEC V11). */
static void distrust(struct rrset *const *sets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sets[i]->security = security_in(DATA_UNCHECKED, sets[i]->security);
}

enum status rrset_cache_find(struct rrset_cache *cache, const struct link_key *key,
                             struct instant now, struct arena *arena, struct link *link)
{
    struct link_key in_class = *key;
    struct link found;
    in_class.class = DATA_CHECKED;
    enum status status = find_in_class(cache, &in_class, now, arena, &found);
    if (status == ST_NOTFOUND && key->class == DATA_UNCHECKED) {
        in_class.class = DATA_UNCHECKED;
        TRY(find_in_class(cache, &in_class, now, arena, &found));
        distrust(found.answer, found.answer_count);
        distrust(found.authority, found.authority_count);
        status = ST_OK;
    }
    if (status != ST_OK)
        return status;
    found.name = *key->name;
    found.type = key->type;
    *link = found;
    return ST_OK;
}

/* A wildcard's set is proven only together with what its link holds besides (RFC 4035 §5.3.4). */
static const struct rrset *known_answer(struct rrset_cache *cache, const struct store_key *key,
                                        struct instant now, struct arena *arena)
{
    struct link link;
    if (look(cache, key, now, arena, &link) != ST_OK || link.wildcard)
        return NULL;
    for (size_t i = 0; i < link.answer_count; i++) {
        const struct rrset *set = link.answer[i];
        struct name owner = rrset_owner(set), lower = name_lower(&owner);
        bool same = set->type == key->type && bytes_equal(name_bytes(&lower), key->name);
        if (same && set->security == SEC_SECURE)
            return set;
    }
    return NULL;
}

const struct rrset *rrset_cache_known(struct rrset_cache *cache, const struct name *owner,
                                      uint16_t type, struct instant now, struct arena *arena)
{
    struct name lower = name_lower(owner);
    struct store_key key = key_for(&lower, type, 0);
    const struct rrset *known = known_answer(cache, &key, now, arena);
    if (known != NULL)
        return known;

    struct store_value value;
    key.flags = KEY_PROOF;
    if (store_get(cache->store, &key, arena, &value) != ST_OK ||
        !instant_before(now, value.expires))
        return NULL;
    struct unpack unpack = unpack_begin(&value, now);
    return unpack_set(&unpack);
}
