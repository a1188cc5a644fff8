#include "resolver/negative_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/memory.h"

/* ---- the list ---- */

static struct negative_anchor *find(struct negative_anchors *anchors, const struct name *name)
{
    for (unsigned i = 0; i < anchors->count; i++)
        if (name_equal(&anchors->list[i].name, name))
            return &anchors->list[i];
    return NULL;
}

/* Into a line of the state file: printable ASCII, and no more than fits. */
static void copy_reason(char to[NEGATIVE_REASON], const char *from)
{
    size_t len = 0;

    for (; from[len] != '\0' && len + 1 < NEGATIVE_REASON; len++)
        to[len] = from[len] >= ' ' && from[len] <= '~' ? from[len] : '?';
    to[len] = '\0';
}

enum status negative_add(struct negative_anchors *anchors, const struct negative_anchor *anchor,
                         struct unixtime wall)
{
    struct negative_anchor *place = find(anchors, &anchor->name);
    int64_t most = wall.s + NEGATIVE_S_MAX;

    if (anchor->name.labels == 0 || anchor->until.s <= wall.s)
        return ST_UNSUPPORTED;
    if (anchor->until.s > most || (!place && anchors->count == NEGATIVE_ANCHORS_MAX))
        return ST_LIMIT;
    if (!place)
        place = &anchors->list[anchors->count++];
    place->name = anchor->name;
    place->until = anchor->until;
    copy_reason(place->reason, anchor->reason);
    return ST_OK;
}

enum status negative_remove(struct negative_anchors *anchors, const struct name *name)
{
    struct negative_anchor *place = find(anchors, name);

    if (!place)
        return ST_NOTFOUND;
    *place = anchors->list[--anchors->count];
    return ST_OK;
}

/* ---- the file ---- */

enum { LINE_MAX_OCTETS = NAME_TEXT + NEGATIVE_REASON + 64 };

enum status negative_save(struct state_file *file, const struct negative_anchors *anchors,
                          struct unixtime wall)
{
    size_t size = (size_t)NEGATIVE_ANCHORS_MAX * LINE_MAX_OCTETS, len = 0;
    char *text = memory_new(size), name[NAME_TEXT];
    enum status status;

    if (!text)
        return ST_NOMEM;
    for (unsigned i = 0; i < anchors->count; i++) {
        const struct negative_anchor *at = &anchors->list[i];
        int wrote = snprintf(text + len, size - len, "anchor %s until %" PRId64 " reason %s\n",
                             name_text(&at->name, name, sizeof name), at->until.s, at->reason);
        len += wrote < 0 ? 0 : (size_t)wrote;
    }
    status = state_write(file, (struct bytes){ (const uint8_t *)text, len }, wall);
    memory_free(text);
    return status;
}

static char *word(char **rest)
{
    return strtok_r(NULL, " ", rest);
}

static bool read_line(char *line, struct negative_anchor *anchor)
{
    char *rest = NULL, *end = NULL;
    const char *keyword = strtok_r(line, " ", &rest), *name = word(&rest), *until = word(&rest);
    const char *time = word(&rest), *reason = word(&rest);

    if (!reason || strcmp(keyword, "anchor") != 0 || strcmp(until, "until") != 0 ||
        strcmp(reason, "reason") != 0 || name_from_text(name, &anchor->name) != ST_OK)
        return false;
    anchor->until.s = strtoll(time, &end, 10);
    copy_reason(anchor->reason, rest);
    return *end == '\0' && end != time && anchor->until.s >= 0 && anchor->name.labels > 0;
}

static enum status read_body(char *body, struct negative_anchors *anchors)
{
    char *rest = NULL;

    for (char *line = strtok_r(body, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (anchors->count == NEGATIVE_ANCHORS_MAX)
            return ST_LIMIT;
        if (!read_line(line, &anchors->list[anchors->count]))
            return ST_MALFORMED;
        anchors->count++;
    }
    return ST_OK;
}

enum status negative_load(struct state_file *file, struct negative_anchors *anchors)
{
    char *body = NULL;

    anchors->count = 0;
    TRY(state_read(file, &body));
    enum status status = read_body(body, anchors);
    memory_free(body);
    if (status != ST_OK) {
        anchors->count = 0;
        (void)snprintf(file->trouble, sizeof file->trouble,
                       "%s: no list of negative anchors: none of them is in force", file->name);
    }
    return status;
}
