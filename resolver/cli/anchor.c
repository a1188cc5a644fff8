/* catena anchor - the trust anchors as `serve` keeps them, and IANA's signed file of the root's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/crypto/cms.h"
#include "resolver/anchor_keeper.h"
#include "resolver/anchor_xml.h"
#include "resolver/cli/kept.h"

enum { POOL_OCTETS = 8 << 20, TIME_TEXT = 32, LINE_TEXT = 512 };

#define SIGNER "dnssec@iana.org"

static const char usage[] =
    "usage: catena anchor [-c FILE] [-o KEY=VALUE ...] show\n"
    "       catena anchor [-c FILE] [-o KEY=VALUE ...] [--ca FILE] import XML P7S\n\n"
    "  show     every key of every trust anchor, from the configuration and the state directory\n"
    "  import   checks IANA's root-anchors.xml with its signature root-anchors.p7s (RFC 9718), "
    "and\n"
    "           prints the keys that are valid now as a file for dnssec.trust-anchors\n"
    "  --ca     certificates to check against, PEM; by default ICANN's, compiled in\n"
    "Exit code: 0 done, 2 the signature or the file is not good, 64 wrong use, 69 a file cannot "
    "be\n"
    "read, 78 wrong configuration. dnssec.clock sets the time of the check.\n";

static const char icann_ca[] =
#include "root_ca.inc"
    ;

/* ---- show ---- */

static const char *day(struct unixtime at, char text[TIME_TEXT])
{
    if (at.s == 0)
        return "never";
    unixtime_text(at, text, TIME_TEXT);
    return text;
}

static void print_row(const struct keeper_row *row)
{
    char zone[NAME_TEXT], since[TIME_TEXT], seen[TIME_TEXT], end[TIME_TEXT];

    printf("%s key %u algorithm %u: %s since %s, %s, %s, last seen %s",
           name_text(&row->zone, zone, sizeof zone), row->tag, row->algorithm,
           rfc5011_state_name(row->state), day(row->since, since),
           row->trusted ? "trusted" : "not trusted",
           row->configured ? "built in or configured" : "learned by RFC 5011",
           day(row->seen, seen));
    if (row->hold_end.s != 0)
        printf(", hold-down ends %s", day(row->hold_end, end));
    printf("\n");
}

static void print_all(const struct anchor_points *points, struct unixtime wall)
{
    for (size_t i = 0; i < points->count; i++)
        for (unsigned slot = 0; slot < ROLL_KEYS; slot++) {
            struct keeper_row row = keeper_row_of(points->points[i], slot, wall);
            if (row.state != ROLL_START)
                print_row(&row);
        }
}

static int print_kept(const struct kept *kept, struct unixtime wall)
{
    bool unread = kept->loaded == ST_IO || kept->loaded == ST_NOMEM;

    if (unread)
        fprintf(stderr, "catena: %s\n", kept->trouble);
    else if (kept->trouble[0])
        printf("; %s\n", kept->trouble);
    if (unread || kept->loaded == ST_NOTFOUND)
        printf("; no state is %s: these are the keys of the configuration\n",
               unread ? "read" : "kept yet");
    if (!kept->all)
        printf("; anchors of more zones are configured; they are not followed\n");
    print_all(&kept->points, wall);
    return unread ? EXIT_UNAVAILABLE : 0;
}

static int show(const struct options *options)
{
    struct crypto *crypto = crypto_create();
    struct pool *pool = pool_create(POOL_OCTETS);
    struct kept_from from = { options, options->policy, crypto, pool };
    struct kept kept;
    int code = EXIT_UNAVAILABLE;

    if (crypto && pool && kept_read(&kept, &from) == ST_OK) {
        code = print_kept(&kept, kept_now(options->policy));
        anchor_points_clear(&kept.points);
    } else {
        fprintf(stderr, "catena: out of memory\n");
    }
    pool_destroy(pool);
    crypto_destroy(crypto);
    return code;
}

/* ---- import ---- */

/* memory_free it; NULL: said why. */
static uint8_t *read_file(const char *path, struct bytes *octets)
{
    FILE *file = fopen(path, "re");
    uint8_t *room = file ? memory_new(CMS_OCTETS_MAX + 1) : NULL;
    size_t len = room ? fread(room, 1, CMS_OCTETS_MAX + 1, file) : 0;
    bool good = room && !ferror(file) && len <= CMS_OCTETS_MAX;

    if (!good)
        fprintf(stderr, "catena: %s: %s\n", path,
                len > CMS_OCTETS_MAX ? "it is longer than a megabyte" : strerror(errno));
    if (file)
        fclose(file);
    *octets = (struct bytes){ room, len };
    if (good)
        return room;
    memory_free(room);
    return NULL;
}

