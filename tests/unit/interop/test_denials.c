/* Random small zones and questions, and a random part of the zone's NSEC or NSEC3 chain: what we
 * hold for proven and what ldns does (RFC 4035 §5.4, RFC 5155 §8). Where they differ, one of the
 * reasons of tests/interop/README.md must hold, looked up in the zone itself. */
#include "lib/dnssec/denial.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"
#include "tests/support/sign.h"
#include "tests/unit/interop/oracle.h"

#define ROWS(table) (sizeof(table) / sizeof *(table))

enum { ROUNDS = 120, QUESTIONS = 8, SEEDS = 6, SETS_MAX = DENIAL_NODES_MAX * 4 };

static struct proof_bench bench;
static struct signer *signer;
static struct sign_key key;
static struct prng prng;
static struct denial_zone zone;

/* ---- one case ---- */

struct trial {
    enum denial_mode chain;
    enum denial_question question;
    struct name name;
    uint16_t type;
    struct rrset *sets[SETS_MAX]; /* signed */
    size_t count, left_out;
};

static struct name random_name(const char *labels)
{
    struct name name = zone.apex;
    for (uint32_t left = prng_below(&prng, 4); left > 0; left--) {
        char label[2] = { labels[prng_below(&prng, (uint32_t)strlen(labels))], '\0' };
        name = denial_child(&name, label);
    }
    return name;
}

static void random_chain(struct trial *trial)
{
    static const uint32_t window[2] = { PROOF_BENCH_WALL - 10, PROOF_BENCH_WALL + 10 };
    struct denial_chain how = { bench.keyring, "a1b2", 1, trial->chain == BY_OPT_OUT };
    struct rrset *whole[SETS_MAX];
    size_t count = trial->chain == BY_NSEC ? denial_zone_nsec(&zone, bench.arena, whole)
                                           : denial_zone_nsec3(&zone, &how, bench.arena, whole);
    for (size_t i = 0; i < count; i++)
        whole[i] = sign_plain(whole[i], &key, &zone.apex, window, bench.arena);
    bool part = prng_below(&prng, 3) == 0;
    trial->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!part || prng_below(&prng, 3) > 0)
            trial->sets[trial->count++] = whole[i];
    trial->left_out = count - trial->count;
}

/* ---- the two judges ---- */

static enum denial_answer our_answer(const struct trial *trial)
{
    struct nsec3_hashes hashes = { .last = NULL };
    struct denial_output output;
    struct denial_input input = { .question = trial->question,
                                  .zone = &zone.apex,
                                  .name = &trial->name,
                                  .type = trial->type,
                                  .sets = trial->sets,
                                  .count = trial->count,
                                  .hashes = &hashes };
    budget_init(&bench.budget, &bench.limits);
    denial_judge(&input, &bench.desk, &output);
    ck_assert(output.answer != DENIAL_SPENT);
    return output.answer;
}

static bool we_hold_it_proven(const struct trial *trial)
{
    enum denial_answer answer = our_answer(trial);
    return answer == DENIAL_PROVEN || answer == DENIAL_PROVEN_INSECURE;
}

static bool ldns_holds_it_proven(const struct trial *trial)
{
    char text[NAME_TEXT];
    if (trial->count == 0) /* ldns takes it for granted that there is one */
        return false;
    ldns_rr_list *records = ldns_rr_list_new(), *signatures = ldns_rr_list_new();
    ldns_rr *asked = ldns_rr_new();
    ldns_status status;
    for (size_t i = 0; i < trial->count; i++) {
        oracle_add_records(records, trial->sets[i]);
        oracle_add_signatures(signatures, trial->sets[i]);
    }
    ldns_rr_set_owner(asked, ldns_dname_new_frm_str(name_text(&trial->name, text, sizeof text)));
    ldns_rr_set_type(asked, (ldns_rr_type)trial->type);
    __lsan_disable();
    bool nodata = trial->question == DENIAL_TYPE;
    if (trial->chain == BY_NSEC)
        status = ldns_dnssec_verify_denial(asked, records, signatures);
    else
        status = ldns_dnssec_verify_denial_nsec3(asked, records, signatures,
                                                 nodata ? LDNS_RCODE_NOERROR : LDNS_RCODE_NXDOMAIN,
                                                 (ldns_rr_type)trial->type, nodata);
    __lsan_enable();
    ldns_rr_free(asked);
    ldns_rr_list_deep_free(signatures);
    ldns_rr_list_deep_free(records);
    return status == LDNS_STATUS_OK;
}

