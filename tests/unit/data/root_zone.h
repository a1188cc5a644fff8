/* root_zone - a genuine edition of the root zone, its keys chained to the anchor of its day, and
 * the ways to have its data judged: set by set, or as the reply of a server. */
#ifndef CATENA_TESTS_UNIT_ROOT_ZONE_H
#define CATENA_TESTS_UNIT_ROOT_ZONE_H

#include "lib/dnssec/validator.h"
#include "tests/support/genuine.h"
#include "tests/support/proof_bench.h"
#include "tests/unit/suites.h"

#define ROWS(table) (sizeof(table) / sizeof *(table))

/* The anchors of the root (public facts). */
#define KSK_2010 "19036 8 2 49AAC11D7B6F6446702E54A1607371607A1A41855200FD2CE1CDDE32F24E8FB5"
#define KSK_2017 "20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
#define KSK_2024 "38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16"

struct root_edition {
    const char *serial, *anchor;
    const char *from, *until; /* the span in which every signature is valid */
    size_t records, signatures;
    bool whole; /* also without CATENA_LONG */
};

extern const struct root_edition root_editions[];
extern const size_t root_edition_count;

struct root {
    const struct root_edition *edition;
    struct proof_bench bench;
    struct arena *arena; /* the zone's; the bench's is emptied with each judgment's job */
    struct genuine_zone zone;
    struct unixtime wall;
    struct zone_keys keys;
    unsigned stride; /* a sample takes each of so many */
    const struct rrset *soa, *apex_nsec;
    unsigned good, refused; /* judgments as they had to be */
};

/* False: the data are not here; the test is skipped. */
bool root_up(struct root *root, const struct root_edition *edition);
void root_down(struct root *root);

/* What becomes of the zone's keys under this anchor. */
enum zone_state root_chain(struct root *root, const char *anchor);

/* ---- one set ---- */

enum { CHANGED_MAX = 256 };

/* A set taken to pieces, each of which may be changed; memory of the bench's arena. */
struct pieces {
    struct name owner;
    struct rrset_parts parts;
    struct bytes rdatas[CHANGED_MAX], sigs[RRSIGS_PER_RRSET_MAX];
};

struct pieces *root_pieces(struct root *root, const struct rrset *set);
uint8_t *root_octets(struct bytes piece); /* to be changed */
struct rrset *root_set(struct root *root, const struct pieces *pieces);
enum proof root_prove(struct root *root, const struct rrset *set, struct rrsig_check *check);

/* ---- a reply ---- */

struct root_reply {
    enum reply_kind kind;
    struct name qname;
    uint16_t qtype;
    struct rrset *answer[1], *authority[4];
    size_t answers, authorities;
};

/* Begins a job: what was made in the bench's arena before is gone. */
void root_reply_begin(struct root *root, struct root_reply *reply, enum reply_kind kind,
                      const struct name *qname, uint16_t qtype);
void root_reply_denies(struct root *root, struct root_reply *reply, const struct rrset *set);
const struct verdict *root_judge(struct root *root, struct root_reply *reply);
/* The reply is judged so, or the test fails and says what it was. */
const struct verdict *root_expect(struct root *root, struct root_reply *reply,
                                  enum security security, const char *what);

/* ---- the parts of the test ---- */

void root_signatures(struct root *of); /* every set that must have one has good ones */
void root_set_faults(struct root *root);
void root_denials(struct root *root);

#endif
