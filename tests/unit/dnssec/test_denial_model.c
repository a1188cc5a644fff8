/* Random small zones, every question about every name near them: denial_judge must say what is
 * true of the zone. With the whole chain it must say all that can be said; with a part of it, it
 * may fall silent but never say anything else. */
#include <stdio.h>

#include "lib/base/prng.h"
#include "lib/dnssec/denial.h"
#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/wire/wire_test.h"

#ifndef ZONES
#define ZONES 8
#endif

enum { SUBSETS = 1 };

static struct proof_bench bench;
static struct prng prng;
static struct denial_zone zone;
static struct rrset *sets[DENIAL_NODES_MAX * 4], *part[DENIAL_NODES_MAX * 4];
static size_t set_count;
static struct nsec3_hashes hashes;

/* ---- what is true ---- */

static enum denial_answer truth_of_ds(const struct name *name, const struct name *wildcard)
{
    const struct denial_node *node = denial_zone_node(&zone, name);
    if (!denial_zone_exists(&zone, name))
        return denial_zone_exists(&zone, wildcard) && !denial_zone_lacks(&zone, wildcard, "DS")
                   ? DENIAL_UNPROVEN
                   : DENIAL_NO_NAME;
    if (name_equal(name, &zone.apex) || !denial_zone_lacks(&zone, name, "DS"))
        return DENIAL_UNPROVEN;
    return node != NULL && denial_node_has(node, "NS") ? DENIAL_DELEGATION : DENIAL_NO_CUT;
}

static enum denial_answer truth(const struct denial_input *input)
{
    const struct name *name = input->name;
    char type[TYPE_TEXT];
    bool exists = denial_zone_exists(&zone, name), proven = false;

    if (denial_zone_cut_off(&zone, name))
        return DENIAL_UNPROVEN;
    struct name encloser = denial_zone_encloser(&zone, name);
    struct name wildcard = denial_child(&encloser, "*");
    bool stands_in = denial_zone_exists(&zone, &wildcard);
    switch (input->question) {
    case DENIAL_NAME: proven = !exists && !stands_in; break;
    case DENIAL_TYPE:
        proven = (exists || stands_in) &&
                 denial_zone_lacks(&zone, exists ? name : &wildcard, type_text(input->type, type));
        break;
    case DENIAL_WILDCARD: proven = !exists && input->wildcard_labels == encloser.labels; break;
    case DENIAL_DS: return truth_of_ds(name, &wildcard);
    }
    return proven ? DENIAL_PROVEN : DENIAL_UNPROVEN;
}

/* ---- what is said ---- */

static void complain(const struct denial_input *input, enum denial_answer said,
                     enum denial_answer expected)
{
    char text[NAME_TEXT], type[TYPE_TEXT];
    denial_zone_print(&zone);
    ck_abort_msg("question %d, %s %s, labels %u, %zu of %zu records: said %d, not %d",
                 input->question, name_text(input->name, text, sizeof text),
                 type_text(input->type, type), input->wildcard_labels, input->count, set_count,
                 said, expected);
}

/* An opt-out span leaves open what else it holds: it may say less, but nothing untrue. */
static bool allowed(enum denial_answer said, enum denial_answer expected, enum denial_mode mode,
                    const struct denial_output *output)
{
    bool open = said == DENIAL_UNPROVEN ||
                (output->opt_out && (said == DENIAL_PROVEN_INSECURE || said == DENIAL_DELEGATION));
    return said == expected || (mode == BY_OPT_OUT && open);
}

static enum denial_answer say(struct denial_input *input, struct denial_output *output)
{
    budget_init(&bench.budget, &bench.limits);
    denial_judge(input, &bench.desk, output);
    return output->answer;
}

static void check(struct denial_input *input, enum denial_mode mode)
{
    struct denial_output output;
    enum denial_answer expected = truth(input);

    input->sets = sets;
    input->count = set_count;
    enum denial_answer said = say(input, &output);
    if (!allowed(said, expected, mode, &output))
        complain(input, said, expected);

    input->sets = part;
    for (int subset = 0; subset < SUBSETS; subset++) {
        input->count = 0;
        for (size_t i = 0; i < set_count; i++)
            if (prng_below(&prng, 3) > 0)
                part[input->count++] = sets[i];
        said = say(input, &output);
        if (said != DENIAL_UNPROVEN && !allowed(said, expected, mode, &output))
            complain(input, said, expected);
    }
}

static void ask_everything(const struct name *name, enum denial_mode mode)
{
    static const uint16_t types[] = { TYPE_A, TYPE_TXT, TYPE_CNAME, TYPE_NS, TYPE_DS, TYPE_ANY };
    struct denial_input input = { .zone = &zone.apex, .name = name, .hashes = &hashes };

    input.question = DENIAL_NAME;
    check(&input, mode);
    input.question = DENIAL_DS;
    check(&input, mode);
    input.question = DENIAL_TYPE;
    for (size_t i = 0; i < ROWS(types); i++) {
        input.type = types[i];
        check(&input, mode);
    }
    /* RFC 5155 §8.8 looks at the next closer name alone, since a zone signs no wildcard below a cut
     * and none whose parent does not exist: such questions have no answer to compare. */
    input.question = DENIAL_WILDCARD;
    unsigned most = denial_zone_cut_off(&zone, name) ? 0 : denial_zone_encloser(&zone, name).labels;
    for (unsigned labels = 1; labels <= most && labels < name->labels; labels++) {
        input.wildcard_labels = labels;
        check(&input, mode);
    }
}

static void play(enum denial_mode mode)
{
    struct name names[DENIAL_NAMES_MAX];
    struct denial_chain chain = { bench.keyring, "a1b2", 1, mode == BY_OPT_OUT };

    for (int round = 0; round < ZONES; round++) {
        proof_bench_job(&bench);
        hashes = (struct nsec3_hashes){ .last = NULL };
        denial_zone_draw(&prng, &zone);
        set_count = mode == BY_NSEC ? denial_zone_nsec(&zone, bench.arena, sets)
                                    : denial_zone_nsec3(&zone, &chain, bench.arena, sets);
        size_t name_count = denial_zone_names(&zone, "Ab*c", names);
        for (size_t i = 0; i < name_count; i++)
            ask_everything(&names[i], mode);
    }
}

static void set_up(void)
{
    proof_bench_up(&bench);
    bench.limits.denial_records = 32;
}

static void tear_down(void)
{
    proof_bench_down(&bench);
}

START_TEST(nsec_says_what_is_true_of_random_zones)
{
    prng_seed_number(&prng, (uint64_t)_i);
    play(BY_NSEC);
}
END_TEST

START_TEST(nsec3_says_what_is_true_of_random_zones)
{
    prng_seed_number(&prng, 100 + (uint64_t)_i);
    play(BY_NSEC3);
}
END_TEST

START_TEST(nsec3_with_opt_out_says_nothing_secure_that_is_not_true)
{
    prng_seed_number(&prng, 200 + (uint64_t)_i);
    play(BY_OPT_OUT);
}
END_TEST

Suite *dnssec_denial_model_suite(void)
{
    Suite *suite = suite_create("dnssec/denial_model");
    TCase *tcase = tcase_create("model");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, nsec_says_what_is_true_of_random_zones, 0, 4);
    tcase_add_loop_test(tcase, nsec3_says_what_is_true_of_random_zones, 0, 4);
    tcase_add_loop_test(tcase, nsec3_with_opt_out_says_nothing_secure_that_is_not_true, 0, 4);
    suite_add_tcase(suite, tcase);
    return suite;
}
