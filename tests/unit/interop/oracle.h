/* oracle - our sets as ldns reads them, and random names: what the comparisons with ldns share.
 *
 * Shape    a comparison plays a number of random cases from one seed, a third of them broken, and
 *          prints how many of each kind were held good and refused. Where ldns differs, the case
 *          must be of a kind that tests/interop/README.md explains, or the test fails.
 * Owns     lists are ldns' own: ldns_rr_list_deep_free.
 */
#ifndef CATENA_TESTS_UNIT_INTEROP_ORACLE_H
#define CATENA_TESTS_UNIT_INTEROP_ORACLE_H

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/prng.h"
#include "lib/wire/type.h"
#include "tests/unit/suites.h"

#include "lib/wire/rrset.h"

/* What ldns leaks is not ours: memory that it takes in between is not looked at. */
#ifdef __SANITIZE_ADDRESS__
#define ORACLE_UNDER_ASAN 1
#elif defined(__clang__)
#define ORACLE_UNDER_ASAN __has_feature(address_sanitizer)
#else
#define ORACLE_UNDER_ASAN 0
#endif
#if ORACLE_UNDER_ASAN
void __lsan_disable(void);
void __lsan_enable(void);
#else
static inline void __lsan_disable(void)
{
}
static inline void __lsan_enable(void)
{
}
#endif

/* Ten times as many in the long run (`make test-long`). */
static inline unsigned oracle_rounds(unsigned rounds)
{
    return getenv("CATENA_LONG") != NULL ? 10 * rounds : rounds;
}

static inline void oracle_push(ldns_rr_list *list, const struct rrset *set, uint16_t type,
                               struct bytes rdata)
{
    uint8_t wire[NAME_OCTETS_MAX + 10 + UINT16_MAX];
    struct name owner = rrset_owner(set);
    uint8_t *at = wire + owner.len;
    size_t position = 0;
    ldns_rr *rr = NULL;

    memcpy(wire, owner.octets, owner.len);
    for (int shift = 8; shift >= 0; shift -= 8) {
        at[shift == 8 ? 0 : 1] = (uint8_t)(type >> shift);
        at[shift == 8 ? 8 : 9] = (uint8_t)(rdata.len >> shift);
    }
    at[2] = 0;
    at[3] = 1;
    for (int i = 0; i < 4; i++)
        at[4 + i] = (uint8_t)(set->ttl >> (24 - 8 * i));
    memcpy(at + 10, rdata.at, rdata.len);
    ck_assert_int_eq(
        ldns_wire2rr(&rr, wire, owner.len + 10 + rdata.len, &position, LDNS_SECTION_ANSWER),
        LDNS_STATUS_OK);
    ldns_rr_list_push_rr(list, rr);
}

static inline void oracle_add_records(ldns_rr_list *list, const struct rrset *set)
{
    struct rrset_walk walk = rrset_records(set);
    for (struct bytes rdata; rrset_next(&walk, &rdata);)
        oracle_push(list, set, set->type, rdata);
}

static inline void oracle_add_signatures(ldns_rr_list *list, const struct rrset *set)
{
    struct rrset_walk walk = rrset_signatures(set);
    for (struct bytes rdata; rrset_next(&walk, &rdata);)
        oracle_push(list, set, TYPE_RRSIG, rdata);
}

/* A label of one to six letters in either case. */
static inline struct name oracle_child(struct prng *prng, const struct name *of)
{
    static const char letters[] = "abcDEFxyzXYZ-019";
    uint8_t label[6];
    struct name name;
    size_t len = 1 + prng_below(prng, sizeof label);
    for (size_t i = 0; i < len; i++)
        label[i] = (uint8_t)letters[prng_below(prng, sizeof letters - 1)];
    ck_assert(name_prepend((struct bytes){ label, len }, of, &name) == ST_OK);
    return name;
}

/* At `of` or up to `deep` labels below it. */
static inline struct name oracle_name(struct prng *prng, const struct name *of, unsigned deep)
{
    struct name name = *of;
    for (uint32_t left = prng_below(prng, deep + 1); left > 0; left--)
        name = oracle_child(prng, &name);
    return name;
}

#endif