/* ---- why they may differ: tests/interop/README.md, 2 to 9 ---- */

enum reason {
    NO_REASON,
    BELOW,
    OTHER_SIDE,
    AN_ALIAS,
    NO_WILDCARD_PROOF,
    NAME_EXISTS,
    WILDCARD_NODATA,
    WILDCARD_EXISTS,
    OPT_OUT,
    REASONS
};

static const char *const reasons[REASONS] = {
    "no reason",
    "below a delegation or a DNAME (RFC 6840 §4.1)",
    "the other side of a cut (RFC 4035 §3.1.4.1, RFC 6840 §4.1)",
    "a CNAME at the name (RFC 6840 §4.3)",
    "the closest encloser's wildcard is not denied (RFC 4035 §5.4)",
    "the name exists, so no wildcard need be denied (RFC 4035 §5.4)",
    "a wildcard without the type (RFC 4035 §3.1.3.4)",
    "a wildcard that exists, taken for one that is denied (RFC 5155 §8.4)",
    "an opt-out span: not secure, but no lie either (RFC 5155 §9.2, erratum 3441)",
};

static bool nsec_covers_in(const struct trial *trial, const struct name *name)
{
    for (size_t i = 0; i < trial->count; i++) {
        struct name owner = rrset_owner(trial->sets[i]), next;
        struct bytes rdata = rrset_rdata(trial->sets[i], 0);
        size_t len = 0;
        while (rdata.at[len] != 0)
            len += 1u + rdata.at[len];
        ck_assert(name_from_wire((struct bytes){ rdata.at, len + 1 }, &next) == ST_OK);
        if (name_compare(&owner, name) < 0 &&
            (name_compare(name, &next) < 0 || name_compare(&next, &owner) <= 0))
            return true;
    }
    return false;
}

/* The chain shows that the name exists: unsigned delegations are left out under opt-out. */
static bool shown(enum denial_mode chain, const struct name *name)
{
    for (size_t i = 0; i < zone.count; i++) {
        const struct denial_node *node = &zone.nodes[i];
        bool unsigned_cut = denial_node_has(node, "NS") && !denial_node_has(node, "DS") && i > 0;
        if (name_under(&node->name, name) && !denial_zone_cut_off(&zone, &node->name) &&
            (chain != BY_OPT_OUT || !unsigned_cut))
            return true;
    }
    return false;
}

static struct name wildcard_for(const struct trial *trial)
{
    struct name encloser = trial->name;
    while (!shown(trial->chain, &encloser))
        encloser = name_parent(&encloser);
    return denial_child(&encloser, "*");
}

static enum reason why_ldns_alone(const struct trial *trial)
{
    const struct denial_node *node = denial_zone_node(&zone, &trial->name);
    if (denial_zone_cut_off(&zone, &trial->name))
        return BELOW;
    if (node != NULL && denial_node_has(node, "NS") &&
        denial_node_has(node, "SOA") == (trial->type == TYPE_DS))
        return OTHER_SIDE;
    if (node != NULL && denial_node_has(node, "CNAME"))
        return AN_ALIAS;
    if (shown(trial->chain, &trial->name))
        return NO_REASON;
    struct name wildcard = wildcard_for(trial);
    node = denial_zone_node(&zone, &wildcard);
    if (trial->chain == BY_NSEC && !nsec_covers_in(trial, &wildcard))
        return NO_WILDCARD_PROOF;
    if (trial->question == DENIAL_NAME && shown(trial->chain, &wildcard))
        return WILDCARD_EXISTS;
    if (node != NULL && denial_node_has(node, "NS") && trial->type != TYPE_DS)
        return OTHER_SIDE;
    if (node != NULL && denial_node_has(node, "CNAME"))
        return AN_ALIAS;
    return NO_REASON;
}

