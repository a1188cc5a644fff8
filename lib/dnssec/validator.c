#include "lib/dnssec/validator.h"

#include "lib/base/must.h"
#include "lib/dnssec/validator_parts.h"
#include "lib/wire/type.h"

/* The caller's contract: a DS is judged from above, answers stand at or above qname. */
static bool input_fits(const struct validator_input *input)
{
    bool ds = input->qtype == TYPE_DS && input->zone.labels > 0;
    if (!must(ds ? name_strictly_under(&input->qname, &input->zone)
                 : name_under(&input->qname, &input->zone)))
        return false;
    for (size_t i = 0; i < input->answer_count; i++) {
        struct name owner = rrset_owner(input->answer[i]);
        if (!must(name_under(&input->qname, &owner)))
            return false;
    }
    bool negative = input->kind == REPLY_NODATA || input->kind == REPLY_NXDOMAIN;
    return must(negative || input->answer_count > 0);
}

static enum move judge_cut(struct validator *v)
{
    unsigned labels = v->input.zone.labels;
    if (!input_fits(&v->input))
        return validator_end_why(v, SEC_UNCHECKED, WHY_INTERNAL);
    if (v->known[labels] == NULL)
        return validator_need(v, labels);
    if (v->known[labels]->state != ZONE_SECURE)
        return validator_end_by_zone(v, labels);
    v->stage = validator_is_negative(v) ? STAGE_DENIAL : STAGE_SET;
    return MOVE_ON;
}

/* Cut, then either the answer's sets one by one, each with its wildcard where it has one, or the
 * denial as a whole. */
static enum move take_stage(struct validator *v, struct proof_desk *desk)
{
    if (v->out_of_memory)
        return validator_end_why(v, SEC_UNCHECKED, WHY_NO_MEMORY);
    switch (v->stage) {
    case STAGE_CUT: return judge_cut(v);
    case STAGE_SET: return validator_judge_set(v, desk);
    case STAGE_WILDCARD: return validator_judge_wildcard(v, desk);
    case STAGE_DENIAL: return validator_judge_denial(v, desk);
    case STAGE_DONE: break;
    }
    return MOVE_ON;
}

enum validator_step validator_step(struct validator *v, struct proof_desk *desk,
                                   struct name *needed)
{
    enum move move = MOVE_ON;

    while (move == MOVE_ON && v->stage != STAGE_DONE)
        move = take_stage(v, desk);
    if (v->stage == STAGE_DONE)
        return VALIDATOR_DONE;
    if (move == MOVE_YIELDS)
        return VALIDATOR_CONTINUE;
    *needed = name_suffix(&v->input.qname, v->needed);
    return VALIDATOR_NEED_KEYS;
}

struct validator *validator_create(const struct validator_input *input, struct arena *arena)
{
    struct validator *v = ARENA_NEW(arena, struct validator);
    if (v == NULL)
        return NULL;
    v->input = *input;
    v->arena = arena;
    v->verdict = (struct verdict){ .security = SEC_SECURE,
                                   .cause = cause_of(WHY_SECURE),
                                   .denial = DENIAL_UNPROVEN,
                                   .ttl_s = UINT32_MAX,
                                   .zone = input->zone };
    return v;
}

void validator_give(struct validator *v, const struct zone_keys *keys)
{
    unsigned labels = keys->zone.labels;
    if (!must(name_under(&v->input.qname, &keys->zone)) ||
        !must(keys->state != ZONE_SECURE || keys->keys != NULL))
        return;
    v->known[labels] = arena_copy(v->arena, keys, sizeof *keys);
    v->out_of_memory |= v->known[labels] == NULL;
    bool cut =
        keys->state == ZONE_SECURE || keys->state == ZONE_INSECURE || keys->state == ZONE_BOGUS;
    if (cut && labels > v->verdict.zone.labels)
        v->verdict.zone = keys->zone;
}

const struct zone_keys *validator_keys(const struct validator *v, unsigned labels)
{
    return labels <= NAME_LABELS_MAX ? v->known[labels] : NULL;
}

const struct verdict *validator_verdict(const struct validator *v)
{
    return &v->verdict;
}
