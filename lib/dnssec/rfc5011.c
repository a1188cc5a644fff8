#include "lib/dnssec/rfc5011.h"

#include <assert.h>

#include "lib/dnssec/rrsig.h"

enum { HOUR_S = 3600, RDATA_FLAGS_LOW = 1, RDATA_FIXED = 4 };

static const char *const names[ROLL_STATES] = {
    [ROLL_START] = "start",     [ROLL_PENDING] = "pending", [ROLL_VALID] = "valid",
    [ROLL_MISSING] = "missing", [ROLL_REVOKED] = "revoked", [ROLL_REMOVED] = "removed",
};

const char *rfc5011_state_name(enum rfc5011_state state)
{
    return (unsigned)state < ROLL_STATES ? names[state] : "unknown";
}

uint32_t rfc5011_hold_s(enum rfc5011_state state)
{
    static const uint32_t holds[ROLL_STATES] = {
        [ROLL_PENDING] = ROLL_ADD_S,
        [ROLL_MISSING] = ROLL_MISSING_S,
        [ROLL_REVOKED] = ROLL_REMOVE_S,
    };
    return (unsigned)state < ROLL_STATES ? holds[state] : 0;
}

/* ---- one key ---- */

static bool is_trusted(const struct rfc5011_key *key)
{
    return key->state == ROLL_VALID || key->state == ROLL_MISSING;
}

static struct bytes rdata_of(const struct rfc5011_key *key)
{
    return (struct bytes){ key->rdata, key->len };
}

uint16_t rfc5011_tag(const struct rfc5011_key *key)
{
    if (key->form == ROLL_AS_DS)
        return key->len < 2 ? 0 : (uint16_t)(key->rdata[0] << 8 | key->rdata[1]);
    return dnskey_tag(rdata_of(key));
}

/* The key of a set, as a slot keeps it. */
static void keep_rdata(struct rfc5011_key *key, struct bytes rdata)
{
    memcpy(key->rdata, rdata.at, rdata.len);
    key->rdata[RDATA_FLAGS_LOW] &= (uint8_t)~DNSKEY_REVOKE;
    key->len = (uint16_t)rdata.len;
    key->form = ROLL_AS_KEY;
}

static uint32_t add_capped(uint32_t a, uint32_t b)
{
    return b > UINT32_MAX - a ? UINT32_MAX : a + b;
}

/* A revoked key's hold-down begins when it leaves the set (RFC 5011 §4: RemTime). */
static struct unixtime hold_start(const struct rfc5011_key *key)
{
    return key->state == ROLL_REVOKED ? key->seen : key->since;
}

static bool hold_is_over(const struct rfc5011_key *key, struct unixtime wall)
{
    return wall.s - hold_start(key).s >= key->hold_s && key->counted_s >= key->hold_s;
}

struct unixtime rfc5011_hold_end(const struct rfc5011_key *key, struct unixtime wall)
{
    if (key->hold_s == 0)
        return (struct unixtime){ 0 };
    int64_t by_wall = hold_start(key).s + key->hold_s;
    int64_t left = key->counted_s < key->hold_s ? key->hold_s - key->counted_s : 0;
    return (struct unixtime){ by_wall > wall.s + left ? by_wall : wall.s + left };
}

static void enter(struct rfc5011_key *key, enum rfc5011_state state, struct unixtime wall)
{
    key->state = (uint8_t)state;
    key->since = wall;
    key->counted_s = 0;
    key->hold_s = rfc5011_hold_s(state);
    key->signers = 0;
    if (state == ROLL_REVOKED)
        key->revoked = true;
    if (state == ROLL_START)
        *key = (struct rfc5011_key){ .state = ROLL_START };
}

enum presence { ABSENT, PRESENT };

/* RFC 5011 §4, the table: what a proven set makes of a key, which is in it or not. Revocations were
 * taken before. A removed key that was not revoked is as good as unknown. */
