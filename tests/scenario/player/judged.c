#include "tests/scenario/player/judged.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/scenario/player/lines.h"

static bool take(struct judged *judged, const struct words *words)
{
    struct judgement *at = &judged->at[judged->count];

    if (words->count != 3 || !word_number(words->at[1], ULONG_MAX, &at->step) ||
        judged_find(judged, words->at[0]))
        return false;
    at->path = words->at[0];
    at->class = words->at[2];
    judged->count++;
    return true;
}

bool judged_read(struct judged *judged, const char *path, struct arena *arena, char why[JUDGED_WHY])
{
    const struct line *line;
    struct words words;
    struct lines lines;

    judged->count = 0;
    if (!lines_read_file(&lines, path, arena)) {
        snprintf(why, JUDGED_WHY, "%.100s: %.90s", path, lines.flaw.text);
        return false;
    }
    while ((line = lines_next(&lines))) {
        bool fine = words_split(&lines, line->text, "#", &words);
        if (fine && words.count == 0)
            continue;
        if (!fine || judged->count == JUDGED_MAX || !take(judged, &words)) {
            snprintf(why, JUDGED_WHY, "%.100s, line %u: wants `path step class`, each path once",
                     path, line->number);
            return false;
        }
    }
    return true;
}

/* "b/c.rpl" is the end of "a/b/c.rpl", not of "ab/c.rpl". */
static bool is_end_of(const char *end, const char *path)
{
    size_t len = strlen(end), whole = strlen(path);

    return len <= whole && strcmp(path + whole - len, end) == 0 &&
           (len == whole || path[whole - len - 1] == '/');
}

const struct judgement *judged_find(const struct judged *judged, const char *path)
{
    for (unsigned i = 0; i < judged->count; i++)
        if (is_end_of(judged->at[i].path, path))
            return &judged->at[i];
    return NULL;
}
