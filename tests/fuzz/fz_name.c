/* fz_name - octets as names: on the wire, compressed, as text; what is made reads back. The first
 * octet says where in the rest a name is read. */
#include <stdlib.h>

#include "lib/wire/name.h"
#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

enum { TEXT_OCTETS = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct siphash_key key = { 0x0706050403020100, 0x0F0E0D0C0B0A0908 };

static void require(int condition)
{
    if (!condition)
        abort();
}

static void require_well_formed(const struct name *name)
{
    struct name copy;
    require(name->len >= 1 && name->labels <= NAME_LABELS_MAX);
    require(name_from_wire(name_bytes(name), &copy) == ST_OK);
    require(copy.labels == name->labels && name_identical(&copy, name));
}

static void through_text(const struct name *name)
{
    char text[NAME_TEXT];
    struct name back;
    require(name_from_text(name_text(name, text, sizeof text), &back) == ST_OK);
    require(name_identical(&back, name));
}

static void against(const struct name *a, const struct name *b)
{
    int order = name_compare(a, b), turned = name_compare(b, a);
    unsigned common = name_common_labels(a, b);
    struct name shared = name_suffix(a, common), replaced;

    require((order < 0) == (turned > 0) && (order == 0) == (turned == 0));
    require((order == 0) == name_equal(a, b));
    require(order != 0 || name_hash(a, &key) == name_hash(b, &key));
    require(common == name_common_labels(b, a));
    require(name_under(a, &shared) && name_under(b, &shared));
    require(name_under(a, b) == (common == b->labels));
    if (name_substitute(a, &shared, b, &replaced) == ST_OK) {
        require_well_formed(&replaced);
        require(name_under(&replaced, b));
    }
}

/* Written one behind the other behind twelve octets, read back equal but for case. */
static void through_message(const struct name *a, const struct name *b)
{
    uint8_t room[12 + 3 * NAME_OCTETS_MAX] = { 0 };
    struct writer w;
    struct name first, second, third;

    writer_init(&w, room, sizeof room);
    writer_octets(&w, (struct bytes){ room, 12 });
    writer_name(&w, a);
    writer_name(&w, b);
    writer_name(&w, a);
    require(!w.failed);
    struct reader r = reader_over((struct bytes){ room, w.len });
    reader_take(&r, 12);
    reader_name(&r, &first);
    reader_name(&r, &second);
    reader_name(&r, &third);
    require(!r.failed && reader_left(&r) == 0);
    require(name_identical(&first, a) && name_equal(&second, b) && name_equal(&third, a));
}

static void as_text(const uint8_t *data, size_t size)
{
    char text[TEXT_OCTETS];
    struct name name;
    size_t len = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, len);
    text[len] = '\0';
    if (name_from_text(text, &name) == ST_OK) {
        require_well_formed(&name);
        through_text(&name);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct name first, second;
    if (size == 0)
        return 0;
    as_text(data + 1, size - 1);
    if (name_from_wire((struct bytes){ data + 1, size - 1 }, &first) == ST_OK)
        require_well_formed(&first);

    struct reader r = reader_over((struct bytes){ data + 1, size - 1 });
    reader_take(&r, data[0]);
    reader_name(&r, &first);
    reader_name(&r, &second);
    require(r.steps <= 2 * 256); /* LIMITS G1 */
    require(!r.failed || second.len == 0);
    if (r.failed)
        return 0;
    require_well_formed(&first);
    require_well_formed(&second);
    through_text(&first);
    against(&first, &second);
    through_message(&first, &second);
    return 0;
}
