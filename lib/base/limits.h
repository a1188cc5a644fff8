/* limits - the one sheet of numbers (LIMITS 0.1): minimum, default, maximum and the reason.
 *
 * Shape    `struct limits` holds the values in force; rows may be lowered, or raised up to their
 *          ceiling of 4 x the default (RULINGS A7). Fixed bounds are enumerators below.
 */
#ifndef CATENA_BASE_LIMITS_H
#define CATENA_BASE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* LIMIT(name, minimum, default, maximum, reason) */
#define LIMITS(LIMIT)                                                                              \
    LIMIT(questions, 10, 100, 400, "distinct upstream questions a client question; NXNS, CAMP")    \
    LIMIT(packets, 20, 200, 800, "upstream packets a client question, resends included; CAMP")     \
    LIMIT(resends, 1, 3, 12, "packets to one server for one question; RFC 9520 §3.1")              \
    LIMIT(upstream_octets, 20000, 100000, 400000, "octets received a client question")             \
    LIMIT(resolution_ms, 1000, 10000, 40000, "wall time of one resolution")                        \
    LIMIT(depth, 3, 8, 32, "nested lookups: NS address, DS, alias")                                \
    LIMIT(alias_links, 4, 11, 44, "CNAME and DNAME links a question")                              \
    LIMIT(ns_names, 2, 13, 13, "NS names used a delegation, no more are kept; NRDelegation")       \
    LIMIT(ns_addresses, 1, 6, 6, "addresses used an NS name, no more are kept")                    \
    LIMIT(ns_lookups, 1, 2, 8, "NS names looked up at once at depth 0; one below")                 \
    LIMIT(ns_failed_zone, 2, 5, 20, "failed NS names a delegation; NXNS")                          \
    LIMIT(ns_failed, 4, 12, 48, "failed NS names a client question; NXNS")                         \
    LIMIT(qmin_steps, 4, 10, 40, "QNAME minimisation steps; RFC 9156 §2.3")                        \
    LIMIT(qmin_single, 1, 4, 16, "of these with one label more; RFC 9156 §2.3")                    \
    LIMIT(rrsigs_tried, 1, 4, 16, "RRSIGs tried an RRset; KeyTrap")                                \
    LIMIT(keys_tried, 1, 2, 8, "DNSKEYs tried a (tag, algorithm); KeyTrap")                        \
    LIMIT(ds_tried, 2, 8, 32, "DS tried a zone")                                                   \
    LIMIT(ds_misses, 1, 4, 16, "DS digests that do not match, a zone")                             \
    LIMIT(failed_per_reply, 1, 4, 16, "failed verifications a reply; KeyTrap CVE-2023-50387")      \
    LIMIT(failed_checks, 4, 16, 64, "failed verifications a client question; KeyTrap")             \
    LIMIT(failed_units, 34, 128, 512, "their cost, RSA-2048 = 1; KeyTrap")                         \
    LIMIT(good_per_reply, 4, 16, 64, "good verifications a reply")                                 \
    LIMIT(good_checks, 16, 128, 512, "good verifications a client question")                       \
    LIMIT(good_units, 128, 1024, 4096, "their cost: 20 ms")                                        \
    LIMIT(turn_units, 10, 50, 200, "verification cost a loop turn, over all jobs: about 1 ms")     \
    LIMIT(nsec3_iterations, 0, 50, 200, "accepted; above: proven insecure; RFC 9276 §3.2")         \
    LIMIT(nsec3_blocks, 256, 4096, 16384, "SHA-1 blocks a client question; CVE-2023-50868")        \
    LIMIT(denial_records, 4, 8, 32, "NSEC and NSEC3 considered a reply; CVE-2026-11605")           \
    LIMIT(jobs, 16, 2048, 8192, "resolutions in flight a worker")                                  \
    LIMIT(same_question, 10, 1000, 4000, "clients waiting for one question a worker; RFC 5452 §5") \
    LIMIT(waiting, 16, 256, 1024, "clients of one network that wait, a process; CVE-2024-33655")   \
    LIMIT(waiting_proven, 16, 1000, 4000, "of these, of proven address, at least")                 \
    LIMIT(late_ms, 500, 1900, 7600, "an answer is late for a forgeable address; CVE-2024-33655")   \
    LIMIT(late_waiting, 8, 64, 256, "and is not sent while more of its network wait; RULINGS A9")  \
    LIMIT(zone_in_flight, 10, 200, 800, "fetches of one zone older than 0.5 s, a process; F1")     \
    LIMIT(top_in_flight, 50, 1000, 4000, "of the root, or of a zone of one label; RULINGS A20")    \
    LIMIT(server_in_flight, 10, 200, 800, "questions to one server at once, a process; F1")        \
    LIMIT(ttl_bogus_s, 1, 60, 240, "a bogus verdict is kept")                                      \
    LIMIT(ttl_failure_s, 1, 5, 20, "a failure is kept at first, doubling; RFC 9520 §3.2")          \
    LIMIT(ttl_failure_max_s, 5, 300, 300, "and at the most; RFC 9520 §3.2")                        \
    LIMIT(tcp_clients, 16, 1024, 4096, "TCP connections of clients a process")                     \
    LIMIT(tcp_clients_prefix, 1, 64, 256, "of these, of one IPv4 address or IPv6 /56; F9")         \
    LIMIT(tcp_idle_ms, 500, 10000, 40000, "an idle TCP connection is kept; RFC 7766 §6.2.3")       \
    LIMIT(tcp_in_flight, 1, 32, 128, "questions in flight a TCP connection")                       \
    LIMIT(mismatches, 1, 3, 12, "wrong replies a server and fetch, then the next server; A6")      \
    LIMIT(first_timeout_ms, 100, 400, 1600, "a server we do not know; SPEC I8")                    \
    LIMIT(timeout_cap_ms, 500, 1500, 6000, "cap of that first timeout")                            \
    LIMIT(tcp_answer_ms, 500, 3000, 12000, "a TCP answer, from connecting on; E9")                 \
    LIMIT(socket_uses, 1, 16, 64, "questions on one upstream socket; RULINGS B10")                 \
    LIMIT(socket_ms, 0, 2000, 8000, "an upstream socket is kept; RULINGS B10")                     \
    LIMIT(upstream_sockets, 64, 4096, 16384, "open upstream sockets a worker; RULINGS B10")        \
    LIMIT(streams, 1, 100, 400, "connections to servers that a worker keeps; SPEC I9")             \
    LIMIT(server_streams, 1, 10, 40, "of these to one server address; RFC 7766 §6.2.2")            \
    LIMIT(stream_questions, 1, 200, 800, "questions on one connection to a server; SPEC I9")       \
    LIMIT(stream_idle_ms, 0, 10000, 40000, "an idle connection to a server is kept; SPEC I9")      \
    LIMIT(refused_per_s, 1, 100, 400, "errors a second and worker to unproven clients; F5")        \
    LIMIT(job_octets, 65536, 262144, 1048576, "arena of one client question; G4")                  \
    LIMIT(trail_steps, 16, 512, 2048, "steps of one trail; G4")                                    \
    LIMIT(trail_octets, 16384, 131072, 524288, "arena of one trail, where one was asked for; G4")

