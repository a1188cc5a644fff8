#include "lib/wire/name.h"

/* While name_push builds a name, `labels` carries this mark; the zero label takes it off. */
enum { NAME_OPEN = 0x80 };

const struct name name_root = { .len = 1, .labels = 0, .octets = { 0 } };

static bool equal_folded(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t differ = 0;
    for (size_t i = 0; i < len; i++)
        differ |= name_fold(a[i]) ^ name_fold(b[i]);
    return differ == 0;
}

/* Offset of the label that is `index` labels in; of the root label when there are fewer. */
static size_t label_offset(const struct name *name, unsigned index)
{
    size_t at = 0;
    while (index > 0 && at < name->len && name->octets[at] != 0) {
        at += 1u + name->octets[at];
        index--;
    }
    return at;
}

static unsigned label_starts(const struct name *name, uint8_t starts[NAME_LABELS_MAX])
{
    unsigned count = 0;
    for (size_t at = 0; at < name->len && name->octets[at] != 0; at += 1u + name->octets[at]) {
        if (count == NAME_LABELS_MAX)
            break;
        starts[count++] = (uint8_t)at;
    }
    return count;
}

/* ---- making ---- */

bool name_push(struct name *name, uint8_t label_len, const uint8_t *label)
{
    bool ended = name->len > 0 && (name->labels & NAME_OPEN) == 0;
    if (ended || label_len > LABEL_OCTETS_MAX || (label_len > 0 && label == NULL))
        return false;

    /* A label that is not the root must leave room for the root. */
    size_t len = (size_t)name->len + 1 + label_len;
    if (len + (label_len > 0) > NAME_OCTETS_MAX)
        return false;

    name->octets[name->len] = label_len;
    if (label_len > 0)
        memcpy(&name->octets[name->len + 1], label, label_len);
    name->len = (uint8_t)len;
    name->labels = label_len == 0 ? name->labels & (uint8_t)~NAME_OPEN
                                  : (uint8_t)((name->labels | NAME_OPEN) + 1);
    return true;
}

