/* gate_model - what must come back for a client's message, by the RFCs and LIMITS F5 to F8.
 *
 * Shape    a second, slow reading of the rules on plain octets: it shares no code with the gate or
 *          with lib/wire, and has its SipHash from OpenSSL. It knows of an engine that has no place
 *          for any question: what is taken is answered SERVFAIL.
 */
#ifndef CATENA_TESTS_UNIT_GATE_MODEL_H
#define CATENA_TESTS_UNIT_GATE_MODEL_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum model_verdict {
    MODEL_DROPPED, /* what nobody may send, or from where nobody may */
    MODEL_SILENT,  /* an error, but a hundred went out this second, or kpasswd would answer it */
    MODEL_STRANGER,
    MODEL_FORMERR,
    MODEL_NOTIMP,
    MODEL_BADVERS,
    MODEL_COOKIE,
    MODEL_BADCOOKIE,
    MODEL_NOT_IN, /* another class */
    MODEL_TOLD,   /* a name of class CH that something is told of */
    MODEL_META,   /* a type that is no type of data */
    MODEL_NO_RD,
    MODEL_ANY,
    MODEL_TAKEN,
    MODEL_VERDICTS
};

struct model_client {
    const uint8_t *address;
    unsigned address_octets;
    unsigned port;
    bool tcp, allowed, snoop, our_door;
};

struct model_world {
    EVP_MAC *siphash;
    uint8_t secrets[2][16];
    uint64_t now_ms, second_began_ms[2]; /* of strangers, of who is allowed */
    unsigned errors[2];                  /* in that second */
    uint32_t wall;
    const char *nsid, *name, *version; /* NULL: not told */
};

struct model_answer {
    enum model_verdict verdict;
    bool proven;
    unsigned rcode; /* all 12 bits */
    bool tc, has_opt, dnssec_ok, may_have_cookie, may_have_keepalive;
    int ede;           /* -1: none */
    size_t fixed;      /* header and question: as the message has them */
    size_t octets_max; /* of the whole answer */
    uint8_t cookie[24];
    const char *nsid, *told; /* NULL: none; told: what the one record says */
};

/* The last 8 octets of a cookie, after the first 16, as `secret` makes them (RFC 9018 §4.4). */
void model_cookie(EVP_MAC *siphash, const uint8_t secret[16], const struct model_client *client,
                  const uint8_t first[16], uint8_t hash[8]);
void model_judge(struct model_world *world, const struct model_client *client,
                 const uint8_t *message, size_t len, struct model_answer *answer);

/* NULL, or what is wrong with what was sent. */
const char *model_compare(const struct model_answer *answer, const uint8_t *message,
                          const uint8_t *sent, size_t sent_len);

#endif
