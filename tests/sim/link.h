/* link - what the ways to servers are like, what servers do wrong, and the sockets between. */
#ifndef CATENA_TESTS_SIM_LINK_H
#define CATENA_TESTS_SIM_LINK_H

#include "lib/engine/engine.h"

/* A way there and back; loss, twice and forged count in 1,000. */
struct link_quality {
    uint32_t delay_ms, jitter_ms; /* one way; jitter lets packets overtake each other */
    uint16_t loss, twice, forged; /* forged: a false reply with a wrong id comes first */
};

enum site_odd {
    SITE_SILENT = 1,
    SITE_CLOSED = 2,              /* ICMP port unreachable, TCP refused */
    SITE_REFUSES = 4,             /* REFUSED to everything */
    SITE_FAILS = 8,               /* SERVFAIL to everything */
    SITE_FOLDS_CASE = 16,         /* gives the question back in lower case */
    SITE_NO_EDNS = 32,            /* FORMERR to an OPT */
    SITE_NO_TCP = 64,             /* refuses connections */
    SITE_MUTE_TCP = 128,          /* accepts them and says nothing */
    SITE_TRUNCATES = 256,         /* TC to everything over UDP */
    SITE_LIES = 512,              /* flips an octet in the data of its answers */
    SITE_FORGED_ONCE = 1024,      /* before its next reply comes one with a wrong id */
    SITE_FORWARDS = 2048,         /* recurses: answers for every zone, SERVFAIL for what is bogus */
    SITE_STRIPS = 4096,           /* leaves signatures and proofs out */
    SITE_LIES_ONCE = 8192,        /* as SITE_LIES, in the next answer that has an address */
    SITE_HANGS_UP = 1 << 14,      /* ends a connection after each answer */
    SITE_HANGS_UP_IDLE = 1 << 15, /* ... 200 ms after the last one */
    SITE_SLOW_FIRST = 1 << 16,    /* answers what is first on a connection 400 ms late */
    SITE_STALLS = 1 << 17,        /* never answers that, but all the others */
    SITE_STRAY_ONCE = 1 << 18     /* before its next reply over TCP comes one to nobody's id */
};

enum { STREAM_ASKED_MAX = 256 };

struct world_socket {
    bool open, waiting; /* waiting: for the answer to its last question; of UDP */
    uint32_t number;
    struct endpoint to;
    enum transport via;
    /* Of a connection: */
    bool hung_up; /* by the server */
    unsigned asked, arrived, outstanding;
    uint16_t ids[STREAM_ASKED_MAX];  /* of those outstanding */
    struct instant ready;            /* when it is established */
    struct instant last, last_reply; /* when the last question and reply are there */
};

struct tap {
    unsigned udp, tcp, sockets_open, sockets_most; /* tcp: questions ... */
    unsigned streams, pipelined_most;              /* ... on so many connections */
    unsigned dnskeys;                              /* questions for them */
};

#endif
