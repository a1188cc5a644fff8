#include "lib/cache/synthesis.h"

#include "lib/dnssec/denial.h"
#include "lib/wire/message.h"
#include "lib/wire/reader.h"
#include "lib/wire/type.h"

enum {
    LOOK_SETS = 3,       /* closest encloser, next closer name, wildcard */
    SOA_OCTETS_MIN = 22, /* two names and five numbers */
    SOA_MINIMUM_AT = 4   /* from the end */
};

/* What has been found for one question. */
struct look {
    struct denial_cache *cache;
    const struct synthesis_query *query;
    struct instant now;
    struct proof_desk *desk;
    struct nsec3_hashes hashes;
    struct rrset *sets[LOOK_SETS];
    size_t count, cover; /* cover: which of them shows that the name is not there */
    bool stands;         /* the name is there, or is an empty non-terminal */
    struct name encloser;
};

/* ---- finding ---- */

static struct rrset *nearest(struct look *look, const struct name *name, const uint8_t *hash)
{
    struct denial_place place = { look->query->zone, name, hash };
    struct rrset *set;
    enum status status = denial_cache_find(look->cache, &place, look->now, look->desk->arena, &set);
    return status == ST_OK ? set : NULL;
}

/* One record may serve two purposes. */
static void add(struct look *look, struct rrset *set)
{
    for (size_t i = 0; i < look->count; i++)
        if (rrset_same_octets(look->sets[i], set))
            return;
    if (look->count < LOOK_SETS)
        look->sets[look->count++] = set;
}

static bool look_nsec(struct look *look)
{
    const struct synthesis_query *query = look->query;
    struct rrset *set = nearest(look, query->name, NULL);
    struct name wildcard;
    struct nsec nsec;

    if (set == NULL || !nsec_read(set, query->zone, &nsec) ||
        (query->type == TYPE_NSEC && nsec_matches(&nsec, query->name))) /* whatever its bits say */
        return false;
    add(look, set);
    look->stands =
        nsec_matches(&nsec, query->name) || nsec_shows_empty_nonterminal(&nsec, query->name);
    if (look->stands)
        return true;
    if (!nsec_covers(&nsec, query->name, query->zone))
        return false;
    look->encloser = nsec_closest_encloser(&nsec, query->name);
    if (name_wildcard(&look->encloser, &wildcard) == ST_OK &&
        (set = nearest(look, &wildcard, NULL)) != NULL)
        add(look, set);
    return true;
}

/* The record at or before the hash of `name`; NULL: none, or nobody pays for the hash. */
static struct rrset *nearest_hashed(struct look *look, const struct nsec3 *parameters,
                                    const struct name *name, struct nsec3 *nsec3, bool *matches)
{
    uint8_t hash[NSEC3_HASH_OCTETS];
    struct rrset *set = NULL;

    if (nsec3_hash(parameters, name, &look->hashes, look->desk, hash) == PROOF_GOOD)
        set = nearest(look, name, hash);
    if (set == NULL || nsec3_read(set, look->query->zone, nsec3) != NSEC3_SOUND)
        return NULL;
    *matches = nsec3_matches(nsec3, hash);
    return *matches || nsec3_covers(nsec3, hash) ? set : NULL;
}

/* That there is no wildcard is not said by a span under which it may hide. */
static void add_wildcard(struct look *look, const struct nsec3 *parameters)
{
    struct name wildcard;
    struct nsec3 nsec3;
    bool matches;

    if (name_wildcard(&look->encloser, &wildcard) != ST_OK)
        return;
    struct rrset *set = nearest_hashed(look, parameters, &wildcard, &nsec3, &matches);
    if (set != NULL && (matches || (nsec3.flags & NSEC3_OPT_OUT) == 0))
        add(look, set);
}

/* RFC 5155 §8.3, from the apex downward: what is covered ends it, so a long random name costs no
 * more hashes than a short one (CVE-2023-50868); so does a delegation or a DNAME above the name. */
