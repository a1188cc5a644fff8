/* What the keys about clients say: who may ask, and how an address is proven. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "resolver/config/value.h"
#include "resolver/config/cookie_file.h"

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

/* Drawn later where there is no file: then count is 0. */
enum status value_cookie_secrets(const struct option_row *row, void *field, const struct node *node,
                                 struct complaint *complaint)
{
    struct options *options = field;
    struct cookie_secrets *secrets = &options->policy->cookie_secrets;

    (void)row;
    complaint->node = node;
    if (node->kind != NODE_SCALAR || node->text[0] == '\0' || strlen(node->text) >= CONFIG_PATH)
        return ST_MALFORMED;
    if (is_word(node, "random")) {
        *secrets = (struct cookie_secrets){ .count = 0 };
        options->cookie_secret_file[0] = '\0';
        return ST_OK;
    }
    snprintf(options->cookie_secret_file, sizeof options->cookie_secret_file, "%s", node->text);
    return cookie_file_read(node->text, secrets, complaint->text);
}
