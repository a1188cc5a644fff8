/* Random small zones, every question about every name near them: denial_judge must say what is
 * true of the zone. With the whole chain it must say all that can be said; with a part of it, it
 * may fall silent but never say anything else. */
#include <stdio.h>

#include "lib/base/prng.h"
#include "lib/dnssec/denial.h"
#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/suites.h"

#define ROWS(table) (sizeof(table) / sizeof *(table))

#ifndef ZONES
#define ZONES 8
#endif

enum { NAMES_MAX = 96, SUBSETS = 1 };

static struct proof_bench bench;
static struct prng prng;
static struct denial_zone zone;
static struct rrset *sets[DENIAL_NODES_MAX * 4], *part[DENIAL_NODES_MAX * 4];
static size_t set_count;
static struct name names[NAMES_MAX];
static size_t name_count;
static struct nsec3_hashes hashes;

/* ---- zones and names ---- */

static struct name child(const struct name *of, const char *label)
{
    struct name name;
    struct bytes octets = { (const uint8_t *)label, strlen(label) };
    ck_assert(name_prepend(octets, of, &name) == ST_OK);
    return name;
}

/* The apex, and all names of one to three labels below it. */
static void names_make(const char *const *labels, size_t count)
{
    ck_assert(name_from_text("example.", &names[0]) == ST_OK);
    name_count = 1;
    for (size_t from = 0, to = 1, depth = 0; depth < 3; depth++) {
        for (; from < to; from++)
            for (size_t i = 0; i < count; i++)
                names[name_count++] = child(&names[from], labels[i]);
        to = name_count;
    }
}

static void zone_make(void)
{
    static const char *const labels[] = { "a", "b", "*" };
    static const char *const types[] = {
        "A", "A TXT", "A", "CNAME", "NS", "NS DS", "DNAME A", "TXT"
    };
    names_make(labels, ROWS(labels));
    zone.apex = names[0];
    zone.nodes[0] = (struct denial_node){ .name = names[0], .types = "SOA NS DNSKEY" };
    zone.count = 1;
    for (uint32_t left = prng_below(&prng, 8); left > 0; left--) {
        const struct name *name = &names[1 + prng_below(&prng, (uint32_t)name_count - 1)];
        if (denial_zone_node(&zone, name) != NULL)
            continue;
        struct denial_node *node = &zone.nodes[zone.count++];
        node->name = *name;
        snprintf(node->types, sizeof node->types, "%s", types[prng_below(&prng, ROWS(types))]);
    }
}

/* ---- what is true ---- */

static bool node_denies(const struct name *name, const char *type)
{
    const struct denial_node *node = denial_zone_node(&zone, name);
    if (node == NULL)
        return true;
    bool ds = strcmp(type, "DS") == 0;
    if (denial_node_has(node, "SOA") ? ds : denial_node_has(node, "NS") && !ds)
        return false;
    return strcmp(type, "ANY") != 0 && !denial_node_has(node, type) &&
           !denial_node_has(node, "CNAME");
}

static unsigned encloser_labels(const struct name *name)
{
    unsigned labels = name->labels;
    for (struct name at = *name; !denial_zone_exists(&zone, &at); at = name_suffix(name, labels))
        labels--;
    return labels;
}

static enum denial_answer truth_of_ds(const struct name *name, const struct name *wildcard)
{
    const struct denial_node *node = denial_zone_node(&zone, name);
    if (!denial_zone_exists(&zone, name))
        return denial_zone_exists(&zone, wildcard) && !node_denies(wildcard, "DS") ? DENIAL_UNPROVEN
                                                                                   : DENIAL_NO_NAME;
    if (name_equal(name, &zone.apex) || !node_denies(name, "DS"))
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
    struct name encloser = name_suffix(name, encloser_labels(name));
    struct name wildcard = child(&encloser, "*");
    bool stands_in = denial_zone_exists(&zone, &wildcard);
    switch (input->question) {
    case DENIAL_NAME: proven = !exists && !stands_in; break;
    case DENIAL_TYPE:
        proven = (exists || stands_in) &&
                 node_denies(exists ? name : &wildcard, type_text(input->type, type));
        break;
    case DENIAL_WILDCARD: proven = !exists && input->wildcard_labels == encloser.labels; break;
    case DENIAL_DS: return truth_of_ds(name, &wildcard);
    }
    return proven ? DENIAL_PROVEN : DENIAL_UNPROVEN;
}

/* ---- what is said ---- */

enum mode { BY_NSEC, BY_NSEC3, BY_OPT_OUT };

static void complain(const struct denial_input *input, enum denial_answer said,
                     enum denial_answer expected)
{
    char text[NAME_TEXT], type[TYPE_TEXT];
    for (size_t i = 0; i < zone.count; i++)
        fprintf(stderr, "%s %s\n", name_text(&zone.nodes[i].name, text, sizeof text),
                zone.nodes[i].types);
    ck_abort_msg("question %d, %s %s, labels %u, %zu of %zu records: said %d, not %d",
                 input->question, name_text(input->name, text, sizeof text),
                 type_text(input->type, type), input->wildcard_labels, input->count, set_count,
                 said, expected);
}

/* An opt-out span leaves open what else it holds: it may say less, but nothing untrue. */
static bool allowed(enum denial_answer said, enum denial_answer expected, enum mode mode,
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

static void check(struct denial_input *input, enum mode mode)
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

static void ask_everything(const struct name *name, enum mode mode)
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
    unsigned most = denial_zone_cut_off(&zone, name) ? 0 : encloser_labels(name);
    for (unsigned labels = 1; labels <= most && labels < name->labels; labels++) {
        input.wildcard_labels = labels;
        check(&input, mode);
    }
}

static void play(enum mode mode)
{
    static const char *const labels[] = { "A", "b", "*", "c" };
    struct denial_chain chain = { bench.keyring, "a1b2", 1, mode == BY_OPT_OUT };

    for (int round = 0; round < ZONES; round++) {
        proof_bench_job(&bench);
        hashes = (struct nsec3_hashes){ .last = NULL };
        zone_make();
        set_count = mode == BY_NSEC ? denial_zone_nsec(&zone, bench.arena, sets)
                                    : denial_zone_nsec3(&zone, &chain, bench.arena, sets);
        names_make(labels, ROWS(labels));
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
