#include "tests/scenario/player/play.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/wire/type.h"
#include "tests/scenario/player/head_plain.h"
#include "tests/scenario/player/player.h"
#include "tests/scenario/player/standin.h"

enum { SCRIPT_OCTETS = 96 * 1024 * 1024, SCRATCH_OCTETS = 32 * 1024 * 1024, DAYS_MAX = 40000 };

/* ---- verdicts ---- */

static void conclude(struct player *player, enum play_verdict verdict, const char *format,
                     va_list arguments) __attribute__((format(printf, 3, 0)));

static void conclude(struct player *player, enum play_verdict verdict, const char *format,
                     va_list arguments)
{
    struct play_result *result = player->result;
    int len = 0;

    if (result->text[0])
        return;
    result->verdict = verdict;
    result->step = player->step ? player->step->number : 0;
    if (player->step && verdict == PLAY_FAIL)
        len = snprintf(result->text, sizeof result->text,
                       "step %lu %s (line %u): ", player->step->number,
                       step_names[player->step->kind], player->step->line);
    vsnprintf(result->text + len, sizeof result->text - (size_t)len, format, arguments);
}

bool player_fail(struct player *player, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    conclude(player, PLAY_FAIL, format, arguments);
    va_end(arguments);
    return false;
}

bool player_cannot(struct player *player, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    conclude(player, PLAY_SKIP, format, arguments);
    va_end(arguments);
    return false;
}

static void flawed(const struct flaw *flaw, struct play_result *result)
{
    result->verdict = flaw->kind == FLAW_CANNOT ? PLAY_SKIP : PLAY_FAIL;
    if (flaw->kind == FLAW_CANNOT)
        snprintf(result->text, sizeof result->text, "%s (line %u)", flaw->text, flaw->line);
    else
        snprintf(result->text, sizeof result->text, "line %u: %s", flaw->line, flaw->text);
}

/* ---- time ---- */

bool player_go_on(struct player *player, struct instant until)
{
    player_serve(player);
    return stage_step(player->stage, until);
}

struct instant player_patience(const struct player *player)
{
    return instant_after_s(player->stage->now, PATIENCE_S);
}

static void set_clocks(struct player *player)
{
    player->macros.time = stage_wall(player->stage).s;
    player->macros.timeout = trustpoint_timeout(player);
}

static bool time_passes(struct player *player)
{
    char text[MACRO_TEXT], what[16];
    int begin = 0;

    if (sscanf(player->step->rest, "%15s %n", what, &begin) != 1 || begin == 0 ||
        (strcmp(what, "ELAPSE") != 0 && strcmp(what, "EVAL") != 0))
        return player_fail(player, "TIME_PASSES wants ELAPSE or EVAL");
    if (!macro_expand(&player->macros, player->step->rest + begin, text))
        return player_fail(player, "%s", player->macros.why);
    double seconds = strtod(text, NULL);
    if (!(seconds >= 0 && seconds < DAYS_MAX * 86400.0))
        return player_fail(player, "%s is no time to pass", text);
    uint64_t ms = (uint64_t)(seconds * 1000.0);
    struct instant until = instant_after_ms(player->stage->now, ms);
    while (player_go_on(player, until)) {
    }
    stage_pass(player->stage, instant_ms_between(player->stage->now, until));
    return true;
}

static bool traffic(struct player *player)
{
    struct instant until = player_patience(player);

    if (!trustpoint_traffic(player))
        return false;
    player_serve(player);
    while (!stage_quiet(player->stage) && player_go_on(player, until)) {
    }
    return true;
}

/* ---- steps that are no messages ---- */

static bool assign(struct player *player)
{
    char name[MACRO_NAME];
    int begin = 0;

    if (sscanf(player->step->rest, "%63[A-Za-z0-9_] = %n", name, &begin) != 1 || begin == 0)
        return player_fail(player, "ASSIGN wants name = value");
    return macro_assign(&player->macros, name, player->step->rest + begin) ||
           player_fail(player, "%s", player->macros.why);
}

static bool infra_rtt(struct player *player)
{
    struct infra infra;
    struct endpoint server;
    char address[64], zone[NAME_TEXT], word[16];
    unsigned long rtt_ms = 0;

    if (sscanf(player->step->rest, "%63s %1024s %15s", address, zone, word) != 3 ||
        !word_number(word, 1000000, &rtt_ms) || endpoint_parse(address, 53, &server) != ST_OK)
        return player_fail(player, "INFRA_RTT wants address, zone, milliseconds");
    infra_cache_get(player->stage->caches->infra, &server, player->stage->now, &infra);
    infra.srtt_us = (uint32_t)rtt_ms * 1000;
    infra_cache_put(player->stage->caches->infra, &server, &infra, player->stage->now);
    return true;
}

/* One answer goes, and here everything with it: no answer tells of the difference. What is expired
 * is not answered either, so it is the same. */
static bool flush(struct player *player)
{
    caches_flush(player->stage->caches);
    return true;
}

static const struct script_file *find_file(const struct script_file *files, const char *name)
{
    while (files && strcmp(files->name, name) != 0)
        files = files->next;
    return files;
}

/* Nothing here writes such a file: it must be what the head says. */
static bool check_tempfile(struct player *player)
{
    const struct script_file *wanted = player->step->file;
    const struct script_file *found = find_file(player->head->temp_files, player->step->rest);

    if (!found)
        return player_fail(player, "there is no file %s", player->step->rest);
    for (unsigned i = 0; i < wanted->count || i < found->count; i++)
        if (i >= wanted->count || i >= found->count ||
            strcmp(wanted->lines[i], found->lines[i]) != 0)
            return player_fail(player, "expected %s, got %s",
                               i < wanted->count ? wanted->lines[i] : "no more lines",
                               i < found->count ? found->lines[i] : "no more lines");
    player->checks++;
    return true;
}