static bool look_nsec3(struct look *look, const struct nsec3 *parameters)
{
    const struct synthesis_query *query = look->query;
    struct rrset *above = NULL;
    struct nsec3 nsec3;
    bool matches;

    for (unsigned labels = query->zone->labels; labels <= query->name->labels; labels++) {
        if (above != NULL && !nsec3_may_enclose(&nsec3))
            return false;
        struct name at = name_suffix(query->name, labels);
        struct rrset *set = nearest_hashed(look, parameters, &at, &nsec3, &matches);
        if (set == NULL || (above == NULL && !matches))
            return false;
        if (!matches) {
            if ((nsec3.flags & NSEC3_OPT_OUT) != 0)
                return false; /* RFC 5155 §9.2: an unsigned delegation may hide there */
            add(look, above);
            look->cover = look->count;
            add(look, set);
            look->cover -= look->cover == look->count; /* one record is both */
            look->encloser = name_suffix(query->name, labels - 1);
            add_wildcard(look, parameters);
            return true;
        }
        above = set;
    }
    look->stands = true;
    add(look, above);
    return true;
}

static bool look_hashed(struct look *look, const struct denial_chains *chains)
{
    const struct nsec3 parameters = {
        .iterations = chains->iterations,
        .salt = { chains->salt, chains->salt_len },
    };
    return !nsec3_over_limit(&parameters, look->desk->rules->limits) &&
           look_nsec3(look, &parameters);
}

/* ---- judging ---- */

static bool proves(struct look *look, enum denial_question question)
{
    bool wildcard = question == DENIAL_WILDCARD;
    struct denial_output output;
    struct denial_input input = {
        .question = question,
        .zone = look->query->zone,
        .name = look->query->name,
        .type = look->query->type,
        .wildcard_labels = look->encloser.labels,
        .sets = wildcard ? &look->sets[look->cover] : look->sets,
        .count = wildcard ? 1 : look->count,
        .hashes = &look->hashes,
    };
    denial_judge(&input, look->desk, &output);
    return output.answer == DENIAL_PROVEN && !output.opt_out;
}

/* ---- links ---- */

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* RFC 2308 §5, RFC 8198 §5.4, RFC 9077. */
static uint32_t soa_ttl(const struct rrset *soa)
{
    struct bytes rdata = rrset_rdata(soa, 0);
    if (rdata.len < SOA_OCTETS_MIN)
        return 0;
    struct reader r =
        reader_over((struct bytes){ rdata.at + rdata.len - SOA_MINIMUM_AT, SOA_MINIMUM_AT });
    return least(soa->ttl, reader_u32(&r));
}

static struct link link_for(const struct synthesis_query *query, enum reply_kind kind)
{
    return (struct link){
        .name = *query->name,
        .type = query->type,
        .kind = (uint8_t)kind,
        .rcode = kind == REPLY_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR,
        .security = SEC_SECURE,
        .rank = RANK_VALIDATED,
        .ttl_s = UINT32_MAX,
    };
}

static enum status end_denied(struct look *look, enum reply_kind kind, struct link *link)
{
    struct link made = link_for(look->query, kind);
    struct rrset *soa;

    if (look->query->soa == NULL)
        return ST_NOTFOUND;
    made.authority = ARENA_ARRAY(look->desk->arena, struct rrset *, 1 + LOOK_SETS);
    if (made.authority == NULL || rrset_copy(look->query->soa, look->desk->arena, &soa) != ST_OK)
        return ST_LIMIT;
    soa->ttl = made.ttl_s = soa_ttl(soa);
    made.authority[made.authority_count++] = soa;
    for (size_t i = 0; i < look->count; i++) {
        made.authority[made.authority_count++] = look->sets[i];
        made.ttl_s = least(made.ttl_s, look->sets[i]->ttl);
    }
    if (made.ttl_s == 0)
        return ST_NOTFOUND;
    *link = made;
    return ST_OK;
}

/* The same records and signatures under another owner. */
static enum status set_renamed(const struct rrset *from, const struct name *owner,
                               struct arena *arena, struct rrset **set)
{
    struct bytes *rdatas = ARENA_ARRAY(arena, struct bytes, from->rr_count + from->sig_count + 1u);
    struct rrset_parts parts = { .owner = owner, .type = from->type, .ttl = from->ttl };
    struct rrset_walk records = rrset_records(from), signatures = rrset_signatures(from);