static enum rfc5011_state next_state(const struct rfc5011_key *key, enum presence presence,
                                     struct unixtime wall)
{
    bool present = presence == PRESENT;
    enum rfc5011_state state = key->state;
    switch (state) {
    case ROLL_PENDING:
        if (!present || key->signers == 0) /* KeyRem; §2.2: all that vouched for it are revoked */
            return key->builtin ? ROLL_REMOVED : ROLL_START;
        return hold_is_over(key, wall) ? ROLL_VALID : state; /* AddTime */
    case ROLL_VALID: /* KeyRem */ return present || key->form == ROLL_AS_DS ? state : ROLL_MISSING;
    case ROLL_MISSING:
        if (present)
            return ROLL_VALID; /* KeyPres */
        if (!hold_is_over(key, wall))
            return state;
        return key->builtin ? ROLL_REMOVED : ROLL_START;
    case ROLL_REVOKED: return hold_is_over(key, wall) ? ROLL_REMOVED : state; /* RemTime */
    default: return state;
    }
}

/* ---- the point ---- */

uint32_t rfc5011_trusted(const struct rfc5011_point *point)
{
    uint32_t trusted = 0;
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        if (is_trusted(&point->keys[i]))
            trusted |= UINT32_C(1) << i;
    return trusted;
}

struct bytes rfc5011_nobody(void)
{
    static const uint8_t ds[RDATA_FIXED + 32] = { 0, 0, 8, 2 }; /* a SHA-256 digest of zeros */
    return (struct bytes){ ds, sizeof ds };
}

/* A free slot; else the key whose slot is soonest missed: removed for the longest time. */
static struct rfc5011_key *free_slot(struct rfc5011_point *point)
{
    struct rfc5011_key *oldest = NULL;

    assert(point != NULL);
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &point->keys[i];
        if (key->state == ROLL_START)
            return key;
        if (key->state == ROLL_REMOVED && !key->builtin &&
            (oldest == NULL || key->since.s < oldest->since.s))
            oldest = key;
    }
    return oldest;
}

static void forget_signer(struct rfc5011_point *point, const struct rfc5011_key *gone)
{
    uint32_t bit = UINT32_C(1) << (gone - point->keys);
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        point->keys[i].signers &= ~bit;
}

bool rfc5011_add(struct rfc5011_point *point, enum rfc5011_form form, struct bytes rdata,
                 struct unixtime wall)
{
    struct rfc5011_key *key = free_slot(point);
    for (unsigned i = 0; i < ROLL_KEYS && key == NULL; i++)
        if (point->keys[i].state == ROLL_PENDING && !point->keys[i].builtin)
            key = &point->keys[i];
    if (key == NULL || rdata.len > ROLL_KEY_OCTETS || rdata.len < RDATA_FIXED)
        return false;
    enter(key, ROLL_START, wall);
    enter(key, ROLL_VALID, wall);
    keep_rdata(key, rdata);
    if (form == ROLL_AS_DS) /* its second octet is no flag */
        memcpy(key->rdata, rdata.at, rdata.len);
    key->form = (uint8_t)form;
    key->builtin = true;
    return true;
}

void rfc5011_adopt(struct rfc5011_key *key, struct unixtime wall)
{
    if (!key->builtin && !key->revoked && !is_trusted(key))
        enter(key, ROLL_VALID, wall);
    key->builtin = true;
}

/* ---- one step ---- */

struct step {
    struct rfc5011_point *point;
    const struct rfc5011_sight *sight;
    struct rfc5011_now now;
    struct rfc5011_report report;
    uint8_t slots[ROLL_SEEN]; /* of sight->keys, once the doubles are merged */
};

static void move_to(struct step *step, struct rfc5011_key *key, enum rfc5011_state state)
{
    if (key->state == state)
        return;
    step->report.entered |= UINT32_C(1) << (key - step->point->keys);
    enter(key, state, step->now.wall);
}

