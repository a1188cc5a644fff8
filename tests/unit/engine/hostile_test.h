/* hostile_test - the whole engine against a scripted network: a few servers, each with what it says
 * to which question, and a clock that jumps. */
#ifndef CATENA_TESTS_UNIT_HOSTILE_TEST_H
#define CATENA_TESTS_UNIT_HOSTILE_TEST_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/engine/engine.h"
#include "lib/wire/message.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

enum {
    POOL_OCTETS = 8 << 20,
    CACHE_OCTETS = 2 << 20,
    ARENA_OCTETS = 1 << 20,
    UNDER_WAY_MAX = 64,
    SENDS_MAX = 256,
    START_S = 1000,
    DELAY_MS = 10,
    EVENTS_MAX = 2000
};

/* What a server says to a question. `says`: lines of ";" between them, each with its section in
 * front ("an", "au", "ad"); NULL: nothing at all. Words alone: "nx", "yx", "refused", "servfail",
 * "formerr": the rcode; "ra": a resolver's answer; "bare": without question. "#" is another digit
 * each time; what stands after "|" is said to every second question. */
struct row {
    const char *server, *name, *says;
    uint64_t delay_ms; /* 0: DELAY_MS */
};

struct under_way {
    uint32_t socket;
    struct instant due;
    bool reassembled;
    size_t len;
    uint8_t octets[1500];
};

/* 0 each: A, IN, over UDP, without EDNS. */
struct asking {
    uint16_t type, class;
    enum transport via;
    struct bytes options; /* of an OPT; at NULL: none */
};

struct hostile_net {
    const struct row *rows;
    struct asking asking;    /* how clients ask */
    const char *folds;       /* the server that gives names back in lower case */
    const char *fragmenting; /* the one whose datagrams come in fragments, ... */
    unsigned fragments_over; /* ... when it may send more than that */
    struct policy *policy;
    struct caches *caches;
    struct crypto *crypto;
    struct keyring *keyring;
    struct pool *pool;
    struct arena *arena;
    struct engine *engine;
    struct metrics metrics;
    struct instant now;
    struct under_way under_way[UNDER_WAY_MAX];
    unsigned under_way_count;
    unsigned replies;
    char sends[SENDS_MAX][ENDPOINT_TEXT + NAME_TEXT]; /* "20.0.0.1:53 www.victim." */
    unsigned send_count;
    bool answered;
    struct message message; /* the last answer */
    unsigned rcode, records;
    uint32_t ttl_s;              /* of the answer's first record */
    char text[2 * CAUSE_OCTETS]; /* of its cause */
    uint16_t why;
    int events_to_failure;  /* then an allocation fails, ... */
    uint64_t succeed_first; /* ... after so many that do not */
    uint8_t room[MESSAGE_OCTETS_MAX];
};
extern struct hostile_net net;

void hostile_up(void);
void hostile_down(void);

/* What a client of this machine sends now, over UDP; as one question its octets are good until the
 * next. */
struct event message_event(struct bytes message);
struct event question_event(const char *name, uint16_t type, uint16_t flags);

void drain(void);                 /* carries out what the engine wants */
void ask(const char *name);       /* a client's question, until its answer */
void ask_first(const char *name); /* the question alone, ... */
void wait_for_answer(void);       /* ... and what comes of it */
bool was_sent(const char *send);  /* "20.0.0.1:53 www.victim." */

#endif
