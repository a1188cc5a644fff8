/* value - from a node of the tree to a field of the options, by kind; used by the option table
 * alone.
 *
 * Errors   ST_MALFORMED: the complaint says at which node; its text is empty where what the row
 *          expects says enough.
 */
#ifndef CATENA_CONFIG_VALUE_H
#define CATENA_CONFIG_VALUE_H

#include "resolver/config/option.h"
#include "resolver/config/tree.h"

struct complaint {
    const struct node *node; /* NULL: the row's own */
    char text[256];          /* beside what the row expects, may be empty */
    bool about_key;          /* of a key below the row: text is the whole sentence */
};

struct option_row {
    const char *path, *normal; /* key, and its default as YAML */
    const char *expected;      /* what would be right */
    const char *help;
    enum status (*set)(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint);
    void *(*field)(struct options *options);
    int64_t least, most;      /* numbers */
    const char *const *words; /* enumerations, NULL at the end; the index is the value */
};

/* What readers of values share: ST_MALFORMED, with where and what is wrong; and the index of a
 * word, in any case, in a list that ends with NULL. */
enum status value_wrong(const struct node *node, struct complaint *complaint, const char *text);
bool value_is_one_of(const struct node *node, const char *const *words, unsigned *value);

enum status value_flag(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint); /* bool: true, false, on, off */
enum status value_word(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint); /* an enum of `words` */
enum status value_number(const struct option_row *row, void *field, const struct node *node,
                         struct complaint *complaint); /* uint32_t */
enum status value_workers(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint);
enum status value_size(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint); /* uint64_t: auto, 64M, 4G */
enum status value_name(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint); /* char[USER_NAME] */
enum status value_path(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint); /* char[CONFIG_PATH] */
enum status value_listen(const struct option_row *row, void *field, const struct node *node,
                         struct complaint *complaint); /* struct options */
enum status value_acl(const struct option_row *row, void *field, const struct node *node,
                      struct complaint *complaint); /* struct acl: replaces it */
enum status value_allow(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct options: prefixes, and `local` */
enum status value_cookie_secrets(
    const struct option_row *row, void *field, const struct node *node,
    struct complaint *complaint); /* struct options: secrets, and their file */
enum status value_never_asked(const struct option_row *row, void *field, const struct node *node,
                              struct complaint *complaint);
enum status value_hide_private(const struct option_row *row, void *field, const struct node *node,
                               struct complaint *complaint); /* struct acl */
enum status value_hints(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct policy */
enum status value_anchors(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint); /* struct policy */
enum status value_disable(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint); /* struct dnssec_rules */
enum status value_modes(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct subtrees */
enum status value_names(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct subtrees, the modes unused */
enum status value_zones(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct zones */
enum status value_local_zones(const struct option_row *row, void *field, const struct node *node,
                              struct complaint *complaint); /* struct policy */
enum status value_local_records(const struct option_row *row, void *field, const struct node *node,
                                struct complaint *complaint); /* struct policy */
enum status value_hosts(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct options */
enum status value_local_open(const struct option_row *row, void *field, const struct node *node,
                             struct complaint *complaint); /* struct policy */
enum status value_factors(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint); /* struct networks */
enum status value_host_text(const struct option_row *row, void *field, const struct node *node,
                            struct complaint *complaint); /* struct identity_text */
enum status value_version_text(const struct option_row *row, void *field, const struct node *node,
                               struct complaint *complaint); /* struct identity_text */
enum status value_time_repair(const struct option_row *row, void *field, const struct node *node,
                              struct complaint *complaint); /* struct subtrees */
enum status value_clock(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint); /* struct policy */
enum status value_limits(const struct option_row *row, void *field, const struct node *node,
                         struct complaint *complaint); /* struct limits */

#endif
