#include "resolver/anchor_keeper.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/dnssec/rfc5011_look.h"
#include "resolver/anchor_force.h"

enum {
    LOOK_OCTETS = 1 << 20,
    SAVE_AGAIN_S = 3600,
    DAY_S = 86400,
    NUMBER_TEXT = 32,
    TIME_TEXT = 32,
    DS_ALGORITHM = 2, /* octets of rdata */
    DNSKEY_ALGORITHM = 3
};

struct anchor_keeper {
    struct keeper_setup setup;
    struct keyring *keyring;
    struct budget budget; /* of the look under way */
    struct metrics metrics;
    int64_t turn_units;
    struct state_file file;
    struct anchor_points points;
    struct instant due[ANCHOR_POINTS_MAX];
    uint32_t trusted[ANCHOR_POINTS_MAX]; /* bits, as `version` counted them last */
    uint64_t version, shrunk;
    bool unread; /* a state may be there that could not be read: it is not written over */
    bool unsaved;
    struct instant save_at, said_at;
    char said[STATE_WHY]; /* the trouble that was logged last */
};

/* ---- words ---- */

/* SPEC A2: what is wrong with the file once, and once a day while it is. */
static void say_trouble(struct anchor_keeper *keeper, struct instant now)
{
    const char *trouble = keeper->file.trouble;
    bool same = strcmp(trouble, keeper->said) == 0;

    if (same && (trouble[0] == '\0' || instant_s_between(keeper->said_at, now) < DAY_S))
        return;
    if (trouble[0] == '\0')
        log_line(LOG_NOTICE, "trust anchors: their state is kept in %s again",
                 keeper->setup.directory);
    else
        log_line(LOG_WARNING,
                 "trust anchors: %s; make state-directory one that belongs to this "
                 "user; service goes on",
                 trouble);
    keeper->said_at = now;
    memcpy(keeper->said, trouble, sizeof keeper->said);
}

static void say_key(const struct rfc5011_point *point, unsigned slot, struct unixtime wall)
{
    const struct rfc5011_key *key = &point->keys[slot];
    struct unixtime end = rfc5011_hold_end(key, wall);
    char zone[NAME_TEXT], when[TIME_TEXT] = "";

    if (end.s != 0)
        unixtime_text(end, when, sizeof when);
    log_line(LOG_NOTICE, "trust anchor %s key %u: %s%s%s",
             name_text(&point->zone, zone, sizeof zone), rfc5011_tag(key),
             rfc5011_state_name((enum rfc5011_state)key->state),
             key->state == ROLL_PENDING ? ", trusted from "
             : end.s                    ? ", until "
                                        : "",
             when);
}

static void say_report(const struct rfc5011_point *point, const struct rfc5011_report *report,
                       struct unixtime wall)
{
    char zone[NAME_TEXT];

    (void)name_text(&point->zone, zone, sizeof zone);
    for (unsigned i = 0; i < ROLL_KEYS; i++)
        if (report->entered >> i & 1 && point->keys[i].state != ROLL_START)
            say_key(point, i, wall);
    if (report->full)
        log_line(LOG_WARNING, "trust anchor %s: no place for another key", zone);
    if (anchor_point_has_keys(point) && !rfc5011_trusted(point))
        log_line(LOG_ERROR,
                 "trust anchor %s: every key known is revoked; nothing there is "
                 "trusted until dnssec.trust-anchors has a new one",
                 zone);
    else if (!report->proven)
        log_line(LOG_WARNING,
                 "trust anchor %s: the DNSKEY set that came is signed by no trusted "
                 "key",
                 zone);
}

/* ---- the points ---- */

/* What a look or an entry works with; NULL arena: no memory. */
static struct proof_desk desk_of(struct anchor_keeper *keeper, struct unixtime wall)
{
    budget_init(&keeper->budget, &keeper->setup.policy->limits);
    keeper->turn_units = INT64_MAX; /* nobody waits for this thread */
    return (struct proof_desk){
        .rules = &keeper->setup.policy->rules,
        .keyring = keeper->keyring,
        .budget = &keeper->budget,
        .turn_units = &keeper->turn_units,
        .metrics = &keeper->metrics,
        .arena = arena_create(keeper->setup.pool, LOOK_OCTETS),
        .wall = wall,
    };
}

static void note_trusted(struct anchor_keeper *keeper)
{
    for (size_t i = 0; i < keeper->points.count; i++) {
        uint32_t trusted = rfc5011_trusted(keeper->points.points[i]);
        keeper->version += trusted != keeper->trusted[i];
        keeper->shrunk += (keeper->trusted[i] & ~trusted) != 0;
        keeper->trusted[i] = trusted;
    }
}

/* A zone that the configuration names no more has no anchor any more. */
static void drop_others(struct anchor_keeper *keeper)
{
    struct anchor_points *points = &keeper->points;
    const struct rrset *ds, *keys;
    size_t kept = 0;

    for (size_t i = 0; i < points->count; i++) {
        anchor_find(keeper->setup.policy->anchors, &points->points[i]->zone, &ds, &keys);
        if (ds || keys)
            points->points[kept++] = points->points[i];
        else
            memory_free(points->points[i]);
    }
    points->count = kept;
}