    if (rdatas == NULL)
        return ST_LIMIT;
    parts.rdatas = rdatas;
    while (rrset_next(&records, &rdatas[parts.rr_count]))
        parts.rr_count++;
    parts.sigs = rdatas + parts.rr_count;
    while (rrset_next(&signatures, &rdatas[parts.rr_count + parts.sig_count]))
        parts.sig_count++;
    TRY(rrset_pack(&parts, arena, set));
    (*set)->security = from->security;
    (*set)->rank = from->rank;
    return ST_OK;
}

/* RFC 8198 §5.3; RFC 4035 §5.3.4: no name nearer than the wildcard's parent is there. */
static enum status end_expanded(struct look *look, uint16_t type, struct link *link)
{
    const struct synthesis_query *query = look->query;
    struct arena *arena = look->desk->arena;
    struct name wildcard;
    struct denial_wildcard wanted = { query->zone, &wildcard, type };
    struct rrset *set;
    struct link made = link_for(query, type == query->type ? REPLY_POSITIVE : REPLY_ALIAS);

    if (name_wildcard(&look->encloser, &wildcard) != ST_OK)
        return ST_NOTFOUND;
    TRY(denial_cache_find_wildcard(look->cache, &wanted, look->now, arena, &set));
    made.answer = ARENA_NEW(arena, struct rrset *);
    made.authority = ARENA_NEW(arena, struct rrset *);
    if (made.answer == NULL || made.authority == NULL)
        return ST_LIMIT;
    TRY(set_renamed(set, query->name, arena, &made.answer[0]));
    made.authority[0] = look->sets[look->cover];
    made.answer_count = made.authority_count = 1;
    made.wildcard = true;
    made.ttl_s = least(set->ttl, made.authority[0]->ttl);
    if (made.ttl_s == 0)
        return ST_NOTFOUND;
    *link = made;
    return ST_OK;
}

/* DS is the parent's to give, and ANY may mean more than is known. */
static enum status expand(struct look *look, struct link *link)
{
    uint16_t type = look->query->type;

    if (type == TYPE_DS || type == TYPE_ANY || !proves(look, DENIAL_WILDCARD))
        return ST_NOTFOUND;
    enum status status = end_expanded(look, type, link);
    if (status == ST_NOTFOUND && rrset_cache_alias_answers(type))
        status = end_expanded(look, TYPE_CNAME, link);
    return status;
}

/* What the ranges found say. That the name does not exist is not said by its own record: where a
 * server tells so with NXNAME its rcode is NOERROR (RFC 9824 §3). The commonest case comes first:
 * it costs no hash that the search did not. */
static enum status conclude(struct look *look, struct link *link)
{
    if (!look->stands && proves(look, DENIAL_NAME))
        return end_denied(look, REPLY_NXDOMAIN, link);
    if (proves(look, DENIAL_TYPE))
        return end_denied(look, REPLY_NODATA, link);
    return look->stands ? ST_NOTFOUND : expand(look, link);
}

/* RFC 6895 §3.1: what no zone holds, and what is about records rather than one. */
static bool may_be_denied(uint16_t type)
{
    bool meta = type == 0 || type == TYPE_OPT || (type >= TYPE_NXNAME && type < TYPE_ANY);
    return !meta && type != TYPE_RRSIG && type != TYPE_SIG;
}

enum status synthesis_find(struct denial_cache *cache, const struct synthesis_query *query,
                           struct instant now, struct proof_desk *desk, struct link *link)
{
    struct look plain = { .cache = cache, .query = query, .now = now, .desk = desk };
    struct look hashed = plain;
    struct denial_chains chains;

    if (!may_be_denied(query->type) || !name_under(query->name, query->zone) ||
        (query->type == TYPE_DS && !name_strictly_under(query->name, query->zone)))
        return ST_NOTFOUND;
    TRY(denial_cache_chains(cache, query->zone, &chains));
    if (chains.nsec && look_nsec(&plain)) {
        enum status status = conclude(&plain, link);
        if (status != ST_NOTFOUND)
            return status;
    }
    if (chains.nsec3 && look_hashed(&hashed, &chains))
        return conclude(&hashed, link);
    return ST_NOTFOUND;
}