static bool play_step(struct player *player)
{
    enum step_kind kind = player->step->kind;

    /* The first question for the keys comes at the start, once there are servers to ask. */
    if (!player->trust.keeper && (kind == STEP_ASSIGN || kind == STEP_CHECK_ANSWER) &&
        !trustpoint_traffic(player))
        return false;
    set_clocks(player);
    if (player->head->plain && (kind == STEP_REPLY || kind == STEP_CHECK_OUT_QUERY))
        return true; /* play_servers.c; the order of questions is nobody's there */
    switch (kind) {
    case STEP_NOTHING: return true;
    case STEP_QUERY: return player_query(player);
    case STEP_CHECK_ANSWER: return player_check_answer(player);
    case STEP_CHECK_OUT_QUERY: return player_check_out_query(player);
    case STEP_REPLY: return player_reply(player);
    case STEP_TIMEOUT: return player_timeout(player);
    case STEP_ERROR: return player_error(player);
    case STEP_TIME_PASSES: return time_passes(player);
    case STEP_TRAFFIC: return traffic(player);
    case STEP_ASSIGN: return assign(player);
    case STEP_INFRA_RTT: return infra_rtt(player);
    case STEP_CHECK_TEMPFILE: return check_tempfile(player);
    case STEP_CHECK_AUTOTRUST: return trustpoint_check(player);
    case STEP_FLUSH_MESSAGE:
    case STEP_EXPIRE_MESSAGE: return flush(player);
    case STEP_KINDS: break;
    }
    return false;
}

/* ---- the whole ---- */

static void play_steps(struct player *player)
{
    for (player->step = player->script.steps; player->step; player->step = player->step->next) {
        if (!play_step(player))
            return;
        if (player->stage->broken[0]) {
            player_fail(player, "%s", player->stage->broken);
            return;
        }
    }
    if (player_all_checked(player) && player_all_used(player) && player->checks == 0)
        player_cannot(player, "no CHECK step");
}

static void play_script(struct head *head, const struct script *script, enum loudness loudness,
                        struct play_result *result)
{
    struct player *player = memory_new(sizeof *player);

    result->verdict = PLAY_FAIL;
    snprintf(result->text, sizeof result->text, "no memory");
    if (!player)
        return;
    player->head = head;
    player->script = *script;
    player->result = result;
    player->pool = pool_create(SCRATCH_OCTETS);
    player->scratch = player->pool ? arena_create(player->pool, SCRATCH_OCTETS) : NULL;
    player->stage = player->scratch ? stage_create(head, loudness) : NULL;
    if (player->stage) {
        *result = (struct play_result){ .verdict = PLAY_PASS };
        play_steps(player);
    }
    trustpoint_end(&player->trust);
    stage_destroy(player->stage);
    arena_destroy(player->scratch);
    pool_destroy(player->pool);
    memory_free(player);
}

/* Who waits for the question for the root's servers has a resolver in mind that begins with it. */
static bool wants_priming(const struct script *script)
{
    for (const struct script_step *step = script->steps; step; step = step->next) {
        const struct question *asked = step->entry ? &step->entry->packet.question : NULL;
        if (asked && step->kind == STEP_CHECK_OUT_QUERY && asked->type == TYPE_NS &&
            asked->name.len == 1)
            return true;
    }
    return false;
}

/* Where such files come from every question has the same id. */
static void copy_ids(struct script *script)
{
    for (struct script_range *range = script->ranges; range; range = range->next)
        for (struct script_entry *entry = range->entries; entry; entry = entry->next)
            entry->adjust |= ADJUST_COPY_ID;
    for (struct script_step *step = script->steps; step; step = step->next)
        if (step->kind == STEP_REPLY)
            step->entry->adjust |= ADJUST_COPY_ID;
}

static void play_lines(struct lines *lines, enum loudness loudness, struct play_result *result)
{
    struct script script;
    struct head head;

    if (head_read(lines, &head) && script_read(lines, &head.keys, &script) &&
        trustpoint_read(&head, lines, &script) && standin_apply(&head, lines, &script)) {
        if (head.plain)
            head_plain_apply(&head, &script);
        if (head.common) {
            head.options->policy->priming = wants_priming(&script);
            copy_ids(&script);
        }
        play_script(&head, &script, loudness, result);
    } else {
        flawed(&lines->flaw, result);
    }
    head_clear(&head);
}

void play_file(const char *path, enum loudness loudness, struct play_result *result)
{
    struct pool *pool = pool_create(SCRIPT_OCTETS);
    struct arena *arena = pool ? arena_create(pool, SCRIPT_OCTETS) : NULL;
    struct lines lines;

    *result = (struct play_result){ .verdict = PLAY_FAIL, .text = "no memory" };
    if (arena && lines_read_file(&lines, path, arena))
        play_lines(&lines, loudness, result);
    else if (arena)
        flawed(&lines.flaw, result);
    arena_destroy(arena);
    pool_destroy(pool);
}

void play_text(const char *name, struct bytes text, struct play_result *result)
{
    struct pool *pool = pool_create(SCRIPT_OCTETS);
    struct arena *arena = pool ? arena_create(pool, SCRIPT_OCTETS) : NULL;
    struct lines lines;

    *result = (struct play_result){ .verdict = PLAY_FAIL, .text = "no memory" };
    if (arena && lines_read_text(&lines, name, text, arena))
        play_lines(&lines, PLAY_QUIET, result);
    else if (arena)
        flawed(&lines.flaw, result);
    arena_destroy(arena);
    pool_destroy(pool);
}
