/* scenario [--own] [--verbose] FILE... - plays .rpl scenarios, a line for each:
 *   pass FILE
 *   fail FILE: step, expected, got
 *   skip FILE: the key or keyword that cannot be played
 *
 * --own: files of our own, a skip is a failure. --verbose: every message is a line. Ends with the
 * skips by reason and `N passed, N failed`, skips apart. Runs in the root of the tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "tests/scenario/player/play.h"

enum { REASONS_MAX = 200, REASON_TEXT = 120 };

struct tally {
    unsigned passed, failed, skipped, reason_count;
    struct reason {
        char text[REASON_TEXT];
        unsigned count;
    } reasons[REASONS_MAX];
};

/* The line number is no part of the reason. */
static void count_reason(struct tally *tally, const char *text)
{
    char reason[REASON_TEXT];
    size_t len = strcspn(text, "(");

    snprintf(reason, sizeof reason, "%.*s", len < 100 ? (int)len : 100, text);
    for (unsigned i = 0; i < tally->reason_count; i++)
        if (strcmp(tally->reasons[i].text, reason) == 0) {
            tally->reasons[i].count++;
            return;
        }
    if (tally->reason_count == REASONS_MAX)
        return;
    snprintf(tally->reasons[tally->reason_count].text, REASON_TEXT, "%s", reason);
    tally->reasons[tally->reason_count++].count = 1;
}

static void play_one(const char *path, enum loudness loudness, struct tally *tally)
{
    struct play_result result;

    play_file(path, loudness, &result);
    switch (result.verdict) {
    case PLAY_PASS:
        printf("pass %s\n", path);
        tally->passed++;
        break;
    case PLAY_FAIL:
        printf("fail %s: %s\n", path, result.text);
        tally->failed++;
        break;
    case PLAY_SKIP:
        printf("skip %s: %s\n", path, result.text);
        tally->skipped++;
        count_reason(tally, result.text);
        break;
    }
    fflush(stdout);
}

int main(int count, char **words)
{
    struct tally *tally = memory_new(sizeof *tally);
    enum loudness loudness = PLAY_QUIET;
    bool own = false;
    int at = 1;

    for (; tally && at < count && strncmp(words[at], "--", 2) == 0; at++) {
        if (strcmp(words[at], "--verbose") == 0)
            loudness = PLAY_ALOUD;
        else if (strcmp(words[at], "--own") == 0)
            own = true;
        else
            break;
    }
    if (!tally || at == count || words[at][0] == '-') {
        fprintf(stderr, "usage: scenario [--own] [--verbose] FILE...\n");
        memory_free(tally);
        return 64;
    }
    log_level_set(LOG_ERROR);
    for (; at < count; at++)
        play_one(words[at], loudness, tally);
    for (unsigned i = 0; i < tally->reason_count; i++)
        printf("skipped %u for %s\n", tally->reasons[i].count, tally->reasons[i].text);
    if (own)
        tally->failed += tally->skipped;
    printf("%u passed, %u failed, %u skipped\n", tally->passed, tally->failed, tally->skipped);
    bool good = tally->failed == 0 && tally->passed > 0;
    memory_free(tally);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
