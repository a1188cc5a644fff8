#include "lib/dnssec/canonical.h"

#include <ldns/ldns.h>

#include "lib/crypto/verify.h"
#include "lib/wire/text.h"
#include "lib/wire/type.h"
#include "tests/unit/dnssec/proof_test.h"

static void set_up(void)
{
    proof_up("EXAMPLE.");
}

static struct rrsig first_rrsig(const struct rrset *set)
{
    struct rrset_walk walk = rrset_signatures(set);
    struct rrsig rrsig;
    struct bytes rdata;
    ck_assert(rrset_next(&walk, &rdata) && rrsig_parse(rdata, &rrsig));
    return rrsig;
}

/* ---- ldns as the oracle: it signs the text, and what we make of it must verify ---- */

/* Sets whose canonical form is not simply what was read. */
static const char *const oracle_rows[] = {
    "WWW.Example. 300 IN A 192.0.2.1\n",
    "www.example. 300 IN A 192.0.2.9\nwww.example. 300 IN A 192.0.2.10\n"
    "www.example. 300 IN A 10.0.0.1\n",
    "example. 300 IN NS NS2.Example.\nexample. 300 IN NS ns1.EXAMPLE.\n"
    "example. 300 IN NS a.ns.example.\n",
    "example. 300 IN SOA NS1.Example. HostMaster.Example. 1 7200 3600 1209600 300\n",
    "example. 300 IN MX 10 Mail.Example.\nexample. 300 IN MX 5 MAIL2.example.\n"
    "example. 300 IN MX 10 a.Example.\n",
    "_sip._tcp.Example. 300 IN SRV 1 2 5060 SIP.Example.\n",
    "a.example. 300 IN CNAME B.Example.\n",
    "d.example. 300 IN DNAME Other.EXAMPLE.\n",
    "example. 300 IN TXT \"Upper Case\" \"stays\"\nexample. 300 IN TXT \"a\"\nexample. 300 IN TXT "
    "\"\"\n",
    "example. 300 IN NAPTR 100 10 \"u\" \"E2U+sip\" \"\" Foo.Example.\n",
    "a.example. 300 IN NSEC B.Example. A RRSIG NSEC\n",
    "*.example. 300 IN A 192.0.2.7\n",
    "1.2.0.192.in-addr.arpa. 300 IN PTR Host.Example.\n",
    "example. 300 IN RP Admin.Example. Txt.Example.\n",
    "example. 300 IN AFSDB 1 Server.Example.\n",
    "example. 300 IN KX 1 Server.Example.\n",
    "example. 300 IN TYPE65280 \\# 4 0A000001\nexample. 300 IN TYPE65280 \\# 2 0A00\n",
    "example. 300 IN CAA 0 issue \"CA.Example\"\n",
    "host.example. 300 IN SSHFP 4 2 "
    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF\n",
};

static ldns_rr_list *ldns_list(const char *lines)
{
    ldns_rr_list *list = ldns_rr_list_new();
    char line[512];
    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        ldns_rr *rr = NULL;
        ck_assert_uint_lt((size_t)(end - lines), sizeof line);
        memcpy(line, lines, (size_t)(end - lines));
        line[end - lines] = '\0';
        ck_assert_msg(ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) == LDNS_STATUS_OK, "%s", line);
        ldns_rr_list_push_rr(list, rr);
    }
    return list;
}

/* Pair 0 of algorithm 13 as a key of ldns for the zone "Example.", which must be signed in lower
 * case; valid from PROOF_BENCH_WALL - 100 to + 100. */
static ldns_key_list *ldns_keys(void)
{
    ldns_key *key = ldns_key_new();
    FILE *file = fopen("tests/sim/keys/13.pem", "r");
    ck_assert_ptr_nonnull(file);
    EVP_PKEY *pair = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    ldns_key_set_algorithm(key, LDNS_SIGN_ECDSAP256SHA256);
    ldns_key_set_evp_key(key, pair);
    ldns_key_set_flags(key, 256);
    ldns_key_set_pubkey_owner(key, ldns_dname_new_frm_str("Example."));
    ldns_key_set_inception(key, PROOF_BENCH_WALL - 100);
    ldns_key_set_expiration(key, PROOF_BENCH_WALL + 100);
    ldns_rr *public = ldns_key2rr(key);
    ldns_key_set_keytag(key, ldns_calc_keytag(public));
    ldns_rr_free(public);
    ldns_key_list *keys = ldns_key_list_new();
    ldns_key_list_push_key(keys, key);
    return keys;
}

static struct bytes ldns_signature(const char *lines)
{
    ldns_rr_list *list = ldns_list(lines);
    ldns_key_list *keys = ldns_keys();
    ldns_rr_list *signatures = ldns_sign_public(list, keys);
    ck_assert_ptr_nonnull(signatures);
    char *text = ldns_rr2str(ldns_rr_list_rr(signatures, 0));
    struct text_record record;
    char why[TEXT_WHY];
    text[strcspn(text, "\n")] = '\0';
    ck_assert_msg(text_read_record(text, bench.arena, &record, why) == ST_OK, "%s", why);
    free(text);
    ldns_rr_list_deep_free(signatures);
    ldns_key_list_free(keys);
    ldns_rr_list_deep_free(list);
    return record.rdata;
}

