#include "lib/base/budget.h"

#include <string.h>

/* What each spend is measured against, and its name for people. */
static const struct {
    size_t offset;
    const char *what;
} kinds[SPEND_KINDS] = {
    [SPEND_QUESTION] = { offsetof(struct limits, questions), "upstream questions" },
    [SPEND_PACKET] = { offsetof(struct limits, packets), "upstream packets" },
    [SPEND_OCTETS] = { offsetof(struct limits, upstream_octets), "upstream octets" },
    [SPEND_NS_FAILED] = { offsetof(struct limits, ns_failed), "failed server names" },
    [SPEND_FAILED_CHECK] = { offsetof(struct limits, failed_checks), "failed verifications" },
    [SPEND_FAILED_UNITS] = { offsetof(struct limits, failed_units), "failed verification cost" },
    [SPEND_GOOD_CHECK] = { offsetof(struct limits, good_checks), "verifications" },
    [SPEND_GOOD_UNITS] = { offsetof(struct limits, good_units), "verification cost" },
    [SPEND_NSEC3_BLOCKS] = { offsetof(struct limits, nsec3_blocks), "NSEC3 hashing" },
};

void budget_init(struct budget *budget, const struct limits *limits)
{
    *budget = (struct budget){ .limits = limits };
}

uint32_t budget_limit(const struct budget *budget, enum spend kind)
{
    uint32_t limit;
    memcpy(&limit, (const char *)budget->limits + kinds[kind].offset, sizeof limit);
    return limit;
}

/* Counts only grow and never wrap: once over a limit, there is nothing left to measure. */
bool budget_allows(const struct budget *budget, enum spend kind, uint32_t amount)
{
    if (budget_is_over(budget))
        return false;
    uint32_t limit = budget_limit(budget, kind), spent = budget->spent[kind];
    return spent <= limit && amount <= limit - spent;
}

bool budget_spend(struct budget *budget, enum spend kind, uint32_t amount)
{
    bool allowed = budget_allows(budget, kind, amount);
    if (!allowed && budget->over == 0)
        budget->over = (uint8_t)(1 + kind);
    if (__builtin_add_overflow(budget->spent[kind], amount, &budget->spent[kind]))
        budget->spent[kind] = UINT32_MAX;
    return allowed;
}

bool budget_is_over(const struct budget *budget)
{
    return budget->over != 0;
}

const char *budget_what_ended(const struct budget *budget)
{
    return budget->over != 0 ? kinds[budget->over - 1].what : "";
}
