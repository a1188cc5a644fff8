#include "resolver/steward.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/dnssec/key_tags.h"
#include "lib/wire/message.h"
#include "lib/wire/type.h"
#include "resolver/cookie_keeper.h"
#include "resolver/forgetting.h"
#include "resolver/recheck.h"

enum {
    KEYS = 16, /* of our keyring: nothing is validated in here */
    JOBS = 16,
    SOCKETS = 64,
    QUERY_OCTETS = 512,
    REPLY_OCTETS = 1 << 20, /* of arena, for one reply and its sets */
    CLIENT_KEYS = 1,        /* who asks: for the keeper; to tell key tags, whatever comes */
    CLIENT_TAGS,
    CLIENT_RECHECK,       /* a negative anchor's zone */
    TELL_EVERY_S = 86400, /* SPEC A4 */
    CLIENT_PORT = 53053
};

static const uint8_t loopback[4] = { 127, 0, 0, 1 };

struct steward {
    struct steward_setup setup;
    struct anchor_keeper *keeper;     /* NULL: dnssec.auto-update is off */
    struct negative_keeper *negative; /* NULL: without a state directory */
    struct cookie_keeper *cookies;    /* NULL: clients are given none */
    struct rollout *rollout;
    struct policy *policy; /* of our own engine at the start, whose limits stay */
    struct policy *later;  /* the one after it that is in force; NULL: none yet */
    struct caches *caches; /* of our own engine */
    struct keyring *keyring;
    struct engine *engine;
    struct loop *loop;
    struct metrics metrics;
    struct siphash_key hash_key;
    uint8_t *room;
    uint64_t asking;        /* CLIENT_*; 0: nothing that somebody waits for */
    struct name zone;       /* asked for */
    struct recheck recheck; /* of that zone; under way while one is answered */
    uint64_t version, shrunk, negative_end, secrets; /* of the keepers, as released last */
    struct instant tell_at; /* the tags of zone number `told` and of those after it */
    size_t told;
    struct forgetting forgetting;
};

static struct rfc5011_now now_of(const struct steward *steward)
{
    const struct policy *policy = steward->setup.policy;
    struct unixtime wall = policy->clock_fixed ? policy->clock : loop_wall(steward->loop);
    return (struct rfc5011_now){ wall, loop_now(steward->loop) };
}

static struct negative_now negative_now_of(const struct steward *steward)
{
    struct rfc5011_now now = now_of(steward);
    bool fixed = steward->setup.policy->clock_fixed;
    return (struct negative_now){ now.at, now.wall,
                                  fixed ? STATE_CLOCK_FIXED : STATE_CLOCK_SYSTEM };
}

/* ---- what came ---- */

static const struct rrset *set_in(const struct steward *steward, struct bytes octets,
                                  struct arena *arena)
{
    struct message message;
    struct rrset_list sets;

    if (message_parse(octets, arena, &message) != ST_OK ||
        message_sets(&message, SECTION_ANSWER, &steward->hash_key, arena, &sets) != ST_OK)
        return NULL;
    for (size_t i = 0; i < sets.count; i++)
        if (sets.at[i]->type == TYPE_DNSKEY && rrset_owner_is(sets.at[i], &steward->zone))
            return sets.at[i];
    return NULL;
}

static void came(struct steward *steward, const struct rrset *set)
{
    char zone[NAME_TEXT];

    steward->asking = 0;
    if (!set)
        log_line(LOG_WARNING, "trust anchor %s: its DNSKEY set could not be had",
                 name_text(&steward->zone, zone, sizeof zone));
    keeper_saw(steward->keeper, &steward->zone, set, now_of(steward));
}

static void rechecked(struct steward *steward, const struct answer *answer)
{
    enum negative_finding finding;

    steward->asking = 0;
    if (recheck_came(&steward->recheck, answer, &finding))
        negative_saw(steward->negative, &steward->zone, finding, negative_now_of(steward));
}

static void on_answer(void *context, const struct answer *answer)
{
    struct steward *steward = context;
    struct arena *arena;

    if (answer->client == CLIENT_RECHECK)
        rechecked(steward, answer);
    if (answer->client != CLIENT_KEYS)
        return;
    arena = arena_create(steward->setup.pool, REPLY_OCTETS);
    came(steward, arena ? set_in(steward, answer->message, arena) : NULL);
    arena_destroy(arena);
}

