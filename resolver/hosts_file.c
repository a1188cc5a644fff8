#include "resolver/hosts_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/pool.h"

#define ETC_HOSTS "/etc/hosts"

enum { SCRATCH_OCTETS = 256 << 10, HOST_NAME_ROOM = 256 };

/* ---- lines ---- */

struct lines {
    FILE *file;
    size_t octets; /* read so far */
    unsigned number;
    bool whole; /* it is text, and not too long */
    char text[HOSTS_LINE_MAX + 1];
};

static bool next_line(struct lines *lines)
{
    size_t len = 0;
    int octet = 0;

    lines->whole = true;
    while (octet != '\n' && lines->octets < HOSTS_OCTETS_MAX &&
           (octet = getc(lines->file)) != EOF) {
        lines->octets++;
        if (octet == '\0' || len == HOSTS_LINE_MAX)
            lines->whole = false;
        else
            lines->text[len++] = (char)octet;
    }
    lines->text[len] = '\0';
    lines->number++;
    return octet == '\n' || len > 0 || !lines->whole;
}

static enum status add_line(const struct hosts *hosts, const struct lines *lines,
                            char why[TEXT_WHY])
{
    if (lines->whole)
        return hosts_add_line(hosts, lines->text, why);
    (void)snprintf(why, TEXT_WHY, "longer than %d octets, or no text", HOSTS_LINE_MAX);
    return ST_LIMIT;
}

/* ---- the file ---- */

static unsigned add_lines(const struct hosts *hosts, struct lines *lines, const char *path)
{
    char why[TEXT_WHY];
    unsigned wrong = 0;

    while (next_line(lines)) {
        enum status status = add_line(hosts, lines, why);
        if (status == ST_NOMEM)
            (void)snprintf(why, sizeof why, "no memory");
        if (status != ST_OK && wrong++ < HOSTS_TOLD_MAX)
            log_line(LOG_WARNING, "%s:%u: %s; the line is skipped", path, lines->number, why);
    }
    if (wrong > HOSTS_TOLD_MAX)
        log_line(LOG_WARNING, "%s: %u more lines are skipped", path, wrong - HOSTS_TOLD_MAX);
    if (lines->octets == HOSTS_OCTETS_MAX)
        log_line(LOG_WARNING, "%s: what lies beyond %d octets is not read", path, HOSTS_OCTETS_MAX);
    return wrong;
}

static bool is_this_machine(const struct prefix *prefix)
{
    static const struct prefix four = { .base = { .octets = { 127 }, .family = 4 }, .bits = 8 };
    static const struct prefix six = { .base = { .octets = { [15] = 1 }, .family = 6 },
                                       .bits = 128 };

    return (prefix->bits >= four.bits && prefix_holds(&four, &prefix->base)) ||
           (prefix->bits >= six.bits && prefix_holds(&six, &prefix->base));
}

static bool others_ask(const struct acl *allow)
{
    for (unsigned i = 0; i < allow->count; i++)
        if (!is_this_machine(&allow->prefixes[i]))
            return true;
    return false;
}

static unsigned add_file(struct policy *policy, const struct hosts_source *source, FILE *file)
{
    struct lines lines = { .file = file };
    struct pool *pool = pool_create(2 * SCRATCH_OCTETS);
    struct hosts hosts = {
        .tree = policy->local,
        .arena = pool ? arena_create(pool, SCRATCH_OCTETS) : NULL,
        .own = source->own,
        .loopback = source->own && others_ask(&policy->allow) ? HOSTS_WITHOUT_LOOPBACK
                                                              : HOSTS_WITH_LOOPBACK,
    };
    unsigned wrong = 0;

    if (hosts.arena)
        wrong = add_lines(&hosts, &lines, source->path);
    else
        log_line(LOG_WARNING, "local.hosts: no memory for %s", source->path);
    arena_destroy(hosts.arena);
    pool_destroy(pool);
    return wrong;
}

unsigned hosts_file_add(struct policy *policy, const struct hosts_source *source)
{
    FILE *file = fopen(source->path, "re");
    unsigned wrong;

    if (!file) {
        if (!source->own || errno != ENOENT) /* no machine needs to have one */
            log_line(LOG_WARNING, "local.hosts: %s: %s", source->path, strerror(errno));
        return 0;
    }
    wrong = add_file(policy, source, file);
    fclose(file);
    return wrong;
}

void hosts_file_read(struct policy *policy, const struct options *options)
{
    struct hosts_source source = { .path = options->hosts_file };
    char host[HOST_NAME_ROOM] = "";
    struct name own;

    if (options->hosts == HOSTS_OFF)
        return;
    if (options->hosts == HOSTS_OWN) {
        source = (struct hosts_source){ ETC_HOSTS, &own };
        if (gethostname(host, sizeof host - 1) != 0 || name_from_text(host, &own) != ST_OK ||
            own.labels == 0)
            return; /* a machine without a name has none to tell */
    }
    (void)hosts_file_add(policy, &source);
}
