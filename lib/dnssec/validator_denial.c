#include "lib/dnssec/validator_parts.h"
#include "lib/wire/type.h"

static enum denial_question question_of(const struct validator_input *input)
{
    if (input->kind == REPLY_NXDOMAIN)
        return DENIAL_NAME;
    return input->qtype == TYPE_DS ? DENIAL_DS : DENIAL_TYPE;
}

/* NXDOMAIN to a DS question too needs the proof that NXDOMAIN needs, since others believe it of the
 * whole name and all below (RFC 8020). What it means to the cut is said as DENIAL_DS would. */
static enum denial_answer answer_for_ds(const struct validator_input *input,
                                        const struct denial_output *output)
{
    if (input->qtype != TYPE_DS)
        return DENIAL_UNPROVEN;
    if (input->kind == REPLY_NODATA)
        return output->answer;
    if (output->answer == DENIAL_PROVEN)
        return DENIAL_NO_NAME;
    return output->opt_out ? DENIAL_DELEGATION : output->answer;
}

static enum move end_denied(struct validator *v, const struct denial_output *output)
{
    bool insecure = output->opt_out || output->answer == DENIAL_PROVEN_INSECURE;

    v->verdict.denial = answer_for_ds(&v->input, output);
    v->verdict.opt_out = output->opt_out;
    if (insecure)
        return validator_end_why(v, SEC_INSECURE, output->why);
    return validator_end(v, SEC_SECURE, &v->verdict.cause);
}

static enum move judge_proofs(struct validator *v, struct proof_desk *desk)
{
    struct denial_output output;

    validator_ask_denial(v, question_of(&v->input), desk, &output);
    switch (output.answer) {
    case DENIAL_PROVEN:
    case DENIAL_PROVEN_INSECURE:
    case DENIAL_DELEGATION:
    case DENIAL_NO_CUT:
    case DENIAL_NO_NAME: return end_denied(v, &output);
    case DENIAL_SPENT: return validator_end_why(v, SEC_UNCHECKED, output.why);
    case DENIAL_UNPROVEN: break;
    }
    return validator_end_unproven(v, output.why, desk);
}

static enum move prove_denial(struct validator *v, unsigned zone, struct proof_desk *desk)
{
    switch (validator_prove_authority(v, zone, desk)) {
    case PROOF_GOOD: return judge_proofs(v, desk);
    case PROOF_FAILED: return validator_end_failed(v, &v->proofs.fault, desk);
    case PROOF_CONTINUE: return MOVE_YIELDS;
    case PROOF_SPENT: break;
    }
    return validator_end_spent(v, &v->proofs.check, desk);
}

/* Nothing is signed by any zone that could speak, and no insecure cut explains it. */
static enum move denial_unsigned(struct validator *v)
{
    bool any = false, by_others = false;
    for (size_t i = 0; i < v->input.authority_count; i++) {
        const struct rrset *set = v->input.authority[i];
        bool takes_part =
            set->type == TYPE_SOA || set->type == TYPE_NSEC || set->type == TYPE_NSEC3;
        any |= takes_part;
        by_others |= takes_part && set->sig_count > 0;
    }
    if (any)
        return validator_end_why(v, SEC_BOGUS, by_others ? WHY_SIGNER_WRONG : WHY_RRSIG_MISSING);
    bool ds = question_of(&v->input) == DENIAL_DS;
    return validator_end_why(v, SEC_BOGUS, ds ? WHY_DS_DENIAL_MISSING : WHY_DENIAL_MISSING);
}

enum move validator_judge_denial(struct validator *v, struct proof_desk *desk)
{
    struct place place = validator_place(v, NULL);
    switch (place.kind) {
    case PLACE_SIGNED: return prove_denial(v, place.labels, desk);
    case PLACE_UNSIGNED: return denial_unsigned(v);
    case PLACE_NEEDED: return validator_need(v, place.labels);
    case PLACE_ENDED: break;
    }
    return validator_end_by_zone(v, place.labels);
}
