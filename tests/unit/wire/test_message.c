#include "lib/wire/message.h"

#include "lib/base/limits.h"
#include "tests/unit/wire/message_test.h"

/* ---- parsing ---- */

START_TEST(an_rcode_has_its_name) /* RFC 6895 §2.3 */
{
    ck_assert_str_eq(rcode_text(RCODE_SERVFAIL), "SERVFAIL");
    ck_assert_str_eq(rcode_text(RCODE_BADCOOKIE), "BADCOOKIE");
    ck_assert_str_eq(rcode_text(11), "another rcode");
    ck_assert_str_eq(rcode_text(4095), "another rcode");
}
END_TEST

START_TEST(header_read_needs_twelve_octets) /* RFC 1035 §4.1.1 */
{
    struct header found;
    struct bytes octets = SPAN("\x12\x34\x85\x83\0\1\0\2\0\3\0\4");
    ck_assert(header_read(octets, &found));
    ck_assert_uint_eq(found.id, 0x1234);
    ck_assert_uint_eq(found.flags, FLAG_QR | FLAG_AA | FLAG_RD | FLAG_RA | RCODE_NXDOMAIN);
    ck_assert_uint_eq(header_rcode(&found), RCODE_NXDOMAIN);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(found.counts[i], i + 1);
    octets.len--;
    ck_assert(!header_read(octets, &found));
    found.flags = 0x2800;
    ck_assert_uint_eq(header_opcode(&found), OPCODE_UPDATE);
}
END_TEST

START_TEST(message_parse_reads_sections_in_order)
{
    add_question("Www.example.", TYPE_A);
    add_answer("www.example.", TYPE_A, SPAN("\1\2\3\4"));
    add(SECTION_AUTHORITY, (struct sample){ "example.", TYPE_NS, CLASS_IN, 7, SPAN("\1a\0") });
    add(SECTION_ADDITIONAL, (struct sample){ "a.", TYPE_A, CLASS_CH, 8, SPAN("abc") });
    add_opt(".", SECTION_ADDITIONAL);
    add(SECTION_ADDITIONAL, (struct sample){ "b.", TYPE_A, CLASS_IN, 9, SPAN("") });
    struct message message = parsed();

    ck_assert(message.has_question);
    assert_name(&message.question.name, "Www.example.");
    ck_assert_uint_eq(message.question.type, TYPE_A);
    ck_assert_uint_eq(message.question.class, CLASS_IN);
    static const uint16_t first[] = { 0, 1, 2, 4 };
    ck_assert_mem_eq(message.first, first, sizeof first);
    ck_assert_uint_eq(message.records[0].ttl, 300);
    assert_name(message.records[1].owner, "example.");
    ck_assert_uint_eq(message.records[1].type, TYPE_NS);
    ck_assert_uint_eq(message.records[2].class, CLASS_CH);
    ck_assert_uint_eq(message.records[2].section, SECTION_ADDITIONAL);
    ck_assert_uint_eq(message.records[2].rdata_len, 3);
    ck_assert_mem_eq(room + message.records[2].rdata_at, "abc", 3);
    assert_name(message.records[3].owner, "b.");
    ck_assert(message.edns.present && message.edns.dnssec_ok);
    ck_assert_uint_eq(message_rcode(&message), RCODE_BADVERS);
}
END_TEST

START_TEST(message_parse_takes_a_bare_header)
{
    struct message message = parsed();
    ck_assert(!message.has_question && !message.edns.present);
    ck_assert_uint_eq(message.first[SECTIONS], 0);
    ck_assert_uint_eq(message_rcode(&message), 0);
    struct rrset_list sets = sets_of(&message, SECTION_ANSWER);
    ck_assert_uint_eq(sets.count, 0);
}
END_TEST

START_TEST(message_parse_refuses_two_questions)
{
    add_question("a.", TYPE_A);
    ck_assert_int_eq(parse_status(), ST_OK);
    header.counts[0] = 2; /* announced, though one is there */
    ck_assert_int_eq(parse_status(), ST_MALFORMED);
    add_question("a.", TYPE_AAAA);
    header.counts[0] = 2;
    ck_assert_int_eq(parse_status(), ST_MALFORMED);
}
END_TEST

START_TEST(message_parse_refuses_octets_behind_the_last_record) /* LIMITS G3 */
{
    add_question("a.", TYPE_A);
    ck_assert_int_eq(parse_status(), ST_OK);
    writer_u8(&w, 0);
    ck_assert_int_eq(parse_status(), ST_MALFORMED);
}
END_TEST

