/* scenario [--own] [--verbose] [--judged LIST] FILE... - plays .rpl scenarios, a line for each:
 *   pass FILE
 *   fail FILE: step, expected, got
 *   differ FILE: class, then as above; a file of LIST that fails where LIST says (judged.h)
 *   skip FILE: the key or keyword that cannot be played
 *
 * --own: files of our own, a skip is a failure. --verbose: every message is a line. A file of LIST
 * that does not fail there is a failure too. Ends with skips and differences by reason, and
 * `N passed, N failed`, the others apart. Runs in the root of the tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "tests/scenario/player/judged.h"
#include "tests/scenario/player/play.h"

enum { REASONS_MAX = 200, REASON_TEXT = 120, LIST_OCTETS = 16 * 1024 * 1024 };

struct reasons {
    struct reason {
        char text[REASON_TEXT];
        unsigned count;
    } at[REASONS_MAX];
    unsigned count;
};

struct tally {
    unsigned passed, failed, differ, skipped;
    struct reasons skips, classes;
    struct judged judged;
    enum loudness loudness;
    bool own;
};

/* The line number is no part of the reason. */
static void count_reason(struct reasons *reasons, const char *text)
{
    char reason[REASON_TEXT];
    size_t len = strcspn(text, "(");

    snprintf(reason, sizeof reason, "%.*s", len < 100 ? (int)len : 100, text);
    for (unsigned i = 0; i < reasons->count; i++)
        if (strcmp(reasons->at[i].text, reason) == 0) {
            reasons->at[i].count++;
            return;
        }
    if (reasons->count == REASONS_MAX)
        return;
    snprintf(reasons->at[reasons->count].text, REASON_TEXT, "%s", reason);
    reasons->at[reasons->count++].count = 1;
}

static void say_reasons(const struct reasons *reasons, const char *what)
{
    for (unsigned i = 0; i < reasons->count; i++)
        printf("%s %u for %s\n", what, reasons->at[i].count, reasons->at[i].text);
}

static void judge(const char *path, const struct play_result *result, struct tally *tally)
{
    const struct judgement *judgement = judged_find(&tally->judged, path);
    bool fails = result->verdict == PLAY_FAIL;

    if (judgement && fails && judgement->step == result->step) {
        printf("differ %s: %s: %s\n", path, judgement->class, result->text);
        tally->differ++;
        count_reason(&tally->classes, judgement->class);
        return;
    }
    tally->failed++;
    if (judgement)
        printf("fail %s: judged to differ at step %lu (%s), but: %s\n", path, judgement->step,
               judgement->class, fails ? result->text : "it passes");
    else
        printf("fail %s: %s\n", path, result->text);
}

static void play_one(const char *path, struct tally *tally)
{
    struct play_result result;

    play_file(path, tally->loudness, &result);
    if (result.verdict == PLAY_SKIP) {
        printf("skip %s: %s\n", path, result.text);
        tally->skipped++;
        count_reason(&tally->skips, result.text);
    } else if (result.verdict == PLAY_PASS && !judged_find(&tally->judged, path)) {
        printf("pass %s\n", path);
        tally->passed++;
    } else {
        judge(path, &result, tally);
    }
    fflush(stdout);
}

/* The first word that is no option; 0: they are wrong. */
static int read_options(struct tally *tally, int count, char **words, struct arena *arena)
{
    char why[JUDGED_WHY];
    int at = 1;

    for (; at < count && strncmp(words[at], "--", 2) == 0; at++) {
        if (strcmp(words[at], "--verbose") == 0) {
            tally->loudness = PLAY_ALOUD;
        } else if (strcmp(words[at], "--own") == 0) {
            tally->own = true;
        } else if (strcmp(words[at], "--judged") == 0 && at + 1 < count) {
            if (judged_read(&tally->judged, words[++at], arena, why))
                continue;
            fprintf(stderr, "scenario: %s\n", why);
            return 0;
        } else {
            at = count;
        }
    }
    if (at < count && words[at][0] != '-')
        return at;
    fprintf(stderr, "usage: scenario [--own] [--verbose] [--judged LIST] FILE...\n");
    return 0;
}

/* The exit code. */
static int play_all(int count, char **words, struct tally *tally, struct arena *arena)
{
    int at = read_options(tally, count, words, arena);

    if (at == 0)
        return 64;
    for (; at < count; at++)
        play_one(words[at], tally);
    say_reasons(&tally->skips, "skipped");
    say_reasons(&tally->classes, "differ");
    if (tally->own)
        tally->failed += tally->skipped;
    printf("%u passed, %u failed, ", tally->passed, tally->failed);
    if (tally->judged.count > 0)
        printf("%u differ as judged, ", tally->differ);
    printf("%u skipped\n", tally->skipped);
    return tally->failed == 0 && tally->passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **words)
{
    struct pool *pool = pool_create(LIST_OCTETS);
    struct arena *arena = pool ? arena_create(pool, LIST_OCTETS) : NULL;
    struct tally *tally = arena ? memory_new(sizeof *tally) : NULL;
    int code = EXIT_FAILURE;

    log_level_set(LOG_ERROR);
    if (tally)
        code = play_all(count, words, tally, arena);
    memory_free(tally);
    arena_destroy(arena);
    pool_destroy(pool);
    return code;
}
