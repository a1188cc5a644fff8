#include "lib/dnssec/denial.h"

#include "lib/dnssec/denial_parts.h"
#include "lib/wire/type.h"

/* What the sets given hold that can serve. */
struct evidence {
    struct nsec nsec[DENIAL_RECORDS_MAX];
    struct nsec3 nsec3[DENIAL_RECORDS_MAX];
    size_t nsec_count, nsec3_count;
    size_t seen;     /* NSEC and NSEC3 sets, sound or not */
    bool over_limit; /* a sound NSEC3 has too many iterations */
};

static void take(struct evidence *evidence, const struct rrset *set,
                 const struct denial_input *input, const struct limits *limits)
{
    struct nsec3 *nsec3 = &evidence->nsec3[evidence->nsec3_count];
    evidence->seen++;
    if (nsec_read(set, input->zone, &evidence->nsec[evidence->nsec_count]))
        evidence->nsec_count++;
    else if (nsec3_read(set, input->zone, nsec3) != NSEC3_SOUND)
        return;
    else if (nsec3_over_limit(nsec3, limits))
        evidence->over_limit = true;
    else
        evidence->nsec3_count++;
}

/* LIMITS D4: a padded reply costs no more than limits.denial_records. */
static void collect(struct evidence *evidence, const struct denial_input *input,
                    const struct limits *limits)
{
    size_t most =
        limits->denial_records < DENIAL_RECORDS_MAX ? limits->denial_records : DENIAL_RECORDS_MAX;
    evidence->nsec_count = evidence->nsec3_count = evidence->seen = 0;
    evidence->over_limit = false;
    for (size_t i = 0; i < input->count && evidence->seen < most; i++)
        if (input->sets[i]->type == TYPE_NSEC || input->sets[i]->type == TYPE_NSEC3)
            take(evidence, input->sets[i], input, limits);
}

/* Moves the records with the parameters of `from[0]` to `group`, the others to the front. */
static size_t group_off(struct nsec3 *from, size_t *count, struct nsec3 *group)
{
    struct nsec3 first = from[0];
    size_t taken = 0, left = 0;

    for (size_t i = 0; i < *count; i++)
        if (nsec3_same_parameters(&first, &from[i]))
            group[taken++] = from[i];
        else
            from[left++] = from[i];
    *count = left;
    return taken;
}

/* While a zone changes its salt two chains stand side by side: each is judged alone, since a proof
 * may not be put together from both (RFC 5155 §8.2). */
static enum denial_answer judge_nsec3(const struct denial_input *input, struct evidence *evidence,
                                      struct proof_desk *desk, struct denial_output *output)
{
    struct nsec3 group[DENIAL_RECORDS_MAX];

    while (evidence->nsec3_count > 0) {
        size_t count = group_off(evidence->nsec3, &evidence->nsec3_count, group);
        enum denial_answer answer = denial_by_nsec3(input, group, count, desk, output);
        if (answer != DENIAL_UNPROVEN)
            return answer;
    }
    return DENIAL_UNPROVEN;
}

static enum why why_unproven(enum denial_question question, const struct evidence *evidence)
{
    switch (question) {
    case DENIAL_WILDCARD: return WHY_WILDCARD_UNPROVEN;
    case DENIAL_DS: return WHY_DS_DENIAL_MISSING;
    case DENIAL_NAME:
    case DENIAL_TYPE: break;
    }
    return evidence->seen == 0 ? WHY_DENIAL_MISSING : WHY_DENIAL_WRONG;
}

static enum why why_of(const struct denial_input *input, const struct evidence *evidence,
                       const struct proof_desk *desk, enum denial_answer answer)
{
    switch (answer) {
    case DENIAL_UNPROVEN: return why_unproven(input->question, evidence);
    case DENIAL_SPENT: return budget_is_over(desk->budget) ? WHY_VALIDATION_LIMIT : WHY_NO_MEMORY;
    case DENIAL_PROVEN_INSECURE: return WHY_OPT_OUT;
    case DENIAL_DELEGATION: return WHY_NO_DS;
    case DENIAL_PROVEN:
    case DENIAL_NO_CUT:
    case DENIAL_NO_NAME: break;
    }
    return WHY_NONE;
}

/* Only the root is asked about its own DS: elsewhere the zone itself cannot tell. No zone denies
 * its own apex, which exists as surely as the zone does. */
static bool may_ask(const struct denial_input *input)
{
    if (input->question == DENIAL_NAME)
        return name_strictly_under(input->name, input->zone);
    if (input->question == DENIAL_DS && input->zone->labels > 0)
        return name_strictly_under(input->name, input->zone);
    return name_under(input->name, input->zone);
}

void denial_judge(const struct denial_input *input, struct proof_desk *desk,
                  struct denial_output *output)
{
    struct evidence evidence;

    *output = (struct denial_output){ .answer = DENIAL_UNPROVEN };
    collect(&evidence, input, desk->rules->limits);
    if (may_ask(input)) {
        output->answer = denial_by_nsec(input, evidence.nsec, evidence.nsec_count, output);
        if (output->answer == DENIAL_UNPROVEN)
            output->answer = judge_nsec3(input, &evidence, desk, output);
    }
    output->why = why_of(input, &evidence, desk, output->answer);
    /* RFC 9276 §3.2: such a record is genuine, but what it says is not looked at. */
    if (output->answer == DENIAL_UNPROVEN && evidence.over_limit && may_ask(input)) {
        output->answer = DENIAL_PROVEN_INSECURE;
        output->why = WHY_NSEC3_ITERATIONS;
    }
}