START_TEST(message_parse_refuses_every_shorter_message)
{
    add_question("www.example.", TYPE_A);
    add_answer("www.example.", TYPE_A, SPAN("\1\2\3\4"));
    add_answer("x.example.", TYPE_NS, SPAN("\1a\0"));
    if (_i > 0) /* the last is an OPT, or a record */
        add(SECTION_ADDITIONAL, (struct sample){ ".", TYPE_OPT, 1232, 0, SPAN("\0\3\0\0") });
    ck_assert_int_eq(parse_status(), ST_OK);
    for (size_t len = 0; len < w.len; len++) {
        struct message message;
        uint8_t *octets = arena_copy(memory.arena, room, len); /* the sanitizer sees its end */
        struct bytes shorter = { octets, len };
        ck_assert_int_eq(message_parse(shorter, memory.arena, &message), ST_MALFORMED);
    }
}
END_TEST

START_TEST(message_parse_refuses_announced_records_that_are_not_there)
{
    add_question("a.", TYPE_A);
    header.counts[1] = 1;
    ck_assert_int_eq(parse_status(), ST_MALFORMED);
    header.counts[1] = header.counts[2] = header.counts[3] = 65535;
    ck_assert_int_eq(parse_status(), ST_MALFORMED);
}
END_TEST

START_TEST(message_parse_refuses_a_wrong_opt) /* RFC 6891 §6.1.1, §6.1.2 */
{
    static const struct {
        const char *owner;
        enum section section;
        unsigned count;
        enum status status;
    } rows[] = {
        { ".", SECTION_ADDITIONAL, 1, ST_OK },         { ".", SECTION_ADDITIONAL, 2, ST_MALFORMED },
        { "a.", SECTION_ADDITIONAL, 1, ST_MALFORMED }, { ".", SECTION_ANSWER, 1, ST_MALFORMED },
        { ".", SECTION_AUTHORITY, 1, ST_MALFORMED },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        tear_down();
        set_up();
        for (unsigned n = 0; n < rows[i].count; n++)
            add_opt(rows[i].owner, rows[i].section);
        ck_assert_msg(parse_status() == rows[i].status, "row %zu", i);
    }
}
END_TEST

START_TEST(message_parse_takes_1024_records_and_no_more) /* LIMITS G2 */
{
    for (unsigned i = 0; i < RECORDS_PER_MESSAGE_MAX; i++)
        add_answer("a.", TYPE_A, SPAN("\1\2\3\4"));
    ck_assert_int_eq(parse_status(), ST_OK);
    add_answer("a.", TYPE_A, SPAN("\1\2\3\4"));
    ck_assert_int_eq(parse_status(), ST_UNSUPPORTED);
}
END_TEST

START_TEST(message_parse_reads_names_of_equal_offset_once) /* LIMITS G1 */
{
    add_question("a.b.c.d.e.f.example.", TYPE_A);
    for (unsigned i = 0; i < 1000; i++)
        add_answer("a.b.c.d.e.f.example.", TYPE_A, SPAN("\1\2\3\4"));
    struct message message = parsed();
    for (unsigned i = 1; i < 1000; i++)
        ck_assert_ptr_eq(message.records[i].owner, message.records[0].owner);
    ck_assert_uint_le(message.name_steps, 2 * 8 + 1);
}
END_TEST

/* Without a way into the arena that is too small, never a crash: the job is spent. */
START_TEST(message_parse_and_sets_report_a_full_arena) /* LIMITS G4 */
{
    bool succeeded = false;
    add_question("a.", TYPE_NS);
    add_answer("a.", TYPE_NS, SPAN("\1B\xC0\x0C"));
    add_answer("a.", TYPE_NS, SPAN("\1A\xC0\x0C"));
    add_answer("c.", TYPE_RRSIG, (struct bytes)RRSIG("\1", "x"));
    for (size_t cap = 0; cap < 4096 && !succeeded; cap += 16) {
        struct arena *small = arena_create(memory.pool, cap);
        struct message message;
        struct rrset_list sets;
        enum status status = message_parse(built(), small, &message);
        if (status == ST_OK)
            status = message_sets(&message, SECTION_ANSWER, &key, small, &sets);
        ck_assert(status == ST_OK || status == ST_LIMIT);
        succeeded = status == ST_OK;
        arena_destroy(small);
    }
    ck_assert(succeeded);
}
END_TEST

