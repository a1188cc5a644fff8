/* The clients' side of a scenario: questions, and what comes back. */
#include <stdio.h>

#include "lib/explain/why.h"
#include "tests/scenario/player/packet.h"
#include "tests/scenario/player/player.h"

static bool ask(struct player *player, const struct script_step *step, enum transport via)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct endpoint from = step->address.family ? step->address : endpoint_v4(loopback, 0);
    struct stage *stage = player->stage;

    arena_reset(player->scratch);
    uint8_t *room = arena_alloc(player->scratch, MESSAGE_OCTETS_MAX);
    if (!room || stage->clients == CLIENTS_MAX)
        return player_fail(player, "more than %d questions", (int)CLIENTS_MAX);
    const struct script_packet *packet = &step->entry->packet;
    struct bytes message = { room, packet_question(packet, (uint16_t)(stage->clients + 1), room) };
    if (packet->is_hex)
        message = packet->hex;
    if (message.len == 0)
        return player_fail(player, "the question does not fit a message");
    player->clients[stage->clients + 1] = (struct player_client){ step, via };
    (void)stage_ask(stage, message, &from, via);
    return true;
}

/* In a plain file one question is asked at a time, and who asks waits. */
static bool ask_alone(struct player *player)
{
    struct instant until = player_patience(player);

    player->stage->clients = 0;
    if (!ask(player, player->step, VIA_UDP))
        return false;
    while (!player->stage->answers[1].open && player_go_on(player, until)) {
    }
    return true;
}

bool player_query(struct player *player)
{
    bool tcp = player->step->entry->match & MATCH_TCP;
    return player->head->plain ? ask_alone(player)
                               : ask(player, player->step, tcp ? VIA_TCP : VIA_UDP);
}

static bool fits(struct player *player, const struct stage_answer *answer,
                 char difference[DIFFERENCE_TEXT])
{
    char why[2 * CAUSE_OCTETS];
    struct seen seen;

    arena_reset(player->scratch);
    if (answer->message.len == 0) {
        snprintf(difference, DIFFERENCE_TEXT, "the question was dropped");
        return false;
    }
    if (!match_read(answer->message, answer->via, player->scratch, &seen)) {
        snprintf(difference, DIFFERENCE_TEXT, "the answer is no message");
        return false;
    }
    if (match_entry(player->step->entry, &seen, player->head->optional, difference))
        return true;
    size_t len = strlen(difference);
    if (answer->cause.why != WHY_NONE)
        snprintf(difference + len, DIFFERENCE_TEXT - len, " (%s)",
                 cause_text(&answer->cause, why, sizeof why));
    return false;
}

static struct stage_answer *find_answer(struct player *player, char difference[DIFFERENCE_TEXT])
{
    for (unsigned client = 1; client <= player->stage->clients; client++) {
        struct stage_answer *answer = &player->stage->answers[client];
        if (answer->open && fits(player, answer, difference))
            return answer;
    }
    return NULL;
}

/* RFC 7766 §5: a truncated answer is asked for again over TCP, unless the file is about that. */
static bool ask_again_over_tcp(struct player *player)
{
    if (player->step->entry->packet.flags & FLAG_TC)
        return false;
    for (unsigned client = 1; client <= player->stage->clients; client++) {
        struct stage_answer *answer = &player->stage->answers[client];
        const struct player_client *asked = &player->clients[client];
        if (!answer->open || asked->via != VIA_UDP || answer->message.len < 3 ||
            !(answer->message.at[2] & FLAG_TC >> 8) || asked->step->entry->match & MATCH_UDP)
            continue;
        answer->open = false;
        return ask(player, asked->step, VIA_TCP);
    }
    return false;
}

bool player_check_answer(struct player *player)
{
    char difference[DIFFERENCE_TEXT] = "no answer came";
    struct instant until = player_patience(player);
    struct stage_answer *answer;

    while (!(answer = find_answer(player, difference)))
        if (!ask_again_over_tcp(player) && !player_go_on(player, until))
            return player_fail(player, "%s", difference);
    answer->open = player->head->plain; /* there it may be checked again */
    player->checks++;
    return true;
}

bool player_all_checked(struct player *player)
{
    for (unsigned client = 1; client <= player->stage->clients; client++)
        if (player->stage->answers[client].open && !player->head->plain)
            return player_fail(player, "the answer to step %lu was not checked",
                               player->clients[client].step->number);
    return true;
}
