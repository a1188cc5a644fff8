#include "lib/engine/classify.h"

#include "lib/wire/type.h"

/* RFC 6672 §2.2: the server says that the name grows too long, and its DNAME bears it out. */
static bool too_long(const struct scrubbed *reply, const struct asked *asked)
{
    struct name target;
    return reply->answer.count > 0 && reply->answer.at[0]->type == TYPE_DNAME &&
           scrub_target(reply->answer.at[0], &asked->name, &target) == ST_LIMIT;
}

/* A DNAME at the name itself redirects nothing there: it is data (RFC 6672 §2.3). */
static enum reply_class class_of_answer(const struct rrset *set, const struct asked *asked)
{
    struct name owner = rrset_owner(set);
    if (set->type == TYPE_DNAME && name_strictly_under(&asked->name, &owner))
        return IS_DNAME;
    if (set->type == TYPE_CNAME && asked->type != TYPE_CNAME && asked->type != TYPE_ANY)
        return IS_ALIAS;
    return IS_ANSWER;
}

/* Beside a referral NSEC and NSEC3 stand too, so this is asked after it. */
static bool has_denial(const struct scrubbed *reply)
{
    bool found = reply->soa != NULL;
    for (size_t i = 0; i < reply->authority.count; i++) {
        uint16_t type = reply->authority.at[i]->type;
        found = found || type == TYPE_NSEC || type == TYPE_NSEC3;
    }
    return found;
}

static enum reply_class class_of_content(const struct scrubbed *reply, const struct asked *asked)
{
    if (reply->answer.count > 0)
        return class_of_answer(reply->answer.at[0], asked);
    if (reply->ns != NULL && reply->soa == NULL && reply->rcode == RCODE_NOERROR) {
        struct name cut = rrset_owner(reply->ns);
        return name_strictly_under(&cut, &asked->zone) ? IS_REFERRAL : IS_LAME;
    }
    if (!has_denial(reply) || (reply->rcode == RCODE_NXDOMAIN && reply->soa == NULL))
        return IS_EMPTY; /* RFC 2308 §3: a name is denied with the SOA, be it proven or not */
    return reply->rcode == RCODE_NXDOMAIN ? IS_NXDOMAIN : IS_NODATA;
}

enum reply_class classify(const struct scrubbed *reply, const struct asked *asked)
{
    if (reply->rcode == RCODE_YXDOMAIN && too_long(reply, asked))
        return IS_TOO_LONG;
    if (reply->rcode != RCODE_NOERROR && reply->rcode != RCODE_NXDOMAIN)
        return IS_ERROR;
    enum reply_class class = class_of_content(reply, asked);
    bool recursive = reply->recursion_available && !reply->authoritative && !asked->of_forwarder;
    return recursive && class != IS_LAME ? IS_RECURSION_LAME : class;
}

const char *classify_text(enum reply_class class)
{
    static const char *const texts[] = {
        [IS_ANSWER] = "answer",
        [IS_ALIAS] = "alias",
        [IS_DNAME] = "alias of a whole subtree",
        [IS_NODATA] = "no data of this type",
        [IS_NXDOMAIN] = "no such name",
        [IS_REFERRAL] = "referral",
        [IS_EMPTY] = "empty",
        [IS_LAME] = "lame",
        [IS_RECURSION_LAME] = "lame: a resolver's answer",
        [IS_TOO_LONG] = "name too long",
        [IS_ERROR] = "error",
    };
    size_t index = (size_t) class;
    return index < sizeof texts / sizeof *texts ? texts[index] : texts[IS_ERROR];
}
