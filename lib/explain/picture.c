#include "lib/explain/picture.h"

#include "lib/crypto/algorithm.h"
#include "lib/wire/text_out.h"
#include "lib/wire/type.h"

/* ---- words ---- */

static void out_name(struct text_out *out, const struct name *name)
{
    char text[NAME_TEXT];
    out_text(out, name ? name_text(name, text, sizeof text) : "?");
}

/* "www.example. A" */
static void out_set(struct text_out *out, const struct trail_step *step)
{
    char text[TYPE_TEXT];
    out_name(out, step->owner);
    out_format(out, " %s", type_text(step->type, text));
}

static void out_server(struct text_out *out, const struct trail_step *step)
{
    char text[ENDPOINT_TEXT];
    out_text(out, step->server.family ? endpoint_text(&step->server, text) : "?");
}

/* ": " and what was said, where something was. */
static void out_said(struct text_out *out, const struct trail_step *step)
{
    if (step->said && step->said[0] != '\0')
        out_format(out, ": %s", step->said);
}

static const char *sentence(const struct trail_step *step)
{
    return why_row((enum why)step->why)->sentence;
}

/* ---- the walk ---- */

static void out_server_step(struct text_out *out, const struct trail_step *step)
{
    out_server(out, step);
    switch ((enum trail_kind)step->kind) {
    case TRAIL_REFERRED:
        out_text(out, " refers to the servers of ");
        out_name(out, step->zone);
        break;
    case TRAIL_SCRUBBED:
        out_text(out, " also says what was not asked, or is not its own: left out");
        break;
    case TRAIL_USELESS: out_text(out, " is of no use"); break;
    case TRAIL_SILENT: out_text(out, " does not answer in time"); break;
    case TRAIL_UNSENT: out_text(out, " was not reached"); break;
    case TRAIL_RETRIED:
        out_format(out, " gave what is bogus (%s): another server is asked", sentence(step));
        break;
    default: out_text(out, " answers"); break;
    }
    out_said(out, step);
}

static void out_walk(struct text_out *out, const struct trail_step *step)
{
    out_format(out, "%6u ms  ", (unsigned)step->ms);
    switch ((enum trail_kind)step->kind) {
    case TRAIL_CACHED:
        out_set(out, step);
        out_text(out, " is known from the cache");
        break;
    case TRAIL_KEPT_FAILURE:
        out_set(out, step);
        out_format(out, " failed before, and that is kept: %s", sentence(step));
        break;
    case TRAIL_CUT:
        out_text(out, "zone ");
        out_name(out, step->zone);
        out_format(out, ": %u addresses of its servers are known", (unsigned)step->count);
        break;
    case TRAIL_ASKED:
        out_text(out, "ask ");
        out_server(out, step);
        out_said(out, step);
        out_text(out, ": ");
        out_set(out, step);
        break;
    case TRAIL_ALIAS:
        out_set(out, step);
        out_text(out, " is an alias: on to ");
        out_name(out, step->zone);
        break;
    default: out_server_step(out, step); break;
    }
}

/* ---- the chain of trust ---- */

static void out_subject(struct text_out *out, const struct trail_subject *subject)
{
    const struct trail_step *judged = subject->judged;
    char type[TYPE_TEXT];

    out_text(out, "  ");
    out_name(out, &subject->name);
    if (subject->type == TYPE_DNSKEY)
        out_text(out, " (zone)");
    else
        out_format(out, " %s", type_text(subject->type, type));
    if (!judged)
        out_text(out, ": not judged to the end");
    else if (judged->why == WHY_NONE)
        out_said(out, judged);
    else
        out_format(out, ": %s", trail_security_text((enum security)judged->security));
}

/* "key 1234 (RSASHA256) of example., valid 20260101000000 to 20260201000000" */
static void out_key(struct text_out *out, const struct trail_step *step)
{
    char algorithm[32], begin[UNIXTIME_DIGITS], end[UNIXTIME_DIGITS];

    out_format(out, "key %u (%s)", (unsigned)step->key_tag,
               algorithm_text(step->algorithm, algorithm));
    if (!step->zone)
        return;
    out_text(out, " of ");
    out_name(out, step->zone);
    out_format(out, ", valid %s to %s", unixtime_digits(step->inception, begin),
               unixtime_digits(step->expiration, end));
}

static void out_refused(struct text_out *out, const struct trail_step *step)
{
    out_text(out, "BROKEN ");
    out_set(out, step);
    out_format(out, ": %s", sentence(step));
    if (!step->zone)
        return;
    out_text(out, ": ");
    out_key(out, step);
}

