/* fz_message - a message is parsed, its sections become rrsets, these are written and read again:
 * what we send of what we read must be the same sets. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/pool.h"
#include "lib/wire/message.h"

enum { ARENA_OCTETS = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct siphash_key key = { 0x0706050403020100, 0x0F0E0D0C0B0A0908 };
static uint8_t room[MESSAGE_OCTETS_MAX];

static void require(int condition)
{
    if (!condition)
        abort();
}

/* The sets in the answer section of a message of our own; false: they do not fit. */
static bool write_answer(const struct message *from, const struct rrset_list *sets,
                         struct writer *w)
{
    struct header header = { .id = from->header.id, .flags = FLAG_QR };
    writer_init(w, room, sizeof room);
    header_write(w, &header);
    if (from->has_question) {
        question_write(w, &from->question);
        header.counts[0] = 1;
    }
    for (size_t i = 0; i < sets->count; i++)
        header.counts[1] +=
            (uint16_t)rrset_write(w, sets->at[i], sets->at[i]->ttl, WITH_SIGNATURES);
    if (!w->failed)
        message_counts_write(w, header.counts);
    return !w->failed;
}

/* Compression may have changed the case of names: sizes and counts stay. */
static void require_same(const struct rrset *a, const struct rrset *b)
{
    struct name owner = rrset_owner(a);
    require(rrset_owner_is(b, &owner));
    require(a->size == b->size && a->type == b->type && a->ttl == b->ttl);
    require(a->rr_count == b->rr_count && a->sig_count == b->sig_count);
}

static void rewrite(const struct message *message, const struct rrset_list *sets,
                    struct arena *arena)
{
    struct writer w;
    struct message again;
    struct rrset_list read;

    if (!write_answer(message, sets, &w))
        return;
    enum status status = message_parse((struct bytes){ room, w.len }, arena, &again);
    if (status == ST_LIMIT) /* expanded names fill the arena */
        return;
    require(status == ST_OK);
    status = message_sets(&again, SECTION_ANSWER, &key, arena, &read);
    if (status == ST_LIMIT)
        return;
    require(status == ST_OK && read.count == sets->count);
    for (size_t i = 0; i < read.count; i++)
        require_same(sets->at[i], read.at[i]);
}

static void each_section(const struct message *message, struct arena *arena)
{
    for (unsigned section = 0; section < SECTIONS; section++) {
        struct rrset_list sets;
        if (message_sets(message, (enum section)section, &key, arena, &sets) != ST_OK)
            continue;
        for (size_t i = 0; i < sets.count; i++)
            require(rrset_is_sound(sets.at[i], sets.at[i]->size));
        rewrite(message, &sets, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *pool = pool_create((size_t)2 * ARENA_OCTETS);
    struct arena *arena = pool == NULL ? NULL : arena_create(pool, ARENA_OCTETS);
    struct message message;

    require(arena != NULL);
    if (message_parse((struct bytes){ data, size }, arena, &message) == ST_OK) {
        size_t names = 2 + (size_t)message.first[SECTIONS]; /* with the question's and OPT's */
        require(message.name_steps <= names * (2 * NAME_LABELS_MAX + 1)); /* LIMITS G1 */
        each_section(&message, arena);
    }
    arena_destroy(arena);
    pool_destroy(pool);
    return 0;
}
