/* Links: from a reply to what it says of one name, and on to the name an alias leads to. */
#include "lib/base/must.h"
#include "lib/engine/rebind.h"
#include "lib/engine/tell.h"
#include "lib/wire/type.h"

enum { EMPTY_TTL_S = 5 /* RULINGS A10 */ };

/* RFC 2308 §5: an absence is kept for the least of the SOA's TTL and its MINIMUM. */
static uint32_t negative_ttl(const struct rrset *soa)
{
    struct bytes rdata = soa ? rrset_rdata(soa, 0) : (struct bytes){ NULL, 0 };
    uint32_t minimum = EMPTY_TTL_S;

    if (!soa || rdata.len < 4)
        return EMPTY_TTL_S;
    struct reader r = reader_over((struct bytes){ rdata.at + rdata.len - 4, 4 });
    minimum = reader_u32(&r);
    return minimum < soa->ttl ? minimum : soa->ttl;
}

static enum reply_kind kind_of(enum reply_class class, unsigned rcode)
{
    switch (class) {
    case IS_ANSWER: return REPLY_POSITIVE;
    case IS_ALIAS: return REPLY_ALIAS;
    case IS_DNAME: return REPLY_DNAME;
    case IS_NODATA: return REPLY_NODATA;
    default: return rcode == RCODE_NXDOMAIN ? REPLY_NXDOMAIN : REPLY_NODATA;
    }
}

struct link *link_from(struct fetch *fetch, const struct scrubbed *reply, enum reply_class class)
{
    struct link *link = ARENA_NEW(fetch->arena, struct link);
    unsigned rcode = reply ? reply->rcode : fetch->walk->empty_rcode;

    if (!link)
        return NULL;
    link->name = fetch->walk->at;
    link->type = fetch->type;
    link->kind = (uint8_t)kind_of(class, rcode);
    link->rcode = link->kind == REPLY_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
    link->ttl_s = EMPTY_TTL_S;
    if (!reply)
        return link;
    fetch->walk->glue = reply->glue;
    link->rank = reply->authoritative ? RANK_ANSWER : RANK_ANSWER_NOT_AUTHORITATIVE;
    link->answer = reply->answer.at;
    link->answer_count = (uint16_t)reply->answer.count;
    link->authority = reply->authority.at;
    link->authority_count = (uint16_t)reply->authority.count;
    if (link->answer_count == 0)
        link->ttl_s = negative_ttl(reply->soa);
    else
        link->ttl_s = UINT32_MAX;
    for (unsigned i = 0; i < link->answer_count; i++)
        if (link->answer[i]->ttl < link->ttl_s)
            link->ttl_s = link->answer[i]->ttl;
    return link;
}

static enum status copy_list(struct arena *arena, struct rrset ***list, unsigned count)
{
    struct rrset **copy = ARENA_ARRAY(arena, struct rrset *, count);
    if (!copy)
        return ST_LIMIT;
    for (unsigned i = 0; i < count; i++)
        TRY(rrset_copy((*list)[i], arena, &copy[i]));
    *list = copy;
    return ST_OK;
}

enum status link_copy_sets(struct arena *arena, struct link *link)
{
    TRY(copy_list(arena, &link->answer, link->answer_count));
    return copy_list(arena, &link->authority, link->authority_count);
}

/* The CNAME that a DNAME stands for is always rebuilt (RFC 6672 §3.1, LIMITS B5). Where the name
 * grows too long there is none: the DNAME goes out alone, with YXDOMAIN (RFC 6672 §2.2). */
enum status link_add_cname(struct fetch *fetch, struct link *link)
{
    const struct rrset *dname = link->answer[0];
    struct rrset **sets = ARENA_ARRAY(fetch->arena, struct rrset *, 2);
    struct name target;

