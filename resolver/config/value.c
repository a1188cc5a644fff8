#include "resolver/config/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/policy/hints.h"

/* ---- plain values ---- */

static bool is_word(const struct node *node, const char *word)
{
    return node->kind == NODE_SCALAR && strcasecmp(node->text, word) == 0;
}

enum status value_wrong(const struct node *node, struct complaint *complaint, const char *text)
{
    complaint->node = node;
    snprintf(complaint->text, sizeof complaint->text, "%s", text);
    return ST_MALFORMED;
}

bool value_is_one_of(const struct node *node, const char *const *words, unsigned *value)
{
    for (unsigned i = 0; words[i]; i++)
        if (is_word(node, words[i])) {
            *value = i;
            return true;
        }
    return false;
}

enum status value_flag(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint)
{
    bool *flag = field;
    (void)row;
    (void)complaint;
    if (is_word(node, "true") || is_word(node, "on") || is_word(node, "yes"))
        *flag = true;
    else if (is_word(node, "false") || is_word(node, "off") || is_word(node, "no"))
        *flag = false;
    else
        return ST_MALFORMED;
    return ST_OK;
}

enum status value_word(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint)
{
    unsigned *value = field;
    (void)complaint;
    for (unsigned i = 0; row->words[i]; i++) {
        /* YAML reads true and false for on and off */
        bool other = (is_word(node, "true") && strcmp(row->words[i], "on") == 0) ||
                     (is_word(node, "false") && strcmp(row->words[i], "off") == 0);
        if (is_word(node, row->words[i]) || other) {
            *value = i;
            return ST_OK;
        }
    }
    return ST_MALFORMED;
}

static bool read_number(const struct node *node, int64_t least, int64_t most, int64_t *number)
{
    char *end;
    if (node->kind != NODE_SCALAR || !isdigit((unsigned char)node->text[0]))
        return false;
    errno = 0;
    *number = strtoll(node->text, &end, 10);
    return errno == 0 && *end == '\0' && *number >= least && *number <= most;
}

enum status value_number(const struct option_row *row, void *field, const struct node *node,
                         struct complaint *complaint)
{
    int64_t number;
    (void)complaint;
    if (!read_number(node, row->least, row->most, &number))
        return ST_MALFORMED;
    *(uint32_t *)field = (uint32_t)number;
    return ST_OK;
}

enum status value_workers(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint)
{
    if (!is_word(node, "auto"))
        return value_number(row, field, node, complaint);
    *(unsigned *)field = 0;
    return ST_OK;
}

enum status value_size(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint)
{
    static const char units[] = "KMG";
    unsigned long long number;
    char *end;
    const char *unit;

    (void)complaint;
    if (is_word(node, "auto")) {
        *(uint64_t *)field = 0;
        return ST_OK;
    }
    if (node->kind != NODE_SCALAR || !isdigit((unsigned char)node->text[0]))
        return ST_MALFORMED;
    errno = 0;
    number = strtoull(node->text, &end, 10);
    unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (errno || number > UINT64_C(1) << 32 || (*end && (!unit || end[1])))
        return ST_MALFORMED;
    number <<= unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (number < (unsigned long long)row->least || number > (unsigned long long)row->most)
        return ST_MALFORMED;
    *(uint64_t *)field = number;
    return ST_OK;
}

static enum status copy_text(void *field, size_t room, const struct node *node)
{
    size_t len = node->kind == NODE_SCALAR ? strlen(node->text) : 0;
    if (len == 0 || len >= room)
        return ST_MALFORMED;
    memcpy(field, node->text, len + 1);
    return ST_OK;
}

enum status value_name(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint)
{
    (void)row;
    (void)complaint;
    return copy_text(field, USER_NAME, node);
}

enum status value_path(const struct option_row *row, void *field, const struct node *node,
                       struct complaint *complaint)
{
    (void)row;
    (void)complaint;
    return copy_text(field, CONFIG_PATH, node);
}

/* ---- lists: a single value counts as a list of one ---- */

static const struct node *first_of(const struct node *node)
{
    return node->kind == NODE_SEQUENCE ? node->first : node;
}

enum status value_listen(const struct option_row *row, void *field, const struct node *node,
                         struct complaint *complaint)
{
    struct options *options = field;
    unsigned count = 0;

    (void)row;
    for (const struct node *at = first_of(node); at; at = at->next) {
        if (count == DOORS_MAX)
            return value_wrong(at, complaint, "at most 64 addresses");
        if (at->kind != NODE_SCALAR ||
            endpoint_parse(at->text, 53, &options->listen[count]) != ST_OK ||
            options->listen[count].port == 0)
            return value_wrong(at, complaint, "");
        count++;
        if (node->kind != NODE_SEQUENCE)
            break;
    }
    if (count == 0)
        return value_wrong(node, complaint, "at least one address");
    options->listen_count = count;
    options->listen_origin = LISTEN_WRITTEN;
    return ST_OK;
}

