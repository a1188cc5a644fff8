/* LIMITS B1: every section, type, owner, rcode and AA against a table that was written from the
 * rules alone. The name asked is a.b.zone.test, of a server of zone.test. */
#include "tests/unit/engine/reply_test.h"

#define NAME "a.b.zone.test."
#define ZONE "zone.test."

/* A letter an owner: how it stands to the name and the zone. */
static const struct relation {
    char letter;
    const char *owner;
} relations[] = {
    { 's', NAME },               /* the name itself */
    { 'c', "x.a.b.zone.test." }, /* a child of it */
    { 'b', "c.b.zone.test." },   /* a sibling */
    { 'p', "b.zone.test." },     /* its parent, within the zone */
    { 'z', ZONE },               /* the zone's own name */
    { 't', "test." },            /* the zone's parent */
    { 'o', "other.test." },      /* a sibling of the zone */
    { 'r', "." },
    { 'u', "a.b.example." },   /* of another tree */
    { 'l', "evilzone.test." }, /* only looks like the zone */
};

/* For which owners a lone record of the type is kept. */
static const struct row {
    const char *type, *rdata;
    const char *answer, *answer_nx, *answer_yx; /* NOERROR, NXDOMAIN, YXDOMAIN */
    const char *authority, *authority_nx;
} rows[] = {
    { "A", "192.0.2.1", "s", "", "", "", "" },
    { "AAAA", "2001:db8::1", "", "", "", "", "" },
    { "NS", "ns.b.zone.test.", "", "", "", "spztr", "" },
    { "CNAME", "target.zone.test.", "s", "s", "", "", "" },
    { "DNAME", "target.zone.test.", "pz", "pz", "pz", "", "" },
    { "SOA", "ns. host. 1 2 3 4 5", "", "", "", "spz", "spz" },
    { "NSEC", "zz.zone.test. A RRSIG NSEC", "", "", "", "scbpz", "scbpz" },
    { "NSEC3", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A", "", "", "", "scbpz", "scbpz" },
    { "DS",
      "1 8 2 "
      "0102030405060708091011121314151617181920212223242526272829303132",
      "", "", "", "", "" },
    { "DNSKEY", "256 3 8 AAAA", "", "", "", "", "" },
    { "RRSIG", "A 8 4 300 20300101000000 20200101000000 1 zone.test. AAAA", "", "", "", "", "" },
    { "RRSIG", "NSEC 8 4 300 20300101000000 20200101000000 1 zone.test. AAAA", "", "", "", "", "" },
    { "MX", "10 mail.zone.test.", "", "", "", "", "" },
    { "TXT", "text", "", "", "", "", "" },
    { "SRV", "1 2 3 a.b.zone.test.", "", "", "", "", "" },
    { "PTR", "a.b.zone.test.", "", "", "", "", "" },
    { "NSEC3PARAM", "1 0 0 -", "", "", "", "", "" },
    { "HTTPS", "1 . alpn=h2", "", "", "", "", "" },
    { "TYPE65280", "\\# 1 00", "", "", "", "", "" },
};

static const char *expected_owners(const struct row *row, enum section section, unsigned rcode)
{
    if (section == SECTION_ADDITIONAL)
        return "";
    if (section == SECTION_ANSWER)
        return rcode == RCODE_NOERROR    ? row->answer
               : rcode == RCODE_NXDOMAIN ? row->answer_nx
               : rcode == RCODE_YXDOMAIN ? row->answer_yx
                                         : "";
    if (rcode == RCODE_NXDOMAIN)
        return row->authority_nx;
    return rcode == RCODE_NOERROR ? row->authority : "";
}

static bool has_letter(const char *letters, char letter)
{
    return strchr(letters, letter) != NULL;
}

struct cell {
    const struct row *row;
    const struct relation *relation;
    enum section section;
    uint16_t flags;
};

static void check_cell(const struct cell *cell)
{
    char line[512], expected[512] = "";
    const char *sections[SECTIONS] = { "an", "au", "ad" };
    bool is_ns = strcmp(cell->row->type, "NS") == 0;
    unsigned rcode = cell->flags & 15u;

    begin_reply(cell->flags);
    asked_for(NAME, TYPE_A, ZONE);
    snprintf(line, sizeof line, "%s 300 IN %s %s", cell->relation->owner, cell->row->type,
             cell->row->rdata);
    say(cell->section, line);
    bool keeps =
        has_letter(expected_owners(cell->row, cell->section, rcode), cell->relation->letter);
    if (keeps)
        snprintf(expected, sizeof expected, "%s/%s/%s/1+0", is_ns ? "ns" : sections[cell->section],
                 cell->relation->owner, cell->row->type);
    ck_assert_msg(strcmp(kept(), expected) == 0, "%s in %s, flags %x: kept '%s', not '%s'", line,
                  sections[cell->section], cell->flags, kept_text, expected);
    ck_assert_msg(reply.foreign == !keeps, "%s in %s: foreign is %d", line, sections[cell->section],
                  reply.foreign);
    ck_assert_uint_eq(reply.rcode, rcode);
    ck_assert(reply.authoritative == ((cell->flags & FLAG_AA) != 0));
    ck_assert(reply.recursion_available == ((cell->flags & FLAG_RA) != 0));
}

static void check_flags(struct cell cell)
{
    static const uint16_t bits[] = { 0, FLAG_AA, FLAG_RA, FLAG_AA | FLAG_RA | FLAG_AD | FLAG_CD };
    for (unsigned rcode = 0; rcode <= 10; rcode++) {
        for (size_t i = 0; i < COUNT(bits); i++) {
            cell.flags = (uint16_t)(bits[i] | rcode);
            check_cell(&cell);
        }
    }
}

START_TEST(a_lone_record_is_kept_only_where_the_table_says_so)
{
    struct cell cell = { .section = (enum section)_i };
    for (cell.row = rows; cell.row < rows + COUNT(rows); cell.row++)
        for (cell.relation = relations; cell.relation < relations + COUNT(relations);
             cell.relation++)
            check_flags(cell);
}
END_TEST

/* ---- beside something that is believed ---- */

/* The same records once more, beside an answer (LIMITS B2), a NODATA, and a referral. */
enum company { BESIDE_ANSWER, BESIDE_ALIAS, BESIDE_NODATA, BESIDE_REFERRAL, COMPANIES };

static const struct {
    enum section section;
    const char *line, *kept;
} companions[COMPANIES] = {
    { SECTION_ANSWER, NAME " 300 IN A 192.0.2.9", "an/" NAME "/A/1+0" },
    { SECTION_ANSWER, NAME " 300 IN CNAME www.zone.test.", "an/" NAME "/CNAME/1+0" },
    { SECTION_AUTHORITY, ZONE " 300 IN SOA ns. host. 1 2 3 4 5", "au/" ZONE "/SOA/1+0" },
    { SECTION_AUTHORITY, "b.zone.test. 300 IN NS ns.zone.test.", "ns/b.zone.test./NS/1+0" },
};

/* Authority beside it: by the owners' letters. DS is the delegated owner's alone (LIMITS B7). */
static const char *authority_beside(enum company company, const char *type)
{
    if (strcmp(type, "NSEC") == 0 || strcmp(type, "NSEC3") == 0)
        return "scbpz";
    if (company == BESIDE_REFERRAL && strcmp(type, "DS") == 0)
        return "p";
    return "";
}

static void check_beside(enum company company, const struct row *row,
                         const struct relation *relation)
{
    char line[512], expected[512] = "";
    const char *companion = companions[company].kept;
    bool keeps = has_letter(authority_beside(company, row->type), relation->letter);
    bool ns_first = strncmp(companion, "ns", 2) == 0;

    begin_reply(FLAG_AA);
    asked_for(NAME, TYPE_A, ZONE);
    say(companions[company].section, companions[company].line);
    snprintf(line, sizeof line, "%s 300 IN %s %s", relation->owner, row->type, row->rdata);
    say(SECTION_AUTHORITY, line);
    if (keeps && ns_first)
        snprintf(expected, sizeof expected, "au/%s/%s/1+0 %s", relation->owner, row->type,
                 companion);
    else if (keeps)
        snprintf(expected, sizeof expected, "%s au/%s/%s/1+0", companion, relation->owner,
                 row->type);
    else
        snprintf(expected, sizeof expected, "%s", companion);
    ck_assert_msg(strcmp(kept(), expected) == 0, "%s: kept '%s', not '%s'", line, kept_text,
                  expected);
}

/* A second SOA or NS of a nearer owner would win over the first: told apart below. */
static bool competes(enum company company, const char *type)
{
    return (company == BESIDE_NODATA && strcmp(type, "SOA") == 0) ||
           (company == BESIDE_REFERRAL && (strcmp(type, "SOA") == 0 || strcmp(type, "NS") == 0));
}

START_TEST(what_is_believed_makes_nothing_beside_it_believed)
{
    for (size_t row = 0; row < COUNT(rows); row++)
        for (size_t i = 0; i < COUNT(relations); i++)
            if (!competes((enum company)_i, rows[row].type))
                check_beside((enum company)_i, &rows[row], &relations[i]);
}
END_TEST

/* ---- glue (LIMITS B3) ---- */

START_TEST(glue_is_taken_for_names_of_the_ns_set_within_the_zone_alone)
{
    for (size_t named = 0; named < COUNT(relations); named++) {
        for (size_t owner = 0; owner < COUNT(relations); owner++) {
            char line[512], expected[512];
            bool keeps = named == owner && has_letter("scbpz", relations[owner].letter);
            begin_reply(0);
            asked_for(NAME, TYPE_A, ZONE);
            snprintf(line, sizeof line, "b.zone.test. 300 IN NS %s", relations[named].owner);
            say(SECTION_AUTHORITY, line);
            snprintf(line, sizeof line, "%s 300 IN AAAA 2001:db8::5", relations[owner].owner);
            say(SECTION_ADDITIONAL, line);
            snprintf(expected, sizeof expected, "ns/b.zone.test./NS/1+0%s%s%s", keeps ? " ad/" : "",
                     keeps ? relations[owner].owner : "", keeps ? "/AAAA/1+0" : "");
            ck_assert_msg(strcmp(kept(), expected) == 0, "%s: kept '%s', not '%s'", line, kept_text,
                          expected);
        }
    }
}
END_TEST

START_TEST(beside_a_referral_the_additional_section_holds_nothing_but_glue)
{
    for (size_t row = 0; row < COUNT(rows); row++) {
        char line[512];
        bool address = strcmp(rows[row].type, "A") == 0 || strcmp(rows[row].type, "AAAA") == 0;
        begin_reply(0);
        asked_for(NAME, TYPE_A, ZONE);
        say(SECTION_AUTHORITY, "b.zone.test. 300 IN NS ns.b.zone.test.");
        snprintf(line, sizeof line, "ns.b.zone.test. 300 IN %s %s", rows[row].type,
                 rows[row].rdata);
        say(SECTION_ADDITIONAL, line);
        (void)kept();
        ck_assert_msg(reply.glue.count == address && reply.foreign == !address, "%s: kept '%s'",
                      line, kept_text);
    }
}
END_TEST

Suite *engine_scrub_matrix_suite(void)
{
    Suite *suite = suite_create("engine/scrub_matrix");
    TCase *tcase = tcase_create("matrix");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, a_lone_record_is_kept_only_where_the_table_says_so, 0, SECTIONS);
    tcase_add_loop_test(tcase, what_is_believed_makes_nothing_beside_it_believed, 0, COMPANIES);
    tcase_add_test(tcase, glue_is_taken_for_names_of_the_ns_set_within_the_zone_alone);
    tcase_add_test(tcase, beside_a_referral_the_additional_section_holds_nothing_but_glue);
    suite_add_tcase(suite, tcase);
    return suite;
}
