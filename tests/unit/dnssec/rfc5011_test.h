/* rfc5011_test - what the tests of the state table share: a point, a clock, and keys that are only
 * octets, shown as one pleases. Between set_up and the end of a test all of it is the test's. */
#ifndef CATENA_TESTS_UNIT_DNSSEC_ROLL_TEST_H
#define CATENA_TESTS_UNIT_DNSSEC_ROLL_TEST_H

#include "lib/dnssec/rfc5011.h"
#include "tests/unit/suites.h"

enum { ROLL_T0 = 1500000000, ROLL_KEYS_MADE = 40, ROLL_MADE_OCTETS = 20, ROLL_TTL_S = 172800 };

extern struct rfc5011_point point;
extern struct rfc5011_now now;
extern struct rfc5011_sight sight;
extern struct rfc5011_report report;

void roll_set_up(void);
TCase *roll_tcase(Suite *suite, const char *name);

struct bytes roll_key(unsigned n);         /* rdata of key n */
struct rfc5011_key *roll_slot(unsigned n); /* NULL: the point does not know it */
enum rfc5011_state roll_state(unsigned n);

enum roll_how { PLAIN, SIGNS, REVOKED, REVOKED_SIGNS };

void roll_show(unsigned n, enum roll_how how); /* in the sight that the next step is made from */
void roll_step(void);
void roll_pass_s(int64_t s); /* on both clocks */
void roll_pass_days(unsigned days);

/* A step of a set that key 0 signs, with key 1 in it as `how` says; without key 1. */
void roll_see(enum roll_how how);
void roll_see_without(void);

void roll_begin(void);          /* key 0 is trusted and learned */
void roll_begin_with_two(void); /* so is key 1, after its hold-down */

#endif
