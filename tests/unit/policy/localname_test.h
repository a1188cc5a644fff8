/* localname_test - a tree of names that are answered here, and what it answers in one line. */
#ifndef CATENA_TESTS_UNIT_LOCALNAME_TEST_H
#define CATENA_TESTS_UNIT_LOCALNAME_TEST_H

#include <stdio.h>

#include "lib/policy/localname.h"
#include "lib/policy/special_names.h"
#include "lib/wire/type.h"
#include "tests/unit/wire/wire_test.h"

/* An answer in one line: verdict, why, then each set as "TYPE ttl rdata". */
enum { SAID = 2048 };

static struct memory_fixture memory;
static struct local_tree *tree;
static struct zones zones;

static inline void set_up(void)
{
    memory = memory_fixture_up(8 << 20);
    tree = local_tree_create();
    ck_assert_ptr_nonnull(tree);
    ck_assert_int_eq(special_names_add(tree), ST_OK);
}

static inline void tear_down(void)
{
    local_tree_destroy(tree);
    zones_clear(&zones);
    memory_fixture_down(memory);
}

static inline void zone(const char *text, enum local_kind kind)
{
    struct name name = name_of(text);
    ck_assert_int_eq(localname_add_zone(tree, &name, kind, WHY_LOCAL_BLOCKED), ST_OK);
}

static inline void record(const char *line)
{
    char why[TEXT_WHY];
    ck_assert_msg(localname_add_line(tree, LOCAL_WRITTEN, line, why) == ST_OK, "%s: %s", line, why);
}

static inline struct local_found found_for(const char *text, uint16_t type)
{
    struct name name = name_of(text);
    struct local_question question = { &name, type, &zones };
    struct local_found found;
    ck_assert_int_eq(localname_ask(tree, &question, memory.arena, &found), ST_OK);
    return found;
}

static inline size_t add_set(char *said, size_t at, const struct rrset *set)
{
    char type[TYPE_TEXT], rdata[TEXT_RDATA];

    ck_assert_int_eq(set->security, SEC_INSECURE); /* LIMITS H9 */
    ck_assert_uint_eq(set->sig_count, 0);
    at += (size_t)snprintf(said + at, SAID - at, " | %s %u", type_text(set->type, type), set->ttl);
    for (unsigned i = 0; i < set->rr_count; i++)
        at += (size_t)snprintf(said + at, SAID - at, " %s",
                               text_rdata(set->type, rrset_rdata(set, i), rdata, sizeof rdata));
    return at;
}

static inline const char *ask(const char *text, uint16_t type)
{
    static const char *const verdicts[] = { "passes",  "records", "alias",  "no type",
                                            "no name", "refused", "dropped" };
    static char said[SAID];
    struct local_found found = found_for(text, type);
    size_t at = (size_t)snprintf(said, SAID, "%s", verdicts[found.verdict]);

    if (found.verdict != LOCAL_PASSES)
        at += (size_t)snprintf(said + at, SAID - at, " %s", why_row((enum why)found.why)->name);
    for (unsigned i = 0; i < found.set_count; i++) {
        struct name name = name_of(text);
        ck_assert(rrset_owner_is(found.sets[i], &name));
        at = add_set(said, at, found.sets[i]);
    }
    if (found.soa) {
        char owner[NAME_TEXT];
        struct name name = rrset_owner(found.soa);
        snprintf(said + at, SAID - at, " | SOA %u of %s", found.soa->ttl,
                 name_text(&name, owner, sizeof owner));
    }
    return said;
}

#define ASKS(name, type, answer) ck_assert_str_eq(ask(name, TYPE_##type), answer)

#endif
