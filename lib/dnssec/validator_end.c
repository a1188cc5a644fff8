#include "lib/dnssec/validator_parts.h"
#include "lib/wire/type.h"

bool validator_is_negative(const struct validator *v)
{
    return v->input.kind == REPLY_NODATA || v->input.kind == REPLY_NXDOMAIN;
}

/* ---- causes ---- */

struct cause validator_cause(enum why why, const struct name *owner, uint16_t type)
{
    char name[NAME_TEXT], text[TYPE_TEXT];
    struct cause cause = cause_of(why);
    cause.type = type;
    cause_detail(&cause, "%s %s", name_text(owner, name, sizeof name), type_text(type, text));
    return cause;
}

/* The cause that came with the keys, or the plain one of their state. A cut that is none although
 * the walk came by it is the parent's contradiction, which nothing here can explain. */
struct cause validator_zone_cause(const struct zone_keys *keys)
{
    static const enum why plain[] = {
        [ZONE_UNKNOWN] = WHY_INTERNAL,
        [ZONE_SECURE] = WHY_INTERNAL,
        [ZONE_INSECURE] = WHY_NO_DS,
        [ZONE_BOGUS] = WHY_DNSKEY_MISSING,
        [ZONE_NO_CUT] = WHY_INTERNAL,
        [ZONE_INDETERMINATE] = WHY_NO_ANCHOR,
        [ZONE_UNREACHABLE] = WHY_DNSKEY_UNREACHABLE,
        [ZONE_SPENT] = WHY_WORK_LIMIT,
    };
    if (keys->cause.why != WHY_NONE)
        return keys->cause;
    return validator_cause(plain[keys->state], &keys->zone, TYPE_DNSKEY);
}

enum security validator_zone_security(enum zone_state state)
{
    switch (state) {
    case ZONE_INSECURE: return SEC_INSECURE;
    case ZONE_INDETERMINATE: return SEC_INDETERMINATE;
    case ZONE_BOGUS:
    case ZONE_UNREACHABLE:
    case ZONE_NO_CUT: return SEC_BOGUS;
    case ZONE_SECURE:
    case ZONE_UNKNOWN:
    case ZONE_SPENT: break;
    }
    return SEC_UNCHECKED;
}

/* ---- moves ---- */

enum move validator_need(struct validator *v, unsigned labels)
{
    v->needed = labels;
    return MOVE_NEEDS;
}

/* The order of enum security is from worst to best. */
void validator_worsen(struct validator *v, enum security security, const struct cause *cause)
{
    if (security >= v->verdict.security)
        return;
    v->verdict.security = security;
    v->verdict.cause = *cause;
}

/* What is bogus is never used: answer sets that were not reached go with the one that was. How long
 * that is kept is not for the data to say. */
enum move validator_end(struct validator *v, enum security security, const struct cause *cause)
{
    validator_worsen(v, security, cause);
    if (v->verdict.security <= SEC_BOGUS || v->verdict.ttl_s == UINT32_MAX)
        v->verdict.ttl_s = 0;
    for (size_t i = 0; i < v->input.answer_count && v->verdict.security == SEC_BOGUS; i++)
        if (v->input.answer[i]->security == SEC_UNCHECKED)
            v->input.answer[i]->security = SEC_BOGUS;
    v->stage = STAGE_DONE;
    return MOVE_ON;
}

enum move validator_end_why(struct validator *v, enum security security, enum why why)
{
    struct cause cause = validator_cause(why, &v->input.qname, v->input.qtype);
    return validator_end(v, security, &cause);
}

/* The job ran out: no verdict about the data (RULINGS A2). */
enum move validator_end_spent(struct validator *v, const struct rrsig_check *check,
                              const struct proof_desk *desk)
{
    if (check->cause.why == WHY_VALIDATION_LIMIT || check->cause.why == WHY_NO_MEMORY)
        return validator_end(v, SEC_UNCHECKED, &check->cause);
    enum why why = budget_is_over(desk->budget) ? WHY_VALIDATION_LIMIT : WHY_NO_MEMORY;
    return validator_end_why(v, SEC_UNCHECKED, why);
}

/* That this reply's good checks were used up says nothing about the data: spent, not bogus. That
 * its failures were does (LIMITS 0.1, SPEC V6). */
enum move validator_end_failed(struct validator *v, const struct cause *cause,
                               const struct proof_desk *desk)
{
    bool by_failures = v->reply.failed >= desk->rules->limits->failed_per_reply;
    bool spent = cause->why == WHY_VALIDATION_LIMIT && !by_failures;
    return validator_end(v, spent ? SEC_UNCHECKED : SEC_BOGUS, cause);
}

/* A signature that does not hold tells more than the gap it leaves; a record that nobody signed, or
 * another zone did, only where there is no better one. */
enum move validator_end_unproven(struct validator *v, enum why why, const struct proof_desk *desk)
{
    const struct cause *fault = &v->proofs.fault;
    bool weak = fault->why == WHY_RRSIG_MISSING || fault->why == WHY_SIGNER_WRONG;
    if (fault->why != WHY_NONE && (v->proofs.count == 0 || !weak))
        return validator_end_failed(v, fault, desk);
    return validator_end_why(v, SEC_BOGUS, why);
}

/* A zone is insecure for as long as its parent's proof says, and so is what lies in it: once the
 * zone is signed nobody believes the old data for longer (RULINGS A13). */
void validator_limit_by_zone(struct validator *v, unsigned labels)
{
    const struct zone_keys *keys = v->known[labels];
    if (keys->state == ZONE_INSECURE && keys->ttl_s < v->verdict.ttl_s)
        v->verdict.ttl_s = keys->ttl_s;
}

/* All that came lies in an insecure zone, or in none that an anchor covers. */
static enum move end_unprotected(struct validator *v, enum security security,
                                 const struct cause *cause)
{
    for (size_t i = 0; i < v->input.answer_count; i++)
        validator_settle(v, v->input.answer[i], security, NULL);
    for (size_t i = 0; i < v->input.authority_count; i++)
        if (validator_is_negative(v))
            validator_settle(v, v->input.authority[i], security, NULL);
        else
            v->input.authority[i]->security = (uint8_t)security;
    return validator_end(v, security, cause);
}

static bool is_signed(struct rrset *const *sets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sets[i]->sig_count > 0)
            return true;
    return false;
}

/* Only for want of a signature was a cut looked for there: that is what is wrong, and another
 * server may have one (SPEC V14). */
static bool is_unexplained(const struct validator *v, unsigned labels)
{
    return labels > v->input.zone.labels && v->known[labels]->state == ZONE_UNREACHABLE &&
           v->known[labels]->cause.why == WHY_DS_UNREACHABLE &&
           !is_signed(v->input.answer, v->input.answer_count) &&
           (v->input.answer_count > 0 || !is_signed(v->input.authority, v->input.authority_count));
}

enum move validator_end_by_zone(struct validator *v, unsigned labels)
{
    struct cause cause = validator_zone_cause(v->known[labels]);
    if (is_unexplained(v, labels))
        cause.why = WHY_RRSIG_UNEXPLAINED;
    enum security security = validator_zone_security(v->known[labels]->state);
    if (security <= SEC_BOGUS)
        return validator_end(v, security, &cause);
    validator_limit_by_zone(v, labels);
    return end_unprotected(v, security, &cause);
}
