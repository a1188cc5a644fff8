#include "lib/engine/inflight.h"

#include "lib/base/must.h"
#include "lib/engine/remember.h"
#include "lib/engine/route.h"
#include "lib/engine/tell.h"

/* ---- edges ---- */

void wait_lay(struct wait *wait, struct fetch *waited, struct fetch *waiter, struct job *job)
{
    list_init(&wait->of_waited);
    list_init(&wait->of_waiter);
    wait->waited = waited;
    wait->waiter = waiter;
    wait->job = job;
    list_push(&waited->waiters, &wait->of_waited);
    waited->waiter_count++;
    if (waiter)
        list_push(&waiter->needs, &wait->of_waiter);
}

void wait_lift(struct wait *wait)
{
    if (!wait->waited)
        return;
    list_remove(&wait->of_waited);
    list_remove(&wait->of_waiter);
    wait->waited->waiter_count--;
    wait->waited = NULL;
}

static uint64_t key_hash(const struct engine *engine, const struct fetch_key *key)
{
    uint64_t hash = name_hash(key->name, &engine->hash_key);
    uint64_t rest = (uint64_t)key->type << 16 | (uint64_t)key->purpose << 8 | (uint64_t)key->class;
    return hash ^ rest * UINT64_C(0x9E3779B97F4A7C15);
}

static bool same_around(const struct name *a, const struct name *b)
{
    return a && b ? name_equal(a, b) : a == b;
}

static bool has_key(const struct fetch *fetch, const struct fetch_key *key,
                    const struct name *around)
{
    return fetch->purpose == key->purpose && fetch->class == key->class &&
           fetch->type == key->type && name_equal(&fetch->name, key->name) &&
           same_around(fetch->key_around, around);
}

struct fetch *inflight_find_around(struct engine *engine, const struct fetch_key *key,
                                   const struct name *around)
{
    struct table_node *node = table_first(&engine->inflight, key_hash(engine, key));
    while (node && !has_key(LIST_OF(node, struct fetch, by_key), key, around))
        node = table_next(node);
    return node ? LIST_OF(node, struct fetch, by_key) : NULL;
}

/* What is asked anew is found by those who want it anew, too: else all who see one mismatch would
 * ask (LIMITS E7). What was begun before may have read what they no longer believe. */
static struct fetch *find_to_join(struct engine *engine, const struct fetch_wish *wish,
                                  const struct name *around)
{
    struct table_node *node = table_first(&engine->inflight, key_hash(engine, &wish->key));
    for (; node; node = table_next(node)) {
        struct fetch *fetch = LIST_OF(node, struct fetch, by_key);
        if (has_key(fetch, &wish->key, around) && (fetch->skip_cache || !wish->skip_cache))
            return fetch;
    }
    return NULL;
}

struct fetch *inflight_find(struct engine *engine, const struct fetch_key *key)
{
    return inflight_find_around(engine, key, NULL);
}

enum status inflight_insert(struct engine *engine, struct fetch *fetch)
{
    struct fetch_key key = { fetch->purpose, fetch->class, &fetch->name, fetch->type };
    return table_insert(&engine->inflight, &fetch->by_key, key_hash(engine, &key));
}

/* ---- following edges: each fetch once, by mark, breadth first; no recursion (LIMITS G9) ---- */

void inflight_visit(struct engine *engine, struct list *frontier, struct fetch *fetch)
{
    if (fetch->mark == engine->mark)
        return;
    fetch->mark = engine->mark;
    list_push(frontier, &fetch->traversal);
}

bool inflight_reaches(struct engine *engine, struct fetch *from, const struct fetch *target)
{
    struct list frontier;
    struct list *node;
    bool found = false;

    list_init(&frontier);
    engine->mark++;
    inflight_visit(engine, &frontier, from);
    while ((node = list_pop(&frontier))) {
        struct fetch *fetch = LIST_OF(node, struct fetch, traversal);
        found = found || fetch == target;
        LIST_EACH(edge, &fetch->needs) {
            inflight_visit(engine, &frontier, LIST_OF(edge, struct wait, of_waiter)->waited);
        }
    }
    return found;
}