/* ---- the worst case ---- */

enum { CHAIN_LABELS = 125, LEAVES = RECORDS_PER_MESSAGE_MAX - 1 };

static size_t put_link(size_t target) /* one label and a pointer; returns where it stands */
{
    size_t at = w.len;
    writer_octets(&w, SPAN("\1a"));
    writer_u16(&w, (uint16_t)(POINTER_TAG << 8 | target));
    return at;
}

/* One opaque record whose rdata is a chain of labels and pointers, with a leaf of its own for each
 * owner to come: 127 hops and 126 labels each. Returns where the leaves begin. */
static size_t put_chain(void)
{
    writer_octets(&w, SPAN("\0\xFF\0\0\1\0\0\0\0"));
    writer_u16(&w, 4 * (CHAIN_LABELS + LEAVES) + 1);
    size_t link = w.len;
    writer_u8(&w, 0);
    for (unsigned i = 0; i < CHAIN_LABELS; i++)
        link = put_link(link);
    size_t leaves = w.len;
    for (unsigned i = 0; i < LEAVES; i++)
        put_link(link);
    header.counts[1]++;
    return leaves;
}

/* 64 KiB in 1024 records, owner i pointing to leaf i * stride; rdata is a pointer there too. */
static void put_worst(unsigned stride)
{
    size_t leaves = put_chain();
    for (unsigned i = 0; i < LEAVES; i++) {
        uint16_t pointer = (uint16_t)(POINTER_TAG << 8 | (leaves + 4 * (size_t)i * stride));
        size_t rest = i + 1 < LEAVES ? 0 : sizeof room - w.len - 12;
        writer_u16(&w, pointer);
        writer_u16(&w, rest > 0 ? 65280 : TYPE_NS);
        writer_octets(&w, SPAN("\0\1\0\0\0\0"));
        writer_u16(&w, rest > 0 ? (uint16_t)rest : 2);
        for (size_t octet = 0; octet < rest; octet++)
            writer_u8(&w, 0);
        if (rest == 0)
            writer_u16(&w, pointer);
        header.counts[1]++;
    }
}

START_TEST(the_worst_message_takes_four_steps_an_octet) /* LIMITS G1, G2 */
{
    put_worst(1);
    struct message message = parsed();
    ck_assert_uint_eq(message.octets.len, sizeof room);
    ck_assert_uint_gt(message.name_steps, LEAVES * 250); /* it is the worst, or near it */
    ck_assert_uint_le(message.name_steps, 4 * sizeof room);

    uint32_t steps = 0;
    for (unsigned i = 0; i < RECORDS_PER_MESSAGE_MAX; i++) {
        struct reader r = reader_over(message.octets);
        struct name name;
        reader_take(&r, message.records[i].rdata_at);
        struct reader part = reader_part(&r, message.records[i].rdata_len);
        if (message.records[i].type == TYPE_NS)
            reader_name(&part, &name);
        ck_assert(!part.failed);
        steps += part.steps;
    }
    ck_assert_uint_le(steps, 4 * sizeof room);
}
END_TEST

START_TEST(the_worst_message_is_cheap_when_its_owners_are_one)
{
    put_worst(0);
    struct message message = parsed();
    ck_assert_uint_le(message.name_steps, 2 * 255);
    struct rrset_list sets = sets_of(&message, SECTION_ANSWER);
    ck_assert_uint_eq(sets.count, 3);
    ck_assert_uint_eq(sets.at[1]->rr_count, 1); /* 1022 doubles */
}
END_TEST

START_TEST(the_worst_message_fills_a_jobs_arena_and_no_more)
{
    put_worst(1);
    struct arena *job = arena_create(memory.pool, 262144); /* job_octets by default */
    struct message message;
    ck_assert_int_eq(message_parse(built(), job, &message), ST_LIMIT);
    ck_assert_uint_le(arena_used(job), 262144);
    arena_destroy(job);
}
END_TEST

/* ---- writing ---- */