static void on_drop(void *context, uint64_t client)
{
    if (client == CLIENT_KEYS)
        came(context, NULL);
    if (client == CLIENT_RECHECK)
        rechecked(context, NULL);
}

/* ---- asking ---- */

/* All that is known but the way to the zone: the cuts above it with their keys, addresses, servers.
 * What an absence was made of may stand at any name. */
static bool is_no_way(void *context, const struct store_key *key)
{
    const struct steward *steward = context;
    struct name name;

    if (key->kind == KIND_INFRA)
        return false;
    return key->kind == KIND_FAILURE || key->kind >= KIND_RRSET ||
           name_from_wire(key->name, &name) != ST_OK || name_under(&name, &steward->zone);
}

/* CD: what the servers say, proven or not, for the keeper to judge (RFC 5011 §2.2). Without it: our
 * engine's verdict, which is what a negative anchor's zone is asked for. */
static void ask(struct steward *steward, uint64_t client, const struct question *question)
{
    uint8_t octets[QUERY_OCTETS];
    uint16_t flags = client == CLIENT_RECHECK ? FLAG_RD : FLAG_RD | FLAG_CD;
    struct header header = { .flags = flags, .counts = { 1, 0, 0, 1 } };
    struct edns_out edns = { .udp_octets = EDNS_UDP_OCTETS, .dnssec_ok = true };
    struct event event = { .kind = EVENT_QUERY,
                           .query = { .client = client,
                                      .from = endpoint_v4(loopback, CLIENT_PORT),
                                      .via = VIA_TCP,
                                      .room = { steward->room, MESSAGE_OCTETS_MAX } } };
    struct writer w;

    writer_init(&w, octets, sizeof octets);
    header_write(&w, &header);
    question_write(&w, question);
    (void)edns_write(&w, &edns);
    event.query.message = (struct bytes){ octets, w.len };
    loop_event(steward->loop, &event);
}

static void ask_anew(struct steward *steward, uint64_t client, uint16_t type)
{
    struct question question = { steward->zone, type, CLASS_IN };

    (void)store_sweep(steward->caches->store, is_no_way, steward);
    steward->asking = client;
    ask(steward, client, &question);
}

static void ask_what_is_due(struct steward *steward)
{
    struct instant due, now = loop_now(steward->loop);
    bool begun = steward->recheck.answered > 0;

    if (!begun && steward->keeper && keeper_next(steward->keeper, &steward->zone, &due) &&
        !instant_before(now, due))
        ask_anew(steward, CLIENT_KEYS, TYPE_DNSKEY);
    else if (begun ||
             (steward->negative && negative_next(steward->negative, &steward->zone, &due) &&
              !instant_before(now, due)))
        ask_anew(steward, CLIENT_RECHECK, recheck_type(&steward->recheck));
}

/* RFC 8145 §5: one zone a tick, all of them at the start and once a day. */
static void tell_tags(struct steward *steward)
{
    const struct anchor_set *anchors = rollout_newest(steward->rollout)->anchors;
    struct question question = { .type = TYPE_NULL, .class = CLASS_IN };
    struct name zone;

    if (instant_before(loop_now(steward->loop), steward->tell_at))
        return;
    if (!anchor_zone(anchors, steward->told++, &zone)) {
        steward->told = 0;
        steward->tell_at = instant_after_s(loop_now(steward->loop), TELL_EVERY_S);
    } else if (key_tags_name(anchors, &zone, &question.name)) {
        ask(steward, CLIENT_TAGS, &question);
    }
}

/* ---- a policy with other anchors ---- */

/* What is known by now, into a draft; whatever fails, it is still a policy to be destroyed. */
static enum status bring_up_to_date(const struct steward *steward, struct policy *draft)
{
    struct anchor_set *anchors;

    if (!draft)
        return ST_NOMEM;
    if (steward->negative)
        TRY(negative_apply(steward->negative, draft));
    if (steward->cookies)
        draft->cookie_secrets = *cookie_keeper_secrets(steward->cookies);
    if (!steward->keeper)
        return ST_OK;
    anchors = keeper_anchors(steward->keeper);
    if (!anchors)
        return ST_NOMEM;
    anchor_set_destroy(draft->anchors);
    draft->anchors = anchors;
    return ST_OK;
}

static uint64_t version_of(const struct steward *steward)
{
    return steward->keeper ? keeper_version(steward->keeper) : 0;
}