/* The other slot that holds this very key already, or NULL. */
static struct rfc5011_key *same_key(struct rfc5011_point *point, const struct rfc5011_key *one)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &point->keys[i];
        if (key != one && key->state != ROLL_START && key->form == ROLL_AS_KEY &&
            bytes_equal(rdata_of(key), rdata_of(one)))
            return key;
    }
    return NULL;
}

/* A DS whose key has come becomes the key; several DS of one key become one slot. */
static void name_slots(struct step *step)
{
    for (size_t i = 0; i < step->sight->count; i++) {
        const struct rfc5011_seen *seen = &step->sight->keys[i];
        step->slots[i] = seen->slot;
        if (seen->slot >= ROLL_KEYS)
            continue;
        struct rfc5011_key *key = &step->point->keys[seen->slot];
        if (key->form == ROLL_AS_DS)
            keep_rdata(key, seen->rdata);
        struct rfc5011_key *other = same_key(step->point, key);
        if (other == NULL || key->state == ROLL_START)
            continue;
        other->builtin |= key->builtin;
        step->slots[i] = (uint8_t)(other - step->point->keys);
        enter(key, ROLL_START, step->now.wall);
    }
}

/* Is the key of this slot in the set, plain or revoked; with its own signature if so wanted? */
enum wanted { WANT_PLAIN = 1, WANT_REVOKED = 2, WANT_SIGNED = 4 };

static bool is_seen(const struct step *step, unsigned slot, unsigned wanted)
{
    for (size_t i = 0; i < step->sight->count; i++) {
        const struct rfc5011_seen *seen = &step->sight->keys[i];
        if (step->slots[i] == slot && (wanted & (seen->revoked ? WANT_REVOKED : WANT_PLAIN)) != 0 &&
            ((wanted & WANT_SIGNED) == 0 || seen->signs))
            return true;
    }
    return false;
}

/* RevBit (RFC 5011 §2.1): at once and for good, whether or not anyone else signed the set. One that
 * was never trusted just leaves, as the table has it. */
static void take_revocations(struct step *step)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &step->point->keys[i];
        bool counts = is_trusted(key) || (key->builtin && key->state != ROLL_REVOKED);
        if (!counts || key->revoked || !is_seen(step, i, WANT_REVOKED | WANT_SIGNED))
            continue;
        move_to(step, key, ROLL_REVOKED);
        key->seen = step->now.wall;
        forget_signer(step->point, key);
    }
}

/* Never no anchor: what was compiled in and only went missing, or waits, is called back. */
static void recall_builtin(struct step *step)
{
    if (rfc5011_trusted(step->point) != 0)
        return;
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &step->point->keys[i];
        if (key->state == ROLL_START || !key->builtin || key->revoked)
            continue;
        move_to(step, key, ROLL_VALID);
        step->report.recalled |= UINT32_C(1) << i;
    }
}

/* Bit n: slot n is trusted, in the set, and signed it. */
static uint32_t provers(const struct step *step)
{
    uint32_t signers = 0;
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        if (is_trusted(&step->point->keys[i]) && is_seen(step, i, WANT_PLAIN | WANT_SIGNED))
            signers |= UINT32_C(1) << i;
    return signers;
}

/* What may be counted of the time since the last proven set: see Time in the header. */
static uint32_t time_counted(const struct rfc5011_point *point, struct rfc5011_now now)
{
    int64_t wall_s = now.wall.s - point->checked.s;
    uint32_t most = point->same_run ? instant_s_between(point->checked_at, now.at) : ROLL_GAP_S;
    if (point->checked.s == 0 || wall_s <= 0)
        return 0;
    return wall_s < most ? (uint32_t)wall_s : most;
}

