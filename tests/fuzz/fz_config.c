/* fz_config - a configuration file, and the same octets as the value of a key: whatever they are,
 * the options stay whole and an error is one printable line that names its source. No path of the
 * input leads anywhere: slashes are gone from it. */
#include <stdlib.h>
#include <string.h>

#include "resolver/config/option.h"

enum { ASSIGNMENT_OCTETS = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const keys[] = { "listen=", "cache.size=",   "limits=",     "dnssec.modes=",
                                    "access=", "dnssec.clock=", "log.format=", "" };

static void require(int condition)
{
    if (!condition)
        abort();
}

static void judge(const struct options *options, enum status status, const char *why,
                  const char *source)
{
    char other[CONFIG_WHY];

    require(options->listen_count >= 1 && options->listen_count <= DOORS_MAX);
    require(options->workers <= WORKERS_MAX && options->user[0] != '\0');
    require(strlen(why) < CONFIG_WHY);
    if (status == ST_OK) {
        (void)!options_check(options, other);
        return;
    }
    require(strncmp(why, source, strlen(source)) == 0);
    for (; *why; why++)
        require((unsigned char)*why >= ' ' && *why != 0x7f);
}

static void as_file(struct bytes text)
{
    struct options *options = options_create();
    char why[CONFIG_WHY] = "";

    require(options != NULL);
    judge(options, options_read_text(options, text, "file", why), why, "file:");
    options_destroy(options);
}

static void as_value(const char *key, const uint8_t *data, size_t size)
{
    struct options *options = options_create();
    char why[CONFIG_WHY] = "", assignment[ASSIGNMENT_OCTETS];

    require(options != NULL);
    size = size < ASSIGNMENT_OCTETS - 32 ? size : ASSIGNMENT_OCTETS - 32;
    snprintf(assignment, sizeof assignment, "%s%.*s", key, (int)size, (const char *)data);
    judge(options, options_read_assignment(options, assignment, why), why, "-o ");
    options_destroy(options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);

    require(copy != NULL);
    for (size_t i = 0; i < size; i++)
        copy[i] = data[i] == '/' ? '%' : data[i];
    copy[size] = 0;
    as_file((struct bytes){ copy, size });
    if (size > 0)
        as_value(keys[copy[0] % (sizeof keys / sizeof *keys)], copy + 1, size - 1);
    free(copy);
    return 0;
}
