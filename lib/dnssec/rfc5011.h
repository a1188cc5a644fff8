/* rfc5011 - the trust anchor that follows its zone: the state table of RFC 5011 §4, pure.
 *
 * Shape    a point is one zone's keys in ROLL_KEYS slots; a slot in ROLL_START is free. What
 *          a DNSKEY set showed comes as a sight (made by rfc5011_look, or by hand in a test); a
 *          step turns (point, sight, now) into the new point. A built-in key is a slot too, as a
 *          DS until it was seen. Trusted are the slots VALID and MISSING:
 *          - a key that revoked itself is dropped at once, built in or not, whoever signed the rest
 *            of the set, and no slot that recorded it is ever trusted again (RULINGS A43);
 *          - a new key is trusted after the add hold-down, by a set that holds it then;
 *          - a built-in key that was never seen does not go missing; one that is gone for
 *            ROLL_MISSING_S stays as REMOVED, and is called back only when every other key is
 *            revoked: there is always an anchor unless all keys known are revoked. Then none is
 *            trusted, and the zone is bogus (rfc5011_nobody), where RFC 5011 §5 would have it
 *            insecure: SPEC A2 has "never no anchor".
 * Owns     a point and its keys are values; a sight borrows the DNSKEY set.
 * Time     given. A hold-down is over when the wall clock says so and as much time was counted:
 *          between two sights of one run the lesser of wall and monotonic time, over a restart the
 *          wall time, but at most ROLL_GAP_S; so no jump of a clock ends a hold-down.
 * Spec     RFC 5011, SPEC A2, RULINGS A43, LIMITS H3.
 */
#ifndef CATENA_DNSSEC_ROLL_H
#define CATENA_DNSSEC_ROLL_H

#include "lib/base/instant.h"
#include "lib/wire/name.h"

enum {
    ROLL_KEYS = 16,         /* slots; RFC 5011 §2.4.3 asks for five */
    ROLL_KEY_OCTETS = 2048, /* of rdata: RSA-4096 has 520, ML-DSA-44 1316; larger: not seen */
    ROLL_SEEN = 48,         /* keys of one set that matter: each slot plain and revoked, new */
    ROLL_DAY_S = 86400,
    ROLL_ADD_S = 30 * ROLL_DAY_S,      /* RFC 5011 §2.4.1 */
    ROLL_REMOVE_S = 30 * ROLL_DAY_S,   /* RFC 5011 §2.4.2 */
    ROLL_MISSING_S = 366 * ROLL_DAY_S, /* SPEC A2 */
    ROLL_GAP_S = 15 * ROLL_DAY_S       /* the longest interval between two queries */
};

enum rfc5011_state {
    ROLL_START,   /* not known: the slot is free */
    ROLL_PENDING, /* AddPend: seen in proven sets, waits for its hold-down */
    ROLL_VALID,
    ROLL_MISSING, /* trusted, but not in the last proven set */
    ROLL_REVOKED,
    ROLL_REMOVED,
    ROLL_STATES
};

const char *rfc5011_state_name(enum rfc5011_state state); /* "start", "pending", ... */
uint32_t rfc5011_hold_s(enum rfc5011_state state);        /* its hold-down at least; 0: none */

/* What a slot's rdata is; a built-in DS becomes the key as soon as a set shows it. */
enum rfc5011_form { ROLL_AS_KEY, ROLL_AS_DS };

struct rfc5011_key {
    uint8_t state;    /* enum rfc5011_state */
    uint8_t form;     /* enum rfc5011_form */
    bool builtin;     /* compiled in or configured, not learned */
    bool revoked;     /* REVOKED, or REMOVED after it: never trusted again */
    uint32_t signers; /* PENDING: bit n: slot n signed the set that first showed it (§2.2) */
    struct unixtime since, seen; /* in this state since; last seen in a proven set, 0: never */
    uint32_t counted_s, hold_s;  /* time counted towards the hold-down of this state */
    uint16_t len;
    uint8_t rdata[ROLL_KEY_OCTETS]; /* a key's with REVOKE cleared */
};

struct rfc5011_point {
    struct name zone;
    struct rfc5011_key keys[ROLL_KEYS];
    struct unixtime checked;   /* last proven set; 0: never */
    struct instant checked_at; /* the same on the monotonic clock ... */
    bool same_run;             /* ... if that was in this run of the program */
    uint32_t ttl_s;            /* original TTL of that set */
    struct unixtime expires;   /* earliest end of the signatures that proved it */
};

struct rfc5011_now {
    struct unixtime wall;
    struct instant at;
};

enum { ROLL_NEW = 0xFF };

struct rfc5011_seen {
    struct bytes rdata; /* as in the set */
    uint8_t slot;       /* whose key it is; ROLL_NEW: a SEP key that is none's and usable here */
    bool revoked;       /* REVOKE is set */
    bool signs;         /* its own signature over the set holds */
};

struct rfc5011_sight {
    struct rfc5011_seen keys[ROLL_SEEN];
    size_t count;
    uint32_t ttl_s;          /* of the signatures that hold: original TTL ... */
    struct unixtime expires; /* ... and earliest end */
};

struct rfc5011_report {
    bool proven;       /* a trusted key signed the set; if not, only revocations were taken */
    bool full;         /* a new key found no slot */
    uint32_t entered;  /* bit n: slot n changed its state */
    uint32_t recalled; /* bit n: built-in slot n was called back, since all else is revoked */
};

/* Adds a built-in anchor, DS or DNSKEY rdata, as VALID; a pending key makes room for it. The caller
 * has seen that no slot is of the same key (rfc5011_add_anchors does both). False: no slot, or its
 * length is out of range. */
bool rfc5011_add(struct rfc5011_point *point, enum rfc5011_form form, struct bytes rdata,
                 struct unixtime wall);
/* A learned key is built in from now on: it needs no hold-down, unless it is revoked. */
void rfc5011_adopt(struct rfc5011_key *key, struct unixtime wall);

struct rfc5011_report rfc5011_step(struct rfc5011_point *point, const struct rfc5011_sight *sight,
                                   struct rfc5011_now now);

/* Bit n: slot n is trusted. 0 of a point that has keys: every one is revoked. */
uint32_t rfc5011_trusted(const struct rfc5011_point *point);
/* DS rdata that no key has: the anchor of a zone whose keys are all revoked. */
struct bytes rfc5011_nobody(void);

uint16_t rfc5011_tag(const struct rfc5011_key *key);
/* When the hold-down of the key's state ends if all goes well from now on; 0: it has none. */
struct unixtime rfc5011_hold_end(const struct rfc5011_key *key, struct unixtime wall);

/* Seconds until the next query: after a set that was proven; after a try that was not (§2.3). */
uint32_t rfc5011_query_s(const struct rfc5011_point *point, struct unixtime wall);
uint32_t rfc5011_retry_s(const struct rfc5011_point *point, struct unixtime wall);

#endif
