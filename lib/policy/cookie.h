/* cookie - DNS cookies towards clients: who has one of ours has got a message of ours there.
 *
 * Shape    a cookie is the client's 8 octets and 16 of ours: version 1, three reserved, the time it
 *          was made, and SipHash-2-4 over all that and the client's address. So nothing is kept.
 *          One or two secrets: the first makes, both prove, which lets a fleet roll them one server
 *          after the other (RFC 9018 §5); none: nobody is proven, and nobody is given a cookie.
 * Owns     nothing; plain values.
 * Time     the wall clock, as an argument: it is shared by all who share the secret.
 * Spec     RFC 7873 §5.2, RFC 9018 §4 and §5; LIMITS 4.2, SPEC R6.
 */
#ifndef CATENA_POLICY_COOKIE_H
#define CATENA_POLICY_COOKIE_H

#include "lib/base/bytes.h"
#include "lib/base/endpoint.h"
#include "lib/base/instant.h"
#include "lib/base/prng.h"
#include "lib/base/siphash.h"

enum {
    COOKIE_SECRETS_MAX = 2,
    COOKIE_SECRET_DIGITS = 32, /* 128 bits */
    COOKIE_CLIENT_OCTETS = 8,
    COOKIE_OCTETS = 24, /* of the client and ours: the whole option */
    COOKIE_LIFE_S = 3600,
    COOKIE_RENEW_S = 1800,
    COOKIE_AHEAD_S = 300 /* how far ahead another server's clock may be */
};

struct cookie_secrets {
    struct siphash_key at[COOKIE_SECRETS_MAX];
    unsigned count;
};

/* Of one client at one time: what it showed, and where that came from. */
struct cookie_shown {
    struct bytes cookie; /* at least COOKIE_CLIENT_OCTETS, as in `struct edns` */
    const struct endpoint *from;
    struct unixtime wall;
};

/* Writes the cookie that goes back: a new one, or what was shown while it is good and young. True:
 * what was shown is ours, of this address and in time. */
bool cookie_answer(const struct cookie_secrets *secrets, const struct cookie_shown *shown,
                   uint8_t answer[COOKIE_OCTETS]);

/* A secret of its own for a process that shares none. */
void cookie_secrets_draw(struct cookie_secrets *secrets, struct prng *prng);
/* Another one that makes; the one that made until now still proves, and no other. */
void cookie_secrets_roll(struct cookie_secrets *secrets, struct prng *prng);
/* From a text with a secret a line, 32 hex digits, the one that makes first; empty lines and lines
 * that begin with # are passed over. ST_MALFORMED: another line, none, or more than two; then
 * `secrets` is as before. */
enum status cookie_secrets_read(struct cookie_secrets *secrets, struct bytes text) MUST_USE;

#endif
