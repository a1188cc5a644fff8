/* meter - what work takes of a thread's processor time, without a look at its clock each time.
 *
 * Shape    Work is weighed when it is done: by the nanoseconds that it takes where the weights
 *          below were measured. That clock is a system call, of 0.6 µs on the same machine, and a
 *          cached answer takes 4: so it is read once work of METER_WINDOW_NS is done, a hundred
 *          times a second at the most. What the thread has spent since, divided by what was weighed
 *          since, is what a weight is worth from then on. So all of the thread's time is on some
 *          work's bill, each work's in proportion to its weight; work that took more than its
 *          weight says is paid by all that was done in the same window.
 * Owns     nothing.
 * Threads  one a worker.
 * Spec     LIMITS 4.2 (second limiter); RULINGS B16.
 */
#ifndef CATENA_POLICY_METER_H
#define CATENA_POLICY_METER_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds, system calls included. */
enum meter_weight {
    METER_DATAGRAM = 4000,    /* from a client, answered from the cache */
    METER_MESSAGE = 10000,    /* the same over TCP */
    METER_ANSWER_OCTET = 1,   /* of what it is answered at once */
    METER_CONNECTION = 25000, /* accepted and closed */
    METER_QUESTION = 10000,   /* to a server: what is chosen, kept and freed for it */
    METER_PACKET = 12000,     /* sent, and its reply taken */
    METER_OCTET = 20,         /* of a reply: parsed, kept */
    METER_UNIT = 17000,       /* of verification: RSA-2048 */
    METER_BLOCK = 130         /* of SHA-1, for NSEC3 */
};

enum {
    METER_WINDOW_NS = 10 * 1000 * 1000,
    METER_WORTH_ONE = 256,
    METER_WORTH_MIN = METER_WORTH_ONE / 16, /* no reading of the clock is believed beyond these */
    METER_WORTH_MAX = METER_WORTH_ONE * 64
};

struct meter {
    uint64_t weighed_ns; /* since the clock was read last */
    uint32_t worth;      /* of a weight, METER_WORTH_ONE: itself */
    uint32_t rest;       /* what whole microseconds have left over, in ns */
};

void meter_init(struct meter *meter);

/* Work is done, whoever it was for. */
static inline void meter_weigh(struct meter *meter, uint64_t ns)
{
    meter->weighed_ns += ns;
}

/* It is time to read the clock ... */
static inline bool meter_is_due(const struct meter *meter)
{
    return meter->weighed_ns >= METER_WINDOW_NS;
}

/* ... by which the thread has spent that since the last reading. */
void meter_read(struct meter *meter, uint64_t spent_us);

/* What a weight is worth: to be charged. */
uint32_t meter_us(struct meter *meter, uint32_t ns);

#endif