/* Who was served after all others is not, where somebody else wants the same. */
void inflight_raise(struct engine *engine, struct fetch *from)
{
    struct list frontier;
    struct list *node;

    list_init(&frontier);
    engine->mark++;
    inflight_visit(engine, &frontier, from);
    while ((node = list_pop(&frontier))) {
        struct fetch *fetch = LIST_OF(node, struct fetch, traversal);
        engine_hurry(engine, fetch);
        LIST_EACH(edge, &fetch->needs) {
            inflight_visit(engine, &frontier, LIST_OF(edge, struct wait, of_waiter)->waited);
        }
    }
}

/* ---- begin and end ---- */

void fetch_ready(struct engine *engine, struct fetch *fetch)
{
    if (fetch->is_ready || fetch->state == FETCH_DONE)
        return;
    fetch->is_ready = true;
    list_push(&engine->ready, &fetch->ready);
}

static struct fetch *fetch_create(struct engine *engine, const struct fetch_wish *wish)
{
    struct arena *arena = arena_create(engine->pool, engine->policy->limits.job_octets);
    struct fetch *fetch = arena ? ARENA_NEW(arena, struct fetch) : NULL;
    if (!fetch) {
        arena_destroy(arena);
        return NULL;
    }
    fetch->arena = arena;
    fetch->since = engine->now;
    fetch->purpose = wish->key.purpose;
    fetch->class = wish->key.class;
    fetch->name = *wish->key.name;
    fetch->type = wish->key.type;
    fetch->skip_cache = wish->skip_cache;
    fetch->by_tcp = wish->by_tcp;
    fetch->timer = HEAP_NODE_OUT;
    list_init(&fetch->ready);
    list_init(&fetch->sending);
    list_init(&fetch->traversal);
    list_init(&fetch->load.young);
    list_init(&fetch->waiters);
    list_init(&fetch->needs);
    if (fetch->purpose == FOR_KEYS)
        fetch->trust = ARENA_NEW(arena, struct trust);
    else
        fetch->walk = ARENA_NEW(arena, struct walk);
    if ((!fetch->trust && !fetch->walk) || inflight_insert(engine, fetch) != ST_OK) {
        arena_destroy(arena);
        return NULL;
    }
    list_push(&engine->fetches, &fetch->all);
    engine->fetch_count++;
    return fetch;
}

/* The cut is copied by its header alone: servers and DS sets lie in the waiter's arena, which may
 * end first, so they are copied too. */
static enum status take_cut(struct fetch *fetch, const struct delegation *cut)
{
    struct delegation copy = *cut;
    copy.servers = arena_copy(fetch->arena, cut->servers, sizeof *cut->servers * cut->server_count);
    copy.ds_sets = ARENA_ARRAY(fetch->arena, struct rrset *, cut->ds_count);
    if (!copy.servers || !copy.ds_sets)
        return ST_LIMIT;
    for (unsigned i = 0; i < cut->ds_count; i++)
        TRY(rrset_copy(cut->ds_sets[i], fetch->arena, &copy.ds_sets[i]));
    if (fetch->walk) {
        fetch->walk->cut = copy;
        fetch->walk->has_cut = true;
    } else {
        fetch->trust->cut = copy;
        fetch->trust->has_cut = true;
    }
    return ST_OK;
}

static enum status take_around(struct fetch *fetch, const struct name *around)
{
    if (around)
        fetch->around = fetch->key_around = arena_copy(fetch->arena, around, sizeof *around);
    return around && !fetch->around ? ST_LIMIT : ST_OK;
}

static unsigned depth_of(const struct fetch_wish *wish)
{
    unsigned above = wish->waiter ? wish->waiter->depth : 0;
    return wish->key.purpose == FOR_ADDRESS ? above + 1 : above;
}

struct fetch *fetch_begin(struct engine *engine, const struct fetch_wish *wish, struct cause *cause)
{
    const struct name *around = route_inherited(wish->waiter, wish->key.name, wish->key.type);
    struct fetch *fetch = find_to_join(engine, wish, around);
    struct wait *wait = wish->job_wait;