static uint64_t shrunk_of(const struct steward *steward)
{
    return steward->keeper ? keeper_shrunk(steward->keeper) : 0;
}

static uint64_t negative_end_of(const struct steward *steward)
{
    return steward->negative ? negative_version(steward->negative) : 0;
}

static uint64_t secrets_of(const struct steward *steward)
{
    return steward->cookies ? cookie_keeper_version(steward->cookies) : 0;
}

/* Another one but for what is about clients, since the only one is this thread itself, and for what
 * would hide whether a zone validates (RFC 7646 §4). */
static struct policy *own_policy(const struct policy *from)
{
    struct policy *policy = policy_copy(from);

    if (!policy)
        return NULL;
    acl_clear(&policy->allow);
    subtrees_clear(&policy->modes);
    subtrees_drop_timed(&policy->negative_anchors);
    policy->dnssec = DNSSEC_VALIDATE;
    policy->log_queries = false;
    policy->limits.jobs = JOBS;
    policy->limits.upstream_sockets = SOCKETS;
    if (acl_add_text(&policy->allow, "127.0.0.0/8") == ST_OK)
        return policy;
    policy_destroy(policy);
    return NULL;
}

/* Our own engine trusts what the workers' do; without memory it goes on as it is. */
static void renew_own(struct steward *steward)
{
    struct policy *later = own_policy(rollout_newest(steward->rollout));
    struct event event = { .kind = EVENT_CONTROL, .policy = later };

    if (!later)
        return;
    loop_event(steward->loop, &event);
    policy_destroy(steward->later);
    steward->later = later;
}

static void note_released(struct steward *steward)
{
    steward->version = version_of(steward);
    steward->shrunk = shrunk_of(steward);
    steward->negative_end = negative_end_of(steward);
    steward->secrets = secrets_of(steward);
    renew_own(steward);
}

/* Our own caches keep the way to each zone, proven by keys that may be trusted no longer. */
static void begin_to_forget(struct steward *steward)
{
    enum forget_what what = shrunk_of(steward) != steward->shrunk ? FORGET_ALL : FORGET_KEYS;

    forgetting_begin(&steward->forgetting, what, loop_now(steward->loop));
    if (what == FORGET_ALL)
        caches_flush(steward->caches);
}

/* What is in the caches was judged by less than is known now. */
static bool knows_better(const struct steward *steward)
{
    return version_of(steward) != steward->version ||
           negative_end_of(steward) != steward->negative_end;
}

static void release(struct steward *steward)
{
    struct policy *draft = rollout_draft(steward->rollout);

    if (bring_up_to_date(steward, draft) != ST_OK ||
        rollout_release(steward->rollout, draft) != ST_OK) {
        policy_destroy(draft); /* the next tick tries again */
        return;
    }
    if (knows_better(steward))
        begin_to_forget(steward);
    note_released(steward);
}

/* What is over, released or forgotten by now. */
static void go_on(struct steward *steward)
{
    bool settled = rollout_settle(steward->rollout);

    if (steward->keeper)
        keeper_tick(steward->keeper, now_of(steward));
    if (steward->negative)
        negative_tick(steward->negative, negative_now_of(steward));
    if (steward->cookies)
        cookie_keeper_tick(steward->cookies, loop_now(steward->loop));
    if (knows_better(steward) || secrets_of(steward) != steward->secrets)
        release(steward);
    else if (settled)
        forgetting_go_on(&steward->forgetting, loop_now(steward->loop));
}

void steward_tick(struct steward *steward)
{
    go_on(steward);
    if (steward->asking == 0)
        ask_what_is_due(steward);
    if (steward->setup.policy->signal)
        tell_tags(steward);
}

/* ---- life ---- */

static enum status make_engine(struct steward *steward)
{
    struct engine_setup setup = { .policy = steward->policy,
                                  .metrics = &steward->metrics,
                                  .clock_floor = steward->setup.clock_floor };
    struct caches_setup caches = { .octets = CACHES_OCTETS_MIN, .workers = 1 };

