#include "lib/wire/text_line.h"

#include <stdio.h>

struct text_line text_line(char *room, size_t size)
{
    struct text_line line = { .text = room, .size = size };
    line_next(&line);
    return line;
}

void line_next(struct text_line *line)
{
    *line = (struct text_line){ .text = line->text, .size = line->size };
    line->text[0] = '\0';
}

static enum line_event add(struct text_line *line, int character)
{
    size_t needed = line->gap ? 3 : 2;

    if (needed > line->size - line->len)
        return LINE_TOO_LONG;
    if (line->gap)
        line->text[line->len++] = ' ';
    line->gap = false;
    line->text[line->len++] = (char)character;
    line->text[line->len] = '\0';
    return LINE_MORE;
}

static bool is_blank(int character)
{
    return character == ' ' || character == '\t' || character == '\r';
}

static enum line_event feed_line_end(struct text_line *line, int character)
{
    if (line->quoted || line->escape || (line->depth > 0 && character == EOF))
        return LINE_BROKEN;
    line->comment = false;
    line->gap = true;
    return line->depth > 0 ? LINE_MORE : LINE_READY;
}

static enum line_event feed_quote(struct text_line *line)
{
    bool begins_word = !line->quoted && (line->gap || line->len == 0);
    enum line_event event = add(line, '"');

    line->quoted = !line->quoted;
    if (line->quoted)
        line->whole_word_quoted = begins_word;
    else
        line->gap = line->whole_word_quoted;
    return event;
}

static enum line_event feed_parenthesis(struct text_line *line, int character)
{
    if (character == ')' && line->depth == 0)
        return LINE_BROKEN;
    if (character == '(')
        line->depth++;
    else
        line->depth--;
    line->gap = line->gap || line->len > 0;
    return LINE_MORE;
}

/* A character outside comments, strings and escapes. */
static enum line_event feed_plain(struct text_line *line, int character)
{
    if (is_blank(character)) {
        line->gap = true;
        return LINE_MORE;
    }
    switch (character) {
    case ';': line->comment = true; return LINE_MORE;
    case '"': return feed_quote(line);
    case '(':
    case ')': return feed_parenthesis(line, character);
    case '\\': line->escape = true; return add(line, character);
    default: return add(line, character);
    }
}

enum line_event line_feed(struct text_line *line, int character)
{
    if (character == '\0')
        return LINE_BROKEN;
    if (character == '\n' || character == EOF)
        return feed_line_end(line, character);
    if (line->comment)
        return LINE_MORE;
    if (line->escape) {
        line->escape = false;
        return add(line, character);
    }
    if (!line->quoted)
        return feed_plain(line, character);
    if (character == '\\')
        line->escape = true;
    return character == '"' ? feed_quote(line) : add(line, character);
}

char *line_word(char **at)
{
    char *word = *at, *end;
    bool quoted = false;

    if (*word == '\0')
        return NULL;
    for (end = word; *end && (quoted || *end != ' '); end++) {
        if (*end == '"')
            quoted = !quoted;
        if (*end == '\\' && end[1])
            end++;
    }
    *at = *end ? end + 1 : end;
    *end = '\0';
    return word;
}
