/* text_number - numbers in presentation format, and the words that stand for some of them.
 *
 * Shape    a word is read whole or not at all; no sign, no space, no wrapping round.
 * Errors   false: it is something else; the output is untouched.
 * Spec     RFC 1035 §5.1, RFC 4034 §2.2 and §3.2, RFC 4398 §2.1, RFC 9859 §2.1.
 */
#ifndef CATENA_WIRE_TEXT_NUMBER_H
#define CATENA_WIRE_TEXT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum number_names { NAMES_ALGORITHM, NAMES_CERTIFICATE, NAMES_SCHEME, NAMES_PROTOCOL };

bool number_read(const char *word, uint64_t most, uint64_t *value);
bool number_read_named(const char *word, enum number_names names, uint64_t most, uint64_t *value);
bool interval_read(const char *word, uint32_t *seconds); /* 3600, 1h, 1d2h30m */
/* YYYYMMDDHHMMSS, modulo 2^32, or seconds. */
bool time_read(const char *word, uint32_t *seconds);

#endif
