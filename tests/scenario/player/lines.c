#include "tests/scenario/player/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- flaws ---- */

static bool flawed(struct lines *lines, enum flaw_kind kind, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static bool flawed(struct lines *lines, enum flaw_kind kind, const char *format, va_list arguments)
{
    struct flaw *flaw = &lines->flaw;
    const struct line *line = lines->next > 0 ? &lines->at[lines->next - 1] : NULL;

    if (flaw->kind != FLAW_NONE)
        return false;
    flaw->kind = kind;
    flaw->file = line ? line->file : NULL;
    flaw->line = line ? line->number : 0;
    vsnprintf(flaw->text, sizeof flaw->text, format, arguments);
    for (char *at = flaw->text; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
            *at = '?';
    return false;
}

bool lines_wrong(struct lines *lines, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    flawed(lines, FLAW_WRONG, format, arguments);
    va_end(arguments);
    return false;
}

bool lines_cannot(struct lines *lines, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    flawed(lines, FLAW_CANNOT, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- words ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The end of the word that begins at `at`. */
static const char *word_end(const char *at, const char *comments)
{
    bool quoted = false;

    for (; *at && (quoted || (!is_blank(*at) && !strchr(comments, *at))); at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

static const char *copy(struct lines *lines, const char *from, size_t len)
{
    char *text = arena_alloc(lines->arena, len + 1);

    if (!text) {
        lines_wrong(lines, "the file is too large");
        return NULL;
    }
    memcpy(text, from, len);
    text[len] = '\0';
    return text;
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

bool words_split(struct lines *lines, const char *text, const char *comments, struct words *words)
{
    words->count = 0;
    for (const char *at = skip_blanks(text); *at && !strchr(comments, *at);) {
        const char *end = word_end(at, comments);
        bool quoted = end - at >= 2 && *at == '"' && end[-1] == '"';
        if (words->count == WORDS_MAX)
            return lines_wrong(lines, "more than %d words", (int)WORDS_MAX);
        const char *word = copy(lines, at + quoted, (size_t)(end - at) - 2u * quoted);
        if (!word)
            return false;
        words->at[words->count++] = word;
        at = skip_blanks(end);
    }
    return true;
}

bool word_is(const struct words *words, unsigned index, const char *word)
{
    return index < words->count && strcmp(words->at[index], word) == 0;
}

const char *words_after(struct lines *lines, const char *text, unsigned count)
{
    const char *at = skip_blanks(text), *end;

    for (; count > 0; count--)
        at = skip_blanks(word_end(at, ";"));
    for (end = at; *end && *end != ';';)
        end = *end == '"' || *end == '\\' ? word_end(end, ";") : end + 1;
    while (end > at && is_blank(end[-1]))
        end--;
    return copy(lines, at, (size_t)(end - at));
}

bool word_number(const char *word, unsigned long most, unsigned long *number)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);

    if (*word < '0' || *word > '9' || *end || value > most)
        return false;
    *number = value;
    return true;
}

const char *word_value(const char *word, const char *name)
{
    size_t len = strlen(name);
    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}

/* ---- files ---- */

const struct line *lines_next(struct lines *lines)
{
    return lines->next < lines->count ? &lines->at[lines->next++] : NULL;
}

static bool read_whole(struct lines *lines, const char *path, struct bytes *text)
{
    FILE *file = fopen(path, "r");
    uint8_t *room = NULL;

    *text = (struct bytes){ NULL, 0 };
    if (file) {
        long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
        if (size >= 0 && size < TEXT_OCTETS_MAX)
            room = arena_alloc(lines->arena, (size_t)size);
        rewind(file);
        *text = (struct bytes){ room, room ? fread(room, 1, (size_t)size, file) : 0 };
        fclose(file);
    }
    return room || lines_wrong(lines, "%s cannot be read, or is too large", path);
}

static bool add_text(struct lines *lines, const char *name, struct bytes text, unsigned depth);

static bool include(struct lines *lines, const char *from, const char *line, unsigned depth)
{
    const char *slash = strrchr(from, '/');
    char path[1024];
    struct words words;
    struct bytes text;

    if (!words_split(lines, line, ";", &words))
        return false;
    if (words.count != 2 || depth == INCLUDE_DEPTH_MAX)
        return lines_wrong(lines, "INCLUDE wants one path, and nests %d deep",
                           (int)INCLUDE_DEPTH_MAX);
    snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash - from) + 1 : 0, from, words.at[1]);
    const char *kept = copy(lines, path, strlen(path));
    return kept && read_whole(lines, path, &text) && add_text(lines, kept, text, depth + 1);
}

static bool is_include(const char *text)
{
    text = skip_blanks(text);
    return strncmp(text, "INCLUDE", 7) == 0 && is_blank(text[7]);
}

static bool add_line(struct lines *lines, const struct line *line, unsigned depth)
{
    if (lines->count == LINES_MAX)
        return lines_wrong(lines, "more than %d lines", (int)LINES_MAX);
    lines->at[lines->count] = *line;
    lines->next = lines->count + 1; /* a flaw speaks of this line */
    if (is_include(line->text))
        return include(lines, line->file, line->text, depth);
    lines->count++;
    return true;
}

static bool add_text(struct lines *lines, const char *name, struct bytes text, unsigned depth)
{
    const char *at = (const char *)text.at, *end = at + text.len;

    if (text.len > 0 && memchr(text.at, 0, text.len))
        return lines_wrong(lines, "%s holds a zero octet: this is no text", name);
    for (unsigned number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *line = copy(lines, at, (size_t)((stop ? stop : end) - at));
        if (!line || !add_line(lines, &(struct line){ name, line, number }, depth))
            return false;
        at = stop ? stop + 1 : end;
    }
    return true;
}

static bool begin(struct lines *lines, struct arena *arena)
{
    *lines = (struct lines){ .arena = arena, .at = ARENA_ARRAY(arena, struct line, LINES_MAX + 1) };
    return lines->at || lines_wrong(lines, "no memory");
}

bool lines_read_text(struct lines *lines, const char *name, struct bytes text, struct arena *arena)
{
    bool read = begin(lines, arena) && add_text(lines, name, text, 0);
    if (read)
        lines->next = 0;
    return read;
}

bool lines_read_file(struct lines *lines, const char *path, struct arena *arena)
{
    struct bytes text;
    bool read =
        begin(lines, arena) && read_whole(lines, path, &text) && add_text(lines, path, text, 0);
    if (read)
        lines->next = 0;
    return read;
}
