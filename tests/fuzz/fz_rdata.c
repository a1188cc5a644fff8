/* fz_rdata - an rdata of any type: two octets of type, then the rdata.
 *
 * What is read must pass the check; what passes it must survive reading, canonical form, writing
 * and printing with the octets that the RFCs promise, and its text must read back to the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"

enum { HEADER = 12, OWNER = 13, ROOM = 1 << 17, NAMES_MAX = 65536, APL = 42, PIECE_MAX = 1100 };

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "broken: %s\n", #condition);                                           \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A block of just that size: AddressSanitizer sees the first octet too far. */
static uint8_t *block_of(size_t size)
{
    uint8_t *block = memory_new(size ? size : 1);
    HOLDS(block != NULL);
    return block;
}

/* Reads `rdata` where it would stand in a message, behind an owner that it may point to. */
static enum status read_in_message(uint16_t type, struct bytes rdata, struct writer *into)
{
    size_t size = HEADER + OWNER + rdata.len;
    uint8_t *message = block_of(size);

    memcpy(message + HEADER, "\3www\7example", OWNER);
    if (rdata.len)
        memcpy(message + HEADER + OWNER, rdata.at, rdata.len);

    struct reader whole = reader_over((struct bytes){ message, size });
    reader_take(&whole, HEADER + OWNER);
    struct reader part = reader_part(&whole, rdata.len);
    enum status status = rdata_read(&part, type, into);
    memory_free(message);
    return status;
}

static void check_canonical(uint16_t type, struct bytes rdata)
{
    uint8_t *once = block_of(rdata.len), *twice = block_of(rdata.len);
    struct bytes canonical = { once, rdata.len }, again = { twice, rdata.len };

    rdata_canonical(type, rdata, once);
    rdata_canonical(type, canonical, twice);
    HOLDS(bytes_equal(canonical, again));
    HOLDS(rdata_check(type, rdata) == rdata_check(type, canonical));
    HOLDS(rdata_compare(type, rdata, canonical) == 0);
    HOLDS(rdata_compare(type, rdata, rdata) == 0);
    memory_free(once);
    memory_free(twice);
}

/* rdata_compare is the octet order of canonical forms, for any two octet strings. */
static void check_order(uint16_t type, struct bytes rdata)
{
    struct bytes a = { rdata.at, rdata.len / 2 };
    struct bytes b = { rdata.at + a.len, rdata.len - a.len };
    uint8_t *a_room = block_of(a.len), *b_room = block_of(b.len);

    rdata_canonical(type, a, a_room);
    rdata_canonical(type, b, b_room);
    int expected = bytes_compare((struct bytes){ a_room, a.len }, (struct bytes){ b_room, b.len });
    int found = rdata_compare(type, a, b);
    HOLDS((expected < 0) == (found < 0) && (expected > 0) == (found > 0));
    memory_free(a_room);
    memory_free(b_room);
}

static void check_names(uint16_t type, struct bytes rdata)
{
    struct name name, copy;
    unsigned index = 0;

    for (; index < NAMES_MAX && rdata_name(type, rdata, index, &name); index++)
        HOLDS(name_from_wire(name_bytes(&name), &copy) == ST_OK && name_identical(&name, &copy));
    HOLDS(index < NAMES_MAX);
}

static void check_written(uint16_t type, struct bytes rdata, uint8_t *room)
{
    static struct writer w, back;
    struct name owner;

    HOLDS(name_from_text("www.example.", &owner) == ST_OK);
    writer_init(&w, room, ROOM);
    writer_octets(&w, (struct bytes){ (const uint8_t *)"............", HEADER });
    writer_name(&w, &owner);
    rdata_write(&w, type, rdata);
    HOLDS(!w.failed && w.len <= HEADER + OWNER + 2 + rdata.len);

    struct reader whole = reader_over((struct bytes){ room, w.len });
    reader_take(&whole, HEADER + OWNER);
    uint16_t length = reader_u16(&whole);
    HOLDS(reader_left(&whole) == length);
    uint8_t *copy = block_of(rdata.len);
    writer_init(&back, copy, rdata.len);
    HOLDS(rdata_read(&whole, type, &back) == ST_OK);
    HOLDS(rdata_compare(type, rdata, (struct bytes){ copy, back.len }) == 0);
    memory_free(copy);
}

/* SVCB texts are held to what the client would demand, RFC 9460 §2.4.3; and ldns reads LOC and APL
 * for us, from files that we trust, so nothing from here may reach it. */
static bool text_reads_back(uint16_t type, const char *text)
{
    const struct type_row *row = type_find(type);
    bool by_ldns = row && (type == APL || row->layout[0] == 'l');
    bool whole = strlen(text) < TEXT_RDATA - PIECE_MAX;

    return whole && !type_is_meta(type) && !by_ldns;
}

static void check_text(uint16_t type, struct bytes rdata)
{
    static char text[TEXT_RDATA], line[TEXT_RDATA + 64];
    char why[TEXT_WHY] = "", word[TYPE_TEXT];
    struct text_record record;

    HOLDS(strlen(text_rdata(type, rdata, text, sizeof(text))) > 0);
    if (!text_reads_back(type, text))
        return;

    struct pool *pool = pool_create((size_t)1 << 20);
    struct arena *arena = arena_create(pool, 1 << 16);
    snprintf(line, sizeof(line), ". %s %s", type_text(type, word), text);
    enum status status = text_read_record(line, arena, &record, why);
    HOLDS(status == ST_OK || type == TYPE_SVCB || type == TYPE_HTTPS);
    HOLDS(status != ST_OK || bytes_equal(record.rdata, rdata));
    arena_destroy(arena);
    pool_destroy(pool);
}

/* Any room is kept to, and the text ends in it. */
static void check_small_rooms(uint16_t type, struct bytes rdata)
{
    for (size_t size = 1; size <= 64; size = size * 2 + 1) {
        char *text = (char *)block_of(size);
        HOLDS(strlen(text_rdata(type, rdata, text, size)) < size);
        memory_free(text);
    }
}

static void check_sound(uint16_t type, struct bytes rdata, uint8_t *room)
{
    static struct writer into;
    uint8_t *copy = block_of(rdata.len);

    writer_init(&into, copy, rdata.len); /* room for just as much */
    HOLDS(read_in_message(type, rdata, &into) == ST_OK);
    HOLDS(bytes_equal(rdata, (struct bytes){ copy, into.len }));
    memory_free(copy);
    check_written(type, rdata, room);
    check_text(type, rdata);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[ROOM], other[ROOM];
    static struct writer into;

    if (size < 2 || size - 2 > UINT16_MAX)
        return 0;

    uint16_t type = (uint16_t)(data[0] << 8 | data[1]);
    struct bytes rdata = { data + 2, size - 2 };
    writer_init(&into, room, sizeof(room));
    if (read_in_message(type, rdata, &into) == ST_OK) {
        struct bytes expanded = { room, into.len };
        HOLDS(rdata_check(type, expanded) == ST_OK);
        check_sound(type, expanded, other);
        check_canonical(type, expanded);
    } else {
        HOLDS(into.len == 0 && !into.failed && rdata_check(type, rdata) == ST_MALFORMED);
    }
    check_canonical(type, rdata);
    check_order(type, rdata);
    check_names(type, rdata);
    check_small_rooms(type, rdata);
    return 0;
}
