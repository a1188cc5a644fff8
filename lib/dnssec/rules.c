#include "lib/dnssec/rules.h"

#include "lib/crypto/algorithm.h"

static bool is_off(const uint8_t off[32], uint8_t number)
{
    return (off[number / 8] >> number % 8 & 1) == 1;
}

bool rules_allow_algorithm(const struct dnssec_rules *rules, const struct crypto *crypto,
                           uint8_t number)
{
    const struct algorithm *row = algorithm_find(number);
    return row != NULL && (row->trusted || rules->sha1) && !is_off(rules->algorithms_off, number) &&
           crypto_has_algorithm(crypto, number);
}

bool rules_allow_digest(const struct dnssec_rules *rules, const struct crypto *crypto, uint8_t type)
{
    const struct ds_digest *row = ds_digest_find(type);
    return row != NULL && (row->trusted || rules->sha1) && !is_off(rules->digests_off, type) &&
           crypto_has_ds_digest(crypto, type);
}
