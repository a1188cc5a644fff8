/* cookie_file - the secrets that servers of one address share, from the file that has them.
 *
 * Errors   `why` says what is wrong: of the system, or of the text. Then `secrets` is as before.
 * Spec     RFC 9018 §5, LIMITS 4.2.
 */
#ifndef CATENA_CONFIG_COOKIE_FILE_H
#define CATENA_CONFIG_COOKIE_FILE_H

#include "lib/policy/cookie.h"

enum { COOKIE_FILE_WHY = 128 };

enum status cookie_file_read(const char *path, struct cookie_secrets *secrets,
                             char why[COOKIE_FILE_WHY]) MUST_USE;

#endif
