/* why - the one table of reasons: sentence, EDE code and outcome class of each (RFC 8914).
 *
 * Shape    enum why indexes the table; logs, EDE text, counters and explanations all read it, so
 *          they cannot disagree. Adding a row is the whole change.
 *          struct cause is the fixed record that every failure carries (RULINGS A41).
 */
#ifndef CATENA_EXPLAIN_WHY_H
#define CATENA_EXPLAIN_WHY_H

#include <stdint.h>

#include "lib/base/limits.h"
#include "lib/wire/name.h"

/* Whom to ask about it (SPEC section 3 item 4). */
enum outcome_class {
    CLASS_FINE,
    CLASS_ATTACK,
    CLASS_ZONE,
    CLASS_FORWARDER,
    CLASS_NETWORK,
    CLASS_LOCAL
};

/* WHY(name, EDE code or -1, class, sentence) */
#define WHYS(WHY)                                                                                  \
    WHY(NONE, -1, CLASS_FINE, "nothing to explain")                                                \
    WHY(SECURE, -1, CLASS_FINE, "proven by a chain of signatures from a trust anchor")             \
    WHY(NO_DS, -1, CLASS_FINE, "the parent proves that there is no DS: the zone is unsigned")      \
    WHY(OPT_OUT, -1, CLASS_FINE, "an opt-out span leaves room for unsigned delegations there")     \
    WHY(NO_ANCHOR, -1, CLASS_FINE, "no trust anchor covers this name")                             \
    WHY(ZONE_INSECURE, -1, CLASS_FINE, "zones: says that this zone is not validated")              \
    WHY(ZONE_PRIVATE, -1, CLASS_FINE, "a zone of zones: that the parent chain proves not to be")   \
    WHY(ZONE_REQUIRED, 9, CLASS_LOCAL, "zones: requires signatures, and no chain leads there")     \
    WHY(NEGATIVE_ANCHOR, 33, CLASS_LOCAL, "a negative trust anchor covers this name")              \
    WHY(NOT_VALIDATED, -1, CLASS_FINE, "validation was not asked for")                             \
    WHY(ALGORITHM_UNSUPPORTED, 1, CLASS_ZONE, "no DS has an algorithm that is validated here")     \
    WHY(DIGEST_UNSUPPORTED, 2, CLASS_ZONE, "no DS has a digest type that is validated here")       \
    WHY(NSEC3_ITERATIONS, 27, CLASS_ZONE, "NSEC3 iterations over the limit: proves nothing here")  \
    WHY(SIGNATURE_WRONG, 6, CLASS_ZONE, "the signature does not verify")                           \
    WHY(SIGNATURE_EXPIRED, 7, CLASS_ZONE, "the signature has expired")                             \
    WHY(SIGNATURE_NOT_YET, 8, CLASS_ZONE, "the signature is not yet valid")                        \
    WHY(SIGNATURE_TIMES, 25, CLASS_ZONE, "the signature expires before it begins")                 \
    WHY(SIGNER_WRONG, 6, CLASS_ZONE, "the signer is not the zone of the record")                   \
    WHY(LABELS_WRONG, 6, CLASS_ZONE, "the signature's label count does not fit owner and signer")  \
    WHY(KEY_MISSING, 9, CLASS_ZONE, "no DNSKEY with the signature's key tag and algorithm")        \
    WHY(DNSKEY_MISSING, 9, CLASS_ZONE, "no DNSKEY matches the DS in the parent")                   \
    WHY(DNSKEY_UNSIGNED, 9, CLASS_ZONE, "no key that the DS names signs the DNSKEY set")           \
    WHY(DNSKEY_RRSIG_MISSING, 10, CLASS_ZONE, "the zone's DNSKEY set has no signature")            \
    WHY(DNSKEY_UNREACHABLE, 9, CLASS_NETWORK, "the zone's DNSKEY set could not be fetched")        \
    WHY(DS_UNREACHABLE, 22, CLASS_NETWORK, "the zone's DS set could not be fetched")               \
    WHY(KEY_UNUSABLE, 9, CLASS_ZONE, "the key cannot be decoded")                                  \
    WHY(KEY_REVOKED, 9, CLASS_ZONE, "the only matching key is revoked")                            \
    WHY(KEY_NOT_ZONE, 11, CLASS_ZONE, "the only matching key is no zone key")                      \
    WHY(RRSIG_MISSING, 10, CLASS_ZONE, "no signature in a signed zone")                            \
    WHY(RRSIG_UNEXPLAINED, 10, CLASS_ZONE, "no signature, and no DS to be had that tells why")     \
    WHY(DENIAL_MISSING, 12, CLASS_ZONE, "nothing proves that the name or type does not exist")     \
    WHY(DENIAL_WRONG, 6, CLASS_ZONE, "the denial of existence does not prove what it should")      \
    WHY(WILDCARD_UNPROVEN, 12, CLASS_ZONE, "nothing proves that the wildcard was needed")          \
    WHY(DS_DENIAL_MISSING, 12, CLASS_ZONE, "nothing proves that the DS is absent")                 \
    WHY(RECORD_MALFORMED, 6, CLASS_ZONE, "a DNSSEC record is malformed")                           \
    WHY(VALIDATION_LIMIT, 5, CLASS_LOCAL, "validation work limit")                                 \
    WHY(FAILED_CHECKS, 5, CLASS_ATTACK, "more signatures fail than are tried for one question")    \
    WHY(WORK_LIMIT, 0, CLASS_LOCAL, "work limit of one question")                                  \
    WHY(DEADLINE, 22, CLASS_NETWORK, "no answer within the time for one question")                 \
    WHY(OVERLOAD, 0, CLASS_LOCAL, "too many questions at once")                                    \
    WHY(CROWD, 0, CLASS_LOCAL, "too many questions of this client's network wait")                 \
    WHY(CPU_TIME, 0, CLASS_LOCAL, "this client's network takes too much processor time")           \
    WHY(ZONE_BUSY, 0, CLASS_LOCAL, "too many questions of this zone are in flight")                \
    WHY(SERVERS_BUSY, 0, CLASS_LOCAL, "too many questions to this zone's servers are in flight")   \
    WHY(NO_MEMORY, 0, CLASS_LOCAL, "out of working memory")                                        \
    WHY(INTERNAL, 0, CLASS_LOCAL, "internal error")                                                \
    WHY(SERVERS_SILENT, 22, CLASS_NETWORK, "no server of the zone answers")                        \
    WHY(REPLIES_FORGED, 22, CLASS_ATTACK,                                                          \
        "replies came that answer no question: forged, or worse")                                  \
    WHY(SERVERS_USELESS, 22, CLASS_ZONE, "no server of the zone gives a usable answer")            \
    WHY(SERVERS_UNKNOWN, 22, CLASS_ZONE, "no address is known for any server of the zone")         \
    WHY(FORWARDERS_SILENT, 22, CLASS_FORWARDER, "no forwarder answers")                            \
    WHY(FORWARDERS_USELESS, 23, CLASS_FORWARDER, "no forwarder gives a usable answer")             \
    WHY(FORWARDER_STRIPS, 10, CLASS_FORWARDER, "the forwarder gives no signatures")                \
    WHY(FORWARDER_NO_DNSKEY, 9, CLASS_FORWARDER, "the forwarder has no DNSKEY of a signed zone")   \
    WHY(FORWARDER_IS_US, 23, CLASS_LOCAL, "a forwarder is this resolver itself")                   \
    WHY(NETWORK_ERROR, 23, CLASS_NETWORK, "the network refuses: no route or no socket")            \
    WHY(NO_ROOT, 23, CLASS_NETWORK, "no root server answers")                                      \
    WHY(INTERCEPTED, 23, CLASS_NETWORK, "port 53 is intercepted on this network")                  \
    WHY(ALIAS_LIMIT, 0, CLASS_ZONE, "alias chain too long")                                        \
    WHY(ALIAS_LOOP, 0, CLASS_ZONE, "alias chain runs in a loop")                                   \
    WHY(DEPTH_LIMIT, 0, CLASS_ZONE, "lookups nested too deep")                                     \
    WHY(CYCLE, 22, CLASS_ZONE, "the servers' names depend on each other in a circle")              \
    WHY(CACHED_FAILURE, 13, CLASS_FINE, "failed before; the failure is kept")                      \
    WHY(NOT_ALLOWED, 18, CLASS_LOCAL, "this client is not in access.allow")                        \
    WHY(NOT_RECURSIVE, 20, CLASS_LOCAL, "only recursive questions are answered")                   \
    WHY(NOT_SUPPORTED, 21, CLASS_LOCAL, "this kind of question is not supported")                  \
    WHY(NOT_READY, 14, CLASS_LOCAL, "not ready yet")                                               \
    WHY(KEY_SENTINEL, 0, CLASS_LOCAL, "asked by RFC 8509: no, by the trust anchors of the root")   \
    WHY(CLOCK_WRONG, 0, CLASS_LOCAL, "the clock of this machine is wrong")                         \
    WHY(CLOCK_REPAIR, 0, CLASS_LOCAL, "not validated, so that the clock can be set by this name")  \
    WHY(SPECIAL_NAME, 0, CLASS_FINE, "a special-use name: answered here, never asked for")         \
    WHY(OWN_NAME, -1, CLASS_FINE, "a name of this machine, answered here")                         \
    WHY(HOSTS_FILE, 4, CLASS_LOCAL, "answered by what the hosts file says")                        \
    WHY(LOCAL_RECORDS, 4, CLASS_LOCAL, "answered by what local: says")                             \
    WHY(LOCAL_BLOCKED, 15, CLASS_LOCAL, "blocked by local:")                                       \
    WHY(LOCAL_CENSORED, 16, CLASS_LOCAL, "withheld by local: because others demand it")            \
    WHY(LOCAL_FILTERED, 17, CLASS_LOCAL, "filtered by local: because its users wish it")           \
    WHY(PRIVATE_ADDRESS, 15, CLASS_LOCAL, "private addresses of public names are hidden here")