/* By an anchor's DS no less than by its key. */
static const char *who_names(const struct trail_step *step)
{
    LIST_EACH(at, &step->subject->links) {
        if (LIST_OF(at, const struct trail_step, of_subject)->kind == TRAIL_ANCHOR)
            return "the trust anchor";
    }
    return step->said ? step->said : "?";
}

static void out_link(struct text_out *out, const struct trail_step *step)
{
    out_text(out, "      ");
    switch ((enum trail_kind)step->kind) {
    case TRAIL_ANCHOR: out_text(out, "a trust anchor stands for this zone"); break;
    case TRAIL_NAMED:
        out_key(out, step);
        out_text(out, " is named by ");
        out_text(out, who_names(step));
        out_text(out, ", and signs the DNSKEY set");
        break;
    case TRAIL_PROVED:
        out_set(out, step);
        out_text(out, ": signed by ");
        out_key(out, step);
        break;
    case TRAIL_KNOWN:
        out_set(out, step);
        out_text(out, ": proven before, and kept");
        break;
    case TRAIL_REFUSED: out_refused(out, step); break;
    default:
        out_format(out, "%s: %s", trail_security_text((enum security)step->security),
                   sentence(step));
        out_said(out, step);
        break;
    }
}

static void out_outcome(struct text_out *out, const struct trail *trail)
{
    char why[2 * CAUSE_OCTETS];
    out_format(out, "the verdict: %s: %s", trail_security_text((enum security)trail->security),
               cause_text(&trail->cause, why, sizeof why));
}

/* ---- line by line ---- */

struct picture picture_begin(const struct trail *trail)
{
    return (struct picture){ .trail = trail };
}

static void next_subject(struct picture *picture, const struct list *at)
{
    picture->subject = at;
    picture->part = at == &picture->trail->subjects ? PICTURE_OUTCOME : PICTURE_SUBJECT;
}

/* A zone or set that proved what its heading says has no line that repeats it. */
static bool is_heading(const struct trail_step *step)
{
    return step->kind == TRAIL_JUDGED && (step->why == WHY_SECURE || step->why == WHY_NONE);
}

static bool walk_line(struct picture *picture, struct text_out *out)
{
    const struct trail_step *step;

    if (picture->at == &picture->trail->steps) {
        picture->part = PICTURE_LOST;
        return false;
    }
    step = LIST_OF(picture->at, const struct trail_step, of_trail);
    picture->at = picture->at->next;
    if (step->kind >= TRAIL_ANCHOR)
        return false;
    out_walk(out, step);
    return true;
}

static bool link_line(struct picture *picture, struct text_out *out)
{
    const struct trail_subject *subject =
        LIST_OF(picture->subject, const struct trail_subject, of_trail);
    const struct trail_step *step;

    if (picture->at == &subject->links) {
        next_subject(picture, picture->subject->next);
        return false;
    }
    step = LIST_OF(picture->at, const struct trail_step, of_subject);
    picture->at = picture->at->next;
    if (is_heading(step))
        return false;
    out_link(out, step);
    return true;
}

static bool lost_line(struct picture *picture, struct text_out *out)
{
    picture->part = PICTURE_CHAIN_TITLE;
    if (picture->trail->lost == 0)
        return false;
    out_format(out, "  ... and %u steps more, for which there was no room",
               (unsigned)picture->trail->lost);
    return true;
}

static bool chain_title(struct picture *picture, struct text_out *out)
{
    next_subject(picture, picture->trail->subjects.next);
    if (picture->part == PICTURE_OUTCOME)
        return false;
    out_text(out, "the chain of trust, from the root down:");
    return true;
}

/* One move; true: it gave a line. */
static bool move(struct picture *picture, struct text_out *out)
{
    switch (picture->part) {
    case PICTURE_WALK_TITLE:
        out_text(out, "the walk, in the order of time:");
        picture->part = PICTURE_WALK;
        picture->at = picture->trail->steps.next;
        return true;
    case PICTURE_WALK: return walk_line(picture, out);
    case PICTURE_LOST: return lost_line(picture, out);
    case PICTURE_CHAIN_TITLE: return chain_title(picture, out);
    case PICTURE_SUBJECT:
        out_subject(out, LIST_OF(picture->subject, const struct trail_subject, of_trail));
        picture->at = LIST_OF(picture->subject, const struct trail_subject, of_trail)->links.next;
        picture->part = PICTURE_LINK;
        return true;
    case PICTURE_LINK: return link_line(picture, out);
    case PICTURE_OUTCOME:
        out_outcome(out, picture->trail);
        picture->part = PICTURE_END;
        return true;
    case PICTURE_END: break;
    }
    return false;
}

bool picture_line(struct picture *picture, char line[PICTURE_LINE])
{
    struct text_out out = text_out(line, PICTURE_LINE);

    while (picture->part != PICTURE_END)
        if (move(picture, &out))
            return true;
    return false;
}
