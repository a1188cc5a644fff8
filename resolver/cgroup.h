/* cgroup - how much memory the control groups of this process leave it.
 *
 * Shape    the least limit from the process's own group (/proc/self/cgroup) up to the root of what
 *          is mounted: version 2's memory.max, version 1's memory.limit_in_bytes. In a container
 *          the groups above its own are not to be seen, and the mount's root is its own.
 * Threads  any.
 * Errors   what is not there or no number limits nothing.
 * Spec     RULINGS B17, SPEC C1; cgroups(7), the kernel's cgroup-v2.
 */
#ifndef CATENA_RESOLVER_CGROUP_H
#define CATENA_RESOLVER_CGROUP_H

#include <stdint.h>

/* Octets; UINT64_MAX: no limit. `root` is put before each path: "" but in tests. */
uint64_t cgroup_memory_max(const char *root);

#endif
