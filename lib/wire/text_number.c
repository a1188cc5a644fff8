#include "lib/wire/text_number.h"

#include <string.h>
#include <strings.h>
#include <time.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool number_read(const char *word, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;

    if (*word == '\0')
        return false;
    for (; *word; word++) {
        uint64_t digit = (uint64_t)(*word - '0');
        if (!is_digit(*word) || digit > most || sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

static uint64_t unit_seconds(char unit)
{
    switch (unit | 0x20) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    case 'w': return 604800;
    default: return 0;
    }
}

bool interval_read(const char *word, uint32_t *seconds)
{
    uint64_t sum = 0, number = 0;
    bool digits = false;

    for (; *word; word++) {
        if (is_digit(*word)) {
            number = number * 10 + (uint64_t)(*word - '0');
            digits = true;
        } else {
            uint64_t unit = unit_seconds(*word);
            if (unit == 0 || !digits)
                return false;
            sum += number * unit;
            number = 0;
            digits = word[1] == '\0';
        }
        if (number > UINT32_MAX || sum > UINT32_MAX)
            return false;
    }
    if (!digits || sum + number > UINT32_MAX)
        return false;
    *seconds = (uint32_t)(sum + number);
    return true;
}

/* ---- names ---- */

struct mnemonic {
    const char *word;
    uint16_t value;
};

/* IANA, DNS Security Algorithm Numbers; RFC 4034 §2.2 lets files name them. */
static const struct mnemonic algorithms[] = { { "RSAMD5", 1 },
                                              { "DH", 2 },
                                              { "DSA", 3 },
                                              { "RSASHA1", 5 },
                                              { "DSA-NSEC3-SHA1", 6 },
                                              { "RSASHA1-NSEC3-SHA1", 7 },
                                              { "RSASHA256", 8 },
                                              { "RSASHA512", 10 },
                                              { "ECC-GOST", 12 },
                                              { "ECDSAP256SHA256", 13 },
                                              { "ECDSAP384SHA384", 14 },
                                              { "ED25519", 15 },
                                              { "ED448", 16 },
                                              { "SM2SM3", 17 },
                                              { "ECC-GOST12", 23 },
                                              { "INDIRECT", 252 },
                                              { "PRIVATEDNS", 253 },
                                              { "PRIVATEOID", 254 },
                                              { NULL, 0 } };

/* RFC 4398 §2.1 */
static const struct mnemonic certificates[] = { { "PKIX", 1 },   { "SPKI", 2 },    { "PGP", 3 },
                                                { "IPKIX", 4 },  { "ISPKI", 5 },   { "IPGP", 6 },
                                                { "ACPKIX", 7 }, { "IACPKIX", 8 }, { "URI", 253 },
                                                { "OID", 254 },  { NULL, 0 } };

/* RFC 9859 §2.1 */
static const struct mnemonic schemes[] = { { "NOTIFY", 1 }, { NULL, 0 } };

/* RFC 1010: of protocols with ports, those in use. */
static const struct mnemonic protocols[] = { { "TCP", 6 }, { "UDP", 17 }, { NULL, 0 } };

bool number_read_named(const char *word, enum number_names names, uint64_t most, uint64_t *value)
{
    static const struct mnemonic *const tables[] = { [NAMES_ALGORITHM] = algorithms,
                                                     [NAMES_CERTIFICATE] = certificates,
                                                     [NAMES_SCHEME] = schemes,
                                                     [NAMES_PROTOCOL] = protocols };

    for (const struct mnemonic *known = tables[names]; known->word; known++) {
        if (strcasecmp(known->word, word) == 0) {
            *value = known->value;
            return true;
        }
    }
    return number_read(word, most, value);
}

/* ---- times ---- */

enum { DATE_DIGITS = 14 };

static int slice(const char *digits, unsigned count)
{
    int value = 0;

    while (count-- > 0)
        value = value * 10 + (*digits++ - '0');
    return value;
}

/* False: no date of the calendar, such as a 13th month. */
static bool date_read(const char *digits, uint32_t *seconds)
{
    struct tm given = { .tm_year = slice(digits, 4) - 1900,
                        .tm_mon = slice(digits + 4, 2) - 1,
                        .tm_mday = slice(digits + 6, 2),
                        .tm_hour = slice(digits + 8, 2),
                        .tm_min = slice(digits + 10, 2),
                        .tm_sec = slice(digits + 12, 2) };
    struct tm parts = given;
    time_t value = timegm(&parts); /* moves what is out of range into the next part */

    if (parts.tm_mon != given.tm_mon || parts.tm_hour != given.tm_hour ||
        parts.tm_min != given.tm_min || value < 0)
        return false;
    *seconds = (uint32_t)value;
    return true;
}

bool time_read(const char *word, uint32_t *seconds)
{
    uint64_t value;

    if (!number_read(word, UINT64_MAX, &value))
        return false;
    if (strlen(word) == DATE_DIGITS)
        return date_read(word, seconds);
    if (value > UINT32_MAX)
        return false;
    *seconds = (uint32_t)value;
    return true;
}