enum status value_acl(const struct option_row *row, void *field, const struct node *node,
                      struct complaint *complaint)
{
    struct acl *acl = field;

    (void)row;
    acl_clear(acl);
    for (const struct node *at = first_of(node); at; at = at->next) {
        if (at->kind != NODE_SCALAR || acl_add_text(acl, at->text) != ST_OK)
            return value_wrong(at, complaint, "");
        if (node->kind != NODE_SEQUENCE)
            break;
    }
    return ST_OK;
}

enum status value_never_asked(const struct option_row *row, void *field, const struct node *node,
                              struct complaint *complaint)
{
    if (!is_word(node, "built-in"))
        return value_acl(row, field, node, complaint);
    acl_clear(field);
    return acl_add_never_asked(field);
}

/* ---- DNS ---- */

enum status value_hints(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    char why[TEXT_WHY] = "";

    (void)row;
    if (is_word(node, "built-in"))
        return hints_set_builtin(field);
    if (node->kind != NODE_SCALAR)
        return ST_MALFORMED;
    return hints_set_file(field, node->text, why) == ST_OK ? ST_OK
                                                           : value_wrong(node, complaint, why);
}

/* A line with a record, or the path of a file with such lines: a record has blanks. */
static enum status add_anchor(struct anchor_set *set, const struct node *node,
                              struct complaint *complaint)
{
    char why[TEXT_WHY] = "";
    bool file = node->kind == NODE_SCALAR && (node->text[0] == '/' || !strpbrk(node->text, " \t"));
    enum status status = node->kind != NODE_SCALAR ? ST_MALFORMED
                         : file                    ? anchor_add_file(set, node->text, why)
                                                   : anchor_add_line(set, node->text, why);
    return status == ST_OK ? ST_OK : value_wrong(node, complaint, why);
}

enum status value_anchors(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint)
{
    struct policy *policy = field;
    struct anchor_set *set;
    enum status status;

    (void)row;
    if (node->kind == NODE_SEQUENCE && !node->first)
        return value_wrong(node, complaint,
                           "without any, nothing is validated: dnssec.mode: off says so");
    set = anchor_set_create();
    status = set ? ST_OK : ST_NOMEM;
    if (set && is_word(node, "built-in"))
        status = anchor_add_builtin(set);
    else
        for (const struct node *at = first_of(node); at && status == ST_OK; at = at->next) {
            status = add_anchor(set, at, complaint);
            if (node->kind != NODE_SEQUENCE)
                break;
        }
    if (status != ST_OK) {
        anchor_set_destroy(set);
        return status;
    }
    anchor_set_destroy(policy->anchors);
    policy->anchors = set;
    return ST_OK;
}

/* {algorithm: N} or {digest: N}, with below: NAME or without. */
static bool read_off(const struct node *entry, bool *everywhere, struct rules_off *off)
{
    unsigned numbers = 0, names = 0;
    int64_t number = 0;

    for (const struct node *at = entry->kind == NODE_MAPPING ? entry->first : NULL; at;
         at = at->next) {
        bool digest = strcmp(at->key, "digest") == 0;
        if (digest || strcmp(at->key, "algorithm") == 0) {
            off->kind = digest ? RULES_DIGEST : RULES_ALGORITHM;
            numbers += read_number(at, 0, 255, &number) ? 1 : 2;
        } else if (strcmp(at->key, "below") == 0 && at->kind == NODE_SCALAR &&
                   name_from_text(at->text, &off->below) == ST_OK) {
            names++;
        } else {
            return false;
        }
    }
    off->number = (uint8_t)number;
    *everywhere = names == 0;
    return numbers == 1 && names <= 1;
}

enum status value_disable(const struct option_row *row, void *field, const struct node *node,
                          struct complaint *complaint)
{
    struct dnssec_rules *rules = field;

    (void)row;
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    memset(rules->algorithms_off, 0, sizeof rules->algorithms_off);
    memset(rules->digests_off, 0, sizeof rules->digests_off);
    rules->below_count = 0;
    for (const struct node *at = node->first; at; at = at->next) {
        struct rules_off off = { .kind = RULES_ALGORITHM };
        bool everywhere;
        if (!read_off(at, &everywhere, &off))
            return value_wrong(at, complaint, "");
        uint8_t *set = off.kind == RULES_ALGORITHM ? rules->algorithms_off : rules->digests_off;
        if (everywhere)
            set[off.number / 8] |= (uint8_t)(1u << off.number % 8);
        else if (rules->below_count < RULES_BELOW_MAX)
            rules->below[rules->below_count++] = off;
        else
            return value_wrong(at, complaint, "at most 64 with below");
    }
    return ST_OK;
}

