/* reply_test - a server's reply written in presentation format, and what scrub keeps, as text.
 *
 * Each test asks for `asked_for(...)`, says what the reply holds, and compares `kept()`: one word
 * a set: "an/www.zone.test./A/2+1" is a set of 2 records and 1 signature in the answer section. */
#ifndef CATENA_TESTS_UNIT_REPLY_TEST_H
#define CATENA_TESTS_UNIT_REPLY_TEST_H

#include <stdio.h>

#include "lib/engine/classify.h"
#include "lib/wire/text.h"
#include "tests/unit/wire/message_test.h"

enum { KEPT_TEXT = 65536, REPLY_ARENA = 4 << 20 };

/* RFC 4034 §3.2: type covered, algorithm, labels, TTL, times, key tag, signer, signature. */
#define SIG(type) " 300 IN RRSIG " type " 8 3 300 20300101000000 20200101000000 1 zone.test. AAAA"

static struct asked asked;
static struct scrubbed reply;
static char kept_text[KEPT_TEXT];

/* Begins a reply with these header flags, rcode included. */
static inline void begin_reply(uint16_t flags)
{
    arena_destroy(memory.arena);
    memory.arena = arena_create(memory.pool, REPLY_ARENA);
    ck_assert_ptr_nonnull(memory.arena);
    header = (struct header){ .id = 7, .flags = (uint16_t)(FLAG_QR | flags) };
    writer_init(&w, room, sizeof room);
    header_write(&w, &header);
}

/* The question, and the zone whose server was asked; to be called behind begin_reply. */
static inline void asked_for(const char *name, uint16_t type, const char *zone)
{
    asked = (struct asked){ .name = name_of(name), .zone = name_of(zone), .type = type };
    add_question(name, type);
}

static inline void add_record(enum section section, const struct text_record *record)
{
    writer_name(&w, &record->owner);
    writer_u16(&w, record->type);
    writer_u16(&w, record->class);
    writer_u32(&w, record->ttl);
    rdata_write(&w, record->type, record->rdata);
    header.counts[1 + section]++;
}

static inline void say(enum section section, const char *line)
{
    char why[TEXT_WHY];
    struct text_record record;
    ck_assert_msg(text_read_record(line, memory.arena, &record, why) == ST_OK, "%s: %s", line, why);
    add_record(section, &record);
}

static inline enum status scrub_status(void)
{
    struct message message = parsed();
    return scrub(&message, &asked, &key, memory.arena, &reply);
}

static inline void add_kept(const char *where, const struct rrset *set)
{
    char owner[NAME_TEXT], type[TYPE_TEXT];
    struct name name = rrset_owner(set);
    size_t used = strlen(kept_text);
    ck_assert(rrset_is_sound(set, set->size));
    snprintf(kept_text + used, sizeof kept_text - used, "%s%s/%s/%s/%u+%u", used ? " " : "", where,
             name_text(&name, owner, sizeof owner), type_text(set->type, type), set->rr_count,
             set->sig_count);
}

static inline void add_list(const char *where, const struct rrset_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        add_kept(where, list->at[i]);
}

static inline const char *kept(void)
{
    ck_assert_int_eq(scrub_status(), ST_OK);
    kept_text[0] = '\0';
    add_list("an", &reply.answer);
    add_list("au", &reply.authority);
    if (reply.ns)
        add_kept("ns", reply.ns);
    add_list("ad", &reply.glue);
    return kept_text;
}

static inline void assert_class(enum reply_class expected)
{
    enum reply_class found = classify(&reply, &asked);
    ck_assert_msg(found == expected, "%s instead of %s, kept: %s", classify_text(found),
                  classify_text(expected), kept_text);
}

#endif