static enum reason why_we_alone(const struct trial *trial)
{
    struct name wildcard = wildcard_for(trial);
    if (trial->chain == BY_OPT_OUT && our_answer(trial) == DENIAL_PROVEN_INSECURE)
        return OPT_OUT;
    if (shown(trial->chain, &trial->name)) {
        struct name parent = name_parent(&trial->name), beside = denial_child(&parent, "*");
        bool denied = trial->chain == BY_NSEC ? nsec_covers_in(trial, &beside)
                                              : !shown(trial->chain, &beside);
        return denied ? NO_REASON : NAME_EXISTS;
    }
    return shown(trial->chain, &wildcard) ? WILDCARD_NODATA : NO_REASON;
}

static void complain(const struct trial *trial, const char *who)
{
    char text[NAME_TEXT], type[TYPE_TEXT];
    denial_zone_print(&zone);
    ck_abort_msg("chain %d, question %d, %s %s, %zu records left out: proven for %s alone",
                 trial->chain, trial->question, name_text(&trial->name, text, sizeof text),
                 type_text(trial->type, type), trial->left_out, who);
}

static void set_up(void)
{
    proof_bench_up(&bench);
    bench.limits.denial_records = 64;
    signer = signer_create();
    key = sign_key(signer, 15, 0, SIGN_ZSK);
}

static void tear_down(void)
{
    signer_destroy(signer);
    proof_bench_down(&bench);
}

struct counts {
    unsigned agreed[2], reasons[REASONS]; /* agreed: on unproven, on proven */
};

static void compare(struct trial *trial, struct counts *counts)
{
    bool ours = we_hold_it_proven(trial), theirs = ldns_holds_it_proven(trial);
    if (trial->chain == BY_NSEC && !ours) { /* ldns is not told the rcode */
        trial->question = trial->question == DENIAL_NAME ? DENIAL_TYPE : DENIAL_NAME;
        ours = we_hold_it_proven(trial);
    }
    if (ours == theirs) {
        counts->agreed[ours]++;
        return;
    }
    enum reason reason = ours ? why_we_alone(trial) : why_ldns_alone(trial);
    if (reason == NO_REASON)
        complain(trial, ours ? "us" : "ldns");
    counts->reasons[reason]++;
}

START_TEST(every_denial_is_judged_as_ldns_judges_it)
{
    static const uint16_t types[] = { TYPE_A, TYPE_TXT, TYPE_DS, TYPE_NS, TYPE_MX };
    static const char *const chains[] = { "NSEC", "NSEC3", "NSEC3 with opt-out" };
    struct counts counts = { .agreed = { 0 } };
    prng_seed_number(&prng, 2000 + (uint64_t)_i);
    for (unsigned round = 0; round < oracle_rounds(ROUNDS); round++) {
        struct trial trial = { .chain = (enum denial_mode)(_i % 3) };
        proof_bench_job(&bench);
        denial_zone_draw(&prng, &zone);
        random_chain(&trial);
        for (unsigned i = 0; i < QUESTIONS; i++) {
            trial.name = random_name("ab*c");
            trial.type = types[prng_below(&prng, ROWS(types))];
            trial.question = prng_below(&prng, 2) == 0 ? DENIAL_NAME : DENIAL_TYPE;
            compare(&trial, &counts);
        }
    }
    printf("denials by %s: both say proven %u, both unproven %u\n", chains[_i % 3],
           counts.agreed[1], counts.agreed[0]);
    for (unsigned i = 0; i < REASONS; i++)
        if (counts.reasons[i] > 0)
            printf("denials by %s: %u differ: %s\n", chains[_i % 3], counts.reasons[i], reasons[i]);
    ck_assert(counts.agreed[0] > 100 && counts.agreed[1] > 100);
}
END_TEST

Suite *interop_denials_suite(void)
{
    Suite *suite = suite_create("interop/denials");
    TCase *tcase = tcase_create("ldns");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, every_denial_is_judged_as_ldns_judges_it, 0, SEEDS);
    suite_add_tcase(suite, tcase);
    return suite;
}
