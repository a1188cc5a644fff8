/* fz_validator - octets make a reply and what the world knows of its zones; sets come unchecked or
 * as known from the cache, their RRSIGs made up. The machine ends within its bounds, every status
 * is final, and a reply from which nothing is known is never secure. */
#include <stdlib.h>

#include "lib/dnssec/validator.h"
#include "lib/wire/type.h"
#include "tests/support/proof_bench.h"

enum { ANSWERS_MAX = 10, AUTHORITY_MAX = 20, RDATA_MAX = 700, STEPS_MAX = 2000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct proof_bench bench;
static struct name qname;

static void require(int condition)
{
    if (!condition)
        abort();
}

static uint8_t low(struct reader *r, uint8_t most)
{
    return reader_u8(r) % (uint8_t)(most + 1);
}

/* At most four labels, and one octet in sixteen the most there can be. */
static void take_qname(struct reader *r, struct name *name)
{
    uint8_t head = reader_u8(r);
    unsigned depth = head >> 4 == 15 ? NAME_LABELS_MAX : head & 3;
    struct name longer;

    *name = name_root;
    for (unsigned i = 0; i < depth + 1; i++) {
        struct bytes label = { (const uint8_t *)&"ab*c"[head >> 2 & 3], 1 };
        if (name_prepend(label, name, &longer) != ST_OK)
            return;
        *name = longer;
    }
}

/* At or above qname mostly; else beside or below it. */
static struct name take_near(struct reader *r)
{
    uint8_t head = reader_u8(r);
    struct name name = name_suffix(&qname, (head & 0x3f) % (qname.labels + 1u)), other;
    static const char *const labels[] = { "a", "b", "*", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" };
    const char *label = labels[head >> 5 & 3];
    struct bytes octets = { (const uint8_t *)label, strlen(label) };

    if (head >> 7 != 0 && name_prepend(octets, &name, &other) == ST_OK)
        return other;
    return name;
}

static void put(uint8_t *rdata, size_t *len, const void *octets, size_t count)
{
    if (count > 0)
        memcpy(rdata + *len, octets, count);
    *len += count;
}

static void put_rrsig(struct reader *r, uint16_t type, uint8_t *rdata, size_t *len)
{
    struct name signer = take_near(r);
    uint8_t head = reader_u8(r);
    uint32_t end = PROOF_BENCH_WALL + ((head & 1) != 0 ? 1000u : (uint32_t)-1000);
    uint8_t fixed[18] = { (uint8_t)(type >> 8),
                          (uint8_t)type,
                          13,
                          head >> 1 & 7,
                          0,
                          0,
                          1,
                          0,
                          (uint8_t)(end >> 24),
                          (uint8_t)(end >> 16),
                          (uint8_t)(end >> 8),
                          (uint8_t)end };
    put(rdata, len, fixed, sizeof fixed);
    put(rdata, len, signer.octets, signer.len);
    put(rdata, len, "signature", (head & 0xf0) == 0 ? 0 : 9);
}

static size_t put_rdata(struct reader *r, uint16_t type, uint8_t *rdata)
{
    static const uint8_t soa[] = {
        0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 60
    };
    uint8_t bitmap[] = { 0, 6, reader_u8(r), 0, 0, 0, low(r, 1), low(r, 0x13) };
    struct name next = take_near(r);
    size_t len = 0;

    if (type == TYPE_SOA) {
        put(rdata, &len, soa, low(r, sizeof soa));
    } else if (type == TYPE_NSEC) {
        put(rdata, &len, next.octets, next.len);
        put(rdata, &len, bitmap, sizeof bitmap);
    } else if (type == TYPE_NSEC3) {
        put(rdata, &len, (uint8_t[]){ 1, low(r, 1), 0, low(r, 60), 0, 20 }, 6);
        memset(rdata + len, reader_u8(r), 20);
        len += 20;
        put(rdata, &len, bitmap, sizeof bitmap);
    } else {
        put(rdata, &len, next.octets, next.len);
    }
    return len;
}

static struct rrset *take_set(struct reader *r, const struct name *owner, uint16_t type)
{
    uint8_t rdata[RDATA_MAX], sigs[3][RDATA_MAX], head = reader_u8(r);
    struct bytes spans[3], octets = { rdata, put_rdata(r, type, rdata) };
    struct rrset_parts parts = { .owner = owner,
                                 .type = type,
                                 .ttl = reader_u8(r),
                                 .rdatas = &octets,
                                 .rr_count = head >> 7 == 0,
                                 .sigs = spans };
    struct rrset *set;

