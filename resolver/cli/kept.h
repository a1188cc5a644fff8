/* kept - the trust anchors as the daemon keeps them, read without changing anything; for the
 * commands that run beside it.
 *
 * Shape    the points of the state file, with the anchors that are configured. Where dnssec.auto-
 *          update is off nobody follows anything, and no file is read. What the daemon keeps is
 *          believed of its own user alone (state.h): root becomes the directory's owner, for good.
 * Owns     anchor_points_clear the points.
 * Errors   ST_NOTFOUND: nothing is kept yet, or wanted; `trouble` says what is wrong with what is.
 *          The points then have what is configured alone.
 * Spec     SPEC A2, RULINGS A43.
 */
#ifndef CATENA_CLI_KEPT_H
#define CATENA_CLI_KEPT_H

#include "resolver/anchor_state.h"
#include "resolver/cli/cli.h"

struct kept_from {
    const struct options *options;
    const struct policy *policy; /* whose anchors are the configured ones */
    const struct crypto *crypto;
    struct pool *pool;
};

struct kept {
    struct anchor_points points;
    enum status loaded;
    bool all;                /* the anchors of every zone found a point */
    char trouble[STATE_WHY]; /* "": none */
};

struct unixtime kept_now(const struct policy *policy); /* dnssec.clock, or this machine's */
enum status kept_read(struct kept *kept, const struct kept_from *from) MUST_USE;

/* What `serve` trusts, in place of the anchors that parts->policy has from the configuration; a
 * state that cannot be read leaves those, and one line says so. ST_NOMEM: they are left too. */
enum status kept_take_anchors(const struct options *options, struct parts *parts) MUST_USE;

#endif
