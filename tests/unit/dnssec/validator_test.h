/* validator_test - what the tests of the validator share: signed zones that answer for their keys,
 * and one reply that is put together set by set and then judged. */
#ifndef CATENA_TESTS_UNIT_VALIDATOR_TEST_H
#define CATENA_TESTS_UNIT_VALIDATOR_TEST_H

#include "lib/dnssec/validator.h"
#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/wire/wire_test.h"

enum { ANSWERS_MAX = 16, AUTHORITY_MAX = 208, NEEDED_NAMES = 2048 };
enum { SOA_TTL = 900, SOA_MINIMUM = 600, KEYS_TTL = 3600 };

extern struct proof_bench bench;
extern struct rrset *answers[ANSWERS_MAX], *authority[AUTHORITY_MAX];
extern struct validator_input question;
extern const uint32_t good_window[2];

/* Of the last judgment: how often keys were needed, a turn ended, and whose keys. */
extern unsigned needs, yields;
extern char needed_names[NEEDED_NAMES];
extern int64_t units_a_turn; /* no end, unless the test says so after `begin` */

void world_up(void);
void world_down(void);
struct sign_key zone_key(const char *zone);
/* SECURE with keys: ., example., sub.example., deep.sub.example., other.; INSECURE: plain.,
 * open.example., open.sub.example.; also bad.example., silent.example., late.example., far. */
struct zone_keys keys_of(const struct name *zone);

/* ---- the reply: begin, then put sets into it ---- */

void begin(enum reply_kind kind, const char *qname, uint16_t qtype, const char *zone);
void put_answer(struct rrset *set);
void put_authority(struct rrset *set);
void put_soa(const char *zone);
/* The whole chain of a denial_zone, signed by its apex; `flags` below 0: NSEC. */
void put_chain(const char *lines, int flags, uint16_t iterations);

struct rrset *text(const char *lines);
struct rrset *signed_by(const struct rrset *set, const char *zone);
struct rrset *signed_late(const struct rrset *set, const char *zone);  /* expired */
struct rrset *signed_wrong(const struct rrset *set, const char *zone); /* does not verify */
/* `lines`, a wildcard's, signed and then at `owner`. */
struct rrset *expanded(const char *lines, const char *zone, const char *owner);

/* ---- the judgment ---- */

const struct verdict *judge(void);
const struct verdict *expect(enum security security, enum why why);

#endif
