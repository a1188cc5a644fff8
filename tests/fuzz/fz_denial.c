/* fz_denial - octets make a question, then NSEC and NSEC3 sets near it, sound and not: the judgment
 * ends, is the same twice, and costs no more SHA-1 blocks than a question may. */
#include <stdlib.h>

#include "lib/dnssec/denial.h"
#include "lib/wire/type.h"
#include "tests/support/denial_zone.h"
#include "tests/support/proof_bench.h"

enum { SETS_MAX = 40, RDATA_MAX = 700 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct proof_bench bench;

static void require(int condition)
{
    if (!condition)
        abort();
}

/* Up to four labels below one of three zones; one octet in sixteen makes a longest name. */
static void take_name(struct reader *r, struct name *name)
{
    static const char *const tops[] = { "example.", ".", "other.", "example." };
    static const char labels[] = "ab*c";
    uint8_t head = reader_u8(r);
    unsigned depth = head >> 4 == 15 ? NAME_LABELS_MAX : head & 3;
    struct name longer;

    require(name_from_text(tops[head >> 2 & 3], name) == ST_OK);
    for (uint8_t bits = depth > 3 ? 0xaa : reader_u8(r); depth > 0; depth--) {
        struct bytes label = { (const uint8_t *)&labels[bits & 3], 1 };
        if (name_prepend(label, name, &longer) != ST_OK)
            return;
        *name = longer;
        bits = (uint8_t)(bits >> 2 | bits << 6);
    }
}

static void put(uint8_t *rdata, size_t *len, const void *octets, size_t count)
{
    if (count > 0)
        memcpy(rdata + *len, octets, count);
    *len += count;
}

/* A map of one window over the low types, or octets as they come. */
static void put_bitmap(struct reader *r, uint8_t *rdata, size_t *len)
{
    uint8_t head = reader_u8(r), octets = head & 31;
    uint8_t plain[] = { 0, 17 };
    const uint8_t *raw;

    if ((head & 0x80) == 0) {
        put(rdata, len, plain, sizeof plain);
        memset(rdata + *len, 0, 17);
        rdata[*len] = reader_u8(r);
        rdata[*len + 4] = reader_u8(r) & 1;     /* DNAME */
        rdata[*len + 5] = reader_u8(r) & 0x13;  /* DS, RRSIG, NSEC */
        rdata[*len + 16] = reader_u8(r) & 0x80; /* NXNAME */
        *len += 17;
    } else if ((raw = reader_take(r, octets)) != NULL) {
        put(rdata, len, raw, octets);
    }
}

static struct rrset *pack(const struct name *owner, uint16_t type, const uint8_t *rdata, size_t len)
{
    struct bytes octets = { rdata, len };
    struct rrset_parts parts = {
        .owner = owner, .type = type, .ttl = 60, .rdatas = &octets, .rr_count = 1
    };
    struct rrset *set = NULL;
    require(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    return set;
}

static struct rrset *take_nsec(struct reader *r)
{
    uint8_t rdata[RDATA_MAX];
    struct name owner, next;
    size_t len = 0;

    take_name(r, &owner);
    take_name(r, &next);
    put(rdata, &len, next.octets, next.len);
    put_bitmap(r, rdata, &len);
    return pack(&owner, TYPE_NSEC, rdata, len);
}

/* The hash of a name near the question, moved by one octet up or down, so that spans begin and end
 * where it matters. */
static void take_hash(struct reader *r, const struct denial_chain *chain, uint8_t hash[20])
{
    struct name name;
    take_name(r, &name);
    denial_hash(chain, &name, hash);
    uint8_t move = reader_u8(r);
    if (move < 64)
        hash[move % 20] = (uint8_t)(hash[move % 20] + (move & 1 ? 1 : -1));
}

static struct rrset *take_nsec3(struct reader *r)
{
    static const char *const salts[] = { "", "aabb" };
    uint8_t head = reader_u8(r), from[20], to[20], rdata[RDATA_MAX];
    struct denial_chain chain = { bench.keyring, salts[head & 1], head >> 1 & 7, 0 };
    char label[33];
    struct name zone, owner;
    size_t len = 0;

    take_name(r, &zone);
    take_hash(r, &chain, from);
    take_hash(r, &chain, to);
    if (head >> 4 == 9)
        chain.iterations = reader_u16(r);
    put(rdata, &len, (uint8_t[]){ head >> 4 == 10 ? 2 : 1, head >> 4 & 3, 0, 0 }, 4);
    rdata[2] = (uint8_t)(chain.iterations >> 8);
    rdata[3] = (uint8_t)chain.iterations;
    if ((head & 1) != 0)
        put(rdata, &len, "\2\xaa\xbb", 3);
    else
        put(rdata, &len, "", 1);
    put(rdata, &len, (uint8_t[]){ head >> 4 == 11 ? 19 : 20 }, 1);
    put(rdata, &len, to, 20);
    put_bitmap(r, rdata, &len);
    denial_base32hex(from, label);
    if (name_prepend((struct bytes){ (const uint8_t *)label, 32 }, &zone, &owner) != ST_OK)
        owner = zone;
    return pack(&owner, TYPE_NSEC3, rdata, len);
}

static struct denial_output judge(struct denial_input *input)
{
    struct nsec3_hashes hashes = { .last = NULL };
    struct denial_output output;

    bench.metrics.nsec3_blocks = 0;
    budget_init(&bench.budget, &bench.limits);
    input->hashes = &hashes;
    denial_judge(input, &bench.desk, &output);
    require(bench.metrics.nsec3_blocks <= bench.limits.nsec3_blocks);
    require(hashes.count <= NSEC3_HASHES_KEPT);
    input->hashes = NULL;
    return output;
}

static void check(struct denial_input *input)
{
    struct denial_output first = judge(input), again = judge(input);

    require(first.answer == again.answer && first.why == again.why);
    require(first.opt_out == again.opt_out && first.answer <= DENIAL_SPENT);
    require(!first.opt_out || first.answer == DENIAL_PROVEN_INSECURE ||
            first.answer == DENIAL_DELEGATION);
    if (first.answer != DENIAL_UNPROVEN && first.closest_encloser.len > 0) {
        require(name_under(input->name, &first.closest_encloser));
        require(name_under(&first.closest_encloser, input->zone));
    }
    if (!name_under(input->name, input->zone) || input->count == 0)
        require(first.answer == DENIAL_UNPROVEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over((struct bytes){ data, size });
    struct rrset *sets[SETS_MAX];
    struct name zone, name;

    if (bench.pool == NULL)
        proof_bench_up(&bench);
    proof_bench_job(&bench);
    uint8_t head = reader_u8(&r);
    take_name(&r, &zone);
    take_name(&r, &name);
    struct denial_input input = { .question = head & 3,
                                  .zone = &zone,
                                  .name = &name,
                                  .type = reader_u8(&r),
                                  .wildcard_labels = head >> 2 & 7,
                                  .sets = sets };
    bench.limits.denial_records = head >> 5 == 0 ? 8 : 32;
    while (reader_left(&r) > 0 && input.count < SETS_MAX)
        sets[input.count++] = (reader_u8(&r) & 1) != 0 ? take_nsec(&r) : take_nsec3(&r);
    check(&input);
    return 0;
}
