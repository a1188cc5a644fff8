/* What the zone denies: a DS at each TLD that has none, and each name between two TLDs; and what
 * becomes of the denial when a part of it is changed or left out. */
#include "lib/wire/type.h"
#include "tests/unit/data/root_zone.h"

/* The least name of one label after the owner's: between it and the next of any zone there is room
 * (RFC 4034 §6.1). False: the label is full, or the next name is just that. */
static bool name_after(const struct rrset *nsec, struct name *after)
{
    uint8_t label[LABEL_OCTETS_MAX];
    struct name owner = rrset_owner(nsec), next;
    struct bytes own = owner.labels ? name_label(&owner, 0) : (struct bytes){ NULL, 0 };

    if (own.len == LABEL_OCTETS_MAX || !rdata_name(TYPE_NSEC, rrset_rdata(nsec, 0), 0, &next))
        return false;
    if (own.len > 0)
        memcpy(label, own.at, own.len);
    label[own.len] = 0;
    ck_assert_int_eq(name_prepend((struct bytes){ label, own.len + 1 }, &name_root, after), ST_OK);
    return !name_equal(after, &next);
}

/* A copy with one bit of the signed rdata changed. */
static struct rrset *broken(struct root *root, const struct rrset *set, size_t from_end)
{
    struct pieces *pieces = root_pieces(root, set);
    struct bytes rdata = pieces->rdatas[0];

    root_octets(rdata)[from_end ? rdata.len - from_end : 1] ^= 1;
    return root_set(root, pieces);
}

/* RFC 4035 §5.4: a name that is not there: its own NSEC and the one that covers the wildcard. */
static void deny_name(struct root *root, const struct rrset *nsec)
{
    struct root_reply reply;
    struct name name;
    bool apex = nsec == root->apex_nsec;

    if (!name_after(nsec, &name))
        return;
    root_reply_begin(root, &reply, REPLY_NXDOMAIN, &name, TYPE_A);
    root_reply_denies(root, &reply, root->soa);
    root_reply_denies(root, &reply, nsec);
    if (!apex)
        root_reply_denies(root, &reply, root->apex_nsec);
    root_expect(root, &reply, SEC_SECURE, "a name between");

    root_reply_begin(root, &reply, REPLY_NXDOMAIN, &name, TYPE_A);
    root_reply_denies(root, &reply, root->soa);
    if (!apex)
        root_reply_denies(root, &reply, root->apex_nsec);
    root_expect(root, &reply, SEC_BOGUS, "without the NSEC that covers the name");

    root_reply_begin(root, &reply, REPLY_NXDOMAIN, &name, TYPE_A);
    root_reply_denies(root, &reply, root->soa);
    root_reply_denies(root, &reply, broken(root, nsec, 0));
    if (!apex)
        root_reply_denies(root, &reply, root->apex_nsec);
    root_expect(root, &reply, SEC_BOGUS, "with another next name");
    if (apex)
        return;

    root_reply_begin(root, &reply, REPLY_NXDOMAIN, &name, TYPE_A);
    root_reply_denies(root, &reply, root->soa);
    root_reply_denies(root, &reply, nsec);
    root_expect(root, &reply, SEC_BOGUS, "without the NSEC that covers the wildcard");
}

/* A delegation without DS is proven to be one (RFC 4035 §5.2). */
static void deny_ds(struct root *root, const struct rrset *nsec)
{
    struct name tld = rrset_owner(nsec);
    struct root_reply reply;

    root_reply_begin(root, &reply, REPLY_NODATA, &tld, TYPE_DS);
    root_reply_denies(root, &reply, root->soa);
    root_reply_denies(root, &reply, nsec);
    ck_assert_int_eq(root_expect(root, &reply, SEC_SECURE, "no DS")->denial, DENIAL_DELEGATION);

    root_reply_begin(root, &reply, REPLY_NODATA, &tld, TYPE_DS);
    root_reply_denies(root, &reply, root->soa);
    root_expect(root, &reply, SEC_BOGUS, "no DS, and no NSEC");
}

/* RFC 4035 §5.2: a DS set may neither be left out nor changed. */
static void hide_ds(struct root *root, const struct rrset *nsec, const struct rrset *ds)
{
    struct name tld = rrset_owner(nsec);
    struct root_reply reply;

    root_reply_begin(root, &reply, REPLY_POSITIVE, &tld, TYPE_DS);
    ck_assert_int_eq(rrset_copy(ds, root->bench.arena, &reply.answer[reply.answers++]), ST_OK);
    reply.answer[0]->ttl = ds->ttl + 100000;
    root_expect(root, &reply, SEC_SECURE, "the DS");
    ck_assert_uint_le(reply.answer[0]->ttl, ds->ttl); /* RFC 4035 §5.3.3 */

    root_reply_begin(root, &reply, REPLY_POSITIVE, &tld, TYPE_DS);
    reply.answer[reply.answers++] = broken(root, ds, 1);
    root_expect(root, &reply, SEC_BOGUS, "another DS");

    root_reply_begin(root, &reply, REPLY_NODATA, &tld, TYPE_DS);
    root_reply_denies(root, &reply, root->soa);
    root_reply_denies(root, &reply, nsec);
    root_expect(root, &reply, SEC_BOGUS, "the DS left out");

    root_reply_begin(root, &reply, REPLY_NODATA, &tld, TYPE_DS);
    root_reply_denies(root, &reply, root->soa);
    struct pieces *pieces = root_pieces(root, nsec);
    struct bytes rdata = pieces->rdatas[0];
    size_t bits = rdata.at[0] ? strlen((const char *)rdata.at) + 1 + 2 : 1 + 2;
    root_octets(rdata)[bits + TYPE_DS / 8] &= (uint8_t) ~(0x80U >> TYPE_DS % 8);
    root_reply_denies(root, &reply, root_set(root, pieces));
    root_expect(root, &reply, SEC_BOGUS, "the DS left out, and from the bitmap too");
}

/* A name that is there is not denied by its own NSEC (RFC 4034 §4.1.1). */
static void deny_what_is(struct root *root, const struct rrset *nsec)
{
    struct name tld = rrset_owner(nsec);
    struct root_reply reply;

    root_reply_begin(root, &reply, REPLY_NXDOMAIN, &tld, TYPE_DS);
    root_reply_denies(root, &reply, root->soa);
    root_reply_denies(root, &reply, nsec);
    root_reply_denies(root, &reply, root->apex_nsec);
    root_expect(root, &reply, SEC_BOGUS, "a TLD denied");
}

void root_denials(struct root *root)
{
    size_t seen = 0;

    for (size_t i = 0; i < root->zone.count; i++) {
        const struct rrset *nsec = root->zone.sets[i];
        if (nsec->type != TYPE_NSEC || seen++ % root->stride != 0)
            continue;
        struct name owner = rrset_owner(nsec);
        const struct rrset *ds = genuine_find(&root->zone, &owner, TYPE_DS);
        deny_name(root, nsec);
        if (nsec == root->apex_nsec)
            continue;
        deny_what_is(root, nsec);
        if (ds)
            hide_ds(root, nsec, ds);
        else
            deny_ds(root, nsec);
    }
}
