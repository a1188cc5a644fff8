#include "resolver/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/base/prng.h"

#define MEGABYTE (UINT64_C(1024) * 1024)

/* ---- arguments ---- */

static bool read_config(struct options *options, const char *path, bool written)
{
    char why[CONFIG_WHY];

    if (!written && access(path, F_OK) != 0)
        return true; /* all defaults are complete: no file is needed */
    if (options_read_file(options, path, why) == ST_OK)
        return true;
    fprintf(stderr, "catena: %s\n", why);
    return false;
}

static bool assign(struct options *options, const char *assignment)
{
    char why[CONFIG_WHY];

    if (options_read_assignment(options, assignment, why) == ST_OK)
        return true;
    fprintf(stderr, "catena: %s\n", why);
    return false;
}

static const char *config_path(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "-c") == 0)
            return argv[i + 1];
    return NULL;
}

/* One word, or one option with its value. Returns how many words were taken; 0: said why not. */
static int take_word(const struct cli_arguments *arguments, struct options *options, int argc, char **argv)
{
    bool needs_value = strcmp(argv[0], "-c") == 0 || strcmp(argv[0], "-o") == 0;
    int taken;

    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        fputs(arguments->usage, stdout);
        options_destroy(options);
        exit(0);
    }
    if (needs_value && argc < 2) {
        fprintf(stderr, "catena: %s wants a value\n%s", argv[0], arguments->usage);
        return 0;
    }
    if (needs_value)
        return argv[0][1] == 'c' || assign(options, argv[1]) ? 2 : 0;
    taken = arguments->other ? arguments->other(arguments->context, argc, argv) : 0;
    if (taken == 0)
        fprintf(stderr, "catena: there is no option \"%s\"\n%s", argv[0], arguments->usage);
    return taken;
}

static bool take_all(const struct cli_arguments *arguments, struct options *options, int *argc, char **argv)
{
    int rest = 1;

    for (int i = 1; i < *argc;) {
        int taken = 1;
        if (argv[i][0] == '-' && argv[i][1] != '\0')
            taken = take_word(arguments, options, *argc - i, argv + i);
        else
            argv[rest++] = argv[i];
        if (taken == 0)
            return false;
        i += taken;
    }
    *argc = rest;
    return true;
}

struct options *cli_options(const struct cli_arguments *arguments, int *argc, char **argv)
{
    struct options *options = options_create();
    const char *path = config_path(*argc, argv);
    char why[CONFIG_WHY];

    if (!options) {
        fprintf(stderr, "catena: out of memory\n");
        return NULL;
    }
    if (!read_config(options, path ? path : CONFIG_FILE, path != NULL) ||
        !take_all(arguments, options, argc, argv)) {
        options_destroy(options);
        return NULL;
    }
    if (options_check(options, why) != ST_OK) {
        fprintf(stderr, "catena: %s\n", why);
        options_destroy(options);
        return NULL;
    }
    return options;
}

/* ---- the parts of a resolver ---- */

/* memory.max of the cgroup this process is in (version 2), or all there is. */
static uint64_t cgroup_memory(void)
{
    char line[64] = "";
    FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
    unsigned long long octets;

    if (!file)
        return UINT64_MAX;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    return sscanf(line, "%llu", &octets) == 1 ? octets : UINT64_MAX;
}

/* RULINGS B17: the least of 256 MB, a tenth of RAM, a quarter of the cgroup's limit. */
static uint64_t auto_cache_octets(void)
{
    struct sysinfo info;
    uint64_t octets = 256 * MEGABYTE;
    uint64_t ram = sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : UINT64_MAX;
    uint64_t quarter = cgroup_memory() / 4;

    octets = ram / 10 < octets ? ram / 10 : octets;
    octets = quarter < octets ? quarter : octets;
    return octets < STORE_OCTETS_MIN ? STORE_OCTETS_MIN : octets;
}

static uint64_t pool_octets(uint64_t cache_octets)
{
    uint64_t octets = cache_octets / 4;
    octets = octets > 64 * MEGABYTE ? 64 * MEGABYTE : octets;
    return octets < 6 * MEGABYTE ? 6 * MEGABYTE : octets;
}

static enum status make(struct options *options, unsigned workers, struct parts *parts)
{
    uint64_t octets = options->cache_octets ? options->cache_octets : auto_cache_octets();
    struct prng prng;
    struct caches_setup setup = { .octets = octets, .workers = workers };

    parts->policy = options_take_policy(options);
    if (!parts->policy)
        return ST_NOMEM;
    TRY(prng_seed_os(&prng));
    prng_fill(&prng, &setup.hash_key, sizeof setup.hash_key);
    setup.limits = &parts->policy->limits;
    setup.caps = (struct ttl_caps){
        .min_s = parts->policy->ttl_min_s,
        .max_s = parts->policy->ttl_max_s,
        .negative_max_s = parts->policy->negative_ttl_max_s,
        .bogus_s = parts->policy->limits.ttl_bogus_s,
    };
    parts->crypto = crypto_create();
    parts->pool = pool_create(pool_octets(octets));
    parts->caches = caches_create(&setup);
    return parts->crypto && parts->pool && parts->caches ? ST_OK : ST_NOMEM;
}

enum status cli_parts(struct options *options, unsigned workers, struct parts *parts)
{
    *parts = (struct parts){ .policy = NULL };
    enum status status = make(options, workers, parts);
    if (status != ST_OK) {
        fprintf(stderr, "catena: cannot start: %s\n",
                status == ST_IO ? "the system gives no randomness" : "no memory, or an OpenSSL without SHA-256");
        cli_parts_destroy(parts);
    }
    return status;
}

void cli_parts_destroy(struct parts *parts)
{
    caches_destroy(parts->caches);
    pool_destroy(parts->pool);
    crypto_destroy(parts->crypto);
    policy_destroy(parts->policy);
    *parts = (struct parts){ .policy = NULL };
}
