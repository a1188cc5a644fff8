#include "tests/scenario/player/trustpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/dnssec/rrsig.h"
#include "lib/wire/type.h"
#include "tests/scenario/player/packet.h"
#include "tests/scenario/player/player.h"

enum { LINE_TEXT = 4096, PROBES_AT_ONCE = 16, FLAG_SEP = 1, FLAG_REVOKE = 0x80, DIGITS = 10 };

/* ---- reading ---- */

static bool is_data(const char *line)
{
    line += strspn(line, " \t\r");
    return *line != '\0' && *line != ';';
}

/* The number behind `mark` in the line, its macros expanded if there are any; -1: no such mark. */
static int64_t number_behind(struct macros *macros, const char *line, const char *mark)
{
    const char *at = strstr(line, mark);
    char text[MACRO_TEXT], part[256];

    if (!at)
        return -1;
    at += strlen(mark);
    at += strspn(at, " ");
    const char *end = strstr(at, " ;;");
    snprintf(part, sizeof part, "%.*s", end ? (int)(end - at) : (int)strcspn(at, ";\r"), at);
    if (macros && !macro_expand(macros, part, text))
        return -1;
    return strtoll(macros ? text : part, NULL, DIGITS);
}

/* The first line from `line` on that holds a key. */
static unsigned data_line(const struct script_file *file, unsigned line)
{
    while (line + 1 < file->count && !is_data(file->lines[line]))
        line++;
    return line;
}

/* RFC 5011 §2.1: a key that revoked itself is the same key. NULL: no memory. */
static struct bytes without_revoke(const struct text_record *record, struct arena *arena)
{
    uint8_t *rdata = arena_copy(arena, record->rdata.at, record->rdata.len);

    if (rdata && record->type == TYPE_DNSKEY && record->rdata.len > 1)
        rdata[1] &= (uint8_t)~FLAG_REVOKE;
    return (struct bytes){ rdata, record->rdata.len };
}

static bool read_line(const struct head *head, struct lines *lines, const char *line,
                      struct script_section *section)
{
    char text[LINE_TEXT], why[TEXT_WHY];
    struct text_record record;
    struct words words;

    if (!is_data(line))
        return true;
    if (line[strspn(line, " \t")] == '@')
        return words_split(lines, line, ";", &words) &&
               keys_records(&head->keys, lines, &words, section);
    snprintf(text, sizeof text, "%.*s", (int)strcspn(line, ";"), line);
    if (text_read_record(text, lines->arena, &record, why) != ST_OK)
        return lines_wrong(lines, "no record in a trust file: %s", why);
    return (record.type != TYPE_DNSKEY && record.type != TYPE_DS) ||
           section_append(section, lines, &record);
}

static bool is_sep(const struct text_record *record)
{
    return record->type == TYPE_DS || (record->rdata.len > 1 && record->rdata.at[1] & FLAG_SEP);
}

static bool read_keys(const struct head *head, struct lines *lines, struct script_file *file)
{
    struct script_section section = { NULL, NULL };

    for (unsigned i = 0; i < file->count; i++)
        if (!read_line(head, lines, file->lines[i], &section))
            return false;
    file->trust = section.first;
    return true;
}

static bool has_sep(const struct script_file *file)
{
    for (const struct script_record *at = file->trust; at; at = at->next)
        if (is_sep(&at->record))
            return true;
    return false;
}

/* What is configured: of SEP keys those alone, and of keys with states all but the pending. */
static bool is_anchor(const struct script_file *file, const struct text_record *record,
                      int64_t state)
{
    return (!has_sep(file) || is_sep(record)) && (state < 0 || state > ROLL_PENDING);
}

static bool read_anchors(struct head *head, struct lines *lines, struct script_file *file)
{
    unsigned line = 0;

    for (struct script_record *at = file->trust; at; at = at->next, line++) {
        struct text_record record = at->record;
        line = data_line(file, line);
        if (!is_anchor(file, &record, number_behind(NULL, file->lines[line], ";;state=")))
            continue;
        record.rdata = without_revoke(&record, lines->arena);
        if (!record.rdata.at || !section_append(&head->old_anchors, lines, &record))
            return lines_wrong(lines, "the file is too large");
    }
    return true;
}

