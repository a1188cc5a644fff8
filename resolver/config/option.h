/* option - every configuration key, one row each: name, kind, default, bounds, help.
 *
 * Shape    the parser, the checker, the sample file and the manual page all read this table; adding
 *          a row (and, for a new kind of value, its setter) is the whole change. Keys are paths as
 *          in "upstream.qname-minimisation". `struct options` is what the rows fill.
 * Owns     options_create gives an options with all defaults in place; its policy is taken out with
 *          options_take_policy or destroyed with it.
 * Errors   ST_MALFORMED with one sentence in `why`: file, line, column, key, what was found and
 *          what would be right; ST_LIMIT, ST_IO likewise.
 * Spec     DESIGN 8; RULINGS B25 (libyaml events, bounds), B19 (what needs a restart).
 */
#ifndef CATENA_CONFIG_OPTION_H
#define CATENA_CONFIG_OPTION_H

#include <stdio.h>

#include "lib/base/log.h"
#include "lib/policy/policy.h"
#include "resolver/config/words.h"

enum { CONFIG_PATH = 4096, USER_NAME = 64, DOORS_MAX = 64, WORKERS_MAX = 64 };

/* A written address that cannot be had is an error, one of the default list is not. */
enum listen_origin { LISTEN_DEFAULT, LISTEN_WRITTEN };

/* Whose names are answered: of /etc/hosts this machine's own, or all of a file that is named. */
enum hosts_use { HOSTS_OFF, HOSTS_OWN, HOSTS_NAMED };

struct options {
    struct endpoint listen[DOORS_MAX];
    unsigned listen_count;
    enum listen_origin listen_origin;
    unsigned workers;     /* 0: auto, one a CPU this process may use */
    char user[USER_NAME]; /* dropped to after binding, when started as root */
    char state_directory[CONFIG_PATH];
    char cookie_secret_file[CONFIG_PATH]; /* "": drawn here */
    uint64_t cache_octets;                /* 0: auto, RULINGS B17 */
    enum log_level log_level;
    enum log_format log_format;
    bool open_resolver;
    bool allow_local; /* access.allow names the networks of the interfaces */
    bool auto_update; /* of trust anchors, RFC 5011 */
    enum hosts_use hosts;
    char hosts_file[CONFIG_PATH]; /* HOSTS_NAMED: which one */
    struct policy *policy;
};

/* A line for each zone of `zones:`: whom it asks, and what its dnssec mode does (RULINGS A25). */
void zones_print(const struct policy *policy, FILE *into);

struct options *options_create(void); /* NULL: no memory */
void options_destroy(struct options *options);
struct policy *options_take_policy(struct options *options);

/* Reads a text over what is there; `source` names it in errors. */
enum status options_read_text(struct options *options, struct bytes text, const char *source,
                              char why[CONFIG_WHY]) MUST_USE;
/* The same with a file. */
enum status options_read_file(struct options *options, const char *path, char why[CONFIG_WHY])
    MUST_USE;
/* One "key=value" as given with -o; the value is YAML: "workers=2", "limits.jobs=64". */
enum status options_read_assignment(struct options *options, const char *assignment,
                                    char why[CONFIG_WHY]) MUST_USE;
/* What no single key can tell: contradictions between them (access open to the world without the
 * second key, ...). */
enum status options_check(const struct options *options, char why[CONFIG_WHY]) MUST_USE;
/* What is allowed and should be known: true, and a sentence (LIMITS F5, SPEC R1). */
bool options_warn(const struct options *options, char why[CONFIG_WHY]);

/* From the table: the sample file with its comments; the manual page catena.yaml(5), in roff. */
void options_print_sample(FILE *into);
void options_print_manual(FILE *into);

#endif
