/* cookie_keeper - the secrets of cookies, as they change while we serve.
 *
 * Shape    without a file: once a day another first secret is drawn, and the one before it proves
 *          for a day more; so no cookie (COOKIE_LIFE_S) is lost by it. With one: read once a
 *          minute, so that a fleet rolls its secrets without a restart (RFC 9018 §5). A file that
 *          cannot be read, or is not as it should be, is told once, and the secrets that were read
 *          last stay.
 * Owns     copies what it is given, but for the path.
 * Time     given.
 * Threads  the main thread alone: it reads a file.
 * Errors   NULL: no memory. Without randomness the secrets stay for another minute.
 * Spec     RFC 9018 §5, LIMITS 4.2, SPEC R6.
 */
#ifndef CATENA_RESOLVER_COOKIE_KEEPER_H
#define CATENA_RESOLVER_COOKIE_KEEPER_H

#include "lib/base/instant.h"
#include "lib/policy/cookie.h"

enum { COOKIE_ROLL_S = 86400, COOKIE_LOOK_S = 60 };

struct cookie_keeper;

/* `first`: in force from the start. `path`: where they come from, borrowed; NULL: they are drawn.
 */
struct cookie_keeper *cookie_keeper_create(const struct cookie_secrets *first, const char *path,
                                           struct instant now);
void cookie_keeper_destroy(struct cookie_keeper *keeper); /* NULL is fine */

void cookie_keeper_tick(struct cookie_keeper *keeper, struct instant now);

/* Grows whenever the secrets are others than before. */
uint64_t cookie_keeper_version(const struct cookie_keeper *keeper);
const struct cookie_secrets *cookie_keeper_secrets(const struct cookie_keeper *keeper);
const char *cookie_keeper_trouble(const struct cookie_keeper *keeper); /* "": the file is well */

#endif
