#include "tests/unit/data/root_zone.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/wire/type.h"
#include "tests/support/sign.h"

enum { SAMPLE_STRIDE = 41, TURNS_MAX = 1000 };

bool root_up(struct root *root, const struct root_edition *edition)
{
    char file[64];

    snprintf(file, sizeof file, "root-zone/%s.zone.xz", edition->serial);
    if (!genuine_here(file, "a root zone"))
        return false;
    *root = (struct root){ .edition = edition, .wall = genuine_time(edition->from) };
    root->stride = edition->whole || genuine_all() ? 1 : SAMPLE_STRIDE;
    proof_bench_up(&root->bench);
    root->arena = arena_create(root->bench.pool, PROOF_BENCH_OCTETS);
    ck_assert_ptr_nonnull(root->arena);
    genuine_read_zone(file, NULL, root->arena, &root->zone);
    root->soa = genuine_find(&root->zone, &name_root, TYPE_SOA);
    root->apex_nsec = genuine_find(&root->zone, &name_root, TYPE_NSEC);
    ck_assert(root->soa && root->apex_nsec);
    return true;
}

void root_down(struct root *root)
{
    arena_destroy(root->arena);
    proof_bench_down(&root->bench);
}

enum zone_state root_chain(struct root *root, const char *anchor)
{
    char line[160];
    struct chain_link link = { .at = 0 };
    struct chain_input input = { .zone = &name_root };

    proof_bench_job(&root->bench);
    root->bench.desk.wall = root->wall;
    root->bench.desk.arena = root->arena;
    snprintf(line, sizeof line, ". 86400 IN DS %s\n", anchor);
    input.ds = sign_text(line, root->arena);
    input.dnskeys = genuine_find(&root->zone, &name_root, TYPE_DNSKEY);
    ck_assert_int_eq(chain_keys(&link, &input, &root->bench.desk, &root->keys), PROOF_GOOD);
    return root->keys.state;
}

/* ---- one set ---- */

static void keep(struct root *root, struct rrset_walk walk, struct bytes *into, size_t *count)
{
    struct bytes piece;

    while (rrset_next(&walk, &piece)) {
        uint8_t *copy = arena_copy(root->bench.arena, piece.at, piece.len);
        ck_assert_ptr_nonnull(copy);
        into[(*count)++] = (struct bytes){ copy, piece.len };
    }
}

struct pieces *root_pieces(struct root *root, const struct rrset *set)
{
    struct pieces *pieces = ARENA_NEW(root->bench.arena, struct pieces);

    ck_assert(pieces && set->rr_count <= CHANGED_MAX);
    pieces->owner = rrset_owner(set);
    pieces->parts = (struct rrset_parts){ .owner = &pieces->owner,
                                          .type = set->type,
                                          .ttl = set->ttl,
                                          .rdatas = pieces->rdatas,
                                          .sigs = pieces->sigs };
    keep(root, rrset_records(set), pieces->rdatas, &pieces->parts.rr_count);
    keep(root, rrset_signatures(set), pieces->sigs, &pieces->parts.sig_count);
    return pieces;
}

uint8_t *root_octets(struct bytes piece)
{
    return (uint8_t *)piece.at;
}

struct rrset *root_set(struct root *root, const struct pieces *pieces)
{
    struct rrset *set;
    ck_assert_int_eq(rrset_pack(&pieces->parts, root->bench.arena, &set), ST_OK);
    return set;
}

enum proof root_prove(struct root *root, const struct rrset *set, struct rrsig_check *check)
{
    struct reply_work work = { .good = 0 };

    *check = (struct rrsig_check){ .sig = 0 };
    budget_init(&root->bench.budget, &root->bench.limits);
    return rrsig_prove(check, set, root->keys.keys, &work, &root->bench.desk);
}

/* ---- a reply ---- */

static struct rrset *unjudged(struct root *root, const struct rrset *set)
{
    struct rrset *copy;
    ck_assert_int_eq(rrset_copy(set, root->bench.arena, &copy), ST_OK);
    return copy;
}

void root_reply_begin(struct root *root, struct root_reply *reply, enum reply_kind kind,
                      const struct name *qname, uint16_t qtype)
{
    proof_bench_job(&root->bench);
    root->bench.desk.wall = root->wall;
    *reply = (struct root_reply){ .kind = kind, .qname = *qname, .qtype = qtype };
}

void root_reply_denies(struct root *root, struct root_reply *reply, const struct rrset *set)
{
    ck_assert_uint_lt(reply->authorities, ROWS(reply->authority));
    reply->authority[reply->authorities++] = unjudged(root, set);
}

const struct verdict *root_judge(struct root *root, struct root_reply *reply)
{
    struct validator_input input = { .qname = reply->qname,
                                     .zone = name_root,
                                     .qtype = reply->qtype,
                                     .kind = reply->kind,
                                     .answer = reply->answer,
                                     .authority = reply->authority,
                                     .answer_count = reply->answers,
                                     .authority_count = reply->authorities };
    struct validator *v = validator_create(&input, root->bench.arena);
    enum validator_step step;
    struct name needed;
    unsigned turns = 0;

    while ((step = validator_step(v, &root->bench.desk, &needed)) != VALIDATOR_DONE) {
        ck_assert_uint_lt(++turns, TURNS_MAX);
        if (step == VALIDATOR_NEED_KEYS) { /* of the root alone: its data are judged here */
            struct zone_keys none = { .zone = needed, .state = ZONE_NO_CUT };
            validator_give(v, needed.labels == 0 ? &root->keys : &none);
        }
    }
    return validator_verdict(v);
}

const struct verdict *root_expect(struct root *root, struct root_reply *reply,
                                  enum security security, const char *what)
{
    const struct verdict *verdict = root_judge(root, reply);
    char name[NAME_TEXT], why[2 * CAUSE_OCTETS];

    ck_assert_msg(verdict->security == security, "%s, %s: %s is %d and not %d: %s",
                  root->edition->serial, what, name_text(&reply->qname, name, sizeof name),
                  verdict->security, security, cause_text(&verdict->cause, why, sizeof why));
    if (security == SEC_BOGUS)
        root->refused++;
    else
        root->good++;
    return verdict;
}
