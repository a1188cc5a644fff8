/* exchange - one question to one server address: its octets, and whether a message answers it.
 *
 * Shape    id, case and port are drawn anew each time; nothing is shared between two exchanges.
 * Spec     RFC 5452 §4, §9; RFC 7766; draft-vixie-dnsext-dns0x20; RFC 6891; LIMITS A4, A5, A8, A10;
 *          RULINGS A5 (a bare header acts on this exchange only), A6 (mismatch, then TCP).
 */
#ifndef CATENA_ENGINE_EXCHANGE_H
#define CATENA_ENGINE_EXCHANGE_H

#include "lib/engine/engine.h"
#include "lib/policy/quota.h"
#include "lib/wire/message.h"

enum { EXCHANGE_QUERY_OCTETS = 12 + 255 + 4 + 11 };

enum exchange_edns { EDNS_NORMAL, EDNS_SMALL /* size 512 */, EDNS_NONE };

/* What the socket table granted: a number, new or used before, and the port of a new one. */
struct socket_grant {
    uint32_t socket;
    enum socket_use use;
    uint16_t port;
};

struct exchange {
    bool active;
    struct socket_grant grant;
    uint32_t socket;
    enum transport via;
    enum exchange_edns edns;
    bool mixed_case, recursion_desired, checking_disabled;
    bool folded; /* TCP: the reply did not keep the case (RULINGS A6) */
    bool bare;   /* the reply has no question: it acts on this exchange alone (RULINGS A5) */
    uint16_t id, type;
    uint16_t candidate; /* index in the selection */
    struct endpoint server;
    struct quota_place counted_at; /* among what is in flight to the server, where it is */
    bool counted;
    bool first;       /* of its question: nobody was asked that before */
    struct name name; /* in the case as sent */
    struct instant sent_at, deadline;
};

/* Draws id and case for `name` (0x20 only where `mixed_case` is set), fills name and type. */
void exchange_draw(struct exchange *exchange, const struct name *name, uint16_t type,
                   struct prng *prng);

/* The message: RD and CD as set, DO set, EDNS_UDP_OCTETS; writes at most EXCHANGE_QUERY_OCTETS. */
size_t exchange_write(const struct exchange *exchange, uint8_t room[EXCHANGE_QUERY_OCTETS]);

enum match {
    MATCH_ANSWER,    /* id, question and case are ours */
    MATCH_TRUNCATED, /* ours, with TC: its data are not looked at */
    MATCH_BARE,      /* ours without question: FORMERR, NOTIMP, SERVFAIL or REFUSED */
    MATCH_CASE,      /* over UDP: only the case differs */
    MATCH_WRONG      /* anything else: not believed in anything */
};

/* Looks at header and question alone. Over TCP another case is no mismatch, only noted. */
enum match exchange_match(struct exchange *exchange, struct bytes message);

#endif