    for (; parts.sig_count < (head & 3u); parts.sig_count++) {
        spans[parts.sig_count] = (struct bytes){ sigs[parts.sig_count], 0 };
        put_rrsig(r, type, sigs[parts.sig_count], &spans[parts.sig_count].len);
    }
    require(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    set->security = (head >> 2 & 1) != 0 ? SEC_SECURE : SEC_UNCHECKED;
    return set;
}

static struct zone_keys keys_of(const struct name *zone, const uint8_t states[8])
{
    static const uint8_t dnskey[] = { 1, 0, 3, 13, 'k', 'e', 'y' };
    struct bytes rdata = { dnskey, sizeof dnskey };
    struct rrset_parts parts = {
        .owner = zone, .type = TYPE_DNSKEY, .ttl = 60, .rdatas = &rdata, .rr_count = 1
    };
    struct zone_keys keys = { .zone = *zone, .state = states[zone->labels % 8] % 8u };
    struct rrset *set;

    require(rrset_pack(&parts, bench.arena, &set) == ST_OK);
    keys.keys = set;
    return keys;
}

static const struct verdict *run(const struct validator_input *input, const uint8_t states[8])
{
    struct validator *v = validator_create(input, bench.arena);
    struct name zone;
    unsigned needs = 0;

    require(v != NULL);
    for (unsigned steps = 0;; steps++) {
        enum validator_step step = validator_step(v, &bench.desk, &zone);
        require(steps < STEPS_MAX);
        if (step == VALIDATOR_DONE)
            return validator_verdict(v);
        bench.turn_units = 1;
        if (step != VALIDATOR_NEED_KEYS)
            continue;
        struct zone_keys keys = keys_of(&zone, states);
        require(++needs <= qname.labels + 2u && name_under(&qname, &zone));
        require(name_under(&zone, &input->zone));
        validator_give(v, &keys);
    }
}

static void check(const struct validator_input *input, const struct verdict *verdict)
{
    bool known = false;

    for (size_t i = 0; i < input->answer_count && i < VALIDATOR_SETS_MAX; i++) {
        require(verdict->security == SEC_UNCHECKED || input->answer[i]->security != SEC_UNCHECKED);
        require(verdict->security != SEC_SECURE || input->answer[i]->security == SEC_SECURE);
        require(verdict->security != SEC_SECURE || verdict->ttl_s <= input->answer[i]->ttl);
    }
    require(verdict->security <= SEC_SECURE && verdict->cause.why < WHY_COUNT);
    require(!verdict->opt_out || verdict->security != SEC_SECURE);
    require(name_under(&qname, &verdict->zone) && name_under(&verdict->zone, &input->zone));
    require(bench.metrics.verifications_good == 0); /* no signature here can hold */
    for (size_t i = 0; i < input->authority_count; i++)
        known |= input->authority[i]->security == SEC_SECURE;
    require(verdict->security != SEC_SECURE || input->answer_count > 0 || known);
}

static uint16_t take_type(struct reader *r, enum reply_kind kind)
{
    static const uint16_t types[] = { TYPE_A, TYPE_NSEC, TYPE_ANY, TYPE_RRSIG, TYPE_DS };
    uint16_t type = types[low(r, 4)];
    return kind == REPLY_DNAME && type == TYPE_DS ? TYPE_A : type;
}

static void take_reply(struct reader *r, struct validator_input *input)
{
    static const uint16_t kept[] = { TYPE_SOA, TYPE_NSEC, TYPE_NSEC3, TYPE_NS };
    bool positive = input->kind <= REPLY_DNAME;
    struct name owner = qname;

    for (unsigned left = positive ? 1u + low(r, ANSWERS_MAX - 1) : 0; left > 0; left--) {
        uint16_t type = input->kind == REPLY_ALIAS ? TYPE_CNAME : input->qtype;
        if (input->kind == REPLY_DNAME) {
            owner = name_suffix(&qname, input->zone.labels);
            type = TYPE_DNAME;
        }
        input->answer[input->answer_count++] = take_set(r, &owner, type);
    }
    while (reader_left(r) > 0 && input->authority_count < AUTHORITY_MAX) {
        owner = take_near(r);
        input->authority[input->authority_count++] = take_set(r, &owner, kept[low(r, 3)]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over((struct bytes){ data, size });
    struct rrset *answer[ANSWERS_MAX], *authority[AUTHORITY_MAX];
    struct validator_input input = { .answer = answer, .authority = authority };
    uint8_t states[8];

    if (bench.pool == NULL)
        proof_bench_up(&bench);
    proof_bench_job(&bench);
    bench.turn_units = 1;
    take_qname(&r, &qname);
    for (unsigned i = 0; i < sizeof states; i++)
        states[i] = reader_u8(&r) % 3 == 0 ? reader_u8(&r) : (uint8_t)ZONE_SECURE;
    input.qname = qname;
    input.kind = low(&r, REPLY_NXDOMAIN);
    input.qtype = take_type(&r, input.kind);
    unsigned below = input.qtype == TYPE_DS && qname.labels > 0 ? 1 : 0;
    input.zone = name_suffix(&qname, low(&r, 7) % (qname.labels + 1u - below));
    take_reply(&r, &input);
    check(&input, run(&input, states));
    return 0;
}
