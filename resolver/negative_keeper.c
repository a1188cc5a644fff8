#include "resolver/negative_keeper.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

struct negative_keeper {
    struct state_file file;
    struct negative_anchors anchors;
    struct instant ends[NEGATIVE_ANCHORS_MAX], due[NEGATIVE_ANCHORS_MAX]; /* of each anchor */
    struct name freed[NEGATIVE_ANCHORS_MAX];
    unsigned freed_count;
    uint64_t version;
    bool unsaved;
    struct instant save_at;
};

/* ---- the file ---- */

static void save(struct negative_keeper *keeper, struct negative_now now)
{
    enum status status;

    keeper->file.clock = now.clock;
    status = negative_save(&keeper->file, &keeper->anchors, now.wall);

    keeper->unsaved = status != ST_OK;
    keeper->save_at = instant_after_s(now.at, NEGATIVE_SAVE_AGAIN_S);
    if (keeper->unsaved)
        log_line(LOG_WARNING,
                 "negative trust anchors: %s; what ended would be back after a restart",
                 keeper->file.trouble[0] != '\0' ? keeper->file.trouble : status_name(status));
}

/* A clock that was set back since gives no anchor more than the longest time there is. */
static struct instant end_of(const struct negative_anchor *anchor, struct negative_now now)
{
    int64_t left_s = anchor->until.s - now.wall.s;

    left_s = left_s < NEGATIVE_S_MAX ? left_s : NEGATIVE_S_MAX;
    return left_s > 0 ? instant_after_s(now.at, (uint64_t)left_s) : now.at;
}

static void load(struct negative_keeper *keeper, struct negative_now now)
{
    enum status status = negative_load(&keeper->file, &keeper->anchors);

    if (status != ST_OK && status != ST_NOTFOUND)
        log_line(LOG_WARNING, "negative trust anchors: %s",
                 keeper->file.trouble[0] != '\0' ? keeper->file.trouble : status_name(status));
    for (unsigned i = 0; i < keeper->anchors.count; i++) {
        keeper->ends[i] = end_of(&keeper->anchors.list[i], now);
        keeper->due[i] = now.at; /* the zone may have been mended while nothing ran */
    }
    negative_tick(keeper, now);
    if (keeper->anchors.count > 0)
        log_line(LOG_NOTICE, "negative trust anchors in force: %u", keeper->anchors.count);
}

/* ---- their end ---- */

static void end(struct negative_keeper *keeper, unsigned which, const char *because)
{
    const struct negative_anchor *gone = &keeper->anchors.list[which];
    unsigned last = keeper->anchors.count - 1;
    struct name name = gone->name;
    char text[NAME_TEXT];

    log_line(LOG_NOTICE, "negative trust anchor %s has ended: %s (it was set for: %s)",
             name_text(&name, text, sizeof text), because,
             gone->reason[0] != '\0' ? gone->reason : "no reason given");
    keeper->ends[which] = keeper->ends[last]; /* as negative_remove does it */
    keeper->due[which] = keeper->due[last];
    (void)!negative_remove(&keeper->anchors, &name);
    keeper->version++;
    keeper->unsaved = true;
}

static void note_freed(struct negative_keeper *keeper, const struct name *name)
{
    if (keeper->freed_count < NEGATIVE_ANCHORS_MAX)
        keeper->freed[keeper->freed_count++] = *name;
    else
        keeper->freed[0] = name_root; /* more than there is room for: all names */
}

static bool is_over(const struct negative_keeper *keeper, unsigned which, struct negative_now now)
{
    return keeper->anchors.list[which].until.s <= now.wall.s ||
           !instant_before(now.at, keeper->ends[which]);
}

void negative_tick(struct negative_keeper *keeper, struct negative_now now)
{
    uint64_t before = keeper->version;

    for (unsigned i = 0; i < keeper->anchors.count;) {
        if (is_over(keeper, i, now))
            end(keeper, i, "its time is over");
        else
            i++;
    }
    if (keeper->unsaved && (keeper->version != before || !instant_before(now.at, keeper->save_at)))
        save(keeper, now);
}

void negative_saw(struct negative_keeper *keeper, const struct name *name,
                  enum negative_finding finding, struct negative_now now)
{
    for (unsigned i = 0; i < keeper->anchors.count; i++) {
        if (!name_equal(&keeper->anchors.list[i].name, name))
            continue;
        keeper->due[i] = instant_after_s(now.at, NEGATIVE_RECHECK_S);
        if (finding == NEGATIVE_BROKEN)
            return;
        note_freed(keeper, name);
        end(keeper, i,
            finding == NEGATIVE_VALIDATES ? "the zone validates again"
                                          : "the zone is proven to be unsigned");
        save(keeper, now);
        return;
    }
}

bool negative_next(const struct negative_keeper *keeper, struct name *name, struct instant *due)
{
    bool found = false;

    for (unsigned i = 0; i < keeper->anchors.count; i++)
        if (!found || instant_before(keeper->due[i], *due)) {
            *name = keeper->anchors.list[i].name;
            *due = keeper->due[i];
            found = true;
        }
    return found;
}

/* ---- what follows from it ---- */

uint64_t negative_version(const struct negative_keeper *keeper)
{
    return keeper->version;
}

enum status negative_apply(const struct negative_keeper *keeper, struct policy *policy)
{
    subtrees_drop_timed(&policy->negative_anchors);
    for (unsigned i = 0; i < keeper->anchors.count; i++) {
        struct subtree entry = { .name = keeper->anchors.list[i].name, .until = keeper->ends[i] };
        enum status status = subtrees_add(&policy->negative_anchors, &entry);
        if (status == ST_LIMIT) { /* validated, then: the safe side */
            log_line(LOG_WARNING, "negative trust anchors: more than %u names; %u are left out",
                     SUBTREES_MAX, keeper->anchors.count - i);
            return ST_OK;
        }
        TRY(status);
    }
    return ST_OK;
}

bool negative_has_freed(const struct negative_keeper *keeper)
{
    return keeper->freed_count > 0;
}

bool negative_freed(const struct negative_keeper *keeper, const struct name *name)
{
    for (unsigned i = 0; i < keeper->freed_count; i++)
        if (name_under(name, &keeper->freed[i]))
            return true;
    return false;
}

void negative_forgotten(struct negative_keeper *keeper)
{
    keeper->freed_count = 0;
}

/* ---- life ---- */

struct negative_keeper *negative_keeper_create(const struct state_disk *disk, const char *directory,
                                               struct negative_now now)
{
    struct negative_keeper *keeper = memory_new(sizeof *keeper);

    if (!keeper)
        return NULL;
    keeper->file = (struct state_file){ disk, directory, NEGATIVE_STATE_NAME, .sequence = 0 };
    load(keeper, now);
    return keeper;
}

void negative_keeper_destroy(struct negative_keeper *keeper)
{
    memory_free(keeper);
}
