#include "lib/base/ports.h"

void ports_add(struct ports *ports, uint16_t first, uint16_t last)
{
    for (uint32_t port = first; port <= last; port++)
        ports->words[port / 64] |= UINT64_C(1) << port % 64;
}

unsigned ports_held(const struct ports *ports, uint16_t from)
{
    unsigned count = 0;
    for (uint32_t port = from; port < PORTS_COUNT; port++)
        count += ports_hold(ports, (uint16_t)port);
    return count;
}

/* ---- text ---- */

static bool take_port(struct bytes *text, uint16_t *port)
{
    uint32_t value = 0;
    size_t digits = 0;

    while (digits < text->len && text->at[digits] >= '0' && text->at[digits] <= '9' &&
           value < PORTS_COUNT)
        value = value * 10 + (uint32_t)(text->at[digits++] - '0');
    *text = (struct bytes){ text->at + digits, text->len - digits };
    *port = (uint16_t)value;
    return digits > 0 && value < PORTS_COUNT;
}

static bool take_mark(struct bytes *text, uint8_t mark)
{
    if (text->len == 0 || text->at[0] != mark)
        return false;
    *text = (struct bytes){ text->at + 1, text->len - 1 };
    return true;
}

static bool take_range(struct bytes *text, struct ports *ports)
{
    uint16_t first, last;

    if (!take_port(text, &first))
        return false;
    last = first;
    if (take_mark(text, '-') && !take_port(text, &last))
        return false;
    if (last < first)
        return false;
    ports_add(ports, first, last);
    return true;
}

enum status ports_add_list(struct ports *ports, struct bytes text)
{
    struct ports read = *ports;

    if (text.len > 0 && text.at[text.len - 1] == '\n')
        text.len--;
    if (text.len == 0)
        return ST_OK;
    do {
        if (!take_range(&text, &read))
            return ST_MALFORMED;
    } while (take_mark(&text, ','));
    if (text.len > 0)
        return ST_MALFORMED;
    *ports = read;
    return ST_OK;
}
