#include "tests/unit/dnssec/rfc5011_test.h"

struct rfc5011_point point;
struct rfc5011_now now;
struct rfc5011_sight sight;
struct rfc5011_report report;
static uint8_t made[2][ROLL_KEYS_MADE][ROLL_MADE_OCTETS]; /* plain, revoked */

void roll_set_up(void)
{
    point = (struct rfc5011_point){ .zone = name_root };
    now = (struct rfc5011_now){ { ROLL_T0 }, { 1000 * NS_PER_S } };
    sight = (struct rfc5011_sight){ .count = 0 };
    for (unsigned revoked = 0; revoked < 2; revoked++)
        for (unsigned n = 0; n < ROLL_KEYS_MADE; n++) {
            memset(made[revoked][n], (int)n, ROLL_MADE_OCTETS);
            memcpy(made[revoked][n], (uint8_t[]){ 1, revoked ? 0x81 : 1, 3, 8 }, 4);
        }
}

struct bytes roll_key(unsigned n)
{
    return (struct bytes){ made[0][n], ROLL_MADE_OCTETS };
}

struct rfc5011_key *roll_slot(unsigned n)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &point.keys[i];
        if (key->state != ROLL_START &&
            bytes_equal((struct bytes){ key->rdata, key->len }, roll_key(n)))
            return key;
    }
    return NULL;
}

enum rfc5011_state roll_state(unsigned n)
{
    const struct rfc5011_key *key = roll_slot(n);
    return key == NULL ? ROLL_START : (enum rfc5011_state)key->state;
}

/* ---- what a set shows ---- */

void roll_show(unsigned n, enum roll_how how)
{
    const struct rfc5011_key *key = roll_slot(n);
    bool revoked = how >= REVOKED;
    sight.keys[sight.count++] = (struct rfc5011_seen){
        .rdata = { made[revoked][n], ROLL_MADE_OCTETS },
        .slot = key == NULL ? ROLL_NEW : (uint8_t)(key - point.keys),
        .revoked = revoked,
        .signs = how == SIGNS || how == REVOKED_SIGNS,
    };
}

void roll_step(void)
{
    sight.ttl_s = sight.ttl_s ? sight.ttl_s : ROLL_TTL_S;
    sight.expires = (struct unixtime){ now.wall.s + 21 * ROLL_DAY_S };
    report = rfc5011_step(&point, &sight, now);
    sight = (struct rfc5011_sight){ .count = 0 };
}

void roll_pass_s(int64_t s)
{
    now.wall.s += s;
    now.at.ns += (uint64_t)s * NS_PER_S;
}

void roll_pass_days(unsigned days)
{
    roll_pass_s((int64_t)days * ROLL_DAY_S);
}

/* Key 0 signs; key 1 is there as `how` says. */
void roll_see(enum roll_how how)
{
    roll_show(0, SIGNS);
    roll_show(1, how);
    roll_step();
}

void roll_see_without(void)
{
    roll_show(0, SIGNS);
    roll_step();
}

void roll_begin(void)
{
    ck_assert(rfc5011_add(&point, ROLL_AS_KEY, roll_key(0), now.wall));
    roll_slot(0)->builtin = false;
}

/* Key 1 is trusted, after its hold-down. */
void roll_begin_with_two(void)
{
    roll_begin();
    roll_see(PLAIN);
    roll_pass_days(30);
    roll_see(PLAIN);
    ck_assert_int_eq(roll_state(1), ROLL_VALID);
}

TCase *roll_tcase(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, roll_set_up, NULL);
    suite_add_tcase(suite, tcase);
    return tcase;
}
