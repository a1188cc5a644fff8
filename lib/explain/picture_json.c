/* A trail's steps as JSON (RFC 8259). */
#include "lib/crypto/algorithm.h"
#include "lib/explain/picture.h"
#include "lib/wire/text_out.h"
#include "lib/wire/type.h"

static const char *const kinds[TRAIL_KINDS] = {
    [TRAIL_CACHED] = "cached",     [TRAIL_KEPT_FAILURE] = "kept-failure",
    [TRAIL_CUT] = "cut",           [TRAIL_ASKED] = "asked",
    [TRAIL_REPLIED] = "replied",   [TRAIL_REFERRED] = "referred",
    [TRAIL_SCRUBBED] = "scrubbed", [TRAIL_USELESS] = "useless",
    [TRAIL_SILENT] = "timed-out",  [TRAIL_UNSENT] = "unsent",
    [TRAIL_ALIAS] = "alias",       [TRAIL_RETRIED] = "retried",
    [TRAIL_ANCHOR] = "anchor",     [TRAIL_NAMED] = "named",
    [TRAIL_PROVED] = "proved",     [TRAIL_KNOWN] = "known",
    [TRAIL_REFUSED] = "refused",   [TRAIL_JUDGED] = "judged",
};

/* RFC 8259 §7: quote, backslash and control characters. */
static void out_string(struct text_out *out, const char *text)
{
    out_text(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            out_format(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            out_format(out, "\\u%04x", (unsigned)(unsigned char)*text);
        else
            out_format(out, "%c", *text);
    }
    out_text(out, "\"");
}

char *picture_quoted(const char *text, char *room, size_t size)
{
    struct text_out out = text_out(room, size);
    out_string(&out, text);
    return room;
}

static void out_member(struct text_out *out, const char *key, const char *value)
{
    out_format(out, ",\"%s\":", key);
    out_string(out, value);
}

static void out_name(struct text_out *out, const char *key, const struct name *name)
{
    char text[NAME_TEXT];
    if (name)
        out_member(out, key, name_text(name, text, sizeof text));
}

static void out_type(struct text_out *out, const char *key, uint16_t type)
{
    char text[TYPE_TEXT];
    out_member(out, key, type_text(type, text));
}

static void out_signature(struct text_out *out, const struct trail_step *step)
{
    char text[32];

    out_format(out, ",\"key_tag\":%u", (unsigned)step->key_tag);
    out_member(out, "algorithm", algorithm_text(step->algorithm, text));
    if (!step->zone)
        return;
    out_member(out, "inception", unixtime_digits(step->inception, text));
    out_member(out, "expiration", unixtime_digits(step->expiration, text));
}

static void out_verdict(struct text_out *out, const struct trail_step *step)
{
    const struct why_row *row = why_row((enum why)step->why);

    if (step->kind == TRAIL_JUDGED)
        out_member(out, "verdict", trail_security_text((enum security)step->security));
    if (step->why == WHY_NONE)
        return;
    out_member(out, "reason", row->name);
    out_member(out, "sentence", row->sentence);
}

void picture_json(const struct trail_step *step, char line[PICTURE_LINE])
{
    struct text_out out = text_out(line, PICTURE_LINE);
    char server[ENDPOINT_TEXT];

    out_format(&out, "{\"ms\":%u", (unsigned)step->ms);
    out_member(&out, "step", step->kind < TRAIL_KINDS ? kinds[step->kind] : "?");
    if (step->subject) {
        out_name(&out, "subject", &step->subject->name);
        out_type(&out, "subject_type", step->subject->type);
    }
    out_name(&out, "owner", step->owner);
    if (step->owner)
        out_type(&out, "type", step->type);
    out_name(&out, "zone", step->zone);
    if (step->server.family)
        out_member(&out, "server", endpoint_text(&step->server, server));
    if (step->key_tag || step->algorithm)
        out_signature(&out, step);
    if (step->kind == TRAIL_CUT)
        out_format(&out, ",\"addresses\":%u", (unsigned)step->count);
    out_verdict(&out, step);
    if (step->said)
        out_member(&out, "text", step->said);
    out_text(&out, "}");
}
