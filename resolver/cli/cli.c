#include "resolver/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/base/prng.h"
#include "resolver/cgroup.h"
#include "resolver/ours.h"

#define MEGABYTE    (UINT64_C(1024) * 1024)
#define SMALL_CACHE (16 * MEGABYTE) /* below it the limiter takes 512 KiB, not 4 MiB (LIMITS 4.2) */

/* ---- arguments ---- */

static enum status read_config(struct options *options, const char *path, char why[CONFIG_WHY])
{
    if (!path && access(CONFIG_FILE, F_OK) != 0 && errno == ENOENT)
        return ST_OK; /* all defaults are complete: no file is needed */
    return options_read_file(options, path ? path : CONFIG_FILE, why);
}

static const char *config_path(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "-c") == 0)
            return argv[i + 1];
        i += strcmp(argv[i], "-o") == 0; /* its value is no option */
    }
    return NULL;
}

/* 0: said why not. */
static int take_value(struct cli_arguments *arguments, struct options *options, int argc,
                      char **argv)
{
    char why[CONFIG_WHY];

    if (argc < 2) {
        fprintf(stderr, "catena: %s wants a value\n%s", argv[0], arguments->usage);
        return 0;
    }
    if (argv[0][1] == 'c' || options_read_assignment(options, argv[1], why) == ST_OK)
        return 2;
    fprintf(stderr, "catena: %s\n", why);
    arguments->code = EXIT_CONFIG;
    return 0;
}

/* One word, or one option with its value. Returns how many words were taken; 0: said why not. */
static int take_word(struct cli_arguments *arguments, struct options *options, int argc,
                     char **argv)
{
    int taken;

    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        fputs(arguments->usage, stdout);
        arguments->code = 0;
        return 0;
    }
    if (strcmp(argv[0], "-c") == 0 || strcmp(argv[0], "-o") == 0)
        return take_value(arguments, options, argc, argv);
    taken = arguments->other ? arguments->other(arguments->context, argc, argv) : 0;
    if (taken == 0)
        fprintf(stderr, "catena: there is no option \"%s\"\n%s", argv[0], arguments->usage);
    return taken;
}

/* Words that are no options move to the front, and *argc counts them. */
static bool take_all(struct cli_arguments *arguments, struct options *options, int *argc,
                     char **argv)
{
    int rest = 1, taken;

    for (int i = 1; i < *argc; i += taken) {
        taken = 1;
        if (argv[i][0] == '-' && argv[i][1] != '\0')
            taken = take_word(arguments, options, *argc - i, argv + i);
        else
            argv[rest++] = argv[i];
        if (taken == 0)
            return false;
    }
    *argc = rest;
    return true;
}

static bool read_all(struct cli_arguments *arguments, struct options *options, int *argc,
                     char **argv)
{
    char why[CONFIG_WHY];
    enum status status = read_config(options, config_path(*argc, argv), why);

    arguments->code = EXIT_USAGE;
    if (status == ST_OK && !take_all(arguments, options, argc, argv))
        return false;
    if (status == ST_OK)
        status = options_check(options, why);
    if (status == ST_OK)
        return true;
    fprintf(stderr, "catena: %s\n", why);
    arguments->code = EXIT_CONFIG;
    return false;
}

struct options *cli_options(struct cli_arguments *arguments, int *argc, char **argv)
{
    struct options *options = options_create();

    if (!options) {
        fprintf(stderr, "catena: out of memory\n");
        arguments->code = EXIT_UNAVAILABLE;
        return NULL;
    }
    if (read_all(arguments, options, argc, argv))
        return options;
    options_destroy(options);
    return NULL;
}

/* ---- the parts of a resolver ---- */

/* RULINGS B17: the least of 256 MB, a tenth of RAM, a quarter of the cgroup's limit. */
static uint64_t auto_cache_octets(void)
{
    struct sysinfo info;
    uint64_t octets = 256 * MEGABYTE;
    uint64_t ram = sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : UINT64_MAX;
    uint64_t quarter = cgroup_memory_max("") / 4;

    octets = ram / 10 < octets ? ram / 10 : octets;
    octets = quarter < octets ? quarter : octets;
    return octets < CACHES_OCTETS_MIN ? CACHES_OCTETS_MIN : octets;
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
    struct siphash_key rate_key;
    struct prng prng;
    struct siphash_key quota_key;
    struct caches_setup setup = { .octets = octets, .workers = workers };

    parts->policy = options_take_policy(options);
    if (!parts->policy)
        return ST_NOMEM;
    ours_close_ports(parts->policy, options, OURS_RESERVED_PORTS);
    TRY(prng_seed_os(&prng));
    prng_fill(&prng, &setup.hash_key, sizeof setup.hash_key);
    prng_fill(&prng, &quota_key, sizeof quota_key);
    setup.limits = &parts->policy->limits;
    setup.aggressive = parts->policy->aggressive;
    setup.caps = (struct ttl_caps){
        .min_s = parts->policy->ttl_min_s,
        .max_s = parts->policy->ttl_max_s,
        .negative_max_s = parts->policy->negative_ttl_max_s,
        .bogus_s = parts->policy->limits.ttl_bogus_s,
    };
    parts->clock_floor = clock_floor_at_start(options->state_directory);
    parts->crypto = crypto_create();
    parts->pool = pool_create(pool_octets(octets));
    parts->caches = caches_create(&setup);
    parts->quota = quota_create(&quota_key);
    prng_fill(&prng, &rate_key, sizeof rate_key);
    parts->ratelimit =
        ratelimit_create(octets < SMALL_CACHE ? RATELIMIT_PAIRS_SMALL : RATELIMIT_PAIRS, &rate_key);
    prng_fill(&prng, &rate_key, sizeof rate_key);
    parts->cputime =
        cputime_create(octets < SMALL_CACHE ? CPUTIME_PAIRS_SMALL : CPUTIME_PAIRS, &rate_key);
    bool whole = parts->crypto && parts->pool && parts->caches && parts->quota &&
                 parts->ratelimit && parts->cputime;
    return whole ? ST_OK : ST_NOMEM;
}

enum status cli_parts(struct options *options, unsigned workers, struct parts *parts)
{
    *parts = (struct parts){ .policy = NULL };
    enum status status = make(options, workers, parts);
    if (status != ST_OK) {
        fprintf(stderr, "catena: cannot start: %s\n",
                status == ST_IO ? "the system gives no randomness"
                                : "no memory, or an OpenSSL without SHA-256");
        cli_parts_destroy(parts);
    }
    return status;
}

void cli_parts_destroy(struct parts *parts)
{
    quota_destroy(parts->quota);
    ratelimit_destroy(parts->ratelimit);
    cputime_destroy(parts->cputime);
    caches_destroy(parts->caches);
    pool_destroy(parts->pool);
    crypto_destroy(parts->crypto);
    policy_destroy(parts->policy);
    *parts = (struct parts){ .policy = NULL };
}
