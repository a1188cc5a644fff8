/* hosts_file - the file that `local.hosts` names, read at the start into the policy.
 *
 * Shape    `own`: of /etc/hosts the names of this machine, and of its addresses 127.0.1.1 and the
 *          like only while none but itself may ask.
 * Errors   what is wrong with a line is a warning with its number, and the line is skipped: the
 *          daemon serves without it, as the system does.
 * Spec     SPEC L2, RULINGS A45.
 */
#ifndef CATENA_HOSTS_FILE_H
#define CATENA_HOSTS_FILE_H

#include "lib/policy/hosts.h"
#include "resolver/config/option.h"

enum {
    HOSTS_OCTETS_MAX = 8 << 20, /* what lies beyond is not read; LIMITS G4 */
    HOSTS_TOLD_MAX = 10         /* lines, of those with something wrong */
};

/* The policy is whole but for this: `access.allow` has all it will have. */
void hosts_file_read(struct policy *policy, const struct options *options);

/* The same with a file and a host's name of the caller's (NULL: all names). Returns how many lines
 * something was wrong with. */
struct hosts_source {
    const char *path;
    const struct name *own;
};
unsigned hosts_file_add(struct policy *policy, const struct hosts_source *source);

#endif
