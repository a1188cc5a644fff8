/* The servers' side of a scenario: replies by range, and steps about what the engine asks. */
#include <stdio.h>

#include "tests/scenario/player/packet.h"
#include "tests/scenario/player/player.h"

enum { OUT_QUERY_TEXT = 300 };

static bool read_asked(struct player *player, const struct asked *asked, struct seen *seen)
{
    arena_reset(player->scratch);
    return match_read(asked->message, asked->via, player->scratch, seen);
}

/* ---- replies ---- */

static void send_packets(struct player *player, struct asked *asked,
                         const struct script_entry *entry, uint64_t ms)
{
    const struct script_packet *packet = &entry->packet;

    if (entry->adjust & ADJUST_NO_ANSWER) {
        asked->answered = true;
        return;
    }
    ms += entry->sleep_s * UINT64_C(1000);
    for (; packet; packet = packet->next) {
        uint8_t *room = arena_alloc(player->scratch, MESSAGE_OCTETS_MAX);
        size_t len = room ? packet_reply(entry, packet, asked->message, room) : 0;
        ms += packet->sleep_s * UINT64_C(1000);
        stage_reply(player->stage, asked, (struct bytes){ room, len }, ms);
    }
}

static bool range_has(const struct script_range *range, const struct endpoint *to)
{
    for (unsigned i = 0; i < range->address_count; i++)
        if (endpoint_same_address(&range->addresses[i], to))
            return true;
    return range->address_count == 0;
}

/* In a plain file an address that no range names is any server's. */
static bool is_nobodys(const struct player *player, const struct endpoint *to)
{
    const struct script_range *range = player->script.ranges;

    while (range && !range_has(range, to))
        range = range->next;
    return !range && player->head->plain;
}

static struct script_entry *find_reply(const struct player *player, const struct asked *asked,
                                       const struct seen *seen)
{
    char difference[DIFFERENCE_TEXT];
    const struct script_range *range = player->script.ranges;
    unsigned long step = player->step->number;
    bool any = is_nobodys(player, &asked->to);

    for (; range; range = range->next) {
        if (step < range->first || step > range->last || !(any || range_has(range, &asked->to)))
            continue;
        for (struct script_entry *entry = range->entries; entry; entry = entry->next)
            if (match_entry(entry, seen, OPTIONAL_WANTED, difference))
                return entry;
    }
    return NULL;
}

static struct asked *first_untried(struct player *player)
{
    struct asked *first = NULL;

    for (unsigned i = 0; i < ASKED_MAX; i++) {
        struct asked *asked = &player->stage->asked[i];
        if (asked->open && !asked->answered && asked->tried != player->step &&
            (!first || asked->turn < first->turn))
            first = asked;
    }
    return first;
}

/* In a plain file a REPLY step that is to come serves once, where no range does. */
static struct script_entry *find_step_reply(const struct player *player, const struct seen *seen)
{
    char difference[DIFFERENCE_TEXT];
    const struct script_step *step = player->head->plain ? player->step : NULL;

    for (; step; step = step->next)
        if (step->kind == STEP_REPLY && !step->entry->used &&
            match_entry(step->entry, seen, OPTIONAL_WANTED, difference))
            return step->entry;
    return NULL;
}

/* In a plain file, to what nobody replies. */
static const struct script_entry no_entry = { .adjust = ADJUST_COPY_ID | ADJUST_COPY_QUERY |
                                                        ADJUST_COPY_EDNS,
                                              .packet = { .flags = FLAG_QR | RCODE_SERVFAIL } };

void player_serve(struct player *player)
{
    struct asked *asked;
    struct seen seen;

    while ((asked = first_untried(player))) {
        asked->tried = player->step;
        if (!read_asked(player, asked, &seen))
            continue;
        struct script_entry *entry = find_reply(player, asked, &seen);
        if (!entry)
            entry = find_step_reply(player, &seen);
        if (entry)
            entry->used = true;
        if (entry || player->head->plain)
            send_packets(player, asked, entry ? entry : &no_entry, WAY_MS);
    }
}