    if (!sets)
        return ST_NOMEM;
    if (scrub_target(dname, &link->name, &target) != ST_OK) {
        link->rcode = RCODE_YXDOMAIN;
        return ST_OK;
    }
    struct bytes rdata = name_bytes(&target);
    struct rrset_parts parts = {
        .owner = &link->name, .type = TYPE_CNAME, .ttl = dname->ttl, .rdatas = &rdata, .rr_count = 1
    };
    sets[0] = link->answer[0];
    if (rrset_pack(&parts, fetch->arena, &sets[1]) != ST_OK)
        return ST_NOMEM;
    sets[1]->security = link->security;
    link->answer = sets;
    link->answer_count = 2;
    return ST_OK;
}

static void collect_addresses(struct engine *engine, struct fetch *fetch, const struct link *link)
{
    struct server_addresses *found = &fetch->found;
    struct bytes rdata;

    found->family = fetch->type == TYPE_A ? 4 : 6;
    found->until = instant_after_s(engine->now, link->ttl_s);
    if (link->kind == REPLY_POSITIVE && link->answer_count > 0)
        for (struct rrset_walk w = rrset_records(link->answer[0]);
             rrset_next(&w, &rdata) && found->count < SERVER_ADDRESSES_MAX;)
            found->addresses[found->count++] =
                fetch->type == TYPE_A ? endpoint_v4(rdata.at, 53) : endpoint_v6(rdata.at, 53);
    delegation_cache_put_addresses(engine->caches->delegations, &fetch->name, found, engine->now);
}

static bool been_there(const struct fetch *fetch, const struct name *name)
{
    for (unsigned i = 0; i < fetch->link_count; i++)
        if (name_equal(&fetch->links[i]->name, name))
            return true;
    return false;
}

/* RFC 1034 §5.3.3 step 4c; LIMITS E5: at most limits.alias_links, a loop at once. */
static void follow(struct engine *engine, struct fetch *fetch, const struct link *link)
{
    struct walk *walk = fetch->walk;
    const struct rrset *alias = link->answer_count ? link->answer[0] : NULL;
    struct name target;

    if (!must(alias && scrub_target(alias, &walk->at, &target) == ST_OK)) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_INTERNAL));
    } else if (fetch->link_count > engine->policy->limits.alias_links) {
        fetch_end(engine, fetch, OUTCOME_FAILED, cause_of(WHY_ALIAS_LIMIT));
    } else if (been_there(fetch, &target)) {
        fetch_end(engine, fetch, OUTCOME_FAILED, cause_of(WHY_ALIAS_LOOP));
    } else {
        tell_alias(engine, fetch, link, &target);
        walk->at = target;
        walk->has_cut = false;
        walk->pending = NULL;
        walk->validator = NULL;
        walk->keys_renewed = false;
        walk->cut_left = false;
        walk->parent_sought = false;
        walk->bogus_tries = 0;
        walk->bogus = cause_of(WHY_NONE);
        fetch->state = FETCH_LOOK;
        fetch_ready(engine, fetch);
    }
}

/* RFC 6672 §3.2: the CNAME that a DNAME stands for is the answer where a CNAME was asked for. */
bool link_leads_on(const struct link *link, uint16_t type_asked)
{
    bool alias = link->kind == REPLY_ALIAS || link->kind == REPLY_DNAME;
    return alias && type_asked != TYPE_CNAME && type_asked != TYPE_ANY;
}

void fetch_take_link(struct engine *engine, struct fetch *fetch, const struct link *link)
{
    bool on = link_leads_on(link, fetch->type) && link->rcode != RCODE_YXDOMAIN;

    if (!must(fetch->link_count < LINKS_MAX))
        return;
    link = rebind_chain(engine, fetch, link);
    if (!link) {
        fetch_end(engine, fetch, OUTCOME_SPENT, cause_of(WHY_NO_MEMORY));
        return;
    }
    fetch->links[fetch->link_count++] = link;
    if (fetch->purpose == FOR_ADDRESS)
        collect_addresses(engine, fetch, link);
    if (on && fetch->purpose == FOR_ANSWER)
        follow(engine, fetch, link);
    else
        fetch_end(engine, fetch, OUTCOME_ANSWERED, cause_of(WHY_NONE));
}
