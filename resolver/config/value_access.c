/* What the keys about clients say: who may ask, and how an address is proven. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "resolver/config/value.h"

enum { SECRETS_OCTETS_MAX = 4096 };

static bool is_word(const struct node *node, const char *word)
{
    return node->kind == NODE_SCALAR && strcasecmp(node->text, word) == 0;
}

/* ---- access.allow ---- */

/* Prefixes, and `local` for what the interfaces say when it starts (RULINGS A41). */
enum status value_allow(const struct option_row *row, void *field, const struct node *node,
                        struct complaint *complaint)
{
    struct options *options = field;
    struct acl *allow = &options->policy->allow;
    const struct node *at = node->kind == NODE_SEQUENCE ? node->first : node;

    (void)row;
    acl_clear(allow);
    options->allow_local = false;
    for (; at; at = at->next) {
        complaint->node = at;
        if (is_word(at, "local"))
            options->allow_local = true;
        else if (at->kind != NODE_SCALAR || acl_add_text(allow, at->text) != ST_OK)
            return ST_MALFORMED;
        if (node->kind != NODE_SEQUENCE)
            break;
    }
    complaint->node = NULL;
    return ST_OK;
}

/* ---- cookies ---- */

static enum status read_secrets(const char *path, struct cookie_secrets *secrets,
                                struct complaint *complaint)
{
    uint8_t room[SECRETS_OCTETS_MAX];
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(room, 1, sizeof room, file) : 0;
    bool good = file && !ferror(file);
    enum status status = ST_MALFORMED;

    if (!good)
        snprintf(complaint->text, sizeof complaint->text, "%s", strerror(errno));
    if (file)
        fclose(file);
    if (good && len < sizeof room)
        status = cookie_secrets_read(secrets, (struct bytes){ room, len });
    if (good && status != ST_OK)
        snprintf(complaint->text, sizeof complaint->text,
                 "not one or two lines of %d hexadecimal digits", COOKIE_SECRET_DIGITS);
    explicit_bzero(room, sizeof room);
    return status;
}

/* Drawn later where there is no file: then count is 0. */
enum status value_cookie_secrets(const struct option_row *row, void *field, const struct node *node,
                                 struct complaint *complaint)
{
    struct cookie_secrets *secrets = field;

    (void)row;
    complaint->node = node;
    if (node->kind != NODE_SCALAR || node->text[0] == '\0')
        return ST_MALFORMED;
    if (!is_word(node, "random"))
        return read_secrets(node->text, secrets, complaint);
    *secrets = (struct cookie_secrets){ .count = 0 };
    return ST_OK;
}
