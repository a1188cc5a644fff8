/* denial_test - what the tests of denial share: a zone, its chain, a table of questions to it. */
#ifndef CATENA_TESTS_UNIT_DENIAL_TEST_H
#define CATENA_TESTS_UNIT_DENIAL_TEST_H

#include "lib/dnssec/denial.h"
#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/wire/wire_test.h"

static struct proof_bench bench;
static struct denial_zone zone;
static struct rrset *sets[DENIAL_NODES_MAX * 4];
static size_t set_count;

static inline void set_up(void)
{
    proof_bench_up(&bench);
    bench.limits.denial_records = 32;
}

static inline void tear_down(void)
{
    proof_bench_down(&bench);
}

/* One question of a table. `owners`: the records that take part, by their owners; NULL: all. */
struct ask {
    enum denial_question question;
    const char *name, *type; /* type: DENIAL_TYPE's, or the labels of DENIAL_WILDCARD */
    const char *owners;
    enum denial_answer answer;
    const char *encloser; /* NULL: not looked at */
};

static inline bool word_in(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += len)
        if ((at == words || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
    return false;
}

static inline size_t choose(const char *owners, struct rrset **chosen)
{
    char text[NAME_TEXT];
    size_t count = 0;

    for (size_t i = 0; i < set_count; i++) {
        struct name owner = rrset_owner(sets[i]);
        if (owners == NULL || word_in(owners, name_text(&owner, text, sizeof text)))
            chosen[count++] = sets[i];
    }
    return count;
}

static inline struct denial_output judge(struct denial_input *input)
{
    struct nsec3_hashes hashes = { .last = NULL };
    struct denial_output output;

    input->hashes = &hashes;
    budget_init(&bench.budget, &bench.limits);
    denial_judge(input, &bench.desk, &output);
    input->hashes = NULL;
    return output;
}

static inline struct denial_output ask(const struct ask *row)
{
    struct rrset *chosen[ROWS(sets)];
    struct name name = name_of(row->name);
    struct denial_input input = { .question = row->question,
                                  .zone = &zone.apex,
                                  .name = &name,
                                  .sets = chosen,
                                  .count = choose(row->owners, chosen) };
    if (row->question == DENIAL_WILDCARD)
        input.wildcard_labels = (unsigned)(row->type[0] - '0');
    else if (row->question == DENIAL_TYPE)
        ck_assert(type_from_text(row->type, &input.type));
    return judge(&input);
}

static inline void ask_all(const struct ask *rows, size_t count)
{
    char text[NAME_TEXT];
    for (size_t i = 0; i < count; i++) {
        struct denial_output output = ask(&rows[i]);
        ck_assert_msg(output.answer == rows[i].answer, "row %zu: %s %s: %d, not %d", i,
                      rows[i].name, rows[i].type, output.answer, rows[i].answer);
        if (rows[i].encloser != NULL)
            ck_assert_str_eq(name_text(&output.closest_encloser, text, sizeof text),
                             rows[i].encloser);
    }
}

#endif