bool player_all_used(struct player *player)
{
    for (const struct script_range *range = player->script.ranges; range; range = range->next)
        for (const struct script_entry *entry = range->entries; entry; entry = entry->next)
            if (entry->mandatory && !entry->used)
                return player_fail(player, "nobody asked for the MANDATORY reply of line %u",
                                   entry->line);
    return true;
}

/* ---- CHECK_OUT_QUERY ---- */

static bool is_wanted(struct player *player, const struct asked *asked, char difference[])
{
    const struct script_step *step = player->step;
    struct seen seen;

    if (step->address.family != 0 && !endpoint_same_address(&step->address, &asked->to))
        return false;
    return read_asked(player, asked, &seen) &&
           match_entry(step->entry, &seen, OPTIONAL_MAY_LACK, difference);
}

/* The question asked last that is not checked yet; NULL: none fits. */
static struct asked *find_wanted(struct player *player, char difference[DIFFERENCE_TEXT])
{
    struct asked *last = NULL;

    for (unsigned i = 0; i < ASKED_MAX; i++) {
        struct asked *asked = &player->stage->asked[i];
        if (asked->open && !asked->checked && (!last || asked->turn > last->turn) &&
            is_wanted(player, asked, difference))
            last = asked;
    }
    return last;
}

bool player_check_out_query(struct player *player)
{
    char difference[DIFFERENCE_TEXT] = "no question was asked";
    struct instant until = player_patience(player);
    struct asked *asked;

    while (!(asked = find_wanted(player, difference)))
        if (!player_go_on(player, until))
            return player_fail(player, "no question to a server fits: %s", difference);
    asked->checked = true;
    player->checks++;
    if (player->step->entry->adjust & ADJUST_COPY_ID && !asked->answered)
        send_packets(player, asked, player->step->entry, WAY_MS);
    return true;
}

/* ---- REPLY, TIMEOUT, ERROR ---- */

static bool fits(struct player *player, const struct asked *asked)
{
    const struct script_entry *entry = player->step->entry;
    struct seen seen;

    if (!entry || !entry->packet.has_question)
        return true;
    return read_asked(player, asked, &seen) && seen.message.has_question &&
           seen.message.question.type == entry->packet.question.type &&
           name_equal(&seen.message.question.name, &entry->packet.question.name);
}

static struct asked *last_waiting(struct player *player)
{
    struct asked *last = NULL;

    for (unsigned i = 0; i < ASKED_MAX; i++) {
        struct asked *asked = &player->stage->asked[i];
        if (asked->open && !asked->answered && (!last || asked->turn > last->turn) &&
            fits(player, asked))
            last = asked;
    }
    return last;
}

/* Ranges serve meanwhile: the question that is meant may come after others. */
static struct asked *wait_for_question(struct player *player)
{
    struct instant until = player_patience(player);
    struct asked *asked;

    while (!(asked = last_waiting(player)))
        if (!player_go_on(player, until))
            break;
    if (!asked)
        player_fail(player, "no question waits for that");
    return asked;
}

bool player_reply(struct player *player)
{
    struct asked *asked = wait_for_question(player);

    if (asked)
        send_packets(player, asked, player->step->entry, 0);
    return asked != NULL;
}

bool player_error(struct player *player)
{
    struct asked *asked = wait_for_question(player);

    if (asked)
        stage_refuse(player->stage, asked);
    while (asked && !stage_quiet(player->stage) && stage_step(player->stage, player->stage->now)) {
    }
    return asked != NULL;
}

/* Time goes by, and nobody replies, until the engine does something about it. */
bool player_timeout(struct player *player)
{
    struct asked *asked = wait_for_question(player);
    struct instant until = player_patience(player);
    uint64_t turn = player->stage->turn;

    if (!asked)
        return false;
    asked->answered = true;
    while (player->stage->turn == turn && !stage_quiet(player->stage))
        if (!stage_step(player->stage, until))
            return player_fail(player, "nothing followed a silence");
    return true;
}
