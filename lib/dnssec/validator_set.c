#include "lib/dnssec/validator_parts.h"
#include "lib/wire/type.h"

/* ---- one set of the answer ---- */

static enum move next_set(struct validator *v, enum security security, const struct cause *cause)
{
    validator_settle(v, v->input.answer[v->at], security, &v->check);
    validator_worsen(v, security, cause);
    v->check = (struct rrsig_check){ .sig = 0 };
    v->stage = STAGE_SET;
    v->at++;
    return MOVE_ON;
}

/* A set outside every secure zone; of several sets the others are judged for themselves. */
static enum move set_by_zone(struct validator *v, unsigned labels)
{
    struct cause cause = validator_zone_cause(v->known[labels]);
    enum security security = validator_zone_security(v->known[labels]->state);
    if (v->input.answer_count == 1 || security <= SEC_BOGUS)
        return validator_end_by_zone(v, labels);
    validator_limit_by_zone(v, labels);
    return next_set(v, security, &cause);
}

static enum move set_unsigned(struct validator *v, const struct rrset *set)
{
    struct name owner = rrset_owner(set);
    enum why why = set->sig_count > 0 ? WHY_SIGNER_WRONG : WHY_RRSIG_MISSING;
    struct cause cause = validator_cause(why, &owner, set->type);
    return validator_end(v, SEC_BOGUS, &cause);
}

/* The set is proven. What a wildcard was expanded to needs its own proof; a DNAME that redirects
 * never comes from one: only a name that exists has names below it (RFC 6672 §3.3). */
static enum move set_signed(struct validator *v, const struct rrset *set)
{
    struct name owner = rrset_owner(set);
    struct cause good = cause_of(WHY_SECURE);
    if (v->check.labels >= rrsig_owner_labels(&owner))
        return next_set(v, SEC_SECURE, &good);
    if (v->input.kind == REPLY_DNAME) {
        struct cause cause = validator_cause(WHY_LABELS_WRONG, &owner, set->type);
        return validator_end(v, SEC_BOGUS, &cause);
    }
    v->verdict.wildcard = true;
    v->stage = STAGE_WILDCARD;
    return MOVE_ON;
}

static enum move prove_set(struct validator *v, struct rrset *set, struct proof_desk *desk)
{
    v->check.wanted = v->known[v->zone]->algorithms;
    switch (rrsig_prove(&v->check, set, v->known[v->zone]->keys, &v->reply, desk)) {
    case PROOF_GOOD: return set_signed(v, set);
    case PROOF_FAILED: return validator_end_failed(v, &v->check.cause, desk);
    case PROOF_CONTINUE: return MOVE_YIELDS;
    case PROOF_SPENT: break;
    }
    return validator_end_spent(v, &v->check, desk);
}

static enum move place_set(struct validator *v, struct rrset *set, struct proof_desk *desk)
{
    struct place place = validator_place(v, set);
    switch (place.kind) {
    case PLACE_SIGNED: v->zone = place.labels; return prove_set(v, set, desk);
    case PLACE_UNSIGNED: return set_unsigned(v, set);
    case PLACE_NEEDED: return validator_need(v, place.labels);
    case PLACE_ENDED: break;
    }
    return set_by_zone(v, place.labels);
}

/* A set that came in as secure. */
static enum move take_arrived(struct validator *v, struct rrset *set, struct proof_desk *desk)
{
    switch (validator_arrived(v, set, desk, &v->check, &v->zone)) {
    case ARRIVED: metrics_add(&desk->metrics->verifications_saved, 1); return set_signed(v, set);
    case ARRIVED_NEEDS_KEYS: return validator_need(v, v->zone);
    case ARRIVED_NOT: break;
    }
    set->security = SEC_UNCHECKED;
    return place_set(v, set, desk);
}

enum move validator_judge_set(struct validator *v, struct proof_desk *desk)
{
    struct cause none = cause_of(WHY_NOT_VALIDATED);

    if (v->at == v->input.answer_count || v->at == VALIDATOR_SETS_MAX)
        return validator_end(v, v->verdict.security, &v->verdict.cause);
    struct rrset *set = v->input.answer[v->at];
    if (set->type == TYPE_RRSIG) /* RFC 4035 §2.2: nothing signs a signature */
        return next_set(v, SEC_INSECURE, &none);
    if (set->security == SEC_SECURE)
        return take_arrived(v, set, desk);
    set->security = SEC_UNCHECKED;
    return place_set(v, set, desk);
}

/* ---- was the wildcard needed? RFC 4035 §5.3.4, RFC 5155 §8.8 ---- */

static enum move judge_expanded(struct validator *v, struct proof_desk *desk)
{
    struct denial_output output;
    struct cause cause = cause_of(WHY_SECURE);

    validator_ask_denial(v, DENIAL_WILDCARD, desk, &output);
    if (output.answer == DENIAL_SPENT)
        return validator_end_why(v, SEC_UNCHECKED, output.why);
    if (output.answer == DENIAL_PROVEN)
        return next_set(v, SEC_SECURE, &cause);
    if (output.answer != DENIAL_PROVEN_INSECURE)
        return validator_end_unproven(v, WHY_WILDCARD_UNPROVEN, desk);
    v->verdict.opt_out |= output.opt_out;
    cause = validator_cause(output.why, &v->input.qname, v->input.qtype);
    return next_set(v, SEC_INSECURE, &cause);
}

enum move validator_judge_wildcard(struct validator *v, struct proof_desk *desk)
{
    switch (validator_prove_authority(v, v->zone, desk)) {
    case PROOF_GOOD:
    case PROOF_FAILED: return judge_expanded(v, desk);
    case PROOF_CONTINUE: return MOVE_YIELDS;
    case PROOF_SPENT: break;
    }
    return validator_end_spent(v, &v->proofs.check, desk);
}
