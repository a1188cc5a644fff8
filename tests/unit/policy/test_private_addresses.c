#include "lib/policy/private_addresses.h"

#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

static struct memory_fixture memory;
static struct private_addresses addresses;

static void set_up(void)
{
    memory = memory_fixture_up(1 << 20);
    ck_assert_int_eq(acl_add_never_asked(&addresses.hidden), ST_OK);
}

static void tear_down(void)
{
    private_addresses_clear(&addresses);
    memory_fixture_down(memory);
}

static bool is_private(const char *line)
{
    struct text_record record;
    struct rrset *set;
    char why[TEXT_WHY];

    ck_assert_msg(text_read_record(line, memory.arena, &record, why) == ST_OK, "%s: %s", line, why);
    struct rrset_parts parts = {
        .owner = &record.owner, .type = record.type, .rdatas = &record.rdata, .rr_count = 1
    };
    ck_assert_int_eq(rrset_pack(&parts, memory.arena, &set), ST_OK);
    return private_addresses_in(&addresses, set);
}

static const struct {
    const char *line;
    bool hidden;
} records[] = {
    { "x. A 10.0.0.1", true },
    { "x. A 172.31.255.255", true },
    { "x. A 172.32.0.0", false },
    { "x. A 192.168.1.1", true },
    { "x. A 169.254.1.1", true },
    { "x. A 100.64.0.1", true },
    { "x. A 127.0.0.1", true },
    { "x. A 0.0.0.0", true },
    { "x. A 192.0.2.1", false },
    { "x. AAAA ::1", true },
    { "x. AAAA ::", true },
    { "x. AAAA fd00::1", true },
    { "x. AAAA fe80::1", true },
    { "x. AAAA ::ffff:192.168.1.1", true },
    { "x. AAAA 64:ff9b::192.168.1.1", true }, /* RFC 6052 §2.1 */
    { "x. AAAA 64:ff9b::192.0.2.1", false },
    { "x. AAAA 64:ff9b:1::10.0.0.1", true },   /* RFC 8215; its length is for who uses it to say */
    { "x. AAAA 64:ff9b:1:a00:0:100::", true }, /* RFC 6052 §2.2: /48, 10.0.0.1 */
    { "x. AAAA 64:ff9b:1:c0a8:1:100::7", true }, /* /48, 192.168.1.1, and a suffix */
    { "x. AAAA 64:ff9b:1:c0a8:1:100:808:808", true },
    { "x. AAAA 64:ff9b:1:ac:10:1::", true },     /* /56, 172.16.0.1 */
    { "x. AAAA 64:ff9b:1:aa:a:0:100::", true },  /* /64, 10.0.0.1 */
    { "x. AAAA 64:ff9b:1:c000:2:100::", false }, /* /48, 192.0.2.1 */
    { "x. AAAA 64:ff9b:1::192.0.2.1", false },
    { "x. AAAA 64:ff9b:0:a00:0:100::", false },
    { "x. AAAA 2002:a00:1::1", true }, /* RFC 3056 §2: 10.0.0.1 */
    { "x. AAAA 2002:c000:201::1", false },
    { "x. AAAA 2001:db8::1", false },
    { "x. HTTPS 1 . ipv4hint=192.0.2.1", false }, /* RFC 9460 §7.3 */
    { "x. HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1,10.0.0.1", true },
    { "x. SVCB 1 y. port=53 ipv6hint=2001:db8::1,fd00::1", true },
    { "x. SVCB 1 y. ipv6hint=2001:db8::1", false },
    { "x. SVCB 0 y.", false },
    { "x. TXT 10.0.0.1", false },
};

START_TEST(each_range_is_seen_through_each_carrier) /* LIMITS H8 */
{
    for (size_t i = 0; i < sizeof records / sizeof *records; i++)
        ck_assert_msg(is_private(records[i].line) == records[i].hidden, "%s", records[i].line);
}
END_TEST

START_TEST(names_may_be_let_through_and_without_a_list_all_are) /* SPEC R11 */
{
    struct subtree corp = { .name = name_of("corp.example.") };
    struct name inside = name_of("www.corp.example."), outside = name_of("www.example.");
    struct private_addresses none = { .hidden = { .count = 0 } };

    ck_assert_int_eq(subtrees_add(&addresses.shown, &corp), ST_OK);
    ck_assert(!private_addresses_hides_of(&addresses, &inside));
    ck_assert(private_addresses_hides_of(&addresses, &outside));
    ck_assert(!private_addresses_hides_of(&none, &outside));
}
END_TEST

Suite *policy_private_addresses_suite(void)
{
    Suite *suite = suite_create("policy/private_addresses");
    TCase *tcase = tcase_create("private_addresses");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_range_is_seen_through_each_carrier);
    tcase_add_test(tcase, names_may_be_let_through_and_without_a_list_all_are);
    suite_add_tcase(suite, tcase);
    return suite;
}
