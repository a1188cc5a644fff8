#include "resolver/cookie_keeper.h"

#include <string.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "resolver/config/cookie_file.h"

struct cookie_keeper {
    struct cookie_secrets secrets;
    const char *path; /* NULL: drawn */
    char trouble[COOKIE_FILE_WHY];
    uint64_t version;
    struct instant due;
};

struct cookie_keeper *cookie_keeper_create(const struct cookie_secrets *first, const char *path,
                                           struct instant now)
{
    struct cookie_keeper *keeper = memory_new(sizeof *keeper);

    if (!keeper)
        return NULL;
    keeper->secrets = *first;
    keeper->path = path;
    keeper->due = path ? now : instant_after_s(now, COOKIE_ROLL_S);
    return keeper;
}

void cookie_keeper_destroy(struct cookie_keeper *keeper)
{
    if (!keeper)
        return;
    explicit_bzero(&keeper->secrets, sizeof keeper->secrets);
    memory_free(keeper);
}

/* ---- drawn ---- */

static void roll(struct cookie_keeper *keeper, struct instant now)
{
    struct prng prng;

    keeper->due = instant_after_s(now, COOKIE_LOOK_S);
    if (prng_seed_os(&prng) != ST_OK)
        return;
    cookie_secrets_roll(&keeper->secrets, &prng);
    explicit_bzero(&prng, sizeof prng);
    keeper->due = instant_after_s(now, COOKIE_ROLL_S);
    keeper->version++;
}

/* ---- from a file ---- */

static void say(struct cookie_keeper *keeper, const char *trouble)
{
    if (strcmp(trouble, keeper->trouble) == 0)
        return;
    (void)memcpy(keeper->trouble, trouble, strlen(trouble) + 1);
    if (trouble[0])
        log_line(LOG_WARNING,
                 "cookie-secret-file %s: %s; the secrets that were read before stay in force",
                 keeper->path, trouble);
    else
        log_line(LOG_NOTICE, "cookie-secret-file %s is well again", keeper->path);
}

static bool same_secrets(const struct cookie_secrets *a, const struct cookie_secrets *b)
{
    for (unsigned i = 0; i < a->count && a->count == b->count; i++)
        if (a->at[i].k0 != b->at[i].k0 || a->at[i].k1 != b->at[i].k1)
            return false;
    return a->count == b->count;
}

static void look(struct cookie_keeper *keeper, struct instant now)
{
    struct cookie_secrets read = { .count = 0 };
    char why[COOKIE_FILE_WHY] = "";

    keeper->due = instant_after_s(now, COOKIE_LOOK_S);
    if (cookie_file_read(keeper->path, &read, why) == ST_OK &&
        !same_secrets(&read, &keeper->secrets)) {
        keeper->secrets = read;
        keeper->version++;
        log_line(LOG_NOTICE, "cookie-secret-file %s: its secrets are in force", keeper->path);
    }
    explicit_bzero(&read, sizeof read);
    say(keeper, why);
}

void cookie_keeper_tick(struct cookie_keeper *keeper, struct instant now)
{
    if (instant_before(now, keeper->due))
        return;
    if (keeper->path)
        look(keeper, now);
    else
        roll(keeper, now);
}

/* ---- in force ---- */

uint64_t cookie_keeper_version(const struct cookie_keeper *keeper)
{
    return keeper->version;
}

const struct cookie_secrets *cookie_keeper_secrets(const struct cookie_keeper *keeper)
{
    return &keeper->secrets;
}

const char *cookie_keeper_trouble(const struct cookie_keeper *keeper)
{
    return keeper->trouble;
}
