/* message_test - a message under construction, octet by octet, and what becomes of it: one a test
 * program, set up anew for each test. */
#ifndef CATENA_TESTS_UNIT_MESSAGE_TEST_H
#define CATENA_TESTS_UNIT_MESSAGE_TEST_H

#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* RFC 4034 §3.1: covers the type given, signer "a.", one octet of signature. */
#define RRSIG(type, octet) BYTES("\0" type "\15\1\0\0\0\1\0\0\0\2\0\0\0\1\0\7\1a\0" octet)

static const struct siphash_key key = { 0x5DEECE66D1234567, 2 };
static struct memory_fixture memory;
static uint8_t room[65535];
static struct writer w;
static struct header header;

static inline void set_up(void)
{
    memory = memory_fixture_up((size_t)8 << 20);
    header = (struct header){ .id = 0x1234, .flags = FLAG_QR };
    writer_init(&w, room, sizeof room);
    header_write(&w, &header);
}

static inline void tear_down(void)
{
    memory_fixture_down(memory);
}

static inline void add_question(const char *text, uint16_t type)
{
    struct question question = { name_of(text), type, CLASS_IN };
    question_write(&w, &question);
    header.counts[0]++;
}

struct sample {
    const char *owner;
    uint16_t type, class;
    uint32_t ttl;
    struct bytes rdata; /* as it goes out */
};

static inline void add(enum section section, struct sample sample)
{
    struct name owner = name_of(sample.owner);
    writer_name(&w, &owner);
    writer_u16(&w, sample.type);
    writer_u16(&w, sample.class);
    writer_u32(&w, sample.ttl);
    writer_u16(&w, (uint16_t)sample.rdata.len);
    writer_octets(&w, sample.rdata);
    header.counts[1 + section]++;
}

static inline void add_answer(const char *owner, uint16_t type, struct bytes rdata)
{
    add(SECTION_ANSWER, (struct sample){ owner, type, CLASS_IN, 300, rdata });
}

static inline void add_opt(const char *owner, enum section section)
{
    add(section, (struct sample){ owner, TYPE_OPT, 1232, 0x01008000, SPAN("") });
}

static inline struct bytes built(void)
{
    message_counts_write(&w, header.counts);
    ck_assert(!w.failed);
    return (struct bytes){ room, w.len };
}

static inline struct message parsed(void)
{
    struct message message;
    ck_assert_int_eq(message_parse(built(), memory.arena, &message), ST_OK);
    return message;
}

static inline enum status parse_status(void)
{
    struct message message = { .has_question = false };
    enum status status = message_parse(built(), memory.arena, &message);
    ck_assert(status == ST_OK || message.octets.at == NULL); /* written only on ST_OK */
    return status;
}

static inline struct rrset_list sets_of(const struct message *message, enum section section)
{
    struct rrset_list sets;
    ck_assert_int_eq(message_sets(message, section, &key, memory.arena, &sets), ST_OK);
    for (size_t i = 0; i < sets.count; i++)
        ck_assert(rrset_is_sound(sets.at[i], sets.at[i]->size));
    return sets;
}

static inline struct rrset_list answer_sets(void)
{
    struct message message = parsed();
    return sets_of(&message, SECTION_ANSWER);
}

static inline void assert_set(const struct rrset *set, const char *owner, uint16_t type,
                              unsigned rr_count)
{
    struct name name = rrset_owner(set);
    assert_name(&name, owner);
    ck_assert_uint_eq(set->type, type);
    ck_assert_uint_eq(set->rr_count, rr_count);
}

#endif
