#include "lib/policy/hints.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/pool.h"
#include "lib/wire/type.h"

enum { SCRATCH_OCTETS = 65536, LINE_OCTETS = 256, DNS_PORT = 53 };

static const char builtin[] =
#include "root_hints.inc"
    ;

/* Hints under construction. */
struct hints {
    struct hint list[HINTS_MAX];
    unsigned count;
    enum status status;
};

static enum status say(char why[TEXT_WHY], enum status status, const char *sentence)
{
    (void)snprintf(why, TEXT_WHY, "%s", sentence);
    return status;
}

static struct hint *hint_of(struct hints *hints, const struct name *server)
{
    for (unsigned i = 0; i < hints->count; i++)
        if (name_equal(&hints->list[i].name, server))
            return &hints->list[i];
    return NULL;
}

static enum status add_server(struct hints *hints, const struct text_record *record)
{
    struct name server;
    if (record->owner.labels != 0 || name_from_wire(record->rdata, &server) != ST_OK ||
        hint_of(hints, &server) != NULL)
        return ST_OK;
    if (hints->count == HINTS_MAX)
        return ST_LIMIT;
    hints->list[hints->count++] = (struct hint){ .name = name_lower(&server) };
    return ST_OK;
}

/* The NS record of a server stands before its addresses, as in every file of hints. */
static enum status add_record(struct hints *hints, const struct text_record *record)
{
    struct hint *hint = hint_of(hints, &record->owner);

    if (record->class != CLASS_IN)
        return ST_OK;
    if (record->type == TYPE_NS)
        return add_server(hints, record);
    if (hint != NULL && record->type == TYPE_A && record->rdata.len == 4)
        hint->v4 = endpoint_v4(record->rdata.at, DNS_PORT);
    if (hint != NULL && record->type == TYPE_AAAA && record->rdata.len == 16)
        hint->v6 = endpoint_v6(record->rdata.at, DNS_PORT);
    return ST_OK;
}

static enum status use(const struct hints *hints, struct policy *policy, char why[TEXT_WHY])
{
    bool any = false;
    for (unsigned i = 0; i < hints->count; i++)
        any = any || hints->list[i].v4.family != 0 || hints->list[i].v6.family != 0;
    if (!any)
        return say(why, ST_MALFORMED, "no root server with an address");
    memcpy(policy->hints, hints->list, sizeof policy->hints);
    policy->hint_count = hints->count;
    return ST_OK;
}

/* ---- compiled in ---- */

static enum status add_line(struct hints *hints, const char *line, size_t len, struct arena *arena)
{
    char copy[LINE_OCTETS], why[TEXT_WHY];
    struct text_record record;
    if (len >= sizeof copy)
        return ST_LIMIT;
    memcpy(copy, line, len);
    copy[len] = '\0';
    TRY(text_read_record(copy, arena, &record, why));
    return add_record(hints, &record);
}

static enum status add_lines(struct hints *hints, struct arena *arena)
{
    const char *end;
    for (const char *at = builtin; (end = strchr(at, '\n')) != NULL; at = end + 1)
        TRY(add_line(hints, at, (size_t)(end - at), arena));
    return ST_OK;
}

enum status hints_set_builtin(struct policy *policy)
{
    struct hints hints = { .count = 0 };
    struct pool *pool = pool_create(2 * SCRATCH_OCTETS);
    struct arena *arena = pool != NULL ? arena_create(pool, SCRATCH_OCTETS) : NULL;
    enum status status = arena != NULL ? add_lines(&hints, arena) : ST_NOMEM;
    char why[TEXT_WHY];

    arena_destroy(arena);
    pool_destroy(pool);
    return status == ST_OK ? use(&hints, policy, why) : status;
}

/* ---- a file ---- */

static bool take_record(void *context, const struct text_record *record)
{
    struct hints *hints = context;
    hints->status = add_record(hints, record);
    return hints->status == ST_OK;
}

enum status hints_set_file(struct policy *policy, const char *path, char why[TEXT_WHY])
{
    struct hints hints = { .status = ST_OK };
    struct text_source source = { .path = path };

    TRY(text_read_file(&source, take_record, &hints, why));
    if (hints.status != ST_OK)
        return say(why, hints.status, "more than 13 root servers");
    return use(&hints, policy, why);
}
