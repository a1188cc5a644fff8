/* answer_test - links made of sets, and what is found in a message: for the tests of answers. */
#ifndef CATENA_TESTS_UNIT_ANSWER_TEST_H
#define CATENA_TESTS_UNIT_ANSWER_TEST_H

#include <stdio.h>

#include "lib/base/memory.h"
#include "lib/engine/answer.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct memory_fixture memory;
static uint8_t room[65535];
static struct answer_rendering rendering;
static struct message parsed;

static inline void set_up(void)
{
    memory = memory_fixture_up((size_t)8 << 20);
}

static inline void tear_down(void)
{
    memory_fixture_down(memory);
}

/* A secure set under one RRSIG. */
static inline struct rrset *set_of(const char *owner, uint16_t type, uint32_t ttl,
                                   const struct bytes *rdatas, size_t count)
{
    uint8_t rrsig[20] = { (uint8_t)(type >> 8), (uint8_t)type }; /* RFC 4034 §3.1 */
    struct bytes sigs[] = { { rrsig, sizeof rrsig } };
    struct name name = name_of(owner);
    struct rrset_parts parts = { &name, type, ttl, rdatas, count, sigs, 1 };
    struct rrset *set = NULL;

    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    set->security = SEC_SECURE;
    return set;
}

/* 192.0.2.0, 192.0.2.1, ... in this order. */
static inline struct rrset *address(const char *owner, unsigned count)
{
    struct bytes *rdatas = ARENA_ARRAY(memory.arena, struct bytes, count);
    for (unsigned i = 0; i < count; i++) {
        const uint8_t octets[] = { 192, 0, (uint8_t)(2 + i / 256), (uint8_t)i };
        rdatas[i] = (struct bytes){ arena_copy(memory.arena, octets, 4), 4 };
    }
    return set_of(owner, TYPE_A, 300, rdatas, count);
}

static inline struct rrset *soa(const char *owner)
{
    struct bytes rdata = BYTES("\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
    return set_of(owner, TYPE_SOA, 900, &rdata, 1);
}

static inline struct rrset *nsec(const char *owner)
{
    struct bytes rdata = BYTES("\1b\0\0\1\x40");
    return set_of(owner, TYPE_NSEC, 600, &rdata, 1);
}

static inline struct rrset *alias(const char *owner, uint16_t type, struct bytes to)
{
    return set_of(owner, type, 200, &to, 1);
}

static inline struct link *link_of(enum reply_kind kind, const char *name, uint16_t type)
{
    struct link *link = ARENA_NEW(memory.arena, struct link);
    link->name = name_of(name);
    link->type = type;
    link->kind = (uint8_t)kind;
    link->rcode = kind == REPLY_NXDOMAIN ? RCODE_NXDOMAIN : RCODE_NOERROR;
    link->security = SEC_SECURE;
    link->ttl_s = 1000;
    link->answer = ARENA_ARRAY(memory.arena, struct rrset *, 8);
    link->authority = ARENA_ARRAY(memory.arena, struct rrset *, 8);
    return link;
}

static inline void answers(struct link *link, struct rrset *set)
{
    link->answer[link->answer_count++] = set;
}

static inline void proves(struct link *link, struct rrset *set)
{
    link->authority[link->authority_count++] = set;
}

enum shown { PLAIN, WITH_DNSSEC };

static inline enum status render(struct link *const *links, unsigned count, enum shown shown)
{
    struct question question = { links[0]->name, links[0]->type, CLASS_IN };
    struct answer_input input = { (const struct link *const *)links, count, &question, shown };
    rendering.message = (struct rendered){ .octets = room, .size = sizeof room };
    return answer_render(&input, &rendering);
}

static inline void parse(size_t len)
{
    ck_assert_int_eq(message_parse((struct bytes){ room, len }, memory.arena, &parsed), ST_OK);
}

static inline void rendered_as(struct link *const *links, unsigned count, enum shown shown)
{
    ck_assert_int_eq(render(links, count, shown), ST_OK);
    parse(rendering.message.len);
}

/* "A A RRSIG|SOA|": the types of what was parsed, a bar after each section. */
static inline const char *types_of(const struct message *message)
{
    static char text[4096];
    size_t len = 0;
    text[0] = '\0';
    for (unsigned section = 0; section < SECTION_ADDITIONAL; section++) {
        for (unsigned i = message->first[section]; i < message->first[section + 1]; i++) {
            char type[TYPE_TEXT];
            len += (size_t)snprintf(text + len, sizeof text - len, "%s ",
                                    type_text(message->records[i].type, type));
            ck_assert_uint_lt(len, sizeof text - 2);
        }
        text[len++] = '|';
        text[len] = '\0';
    }
    return text;
}

#endif