static enum status enter_anchors(struct anchor_keeper *keeper, struct proof_desk *desk)
{
    const struct anchor_set *anchors = keeper->setup.policy->anchors;
    struct rfc5011_point *point;
    const struct rrset *ds, *keys;
    struct name zone;

    for (size_t i = 0; anchor_zone(anchors, i, &zone); i++) {
        bool room = keeper->points.count < ANCHOR_POINTS_MAX;
        point = anchor_points_get(&keeper->points, &zone);
        if (!point && room)
            return ST_NOMEM;
        if (!point) {
            log_line(LOG_WARNING,
                     "more than %u zones have trust anchors: those of the others "
                     "stay as they are configured",
                     ANCHOR_POINTS_MAX);
            break;
        }
        anchor_find(anchors, &zone, &ds, &keys);
        if (!rfc5011_add_anchors(point, ds, keys, desk))
            log_line(LOG_WARNING, "a zone has more trust anchors than the %u that are followed",
                     ROLL_KEYS);
    }
    return ST_OK;
}

/* `points` as they were read, with the anchors in force. */
static enum status take_points(struct anchor_keeper *keeper, const struct anchor_points *points,
                               struct rfc5011_now now)
{
    struct proof_desk desk = desk_of(keeper, now.wall);
    enum status status = ST_NOMEM;

    keeper->points = *points;
    drop_others(keeper);
    if (desk.arena)
        status = enter_anchors(keeper, &desk);
    arena_destroy(desk.arena);
    for (size_t i = 0; i < keeper->points.count; i++)
        keeper->due[i] = now.at;
    note_trusted(keeper);
    return status;
}

/* ---- the state file ---- */

static enum status load(struct anchor_keeper *keeper, struct anchor_points *points,
                        struct rfc5011_now now)
{
    enum status status = anchor_state_load(&keeper->file, points);

    keeper->unread = status == ST_IO || status == ST_NOMEM;
    say_trouble(keeper, now.at);
    return status;
}

static bool records_revocation(const struct anchor_points *points)
{
    for (size_t i = 0; i < points->count; i++)
        for (unsigned slot = 0; slot < ROLL_KEYS; slot++)
            if (points->points[i]->keys[slot].revoked)
                return true;
    return false;
}

/* A revocation is written twice, and so is in the file before the newest too: neither an older file
 * that is put back nor a newest that is spoilt undoes it (RULINGS A43, LIMITS H3). */
static enum status write_points(struct anchor_keeper *keeper, struct unixtime wall)
{
    TRY(anchor_state_save(&keeper->file, &keeper->points, wall));
    if (!records_revocation(&keeper->points))
        return ST_OK;
    return anchor_state_save(&keeper->file, &keeper->points, wall);
}

static enum status carry_points(struct anchor_keeper *keeper, const struct anchor_points *known,
                                struct rfc5011_now now)
{
    struct proof_desk desk = desk_of(keeper, now.wall);
    char zone[NAME_TEXT];

    for (size_t i = 0; desk.arena && i < known->count; i++) {
        struct rfc5011_point *point = anchor_points_get(&keeper->points, &known->points[i]->zone);
        if (!point || !rfc5011_carry(point, known->points[i], &desk))
            log_line(LOG_WARNING, "trust anchor %s: no place for all that was seen of its keys",
                     name_text(&known->points[i]->zone, zone, sizeof zone));
    }
    arena_destroy(desk.arena);
    return desk.arena ? ST_OK : ST_NOMEM;
}

/* RULINGS A43: a revocation recorded in the file counts more than what was seen since, and one that
 * was seen since more than the file. Without memory it stays unread, and is tried again. */
static void take_late(struct anchor_keeper *keeper, const struct anchor_points *found,
                      struct rfc5011_now now)
{
    struct anchor_points known = keeper->points;

    if (take_points(keeper, found, now) == ST_OK && carry_points(keeper, &known, now) == ST_OK) {
        anchor_points_clear(&known);
    } else {
        anchor_points_clear(&keeper->points);
        keeper->points = known;
        keeper->unread = true;
    }
    note_trusted(keeper);
    keeper->version++; /* the slots of before tell nothing of those of now */
    keeper->shrunk++;
}

static void save(struct anchor_keeper *keeper, struct rfc5011_now now)
{
    struct anchor_points found = { .count = 0 };

    keeper->unsaved = true;
    keeper->save_at = instant_after_s(now.at, SAVE_AGAIN_S);
    if (keeper->unread && load(keeper, &found, now) == ST_OK)
        take_late(keeper, &found, now);
    if (!keeper->unread) {
        keeper->unsaved = write_points(keeper, now.wall) != ST_OK;
        say_trouble(keeper, now.at);
    }
}

void keeper_tick(struct anchor_keeper *keeper, struct rfc5011_now now)
{
    if (keeper->unsaved && !instant_before(now.at, keeper->save_at))
        save(keeper, now);
}

/* ---- life ---- */