START_TEST(what_ldns_signs_is_what_is_verified) /* RFC 4034 §3.1.8.1, §6.2, §6.3 */
{
    struct rrset *set = sign_text(oracle_rows[_i], bench.arena);
    struct sign_key pair = sign_key(signer, 13, 0, SIGN_ZSK);
    struct bytes data;
    struct rrsig rrsig;
    ck_assert(rrsig_parse(ldns_signature(oracle_rows[_i]), &rrsig));
    ck_assert_uint_eq(rrsig.key_tag, sign_tag(&pair));
    ck_assert(canonical_signed_data(set, &rrsig, bench.arena, &data) == ST_OK);
    ck_assert_msg(verify(bench.keyring, sign_dnskey(&pair, bench.arena), data, rrsig.signature) ==
                      VERIFY_GOOD,
                  "%s", oracle_rows[_i]);
}
END_TEST

START_TEST(our_own_signatures_cover_the_same_octets)
{
    struct sign_key pair = sign_key(signer, 15, 0, SIGN_ZSK);
    struct rrset *set = sign_text("A.b.example. 77 IN MX 1 Mail.Example.\n", bench.arena);
    struct rrsig rrsig = first_rrsig(sign_plain(set, &pair, &zone, window, bench.arena));
    struct bytes data;
    ck_assert(canonical_signed_data(set, &rrsig, bench.arena, &data) == ST_OK);
    ck_assert(verify(bench.keyring, sign_dnskey(&pair, bench.arena), data, rrsig.signature) ==
              VERIFY_GOOD);
}
END_TEST

/* ---- the octets themselves ---- */

/* RRSIG rdata for type A with this Labels field, signer "example.", signature of one octet. */
static struct rrsig rrsig_with(uint8_t labels, uint8_t room[32])
{
    static const uint8_t head[] = "\0\1\10\0\0\0\1\54\0\0\0\2\0\0\0\1\22\64\7Example\0s";
    struct rrsig rrsig;
    memcpy(room, head, sizeof head - 1);
    room[3] = labels;
    ck_assert(rrsig_parse((struct bytes){ room, sizeof head - 1 }, &rrsig));
    return rrsig;
}

static const struct {
    const char *owner;
    uint8_t labels;
    const char *signed_as; /* NULL: cannot be */
} owners[] = {
    { "a.B.example.", 3, "a.b.example." }, /* RFC 4034 §6.2: lower case */
    { "a.b.example.", 2, "*.b.example." }, /* RFC 4035 §5.3.2 */
    { "a.b.example.", 1, "*.example." },
    { "a.b.example.", 0, "*." },
    { "a.b.example.", 4, NULL },
    { "*.b.example.", 2, "*.b.example." }, /* RFC 4034 §3.1.3: the asterisk does not count */
    { "*.b.example.", 1, "*.example." },
    { "*.b.example.", 3, NULL },
    { ".", 0, "." },
    { ".", 1, NULL },
};

START_TEST(the_owner_is_restored_by_the_labels_field) /* RFC 4035 §5.3.2 */
{
    uint8_t room[32];
    struct rrsig rrsig = rrsig_with(owners[_i].labels, room);
    struct bytes data, rdata = { (const uint8_t *)"\300\0\2\1", 4 };
    struct name owner = name_of(owners[_i].owner);
    struct rrset *set;
    ck_assert(rrset_pack(
                  &(struct rrset_parts){
                      .owner = &owner, .type = TYPE_A, .rdatas = &rdata, .rr_count = 1 },
                  bench.arena, &set) == ST_OK);
    enum status status = canonical_signed_data(set, &rrsig, bench.arena, &data);
    if (owners[_i].signed_as == NULL) {
        ck_assert(status == ST_MALFORMED);
        return;
    }
    struct name expected = name_of(owners[_i].signed_as);
    ck_assert(status == ST_OK);
    ck_assert_mem_eq(data.at, room, 18);
    ck_assert_mem_eq(data.at + 18, "\7example", 9); /* the signer, in lower case */
    ck_assert_mem_eq(data.at + 27, expected.octets, expected.len);
    ck_assert_mem_eq(data.at + 27 + expected.len, "\0\1\0\1\0\0\1\54\0\4\300\0\2\1", 14);
    ck_assert_uint_eq(data.len, 27u + expected.len + 14u);
}
END_TEST

START_TEST(an_arena_that_is_full_is_a_limit)
{
    uint8_t room[32];
    struct rrsig rrsig = rrsig_with(1, room);
    struct rrset *set = sign_text("example. 1 IN A 192.0.2.1\n", bench.arena);
    struct arena *small = arena_create(bench.pool, 40);
    struct bytes data;
    ck_assert(canonical_signed_data(set, &rrsig, small, &data) == ST_LIMIT);
    arena_destroy(small);
}
END_TEST

Suite *dnssec_canonical_suite(void)
{
    Suite *suite = suite_create("dnssec/canonical");
    TCase *tcase = tcase_create("canonical");
    tcase_add_checked_fixture(tcase, set_up, proof_down);
    tcase_add_loop_test(tcase, what_ldns_signs_is_what_is_verified, 0, ROWS(oracle_rows));
    tcase_add_test(tcase, our_own_signatures_cover_the_same_octets);
    tcase_add_loop_test(tcase, the_owner_is_restored_by_the_labels_field, 0, ROWS(owners));
    tcase_add_test(tcase, an_arena_that_is_full_is_a_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