/* The proven sets of a link's authority; what no proof needed may stand beside them. */
static bool take_proofs(const struct link *link, struct denial_input *input, struct arena *arena)
{
    struct rrset **sets = ARENA_ARRAY(arena, struct rrset *, link->authority_count);

    if (sets == NULL)
        return false;
    input->sets = sets;
    for (size_t i = 0; i < link->authority_count; i++)
        if (link->authority[i]->security == SEC_SECURE)
            sets[input->count++] = link->authority[i];
    return true;
}

enum status synthesis_below(const struct link *above, const struct synthesis_query *query,
                            struct proof_desk *desk, struct link *link)
{
    struct nsec3_hashes hashes = { .count = 0 };
    struct denial_output output;
    struct denial_input input = {
        .question = DENIAL_NAME, .zone = query->zone, .name = query->name, .hashes = &hashes
    };

    if (above->kind != REPLY_NXDOMAIN || above->security != SEC_SECURE || above->opt_out ||
        !name_strictly_under(query->name, &above->name) || !may_be_denied(query->type))
        return ST_NOTFOUND;
    if (!take_proofs(above, &input, desk->arena))
        return ST_LIMIT;
    denial_judge(&input, desk, &output);
    if (output.answer != DENIAL_PROVEN || output.opt_out)
        return ST_NOTFOUND;
    struct link made = *above;
    made.name = *query->name;
    made.type = query->type;
    *link = made;
    return ST_OK;
}

/* ---- learning ---- */

/* All its RRSIGs are of `zone` and of one number of labels. */
static bool signed_by(const struct rrset *set, const struct name *zone, unsigned *labels)
{
    struct rrset_walk walk = rrset_signatures(set);
    struct bytes rdata;
    struct rrsig rrsig;
    bool first = true;

    while (rrset_next(&walk, &rdata)) {
        if (!rrsig_parse(rdata, &rrsig) || !name_equal(&rrsig.signer, zone) ||
            (!first && rrsig.labels != *labels))
            return false;
        *labels = rrsig.labels;
        first = false;
    }
    return !first;
}

static void learn_wildcard(struct denial_cache *cache, const struct link *link,
                           const struct name *zone, struct instant now, struct arena *arena)
{
    const struct rrset *set = link->answer_count == 1 ? link->answer[0] : NULL;
    unsigned labels;
    struct rrset *kept;
    struct name wildcard;

    if (set == NULL || set->security != SEC_SECURE || !rrset_owner_is(set, &link->name) ||
        !signed_by(set, zone, &labels) || labels >= rrsig_owner_labels(&link->name))
        return;
    struct name encloser = name_suffix(&link->name, labels);
    if (name_wildcard(&encloser, &wildcard) == ST_OK &&
        set_renamed(set, &wildcard, arena, &kept) == ST_OK)
        (void)!denial_cache_put_wildcard(cache, &(struct denial_record){ zone, kept, link->ttl_s },
                                         now);
}

void synthesis_learn(struct denial_cache *cache, const struct link *link, const struct name *zone,
                     struct instant now, struct arena *arena)
{
    uint32_t ttl_s = link->ttl_s;
    unsigned labels;

    if (link->security != SEC_SECURE || link->opt_out)
        return;
    for (size_t i = 0; i < link->authority_count; i++)
        if (link->authority[i]->type == TYPE_SOA)
            ttl_s = least(ttl_s, soa_ttl(link->authority[i]));
    for (size_t i = 0; i < link->authority_count; i++) {
        struct denial_record record = { zone, link->authority[i], ttl_s };
        bool range = record.set->type == TYPE_NSEC || record.set->type == TYPE_NSEC3;
        struct name owner = rrset_owner(record.set);
        if (range && signed_by(record.set, zone, &labels) && labels == rrsig_owner_labels(&owner))
            (void)!denial_cache_put(cache, &record, now); /* without it the next name is asked */
    }
    if (link->wildcard && (link->kind == REPLY_POSITIVE || link->kind == REPLY_ALIAS))
        learn_wildcard(cache, link, zone, now, arena);
}