/* A time that lies ahead was written under a wrong clock: the wait begins again, but it ends. */
static void count_time(struct step *step)
{
    struct rfc5011_point *point = step->point;
    uint32_t counted = time_counted(point, step->now);
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &point->keys[i];
        if (key->state == ROLL_START)
            continue;
        key->counted_s = add_capped(key->counted_s, counted);
        if (key->since.s > step->now.wall.s)
            key->since = step->now.wall;
        if (key->seen.s > step->now.wall.s)
            key->seen = step->now.wall;
    }
    point->checked = step->now.wall;
    point->checked_at = step->now.at;
    point->same_run = true;
    point->ttl_s = step->sight->ttl_s;
    point->expires = step->sight->expires;
}

static void follow_table(struct step *step)
{
    for (unsigned i = 0; i < ROLL_KEYS; i++) {
        struct rfc5011_key *key = &step->point->keys[i];
        bool present = is_seen(step, i, WANT_PLAIN);
        if (key->state == ROLL_START)
            continue;
        if (present || is_seen(step, i, WANT_REVOKED)) {
            key->seen = step->now.wall;
            key->counted_s = key->state == ROLL_REVOKED ? 0 : key->counted_s; /* not gone yet */
        }
        enum rfc5011_state next = next_state(key, present ? PRESENT : ABSENT, step->now.wall);
        if (next == ROLL_START)
            forget_signer(step->point, key);
        move_to(step, key, next);
    }
}

/* NewKey: the hold-down is 30 days or the TTL of the set, whichever is longer (RFC 5011 §2.4.1). */
static void begin_pending(struct step *step, struct rfc5011_key *key, struct bytes rdata,
                          uint32_t signers)
{
    bool builtin = key->state != ROLL_START && key->builtin; /* one that went missing long ago */
    enter(key, ROLL_START, step->now.wall);
    move_to(step, key, ROLL_PENDING);
    keep_rdata(key, rdata);
    key->builtin = builtin;
    key->seen = step->now.wall;
    key->signers = signers;
    if (step->sight->ttl_s > key->hold_s)
        key->hold_s = step->sight->ttl_s;
}

static void take_new_keys(struct step *step, uint32_t signers)
{
    for (size_t i = 0; i < step->sight->count; i++) {
        const struct rfc5011_seen *seen = &step->sight->keys[i];
        struct rfc5011_key *key =
            step->slots[i] < ROLL_KEYS ? &step->point->keys[step->slots[i]] : NULL;
        if (seen->revoked || seen->rdata.len > ROLL_KEY_OCTETS)
            continue;
        if (key != NULL && key->state != ROLL_START && (key->state != ROLL_REMOVED || key->revoked))
            continue;
        if (key == NULL)
            key = free_slot(step->point);
        if (key == NULL)
            step->report.full = true;
        else
            begin_pending(step, key, seen->rdata, signers);
    }
}

struct rfc5011_report rfc5011_step(struct rfc5011_point *point, const struct rfc5011_sight *sight,
                                   struct rfc5011_now now)
{
    struct step step = { .point = point, .sight = sight, .now = now };
    name_slots(&step);
    take_revocations(&step);
    recall_builtin(&step);
    uint32_t signers = provers(&step);
    step.report.proven = signers != 0;
    if (step.report.proven) {
        count_time(&step);
        follow_table(&step);
        take_new_keys(&step, signers);
    }
    return step.report;
}

/* ---- when to ask again ---- */

static uint32_t interval(const struct rfc5011_point *point, struct unixtime wall, uint32_t most_s,
                         uint32_t part)
{
    int64_t left = point->expires.s - wall.s;
    uint32_t s = most_s;
    if (point->ttl_s / part < s)
        s = point->ttl_s / part;
    if (left / part < s)
        s = left < 0 ? 0 : (uint32_t)(left / part);
    return s < HOUR_S ? HOUR_S : s;
}

uint32_t rfc5011_query_s(const struct rfc5011_point *point, struct unixtime wall)
{
    return interval(point, wall, ROLL_GAP_S, 2);
}

uint32_t rfc5011_retry_s(const struct rfc5011_point *point, struct unixtime wall)
{
    return interval(point, wall, ROLL_DAY_S, 10);
}