static enum status begin(struct anchor_keeper *keeper, struct rfc5011_now now)
{
    struct anchor_points found = { .count = 0 };
    enum status loaded = load(keeper, &found, now);

    TRY(take_points(keeper, &found, now));
    if (loaded != ST_OK)
        save(keeper, now);
    return ST_OK;
}

struct anchor_keeper *keeper_create(const struct keeper_setup *setup, struct rfc5011_now now)
{
    struct anchor_keeper *keeper = memory_new(sizeof *keeper);

    if (!keeper)
        return NULL;
    keeper->setup = *setup;
    keeper->file = (struct state_file){ .disk = setup->disk,
                                        .directory = setup->directory,
                                        .name = ANCHOR_STATE_NAME,
                                        .clock = setup->policy->clock_fixed ? STATE_CLOCK_FIXED
                                                                            : STATE_CLOCK_SYSTEM };
    keeper->keyring = keyring_create(setup->crypto, ROLL_SEEN);
    if (keeper->keyring && begin(keeper, now) == ST_OK)
        return keeper;
    keeper_destroy(keeper);
    return NULL;
}

void keeper_destroy(struct anchor_keeper *keeper)
{
    if (!keeper)
        return;
    anchor_points_clear(&keeper->points);
    keyring_destroy(keeper->keyring);
    memory_free(keeper);
}

/* ---- what is due, what came ---- */

bool keeper_next(const struct anchor_keeper *keeper, struct name *zone, struct instant *due)
{
    size_t next = 0;

    if (keeper->points.count == 0)
        return false;
    for (size_t i = 1; i < keeper->points.count; i++)
        if (instant_before(keeper->due[i], keeper->due[next]))
            next = i;
    *zone = keeper->points.points[next]->zone;
    *due = keeper->due[next];
    return true;
}

/* False: nothing could be learnt of the set. */
static bool look_at(struct anchor_keeper *keeper, struct rfc5011_point *point,
                    const struct rrset *set, struct rfc5011_now now)
{
    struct rfc5011_look look = { .at = 0 };
    struct rfc5011_report report = { .proven = false };
    struct proof_desk desk = desk_of(keeper, now.wall);
    bool seen = desk.arena && rfc5011_look(&look, point, set, &desk) == PROOF_GOOD;

    if (seen) {
        report = rfc5011_step(point, &look.sight, now);
        say_report(point, &report, now.wall);
        keeper->unsaved = keeper->unsaved || report.proven || report.entered != 0;
    }
    arena_destroy(desk.arena);
    return report.proven;
}

void keeper_saw(struct anchor_keeper *keeper, const struct name *zone, const struct rrset *set,
                struct rfc5011_now now)
{
    for (size_t i = 0; i < keeper->points.count; i++) {
        struct rfc5011_point *point = keeper->points.points[i];
        if (!name_equal(&point->zone, zone))
            continue;
        bool proven = set && look_at(keeper, point, set, now);
        uint32_t pause_s =
            proven ? rfc5011_query_s(point, now.wall) : rfc5011_retry_s(point, now.wall);
        keeper->due[i] = instant_after_s(now.at, pause_s);
        note_trusted(keeper);
        if (keeper->unsaved)
            save(keeper, now);
    }
}

/* ---- the anchors in force ---- */

uint64_t keeper_version(const struct anchor_keeper *keeper)
{
    return keeper->version;
}

uint64_t keeper_shrunk(const struct anchor_keeper *keeper)
{
    return keeper->shrunk;
}

struct anchor_set *keeper_anchors(const struct anchor_keeper *keeper)
{
    return anchors_in_force(&keeper->points, keeper->setup.policy->anchors);
}

/* ---- for people ---- */

struct keeper_row keeper_row_of(const struct rfc5011_point *point, unsigned slot,
                                struct unixtime wall)
{
    const struct rfc5011_key *key = &point->keys[slot];

    return (struct keeper_row){
        .zone = point->zone,
        .tag = rfc5011_tag(key),
        .algorithm = key->rdata[key->form == ROLL_AS_DS ? DS_ALGORITHM : DNSKEY_ALGORITHM],
        .trusted = rfc5011_trusted(point) >> slot & 1,
        .configured = key->builtin,
        .state = (enum rfc5011_state)key->state,
        .since = key->since,
        .seen = key->seen,
        .hold_end = rfc5011_hold_end(key, wall),
        .checked = point->checked,
    };
}

bool keeper_row(const struct anchor_keeper *keeper, size_t index, struct rfc5011_now now,
                struct keeper_row *row)
{
    for (size_t i = 0; i < keeper->points.count; i++)
        for (unsigned slot = 0; slot < ROLL_KEYS; slot++) {
            const struct rfc5011_point *point = keeper->points.points[i];
            if (point->keys[slot].state == ROLL_START || index-- != 0)
                continue;
            *row = keeper_row_of(point, slot, now.wall);
            row->next_s = instant_s_between(now.at, keeper->due[i]);
            return true;
        }
    return false;
}

const char *keeper_trouble(const struct anchor_keeper *keeper)
{
    return keeper->file.trouble;
}