bool trustpoint_read(struct head *head, struct lines *lines, struct script *script)
{
    for (struct script_file *file = head->trust_files; file; file = file->next)
        if (!read_keys(head, lines, file) || !read_anchors(head, lines, file))
            return false;
    for (struct script_step *step = script->steps; step; step = step->next)
        if (step->kind == STEP_CHECK_AUTOTRUST && !read_keys(head, lines, step->file))
            return false;
    return true;
}

/* ---- keys with states, as a state file of ours ---- */

static struct rfc5011_key key_with_state(struct player *player, const struct text_record *record,
                                         const char *line, struct unixtime checked)
{
    int64_t state = number_behind(&player->macros, line, ";;state=");
    int64_t since = number_behind(&player->macros, line, ";;lastchange=");
    struct bytes rdata = without_revoke(record, player->scratch);
    struct rfc5011_key key = { .state = ROLL_START };

    if (state <= ROLL_START || state >= ROLL_STATES || !rdata.at || rdata.len > ROLL_KEY_OCTETS)
        return key;
    key.state = (uint8_t)state;
    key.form = record->type == TYPE_DS ? ROLL_AS_DS : ROLL_AS_KEY;
    key.revoked = state >= ROLL_REVOKED;
    key.since = (struct unixtime){ since > 0 ? since : 0 };
    key.seen = checked;
    key.hold_s = rfc5011_hold_s((enum rfc5011_state)state);
    key.counted_s = checked.s > key.since.s ? (uint32_t)(checked.s - key.since.s) : 0;
    key.signers = state == ROLL_PENDING ? (1u << ROLL_KEYS) - 1 : 0;
    key.len = (uint16_t)rdata.len;
    memcpy(key.rdata, rdata.at, rdata.len);
    return key;
}

static bool point_with_states(struct player *player, const struct script_file *file,
                              struct anchor_points *points)
{
    struct rfc5011_point *point = anchor_points_get(points, &file->trust->record.owner);
    unsigned line = 0, slot = 0;

    for (; line < file->count && point; line++) {
        int64_t at = number_behind(&player->macros, file->lines[line], ";;last_success:");
        if (at > 0)
            point->checked = (struct unixtime){ at };
    }
    line = 0;
    for (struct script_record *at = file->trust; at && point && slot < ROLL_KEYS; at = at->next) {
        line = data_line(file, line);
        point->ttl_s = at->record.ttl;
        point->keys[slot] =
            key_with_state(player, &at->record, file->lines[line++], point->checked);
        slot += point->keys[slot].state != ROLL_START;
    }
    if (point)
        point->expires = (struct unixtime){ point->checked.s + point->ttl_s };
    return slot > 0;
}

static bool save_states(struct player *player)
{
    struct trustpoint *trust = &player->trust;
    struct state_file state = { .disk = &state_disk_real,
                                .directory = trust->folder,
                                .name = ANCHOR_STATE_NAME };
    struct anchor_points points = { .count = 0 };
    bool any = false, saved = true;

    arena_reset(player->scratch);
    for (const struct script_file *file = player->head->trust_files; file; file = file->next)
        any |= file->trust && point_with_states(player, file, &points);
    if (any)
        saved = anchor_state_save(&state, &points, points.points[0]->checked) == ST_OK;
    anchor_points_clear(&points);
    return saved || player_fail(player, "no state file: %s", state.trouble);
}

/* ---- asking ---- */

static struct rfc5011_now now_of(const struct player *player)
{
    return (struct rfc5011_now){ stage_wall(player->stage), player->stage->now };
}