/* One digest as a line of an anchor file; false: it is none. */
static bool add_line(struct anchor_set *set, const struct anchor_xml_digest *digest,
                     char line[LINE_TEXT], char why[TEXT_WHY])
{
    int len = snprintf(line, LINE_TEXT, ". IN DS %.*s %.*s %.*s %.*s", (int)digest->tag.len,
                       (const char *)digest->tag.at, (int)digest->algorithm.len,
                       (const char *)digest->algorithm.at, (int)digest->digest_type.len,
                       (const char *)digest->digest_type.at, (int)digest->digest.len,
                       (const char *)digest->digest.at);
    why[0] = '\0';
    return len < LINE_TEXT && anchor_add_line(set, line, why) == ST_OK;
}

/* Nothing is printed unless all of it is good: the output is a file to be trusted. */
static int print_keys(const struct anchor_xml *xml, struct unixtime now)
{
    struct anchor_set *set = anchor_set_create();
    char lines[ANCHOR_XML_MAX][LINE_TEXT], why[TEXT_WHY];
    unsigned valid = 0;
    bool good = set != NULL;

    for (size_t i = 0; good && i < xml->count; i++) {
        good = add_line(set, &xml->digests[i], lines[i], why);
        valid += anchor_xml_valid(&xml->digests[i], now);
        if (!good)
            fprintf(stderr, "catena: digest %zu of the file is no DS: %s\n", i + 1, why);
    }
    anchor_set_destroy(set);
    if (good && valid == 0)
        fprintf(stderr, "catena: no key of the file is valid now\n");
    if (!good || valid == 0)
        return EXIT_BOGUS;
    printf("; from root-anchors.xml, signed by %s (RFC 9718)\n", SIGNER);
    for (size_t i = 0; i < xml->count; i++)
        printf("%s%s\n",
               anchor_xml_valid(&xml->digests[i], now) ? "" : "; not valid now: ", lines[i]);
    return 0;
}

static int import_octets(const struct cms_file *file)
{
    struct anchor_xml xml;
    char why[ANCHOR_XML_WHY];

    if (anchor_xml_read(file->content, &xml, why) != ST_OK) {
        fprintf(stderr, "catena: the signed file is not as RFC 9718 has it: %s\n", why);
        return EXIT_BOGUS;
    }
    if (xml.zone.len != 1 || xml.zone.at[0] != '.') {
        fprintf(stderr, "catena: the signed file is not about the root zone\n");
        return EXIT_BOGUS;
    }
    return print_keys(&xml, file->at);
}

static int check_and_import(const struct cms_file *file)
{
    struct crypto *crypto = crypto_create();
    char why[CMS_WHY];
    int code = EXIT_UNAVAILABLE;

    if (!crypto) {
        fprintf(stderr, "catena: out of memory\n");
    } else if (cms_verify(crypto, file, why) == ST_OK) {
        code = import_octets(file);
    } else {
        fprintf(stderr, "catena: nothing is imported: %s\n", why);
        code = EXIT_BOGUS;
    }
    crypto_destroy(crypto);
    return code;
}

static int import(const struct options *options, const char *ca, char *const files[2])
{
    struct cms_file file = { .cas = { (const uint8_t *)icann_ca, sizeof icann_ca - 1 },
                             .email = SIGNER,
                             .at = kept_now(options->policy) };
    uint8_t *xml = read_file(files[0], &file.content);
    uint8_t *signature = xml ? read_file(files[1], &file.signature) : NULL;
    uint8_t *cas = signature && ca ? read_file(ca, &file.cas) : NULL;
    int code = EXIT_UNAVAILABLE;

    if (signature && (cas || !ca))
        code = check_and_import(&file);
    memory_free(cas);
    memory_free(signature);
    memory_free(xml);
    return code;
}

/* ---- arguments ---- */

static int take_ca(void *context, int argc, char **argv)
{
    const char **ca = context;

    if (strcmp(argv[0], "--ca") != 0 || argc < 2)
        return 0;
    *ca = argv[1];
    return 2;
}

int cli_anchor(int argc, char **argv)
{
    const char *ca = NULL;
    struct cli_arguments arguments = { usage, take_ca, &ca, 0 };
    struct options *options = cli_options(&arguments, &argc, argv);
    int code = EXIT_USAGE;

    if (!options)
        return arguments.code;
    if (argc == 2 && strcmp(argv[1], "show") == 0 && !ca)
        code = show(options);
    else if (argc == 4 && strcmp(argv[1], "import") == 0)
        code = import(options, ca, argv + 2);
    else
        fprintf(stderr, "catena: anchor wants show, or import with two files\n%s", usage);
    options_destroy(options);
    return code;
}
