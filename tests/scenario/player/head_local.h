/* head_local - keys of `server:` about names that are answered here, private addresses, and what is
 * told of the server.
 *
 * Shape    local-zone, local-data, private-address, private-domain; identity, version with their
 *          hide-, nsid. What was hidden is told to nobody, whichever key comes first.
 * Errors   false, and the flaw of the lines is filled: kinds of zones and records not known here.
 */
#ifndef CATENA_TESTS_SCENARIO_HEAD_LOCAL_H
#define CATENA_TESTS_SCENARIO_HEAD_LOCAL_H

#include "tests/scenario/player/head.h"

bool head_local_knows(const char *key);
bool head_local_take(struct head *head, struct lines *lines, const char *key,
                     const char *const *values);

#endif