static bool begin(struct player *player)
{
    struct trustpoint *trust = &player->trust;

    snprintf(trust->folder, sizeof trust->folder, "/tmp/scenario-trust-XXXXXX");
    if (!mkdtemp(trust->folder)) {
        trust->folder[0] = '\0';
        return player_fail(player, "no folder for the state file");
    }
    trust->setup = (struct keeper_setup){ .policy = player->head->options->policy,
                                          .crypto = player->head->crypto,
                                          .pool = player->pool,
                                          .disk = &state_disk_real,
                                          .directory = trust->folder };
    if (!save_states(player))
        return false;
    trust->keeper = keeper_create(&trust->setup, now_of(player));
    if (!trust->keeper)
        return player_fail(player, "no memory");
    trust->version = keeper_version(trust->keeper);
    return true;
}

/* The set in the answer; NULL: there is none. */
static const struct rrset *keys_in(struct player *player, struct bytes octets)
{
    static const struct siphash_key key;
    struct message message;
    struct rrset_list sets;

    if (message_parse(octets, player->scratch, &message) != ST_OK ||
        message_sets(&message, SECTION_ANSWER, &key, player->scratch, &sets) != ST_OK)
        return NULL;
    for (size_t i = 0; i < sets.count; i++)
        if (sets.at[i]->type == TYPE_DNSKEY)
            return sets.at[i];
    return NULL;
}

static void ask(struct player *player, const struct name *zone)
{
    static const uint8_t loopback[4] = { 127, 0, 0, 1 };
    struct endpoint from = endpoint_v4(loopback, 0);
    struct script_packet packet = { .flags = FLAG_RD | FLAG_CD,
                                    .dnssec_ok = true,
                                    .has_question = true,
                                    .question = { *zone, TYPE_DNSKEY, CLASS_IN } };
    struct instant until = player_patience(player);
    struct stage *stage = player->stage;

    arena_reset(player->scratch);
    uint8_t *room = arena_alloc(player->scratch, MESSAGE_OCTETS_MAX);
    if (!room || stage->clients == CLIENTS_MAX)
        return;
    size_t len = packet_question(&packet, 1, room);
    player->clients[stage->clients + 1] = (struct player_client){ player->step, VIA_TCP };
    uint64_t client = stage_ask(stage, (struct bytes){ room, len }, &from, VIA_TCP);
    struct stage_answer *answer = &stage->answers[client];
    while (!answer->open && player_go_on(player, until)) {
    }
    answer->open = false;
    arena_reset(player->scratch);
    keeper_saw(player->trust.keeper, zone, keys_in(player, answer->message), now_of(player));
}

/* RULINGS B22: another policy takes the place of the one in force. */
static bool put_in_force(struct player *player)
{
    struct trustpoint *trust = &player->trust;
    struct policy *policy = memory_new(sizeof *policy);

    trust->version = keeper_version(trust->keeper);
    if (!policy || trust->policy_count == TRUST_POLICIES) {
        memory_free(policy);
        return player_fail(player, "the anchors change too often");
    }
    *policy = *player->head->options->policy;
    policy->anchors = keeper_anchors(trust->keeper);
    trust->policies[trust->policy_count++] = policy;
    return policy->anchors ? stage_control(player->stage, policy)
                           : player_fail(player, "no memory");
}

bool trustpoint_traffic(struct player *player)
{
    struct trustpoint *trust = &player->trust;
    struct instant due;
    struct name zone;

    if (!player->head->trust_files)
        return true;
    if (!trust->keeper && !begin(player))
        return false;
    for (unsigned i = 0; i < PROBES_AT_ONCE; i++) {
        if (!keeper_next(trust->keeper, &zone, &due) || instant_before(player->stage->now, due))
            break;
        ask(player, &zone);
    }
    return keeper_version(trust->keeper) == trust->version || put_in_force(player);
}

int64_t trustpoint_timeout(const struct player *player)
{
    struct instant due;
    struct name zone;

    if (!player->trust.keeper || !keeper_next(player->trust.keeper, &zone, &due))
        return 0;
    return instant_s_between(player->stage->now, due);
}