/* Bounds that no one may move, with their reason. */
enum {
    RECORDS_PER_MESSAGE_MAX = 1024, /* LIMITS G2 */
    EDNS_OPTIONS_MAX = 32,          /* LIMITS 0.1, CVE-2026-41292 */
    RRS_PER_RRSET_MAX = 256,        /* LIMITS 0.1 */
    RRSIGS_PER_RRSET_MAX = 8,       /* LIMITS 0.1, kept */
    COMPRESSION_NAMES_MAX = 120,    /* LIMITS G2, CVE-2024-8508 */
    MESSAGE_OCTETS_MAX = 65535,     /* RFC 1035 §4.2.2 */
    EDNS_UDP_OCTETS = 1232,         /* RFC 9715, both ways */
    CLIENT_QUERY_OCTETS_MAX = 4096, /* LIMITS F8: longer is dropped */
    CAUSE_OCTETS = 256,             /* RULINGS A41 */
    KEYRING_KEYS = 1024,            /* RULINGS B15 */
    INFRA_TIMEOUTS_DEAD = 4         /* SPEC I6 */
};

struct limits {
#define LIMIT(name, minimum, normal, maximum, reason) uint32_t name;
    LIMITS(LIMIT)
#undef LIMIT
};

struct limits_row {
    const char *name, *reason;
    uint32_t minimum, normal, maximum;
    size_t offset;
};

extern const struct limits_row limits_rows[];
extern const size_t limits_row_count;

void limits_defaults(struct limits *limits);
const struct limits_row *limits_find(const char *name); /* NULL: no such row */
bool limits_set(struct limits *limits, const struct limits_row *row, uint32_t value); /* in range */

#endif
