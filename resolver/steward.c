#include "resolver/steward.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/dnssec/key_tags.h"
#include "lib/wire/message.h"
#include "lib/wire/type.h"

enum {
    KEYS = 16, /* of our keyring: nothing is validated in here */
    JOBS = 16,
    SOCKETS = 64,
    QUERY_OCTETS = 512,
    REPLY_OCTETS = 1 << 20, /* of arena, for one reply and its sets */
    CLIENT_KEYS = 1,        /* who asks: for the keeper; to tell key tags, whatever comes */
    CLIENT_TAGS,
    TELL_EVERY_S = 86400, /* SPEC A4 */
    CLIENT_PORT = 53053,
    SWEEPS = 2
};

static const uint8_t loopback[4] = { 127, 0, 0, 1 };

struct steward {
    struct steward_setup setup;
    struct anchor_keeper *keeper; /* NULL: dnssec.auto-update is off */
    struct rollout *rollout;      /* NULL: nothing is served yet */
    struct policy *policy;        /* of our own engine */
    struct caches *caches;        /* of our own engine */
    struct keyring *keyring;
    struct engine *engine;
    struct loop *loop;
    struct metrics metrics;
    struct siphash_key hash_key;
    uint8_t *room;
    bool asking;
    struct name zone;       /* asked for */
    uint64_t version;       /* of the keeper's anchors that were released last */
    struct instant tell_at; /* the tags of zone number `told` and of those after it */
    size_t told;
    unsigned sweeps; /* of the workers' key cache, still to be made */
    struct instant sweep_at;
};

static struct rfc5011_now now_of(const struct steward *steward)
{
    const struct policy *policy = steward->setup.policy;
    struct unixtime wall = policy->clock_fixed ? policy->clock : loop_wall(steward->loop);
    return (struct rfc5011_now){ wall, loop_now(steward->loop) };
}

/* ---- what came ---- */

static const struct rrset *set_in(const struct steward *steward, struct bytes octets,
                                  struct arena *arena)
{
    struct message message;
    struct rrset_list sets;

