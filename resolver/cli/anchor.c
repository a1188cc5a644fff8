/* catena anchor - the trust anchors as `serve` keeps them, and IANA's signed file of the root's. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/pool.h"
#include "lib/crypto/cms.h"
#include "lib/dnssec/rfc5011_look.h"
#include "resolver/anchor_keeper.h"
#include "resolver/anchor_xml.h"
#include "resolver/cli/cli.h"

enum { DESK_OCTETS = 4 << 20, TIME_TEXT = 32, LINE_TEXT = 512, KEYS = 64 };

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

static struct unixtime now_by(const struct options *options)
{
    return options->policy->clock_fixed ? options->policy->clock : unixtime_read();
}

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

/* What the daemon keeps is believed of its own user alone (state.h): root looks as that user. */
static void become_keeper(const char *directory)
{
    struct stat stat;

    if (geteuid() != 0 || lstat(directory, &stat) != 0 || !S_ISDIR(stat.st_mode))
        return;
    if (setgroups(0, NULL) != 0 || setgid(stat.st_gid) != 0 || setuid(stat.st_uid) != 0)
        fprintf(stderr, "catena: cannot become the owner of %s: %s\n", directory, strerror(errno));
}

static enum status enter_all(struct anchor_points *points, const struct options *options,
                             struct proof_desk *desk)
{
    const struct rrset *ds, *keys;
    struct name zone;

    for (size_t i = 0; anchor_zone(options->policy->anchors, i, &zone); i++) {
        struct rfc5011_point *point = anchor_points_get(points, &zone);
        if (!point)
            return ST_LIMIT;
        anchor_find(options->policy->anchors, &zone, &ds, &keys);
        (void)rfc5011_add_anchors(point, ds, keys, desk);
    }
    return ST_OK;
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

static int show_with(const struct options *options, struct proof_desk *desk)
{
    struct state_file file = { .disk = &state_disk_real,
                               .directory = options->state_directory,
                               .name = ANCHOR_STATE_NAME };
    struct anchor_points points = { .count = 0 };
    enum status loaded = options->auto_update ? anchor_state_load(&file, &points) : ST_NOTFOUND;
    bool unread = loaded == ST_IO || loaded == ST_NOMEM;

    if (unread)
        fprintf(stderr, "catena: %s\n", file.trouble);
    else if (file.trouble[0])
        printf("; %s\n", file.trouble);
    if (unread || loaded == ST_NOTFOUND)
        printf("; no state is %s: these are the keys of the configuration\n",
               unread ? "read" : "kept yet");
    if (enter_all(&points, options, desk) != ST_OK)
        printf("; anchors of more zones are configured; they are not followed\n");
    print_all(&points, desk->wall);
    anchor_points_clear(&points);
    return unread ? EXIT_UNAVAILABLE : 0;
}

static int show(const struct options *options)
{
    struct crypto *crypto = crypto_create();
    struct pool *pool = pool_create(2 * (size_t)DESK_OCTETS);
    struct keyring *keyring = crypto ? keyring_create(crypto, KEYS) : NULL;
    struct arena *arena = pool ? arena_create(pool, DESK_OCTETS) : NULL;
    struct budget budget;
    struct metrics metrics = { 0 };
    int64_t units = INT64_MAX;
    int code = EXIT_UNAVAILABLE;

    become_keeper(options->state_directory);
    budget_init(&budget, &options->policy->limits);
    struct proof_desk desk = { .rules = &options->policy->rules,
                               .keyring = keyring,
                               .budget = &budget,
                               .turn_units = &units,
                               .metrics = &metrics,
                               .arena = arena,
                               .wall = now_by(options) };
    if (keyring && arena)
        code = show_with(options, &desk);
    else
        fprintf(stderr, "catena: out of memory\n");
    arena_destroy(arena);
    keyring_destroy(keyring);
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
                             .at = now_by(options) };
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