void trustpoint_end(struct trustpoint *trust)
{
    static const char *const names[] = { "", ".before", ".new" };
    char path[160];

    keeper_destroy(trust->keeper);
    for (unsigned i = 0; i < trust->policy_count; i++) {
        anchor_set_destroy(trust->policies[i]->anchors);
        memory_free(trust->policies[i]);
    }
    for (unsigned i = 0; trust->folder[0] && i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s%s", trust->folder, ANCHOR_STATE_NAME, names[i]);
        (void)unlink(path);
    }
    if (trust->folder[0])
        (void)rmdir(trust->folder);
}

/* ---- checking ---- */

static uint16_t tag_of(const struct text_record *record, struct arena *arena)
{
    if (record->type == TYPE_DS)
        return (uint16_t)(record->rdata.at[0] << 8 | record->rdata.at[1]);
    struct bytes rdata = without_revoke(record, arena);
    return rdata.at ? dnskey_tag(rdata) : 0;
}

static bool find_row(const struct player *player, uint16_t tag, struct keeper_row *row)
{
    struct rfc5011_now now = now_of(player);
    for (size_t i = 0; keeper_row(player->trust.keeper, i, now, row); i++)
        if (row->tag == tag && row->state != ROLL_START)
            return true;
    return false;
}

static bool same(struct player *player, const char *what, unsigned tag, int64_t wanted, int64_t got)
{
    return wanted == got || player_fail(player, "%s of key %u: expected %lld, got %lld", what, tag,
                                        (long long)wanted, (long long)got);
}

/* `counts`: the key has to be among ours. A file without states is one that was not written yet:
 * it holds what is configured. */
static bool check_key(struct player *player, const struct text_record *record, const char *line,
                      bool *counts)
{
    uint16_t tag = tag_of(record, player->scratch);
    int64_t state = number_behind(&player->macros, line, ";;state=");
    struct keeper_row row;

    *counts = state != ROLL_REMOVED && (state >= 0 || is_anchor(player->step->file, record, state));
    if (state < 0 && !*counts)
        return true;
    if (!find_row(player, tag, &row))
        return player_fail(player, "expected key %u, got none", tag);
    if (state < 0)
        return true; /* nothing was learned yet, so nothing is said of it */
    return same(player, "state", tag, state, (int64_t)row.state) &&
           same(player, "last change", tag, number_behind(&player->macros, line, ";;lastchange="),
                row.since.s);
}

static bool check_times(struct player *player, const char *line)
{
    int64_t success = number_behind(&player->macros, line, ";;last_success:");
    int64_t next = number_behind(&player->macros, line, ";;next_probe_time:");
    struct keeper_row row;

    if (!keeper_row(player->trust.keeper, 0, now_of(player), &row))
        return player_fail(player, "there is no trust point");
    if (success >= 0 && !same(player, "last success", row.tag, success, row.checked.s))
        return false;
    int64_t got = stage_wall(player->stage).s + trustpoint_timeout(player);
    if (next < stage_wall(player->stage).s)
        return true; /* a file that was not written anew, or no question at all */
    return (got - next <= 1 && next - got <= 1) || /* questions take milliseconds */
           same(player, "next question", row.tag, next, got);
}

bool trustpoint_check(struct player *player)
{
    const struct script_file *file = player->step->file;
    const struct script_record *record = file->trust;
    unsigned wanted = 0, got = 0;
    struct keeper_row row;
    bool counts;

    if (!player->trust.keeper && !trustpoint_traffic(player))
        return false;
    if (!player->trust.keeper)
        return player_fail(player, "there is no AUTOTRUST_FILE");
    arena_reset(player->scratch);
    for (unsigned i = 0; i < file->count; i++) {
        if (!check_times(player, file->lines[i]))
            return false;
        if (!is_data(file->lines[i]) || !record)
            continue;
        if (!check_key(player, &record->record, file->lines[i], &counts))
            return false;
        record = record->next;
        wanted += counts;
    }
    for (size_t i = 0; keeper_row(player->trust.keeper, i, now_of(player), &row); i++)
        got += row.state != ROLL_START && row.state != ROLL_REMOVED; /* these may be forgotten */
    player->checks++;
    return wanted == got || player_fail(player, "expected %u keys, got %u", wanted, got);
}
