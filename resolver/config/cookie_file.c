#include "resolver/config/cookie_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SECRETS_OCTETS_MAX = 4096 };

enum status cookie_file_read(const char *path, struct cookie_secrets *secrets,
                             char why[COOKIE_FILE_WHY])
{
    uint8_t room[SECRETS_OCTETS_MAX];
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(room, 1, sizeof room, file) : 0;
    bool good = file && !ferror(file);
    enum status status = ST_MALFORMED;

    if (!good)
        snprintf(why, COOKIE_FILE_WHY, "%s", strerror(errno));
    if (file)
        fclose(file);
    if (good && len < sizeof room)
        status = cookie_secrets_read(secrets, (struct bytes){ room, len });
    if (good && status != ST_OK)
        snprintf(why, COOKIE_FILE_WHY, "not one or two lines of %d hexadecimal digits",
                 COOKIE_SECRET_DIGITS);
    explicit_bzero(room, sizeof room);
    return status;
}