    *cause = cause_of(WHY_NO_MEMORY);
    if (depth_of(wish) > engine->policy->limits.depth) {
        *cause = cause_of(WHY_DEPTH_LIMIT);
        return NULL;
    }
    if (fetch && wish->waiter && inflight_reaches(engine, fetch, wish->waiter)) {
        *cause = cause_of(WHY_CYCLE);
        return NULL;
    }
    if (wish->waiter && !(wait = ARENA_NEW(wish->waiter->arena, struct wait)))
        return NULL;
    if (!fetch) {
        if (!(fetch = fetch_create(engine, wish)))
            return NULL;
        fetch->depth = (uint8_t)depth_of(wish);
        if (take_around(fetch, around) != ST_OK ||
            (wish->cut && take_cut(fetch, wish->cut) != ST_OK)) {
            fetch_destroy(engine, fetch);
            return NULL;
        }
        if (fetch->walk)
            fetch->walk->at = fetch->name;
        fetch_ready(engine, fetch);
    }
    wait_lay(wait, fetch, wish->waiter, wish->job);
    if (engine->later_jobs > 0 && !payers_are_later(engine, fetch))
        inflight_raise(engine, fetch);
    tell_joins(fetch, wish);
    return fetch;
}

/* Leaves everything but the memory: tables, lists, sockets, and what it waited for. */
static void detach(struct engine *engine, struct fetch *fetch)
{
    if (fetch->state == FETCH_DONE)
        return;
    fetch->state = FETCH_DONE;
    table_remove(&engine->inflight, &fetch->by_key);
    list_remove(&fetch->ready);
    fetch->is_ready = false;
    load_leave_zone(engine, fetch);
    if (fetch->walk) {
        ask_close(engine, fetch, &fetch->walk->now);
        ask_close(engine, fetch, &fetch->walk->late);
    }
    heap_remove(&engine->timers, &fetch->timer);
    list_remove(&fetch->all);
    list_push(&engine->ended, &fetch->all);
}

/* What nobody waits for any more ends, and so on down; a worklist, not recursion (LIMITS G9). */
static void lift_needs(struct engine *engine, struct fetch *fetch)
{
    struct list idle;
    struct list *node;

    list_init(&idle);
    list_push(&idle, &fetch->traversal);
    while ((node = list_pop(&idle))) {
        struct fetch *at = LIST_OF(node, struct fetch, traversal);
        LIST_EACH(edge, &at->needs) {
            struct wait *wait = LIST_OF(edge, struct wait, of_waiter);
            struct fetch *needed = wait->waited;
            wait_lift(wait);
            if (list_empty(&needed->waiters) && needed->state != FETCH_DONE) {
                needed->outcome = OUTCOME_SPENT;
                detach(engine, needed);
                list_push(&idle, &needed->traversal);
            }
        }
    }
}

static void deliver(struct engine *engine, struct fetch *waiter, struct fetch *ended)
{
    switch ((enum purpose)ended->purpose) {
    case FOR_ADDRESS: servers_found(engine, waiter, ended); break;
    case FOR_RECORDS: trust_records_came(engine, waiter, ended); break;
    case FOR_KEYS: check_keys_came(engine, waiter, &ended->trust->result); break;
    case FOR_ANSWER:
        (void)must(ended->purpose != FOR_ANSWER); /* only jobs wait for answers */
        break;
    }
    fetch_ready(engine, waiter);
}

void fetch_end(struct engine *engine, struct fetch *fetch, enum outcome outcome, struct cause cause)
{
    if (fetch->state == FETCH_DONE)
        return;
    fetch->outcome = (uint8_t)outcome;
    fetch->cause = cause;
    detach(engine, fetch);
    if (fetch->walk && outcome != OUTCOME_ANSWERED)
        tell_record(&fetch->cause, &fetch->walk->at, fetch->type, fetch);
    if (fetch->purpose == FOR_ANSWER)
        remember_outcome(engine, fetch);
    LIST_EACH(edge, &fetch->waiters) {
        struct wait *wait = LIST_OF(edge, struct wait, of_waited);
        struct fetch *waiter = wait->waiter;
        struct job *job = wait->job;
        wait_lift(wait);
        if (waiter)
            deliver(engine, waiter, fetch);
        else
            job_fetch_ended(engine, job, fetch);
    }
    lift_needs(engine, fetch);
}

/* A fetch that lost its last waiter. */
void fetch_abandon(struct engine *engine, struct fetch *fetch)
{
    if (!list_empty(&fetch->waiters) || fetch->state == FETCH_DONE)
        return;
    fetch->outcome = OUTCOME_SPENT;
    detach(engine, fetch);
    lift_needs(engine, fetch);
}

void fetch_destroy(struct engine *engine, struct fetch *fetch)
{
    detach(engine, fetch);
    list_remove(&fetch->all);
    engine->fetch_count--;
    arena_destroy(fetch->arena);
}