    TRY(prng_seed_os(&setup.prng));
    prng_fill(&setup.prng, &caches.hash_key, sizeof caches.hash_key);
    prng_fill(&setup.prng, &steward->hash_key, sizeof steward->hash_key);
    caches.limits = &steward->policy->limits;
    caches.caps = (struct ttl_caps){ .max_s = steward->policy->ttl_max_s,
                                     .negative_max_s = steward->policy->negative_ttl_max_s,
                                     .bogus_s = steward->policy->limits.ttl_bogus_s };
    steward->caches = caches_create(&caches);
    steward->keyring = keyring_create(steward->setup.crypto, KEYS);
    setup.caches = steward->caches;
    setup.keyring = steward->keyring;
    setup.pool = steward->setup.pool;
    steward->engine = setup.caches && setup.keyring ? engine_create(&setup) : NULL;
    return steward->engine ? ST_OK : ST_NOMEM;
}

static enum status make(struct steward *steward)
{
    struct loop_clients clients = { on_answer, on_drop, NULL, steward };

    steward->policy = own_policy(steward->setup.policy);
    steward->room = memory_new(MESSAGE_OCTETS_MAX);
    if (!steward->policy || !steward->room)
        return ST_NOMEM;
    TRY(make_engine(steward));
    steward->loop = loop_create(steward->engine, &clients);
    return steward->loop ? ST_OK : ST_NOMEM;
}

static enum status make_cookies(struct steward *steward)
{
    const struct policy *policy = steward->setup.policy;

    if (!policy->cookies || policy->cookie_secrets.count == 0)
        return ST_OK;
    steward->cookies = cookie_keeper_create(&policy->cookie_secrets, steward->setup.cookie_file,
                                            loop_now(steward->loop));
    return steward->cookies ? ST_OK : ST_NOMEM;
}

static enum status make_keepers(struct steward *steward)
{
    struct keeper_setup setup = {
        .policy = steward->setup.policy,
        .crypto = steward->setup.crypto,
        .pool = steward->setup.pool,
        .disk = steward->setup.disk,
        .directory = steward->setup.directory,
    };

    TRY(make_cookies(steward));
    if (!setup.directory)
        return ST_OK;
    steward->negative =
        negative_keeper_create(setup.disk, setup.directory, negative_now_of(steward));
    if (!steward->negative)
        return ST_NOMEM;
    if (!steward->setup.auto_update)
        return ST_OK;
    steward->keeper = keeper_create(&setup, now_of(steward));
    return steward->keeper ? ST_OK : ST_NOMEM;
}

struct steward *steward_create(const struct steward_setup *setup)
{
    struct steward *steward = memory_new(sizeof *steward);

    if (!steward)
        return NULL;
    steward->setup = *setup;
    if (make(steward) == ST_OK && make_keepers(steward) == ST_OK) {
        steward->forgetting = (struct forgetting){ .caches = setup->caches,
                                                   .policy = setup->policy,
                                                   .negative = steward->negative };
        return steward;
    }
    steward_destroy(steward);
    return NULL;
}

void steward_destroy(struct steward *steward)
{
    if (!steward)
        return;
    keeper_destroy(steward->keeper);
    negative_keeper_destroy(steward->negative);
    cookie_keeper_destroy(steward->cookies);
    loop_destroy(steward->loop);
    engine_destroy(steward->engine);
    keyring_destroy(steward->keyring);
    caches_destroy(steward->caches);
    policy_destroy(steward->later);
    policy_destroy(steward->policy);
    memory_free(steward->room);
    memory_free(steward);
}

void steward_add_up(const struct steward *steward, struct metrics *sum)
{
    static const char sent[] = "upstream_";
    struct metrics own = { 0 };

    for (size_t i = 0; i < metrics_row_count; i++) {
        size_t at = metrics_rows[i].offset;
        if (strncmp(metrics_rows[i].name, sent, sizeof sent - 1) == 0)
            memcpy((char *)&own + at, (const char *)&steward->metrics + at, sizeof(uint64_t));
    }
    metrics_add_up(sum, &own);
}

struct loop *steward_loop(struct steward *steward)
{
    return steward->loop;
}

const struct anchor_keeper *steward_keeper(const struct steward *steward)
{
    return steward->keeper;
}

const struct negative_keeper *steward_negative(const struct steward *steward)
{
    return steward->negative;
}

struct policy *steward_first_policy(const struct steward *steward)
{
    struct policy *policy = policy_copy(steward->setup.policy);

    if (bring_up_to_date(steward, policy) == ST_OK)
        return policy;
    policy_destroy(policy);
    return NULL;
}

void steward_begin(struct steward *steward, struct rollout *rollout)
{
    steward->rollout = rollout;
    note_released(steward);
}