    if (message_parse(octets, arena, &message) != ST_OK ||
        message_rcode(&message) != RCODE_NOERROR ||
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

    steward->asking = false;
    if (!set)
        log_line(LOG_WARNING, "trust anchor %s: its DNSKEY set could not be had",
                 name_text(&steward->zone, zone, sizeof zone));
    keeper_saw(steward->keeper, &steward->zone, set, now_of(steward));
}

static void on_answer(void *context, const struct answer *answer)
{
    struct steward *steward = context;
    struct arena *arena;

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
}

/* ---- asking ---- */

static bool whatever(void *context, const struct store_key *key)
{
    (void)context;
    (void)key;
    return true;
}

/* CD: what the servers say, proven or not, for the keeper to judge (RFC 5011 §2.2). */
static void ask(struct steward *steward, uint64_t client, const struct question *question)
{
    uint8_t octets[QUERY_OCTETS];
    struct header header = { .flags = FLAG_RD | FLAG_CD, .counts = { 1, 0, 0, 1 } };
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

static void ask_for_keys(struct steward *steward)
{
    struct question question = { steward->zone, TYPE_DNSKEY, CLASS_IN };

    (void)store_sweep(steward->caches->store, whatever, NULL);
    steward->asking = true;
    ask(steward, CLIENT_KEYS, &question);
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

/* ST_NOMEM: there is no draft, or it has the anchors that it had. */
static enum status take_anchors(const struct anchor_keeper *keeper, struct policy *draft)
{
    struct anchor_set *anchors = draft ? keeper_anchors(keeper) : NULL;

    if (!anchors)
        return ST_NOMEM;
    anchor_set_destroy(draft->anchors);
    draft->anchors = anchors;
    return ST_OK;
}

static void release(struct steward *steward)
{
    struct policy *draft = rollout_draft(steward->rollout);

    if (take_anchors(steward->keeper, draft) != ST_OK ||
        rollout_release(steward->rollout, draft) != ST_OK) {
        policy_destroy(draft); /* the next tick tries again */
        return;
    }
    steward->version = keeper_version(steward->keeper);
    steward->sweeps = SWEEPS;
    steward->sweep_at = loop_now(steward->loop);
}

/* Keys judged under other anchors; a question that was under way may put them there once more. */
static void forget_keys(struct steward *steward)
{
    struct instant now = loop_now(steward->loop);
    struct name zone;

    for (size_t i = 0; anchor_zone(steward->setup.policy->anchors, i, &zone); i++)
        (void)key_cache_remove(steward->setup.caches->keys, &zone);
    steward->sweeps--;
    steward->sweep_at = instant_after_ms(now, steward->setup.policy->limits.resolution_ms);
}

static void follow(struct steward *steward)
{
    struct anchor_keeper *keeper = steward->keeper;
    struct instant due, now = loop_now(steward->loop);
    bool settled = rollout_settle(steward->rollout);

    keeper_tick(keeper, now_of(steward));
    if (keeper_version(keeper) != steward->version)
        release(steward);
    else if (settled && steward->sweeps > 0 && !instant_before(now, steward->sweep_at))
        forget_keys(steward);
    if (!steward->asking && keeper_next(keeper, &steward->zone, &due) && !instant_before(now, due))
        ask_for_keys(steward);
}

void steward_tick(struct steward *steward)
{
    if (!steward->rollout)
        return;
    if (steward->keeper)
        follow(steward);
    else
        (void)rollout_settle(steward->rollout);
    if (steward->setup.policy->signal)
        tell_tags(steward);
}

/* ---- life ---- */

/* The configured one, but for what is about clients: the only one is this thread itself. */
static struct policy *own_policy(const struct policy *configured)
{
    struct policy *policy = policy_copy(configured);

    if (!policy)
        return NULL;
    acl_clear(&policy->allow);
    policy->priming = false;
    policy->log_queries = false;
    policy->limits.jobs = JOBS;
    policy->limits.upstream_sockets = SOCKETS;
    if (acl_add_text(&policy->allow, "127.0.0.0/8") == ST_OK)
        return policy;
    policy_destroy(policy);
    return NULL;
}

static enum status make_engine(struct steward *steward)
{
    struct engine_setup setup = { .policy = steward->policy, .metrics = &steward->metrics };
    struct caches_setup caches = { .octets = STORE_OCTETS_MIN, .workers = 1 };

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

static enum status make_keeper(struct steward *steward)
{
    struct keeper_setup setup = {
        .policy = steward->setup.policy,
        .crypto = steward->setup.crypto,
        .pool = steward->setup.pool,
        .disk = steward->setup.disk,
        .directory = steward->setup.directory,
    };

    if (!setup.directory)
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
    if (make(steward) == ST_OK && make_keeper(steward) == ST_OK)
        return steward;
    steward_destroy(steward);
    return NULL;
}

void steward_destroy(struct steward *steward)
{
    if (!steward)
        return;
    keeper_destroy(steward->keeper);
    loop_destroy(steward->loop);
    engine_destroy(steward->engine);
    keyring_destroy(steward->keyring);
    caches_destroy(steward->caches);
    policy_destroy(steward->policy);
    memory_free(steward->room);
    memory_free(steward);
}

struct loop *steward_loop(struct steward *steward)
{
    return steward->loop;
}

const struct anchor_keeper *steward_keeper(const struct steward *steward)
{
    return steward->keeper;
}

struct policy *steward_first_policy(const struct steward *steward)
{
    struct policy *policy = policy_copy(steward->setup.policy);

    if (!steward->keeper || take_anchors(steward->keeper, policy) == ST_OK)
        return policy;
    policy_destroy(policy);
    return NULL;
}

void steward_begin(struct steward *steward, struct rollout *rollout)
{
    steward->rollout = rollout;
    if (steward->keeper)
        steward->version = keeper_version(steward->keeper);
}
