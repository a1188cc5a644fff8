/* client_test - a client's question, as the tests of what goes back to it ask it. */
#ifndef CATENA_TESTS_UNIT_CLIENT_TEST_H
#define CATENA_TESTS_UNIT_CLIENT_TEST_H

#include "tests/unit/engine/answer_test.h"

static struct client_question client;

static inline void question_is(const char *name, uint16_t flags)
{
    client = (struct client_question){
        .header = { .id = 0xBEEF, .flags = flags },
        .question = { name_of(name), TYPE_A, CLASS_IN },
        .edns = { .present = true, .udp_octets = 1232 },
        .udp_octets = 1232,
        .octets = HEADER_OCTETS + 17 + 11,
    };
}

static inline void set_up_client(void)
{
    set_up();
    question_is("www.example.", FLAG_RD);
}

#endif
