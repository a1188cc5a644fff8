/* cli - what the subcommands share: their arguments, options, exit codes, and the parts of a
 * resolver.
 *
 * Errors   every function that reads arguments or files prints one line to standard error that says
 *          what was found and what would be right.
 */
#ifndef CATENA_CLI_CLI_H
#define CATENA_CLI_CLI_H

#include "lib/cache/caches.h"
#include "lib/crypto/crypto.h"
#include "lib/policy/cputime.h"
#include "lib/policy/quota.h"
#include "resolver/clock_floor.h"
#include "resolver/config/option.h"
#include "resolver/config/version.h"

#define CONFIG_FILE "/etc/catena/catena.yaml"

enum exit_code {
    EXIT_SECURE = 0,
    EXIT_INSECURE = 1,
    EXIT_BOGUS = 2,
    EXIT_FAILED = 3,
    EXIT_USAGE = 64,
    EXIT_UNAVAILABLE = 69,
    EXIT_CONFIG = 78 /* as sysexits.h has them */
};

int cli_serve(int argc, char **argv);
int cli_query(int argc, char **argv);
int cli_check(int argc, char **argv);
int cli_anchor(int argc, char **argv);
int cli_version(int argc, char **argv);

/* -c FILE first, then each -o KEY=VALUE in order; other options go to `other` (which returns how
 * many words it took, 0: unknown). What is no option is left in argv, *argc then counts it. NULL:
 * said why, and `code` is the exit code: 0 after --help. */
struct cli_arguments {
    const char *usage;
    int (*other)(void *context, int argc, char **argv);
    void *context;
    int code;
};
struct options *cli_options(struct cli_arguments *arguments, int *argc, char **argv);

/* What every resolver stands on, made from the options; destroyed in one call. */
struct parts {
    struct policy *policy;
    struct crypto *crypto;
    struct pool *pool;
    struct caches *caches;
    struct quota *quota;
    struct ratelimit *ratelimit;
    struct cputime *cputime;
    struct clock_floor clock_floor;
};
enum status cli_parts(struct options *options, unsigned workers, struct parts *parts) MUST_USE;
void cli_parts_destroy(struct parts *parts);

#endif
