/* client - one question of a client in the simulated world, and what it was told. */
#ifndef CATENA_TESTS_SIM_CLIENT_H
#define CATENA_TESTS_SIM_CLIENT_H

#include "lib/base/instant.h"
#include "lib/wire/name.h"

enum client_flag {
    CLIENT_CD = 1,
    CLIENT_DO = 2,
    CLIENT_TCP = 4,
    CLIENT_TRAIL = 8,
    CLIENT_AFAR = 16,     /* it asks from 45.0.0.1, ... */
    CLIENT_ELSEWHERE = 32 /* ... from 45.0.0.2; else from loopback */
};

struct client {
    struct name name;
    uint16_t type;
    unsigned flags;
    struct instant asked_at, answered_at;
    bool asked, cancelled, dropped;
    bool alone; /* no other job ran beside it: what was sent meanwhile was for it */
    unsigned packets_before;
    unsigned answers;
    uint16_t rcode;
    bool ad;
    int ede; /* -1: none */
    uint8_t verdict;
    uint16_t why;
    unsigned records; /* in the answer section */
};

#endif
