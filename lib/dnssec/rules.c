#include "lib/dnssec/rules.h"

#include "lib/crypto/algorithm.h"

static bool is_off(const uint8_t off[32], uint8_t number)
{
    return (off[number / 8] >> number % 8 & 1) == 1;
}

static bool is_off_below(const struct dnssec_rules *rules, const struct name *zone,
                         enum rules_kind kind, uint8_t number)
{
    for (unsigned i = 0; i < rules->below_count; i++) {
        const struct rules_off *off = &rules->below[i];
        if (off->kind == kind && off->number == number && name_under(zone, &off->below))
            return true;
    }
    return false;
}

bool rules_allow_algorithm(const struct dnssec_rules *rules, const struct crypto *crypto,
                           const struct name *zone, uint8_t number)
{
    const struct algorithm *row = algorithm_find(number);
    return row != NULL && (row->trusted || rules->sha1) && !is_off(rules->algorithms_off, number) &&
           !is_off_below(rules, zone, RULES_ALGORITHM, number) &&
           crypto_has_algorithm(crypto, number);
}

enum proof rules_afford(struct proof_desk *desk, uint32_t units)
{
    static const enum spend rows[] = { SPEND_FAILED_UNITS, SPEND_GOOD_UNITS };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows && units > 0; i++)
        if (!budget_allows(desk->budget, rows[i], units)) {
            (void)budget_spend(desk->budget, rows[i], units);
            return PROOF_SPENT;
        }
    return units == 0 || *desk->turn_units > 0 ? PROOF_GOOD : PROOF_CONTINUE;
}

void rules_pay(struct proof_desk *desk, enum spend kind, uint32_t units)
{
    (void)budget_spend(desk->budget, kind, units);
    *desk->turn_units -= units;
}

bool rules_allow_digest(const struct dnssec_rules *rules, const struct crypto *crypto,
                        const struct name *zone, uint8_t type)
{
    const struct ds_digest *row = ds_digest_find(type);
    return row != NULL && (row->trusted || rules->sha1) && !is_off(rules->digests_off, type) &&
           !is_off_below(rules, zone, RULES_DIGEST, type) && crypto_has_ds_digest(crypto, type);
}