START_TEST(rrset_write_reads_back_as_the_same_set)
{
    static const struct bytes sig = RRSIG("\17", "x");
    add_question("example.", TYPE_MX);
    add_answer("example.", TYPE_MX, SPAN("\0\5\1b\xC0\x0C"));
    add_answer("example.", TYPE_MX, SPAN("\0\5\1a\xC0\x0C"));
    add_answer("example.", TYPE_RRSIG, sig);
    struct message message = parsed();
    struct rrset_list sets = sets_of(&message, SECTION_ANSWER);

    writer_init(&w, room, sizeof room);
    header = (struct header){ .id = 1, .flags = FLAG_QR | FLAG_AD };
    header_write(&w, &header);
    question_write(&w, &message.question);
    header.counts[0] = 1;
    header.counts[1] = (uint16_t)rrset_write(&w, sets.at[0], 17, WITH_SIGNATURES);
    ck_assert_uint_eq(header.counts[1], 3);
    struct rrset_list again = answer_sets();
    ck_assert_uint_eq(again.count, 1);
    ck_assert(rrset_same_octets(again.at[0], sets.at[0]));
    ck_assert_uint_eq(again.at[0]->ttl, 17);
}
END_TEST

START_TEST(rrset_write_leaves_signatures_out_unless_asked) /* RFC 4035 §3.2.1 */
{
    static const struct bytes address = BYTES("\1\2\3\4"), sig = RRSIG("\1", "x");
    struct name owner = name_of("a.");
    struct rrset_parts parts = { &owner, TYPE_A, 300, &address, 1, &sig, 1 };
    struct rrset *set;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    writer_init(&w, room, sizeof room);
    ck_assert_uint_eq(rrset_write(&w, set, 0x80000001, WITHOUT_SIGNATURES), 1);
    assert_bytes((struct bytes){ room, w.len }, SPAN("\1a\0\0\1\0\1\x80\0\0\1\0\4\1\2\3\4"));
    ck_assert_uint_eq(rrset_write(&w, set, 1, WITH_SIGNATURES), 2);
}
END_TEST

START_TEST(rrset_write_says_when_the_set_did_not_fit_whole)
{
    static const struct bytes addresses[] = { BYTES("\1\2\3\4"), BYTES("\1\2\3\5") };
    struct name owner = name_of("a.");
    struct rrset_parts parts = { &owner, TYPE_A, 300, addresses, 2, NULL, 0 };
    struct rrset *set;
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    size_t whole = 17 + 16; /* the second owner is a pointer */
    for (size_t size = 0; size <= whole; size++) {
        writer_init(&w, room, size);
        unsigned count = rrset_write(&w, set, 1, WITH_SIGNATURES);
        ck_assert_uint_eq(count, size == whole ? 2 : size >= 17);
        ck_assert_int_eq(w.failed, size < whole);
    }
}
END_TEST

static void add_parsing(Suite *suite)
{
    TCase *tcase = tcase_create("parsing");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_rcode_has_its_name);
    tcase_add_test(tcase, header_read_needs_twelve_octets);
    tcase_add_test(tcase, message_parse_reads_sections_in_order);
    tcase_add_test(tcase, message_parse_takes_a_bare_header);
    tcase_add_test(tcase, message_parse_refuses_two_questions);
    tcase_add_test(tcase, message_parse_refuses_octets_behind_the_last_record);
    tcase_add_loop_test(tcase, message_parse_refuses_every_shorter_message, 0, 2);
    tcase_add_test(tcase, message_parse_refuses_announced_records_that_are_not_there);
    tcase_add_test(tcase, message_parse_refuses_a_wrong_opt);
    tcase_add_test(tcase, message_parse_takes_1024_records_and_no_more);
    tcase_add_test(tcase, message_parse_reads_names_of_equal_offset_once);
    tcase_add_test(tcase, message_parse_and_sets_report_a_full_arena);
    tcase_add_test(tcase, the_worst_message_takes_four_steps_an_octet);
    tcase_add_test(tcase, the_worst_message_is_cheap_when_its_owners_are_one);
    tcase_add_test(tcase, the_worst_message_fills_a_jobs_arena_and_no_more);
    suite_add_tcase(suite, tcase);
}

Suite *wire_message_suite(void)
{
    Suite *suite = suite_create("wire/message");
    TCase *writing = tcase_create("writing");
    add_parsing(suite);
    tcase_add_checked_fixture(writing, set_up, tear_down);
    tcase_add_test(writing, rrset_write_reads_back_as_the_same_set);
    tcase_add_test(writing, rrset_write_leaves_signatures_out_unless_asked);
    tcase_add_test(writing, rrset_write_says_when_the_set_did_not_fit_whole);
    suite_add_tcase(suite, writing);
    return suite;
}
