#include "resolver/cli/kept.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/pool.h"
#include "lib/dnssec/rfc5011_look.h"
#include "resolver/anchor_force.h"

enum { DESK_OCTETS = 4 << 20, KEYS = 64 };

struct unixtime kept_now(const struct policy *policy)
{
    return policy->clock_fixed ? policy->clock : unixtime_read();
}

static void become_keeper(const char *directory)
{
    struct stat stat;

    if (geteuid() != 0 || lstat(directory, &stat) != 0 || !S_ISDIR(stat.st_mode))
        return;
    if (setgroups(0, NULL) != 0 || setgid(stat.st_gid) != 0 || setuid(stat.st_uid) != 0)
        fprintf(stderr, "catena: cannot become the owner of %s: %s\n", directory, strerror(errno));
}

static bool enter_all(struct anchor_points *points, const struct anchor_set *anchors,
                      struct proof_desk *desk)
{
    const struct rrset *ds, *keys;
    struct name zone;

    for (size_t i = 0; anchor_zone(anchors, i, &zone); i++) {
        struct rfc5011_point *point = anchor_points_get(points, &zone);
        if (!point)
            return false;
        anchor_find(anchors, &zone, &ds, &keys);
        (void)rfc5011_add_anchors(point, ds, keys, desk);
    }
    return true;
}

static void load(struct kept *kept, const struct options *options)
{
    struct state_file file = { .disk = &state_disk_real,
                               .directory = options->state_directory,
                               .name = ANCHOR_STATE_NAME };

    kept->loaded = ST_NOTFOUND;
    if (!options->auto_update)
        return;
    become_keeper(options->state_directory);
    kept->loaded = anchor_state_load(&file, &kept->points);
    memcpy(kept->trouble, file.trouble, sizeof kept->trouble);
}

enum status kept_read(struct kept *kept, const struct kept_from *from)
{
    struct keyring *keyring = keyring_create(from->crypto, KEYS);
    struct arena *arena = arena_create(from->pool, DESK_OCTETS);
    struct budget budget;
    struct metrics metrics = { 0 };
    int64_t units = INT64_MAX;
    struct proof_desk desk = { .rules = &from->policy->rules,
                               .keyring = keyring,
                               .budget = &budget,
                               .turn_units = &units,
                               .metrics = &metrics,
                               .arena = arena,
                               .wall = kept_now(from->policy) };
    bool good = keyring && arena;

    *kept = (struct kept){ .loaded = ST_NOMEM };
    budget_init(&budget, &from->policy->limits);
    if (good) {
        load(kept, from->options);
        kept->all = enter_all(&kept->points, from->policy->anchors, &desk);
    }
    arena_destroy(arena);
    keyring_destroy(keyring);
    return good ? ST_OK : ST_NOMEM;
}

enum status kept_take_anchors(const struct options *options, struct parts *parts)
{
    struct kept_from from = { options, parts->policy, parts->crypto, parts->pool };
    struct anchor_set *anchors;
    struct kept kept;

    TRY(kept_read(&kept, &from));
    if (kept.loaded != ST_OK && kept.trouble[0])
        fprintf(stderr,
                "catena: %s: the trust anchors are those of the configuration, whatever the "
                "daemon has learnt\n",
                kept.trouble);
    anchors = anchors_in_force(&kept.points, parts->policy->anchors);
    anchor_points_clear(&kept.points);
    if (!anchors)
        return ST_NOMEM;
    anchor_set_destroy(parts->policy->anchors);
    parts->policy->anchors = anchors;
    return ST_OK;
}