enum why {
#define WHY(name, ede, class, sentence) WHY_##name,
    WHYS(WHY)
#undef WHY
        WHY_COUNT
};

struct why_row {
    const char *name, *sentence;
    int16_t ede; /* -1: none */
    uint8_t class;
};

const struct why_row *why_row(enum why why); /* never NULL: out of range is WHY_INTERNAL's row */
const char *outcome_class_text(enum outcome_class class); /* "zone operator"; CLASS_FINE: "" */

/* What a failure says at least: the reason and the record it is about. Fixed size, by value. */
struct cause {
    uint16_t why;  /* enum why */
    uint16_t type; /* of the record; 0: none */
    uint16_t key_tag;
    uint8_t algorithm;
    char text[CAUSE_OCTETS - 7]; /* detail: owner, times, server; may be empty */
};

struct cause cause_of(enum why why);
/* "www.example. A, key 1234, expired 20260101000000": replaces what was there. */
void cause_detail(struct cause *cause, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* ", from 192.0.2.1": goes behind what is there, cut where there is no more room. */
void cause_more(struct cause *cause, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sentence, detail, and of a failure the reason's name and the outcome class, as one text for EDE
 * and log: "the signature has expired: www.example. A [SIGNATURE_EXPIRED, zone operator]". Where
 * that is too long the detail is cut. <= size with NUL; returns text. */
char *cause_text(const struct cause *cause, char *text, unsigned size);

#endif