static enum status add_subtree(struct subtrees *subtrees, const struct node *name,
                               enum dnssec_mode mode, struct complaint *complaint)
{
    struct subtree subtree = { .mode = mode };

    if (name->kind != NODE_SCALAR || name_from_text(name->text, &subtree.name) != ST_OK)
        return value_wrong(name, complaint, "no domain name");
    return subtrees_add(subtrees, &subtree);
}

enum status value_names(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    (void)row;
    subtrees_clear(field);
    for (const struct node *at = first_of(node); at; at = at->next) {
        TRY(add_subtree(field, at, DNSSEC_VALIDATE, complaint));
        if (node->kind != NODE_SEQUENCE)
            break;
    }
    return ST_OK;
}

enum status value_time_repair(const struct option_row *row, void *field, const struct node *node,
                              struct complaint *complaint)
{
    if (!is_word(node, "built-in"))
        return value_names(row, field, node, complaint);
    subtrees_clear(field);
    return time_repair_add_builtin(field);
}

static bool read_mode(const struct node *node, enum dnssec_mode *mode)
{
    static const char *const words[] = { "validate", "log-only", "off" };

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (is_word(node, words[i]) || (i == DNSSEC_OFF && is_word(node, "false"))) {
            *mode = (enum dnssec_mode)i;
            return true;
        }
    }
    return false;
}

static enum status add_mode(struct subtrees *subtrees, const struct node *entry,
                            struct complaint *complaint)
{
    const struct node *name = NULL;
    enum dnssec_mode mode = DNSSEC_VALIDATE;
    bool has_mode = false;

    for (const struct node *at = entry->kind == NODE_MAPPING ? entry->first : NULL; at;
         at = at->next) {
        if (strcmp(at->key, "name") == 0)
            name = at;
        else if (strcmp(at->key, "mode") == 0 && read_mode(at, &mode))
            has_mode = true;
        else
            return value_wrong(at, complaint, "");
    }
    if (!name || !has_mode)
        return value_wrong(entry, complaint, "name and mode are both needed");
    return add_subtree(subtrees, name, mode, complaint);
}

enum status value_modes(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    (void)row;
    subtrees_clear(field);
    if (node->kind != NODE_SEQUENCE)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next)
        TRY(add_mode(field, at, complaint));
    return ST_OK;
}

enum status value_clock(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    struct policy *policy = field;

    (void)row;
    (void)complaint;
    if (is_word(node, "system")) {
        policy->clock_fixed = false;
        return ST_OK;
    }
    if (node->kind != NODE_SCALAR || !unixtime_parse(node->text, &policy->clock))
        return ST_MALFORMED;
    policy->clock_fixed = true;
    return ST_OK;
}

static enum status no_such_limit(const struct node *node, struct complaint *complaint)
{
    struct nearest nearest = nearest_begin(node->key);

    for (size_t i = 0; i < limits_row_count; i++)
        nearest_offer(&nearest, limits_rows[i].name);
    complaint->node = node;
    complaint->about_key = true;
    if (nearest.best)
        snprintf(complaint->text, sizeof complaint->text,
                 "there is no limit \"%.100s\"; did you mean \"%s\"?", node->key, nearest.best);
    else
        snprintf(complaint->text, sizeof complaint->text,
                 "there is no limit \"%.100s\"; catena.yaml(5) lists all", node->key);
    return ST_MALFORMED;
}

static enum status out_of_range(const struct node *node, const struct limits_row *limit,
                                struct complaint *complaint)
{
    complaint->node = node;
    complaint->about_key = true;
    snprintf(complaint->text, sizeof complaint->text, "limits.%s takes a number from %u to %u",
             limit->name, limit->minimum, limit->maximum);
    return ST_MALFORMED;
}

enum status value_limits(const struct option_row *row, void *field, const struct node *node,
                         struct complaint *complaint)
{
    (void)row;
    if (is_word(node, "")) /* a section with nothing in it */
        return ST_OK;
    if (node->kind != NODE_MAPPING)
        return ST_MALFORMED;
    for (const struct node *at = node->first; at; at = at->next) {
        const struct limits_row *limit = limits_find(at->key);
        int64_t number;
        if (!limit)
            return no_such_limit(at, complaint);
        if (!read_number(at, limit->minimum, limit->maximum, &number) ||
            !limits_set(field, limit, (uint32_t)number))
            return out_of_range(at, limit, complaint);
    }
    return ST_OK;
}