enum status name_from_wire(struct bytes wire, struct name *name)
{
    struct name made = { .len = 0 };
    for (size_t at = 0; at < wire.len; at += 1u + wire.at[at]) {
        size_t left = wire.len - at - 1;
        if (wire.at[at] > left || !name_push(&made, wire.at[at], &wire.at[at] + 1))
            return ST_MALFORMED;
    }
    if (made.len == 0 || (made.labels & NAME_OPEN) != 0)
        return ST_MALFORMED;
    *name = made;
    return ST_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One octet of presentation form, RFC 1035 §5.1; returns what follows, NULL: malformed. */
static const char *octet_from_text(const char *at, uint8_t *octet)
{
    if (*at != '\\') {
        *octet = (uint8_t)*at;
        return at + 1;
    }
    at++;
    if (*at == '\0')
        return NULL;
    if (!is_digit(*at)) {
        *octet = (uint8_t)*at;
        return at + 1;
    }
    if (!is_digit(at[1]) || !is_digit(at[2]))
        return NULL;
    int value = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    *octet = (uint8_t)value;
    return value > UINT8_MAX ? NULL : at + 3;
}

/* Reads up to and with the next dot; returns what follows, NULL when it is no label. */
static const char *label_from_text(const char *at, struct name *name)
{
    uint8_t label[LABEL_OCTETS_MAX], len = 0;
    while (*at != '\0' && *at != '.') {
        if (len == LABEL_OCTETS_MAX)
            return NULL;
        at = octet_from_text(at, &label[len++]);
        if (at == NULL)
            return NULL;
    }
    if (len == 0 || !name_push(name, len, label))
        return NULL;
    return *at == '.' ? at + 1 : at;
}

enum status name_from_text(const char *text, struct name *name)
{
    struct name made = { .len = 0 };
    const char *at = text[0] == '.' && text[1] == '\0' ? text + 1 : label_from_text(text, &made);
    while (at != NULL && *at != '\0')
        at = label_from_text(at, &made);
    if (at == NULL || !name_push(&made, 0, NULL))
        return ST_MALFORMED;
    *name = made;
    return ST_OK;
}

struct name name_suffix(const struct name *name, unsigned labels)
{
    if (labels >= name->labels)
        return *name;
    struct name suffix;
    size_t at = label_offset(name, name->labels - labels);
    suffix.len = (uint8_t)(name->len - at);
    suffix.labels = (uint8_t)labels;
    memcpy(suffix.octets, &name->octets[at], suffix.len);
    return suffix;
}

struct name name_parent(const struct name *name)
{
    return name->labels == 0 ? *name : name_suffix(name, name->labels - 1u);
}

/* The first `octets` octets of `left`, whole labels, followed by `right`. */
static enum status join(const struct name *left, size_t octets, const struct name *right,
                        struct name *name)
{
    struct name made = { .len = 0 };
    if (octets + right->len > NAME_OCTETS_MAX)
        return ST_LIMIT;
    memcpy(made.octets, left->octets, octets);
    memcpy(made.octets + octets, right->octets, right->len);
    made.len = (uint8_t)(octets + right->len);
    for (size_t at = 0; at < octets; at += 1u + left->octets[at])
        made.labels++;
    made.labels += right->labels;
    *name = made;
    return ST_OK;
}

enum status name_prepend(struct bytes label, const struct name *to, struct name *name)
{
    struct name left = { .len = 0 };
    if (label.len == 0 || label.len > LABEL_OCTETS_MAX)
        return ST_MALFORMED;
    if (!name_push(&left, (uint8_t)label.len, label.at))
        return ST_LIMIT;
    return join(&left, left.len, to, name);
}

enum status name_wildcard(const struct name *of, struct name *wildcard)
{
    return name_prepend((struct bytes){ (const uint8_t *)"*", 1 }, of, wildcard);
}

enum status name_substitute(const struct name *name, const struct name *from, const struct name *to,
                            struct name *result)
{
    if (!name_under(name, from))
        return ST_NOTFOUND;
    return join(name, (size_t)name->len - from->len, to, result);
}

struct name name_lower(const struct name *name)
{
    struct name lower = *name;
    for (size_t i = 0; i < lower.len; i++)
        lower.octets[i] = name_fold(lower.octets[i]);
    return lower;
}

/* ---- asking ---- */

struct bytes name_label(const struct name *name, unsigned index)
{
    size_t at = label_offset(name, index);
    if (at >= name->len)
        return (struct bytes){ NULL, 0 };
    return (struct bytes){ &name->octets[at] + 1, name->octets[at] };
}

bool name_is_wildcard(const struct name *name)
{
    return name->labels > 0 && name->octets[0] == 1 && name->octets[1] == '*';
}

bool name_equal(const struct name *a, const struct name *b)
{
    return a->len == b->len && equal_folded(a->octets, b->octets, a->len);
}

bool name_identical(const struct name *a, const struct name *b)
{
    return a->len == b->len && memcmp(a->octets, b->octets, a->len) == 0;
}

bool name_under(const struct name *name, const struct name *zone)
{
    if (zone->len == 0 || zone->len > name->len || zone->labels > name->labels)
        return false;
    size_t at = label_offset(name, (unsigned)name->labels - zone->labels);
    return name->len - at == zone->len && equal_folded(&name->octets[at], zone->octets, zone->len);
}

bool name_strictly_under(const struct name *name, const struct name *zone)
{
    return name->labels > zone->labels && name_under(name, zone);
}

/* Two labels with their length octets. RFC 4034 §6.1: unsigned octets, folded, absent first. */
static int label_compare(const uint8_t *a, const uint8_t *b)
{
    unsigned shared = a[0] < b[0] ? a[0] : b[0];
    for (unsigned i = 1; i <= shared; i++) {
        int order = name_fold(a[i]) - name_fold(b[i]);
        if (order != 0)
            return order;
    }
    return a[0] - b[0];
}

/* Counts the labels that are equal from the right; `order` is that of the first that differ. */
static unsigned walk_from_right(const struct name *a, const struct name *b, int *order)
{
    uint8_t starts_a[NAME_LABELS_MAX], starts_b[NAME_LABELS_MAX];
    unsigned left_a = label_starts(a, starts_a), left_b = label_starts(b, starts_b), common = 0;
    *order = 0;
    while (left_a > 0 && left_b > 0) {
        *order = label_compare(&a->octets[starts_a[--left_a]], &b->octets[starts_b[--left_b]]);
        if (*order != 0)
            return common;
        common++;
    }
    *order = (left_a > 0) - (left_b > 0);
    return common;
}

unsigned name_common_labels(const struct name *a, const struct name *b)
{
    int order;
    return walk_from_right(a, b, &order);
}

int name_compare(const struct name *a, const struct name *b)
{
    int order;
    walk_from_right(a, b, &order);
    return order;
}

uint64_t name_hash(const struct name *name, const struct siphash_key *key)
{
    uint8_t folded[NAME_OCTETS_MAX];
    for (size_t i = 0; i < name->len; i++)
        folded[i] = name_fold(name->octets[i]);
    return siphash13(key, folded, name->len);
}

/* Writes what a zone file needs for one octet, RFC 1035 §5.1; returns how many characters. */
static size_t octet_text(uint8_t octet, char text[4])
{
    text[0] = '\\';
    if (octet <= ' ' || octet >= 0x7F) {
        text[1] = (char)('0' + octet / 100);
        text[2] = (char)('0' + octet / 10 % 10);
        text[3] = (char)('0' + octet % 10);
        return 4;
    }
    if (memchr(".\\\"();@$", octet, 8) != NULL) {
        text[1] = (char)octet;
        return 2;
    }
    text[0] = (char)octet;
    return 1;
}

/* Appends one escaped octet if all of it and a NUL fit. */
static bool text_put(char *text, size_t size, size_t *at, const char *from, size_t len)
{
    if (*at + len >= size)
        return false;
    memcpy(text + *at, from, len);
    *at += len;
    return true;
}

char *name_text(const struct name *name, char *text, size_t size)
{
    size_t used = 0;
    bool fits = name->labels > 0 || name->len == 0 || text_put(text, size, &used, ".", 1);
    for (size_t at = 0; fits && at < name->len && name->octets[at] != 0;) {
        size_t end = at + 1 + name->octets[at];
        for (at++; fits && at < end; at++) {
            char escaped[4];
            size_t len = octet_text(name->octets[at], escaped);
            fits = text_put(text, size, &used, escaped, len);
        }
        fits = fits && text_put(text, size, &used, ".", 1);
    }
    if (size > 0)
        text[used] = '\0';
    return text;
}
