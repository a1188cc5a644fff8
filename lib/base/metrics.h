/* metrics - every counter of catena, one row each; they only grow.
 *
 * Shape    a struct of uint64_t, one a worker, summed by the reader (relaxed atomics for that).
 * Threads  one writer, through metrics_add; any reader through metrics_add_up.
 */
#ifndef CATENA_BASE_METRICS_H
#define CATENA_BASE_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* METRIC(name, what it counts) */
#define METRICS(METRIC)                                                                            \
    METRIC(client_udp_queries, "datagrams from clients")                                           \
    METRIC(client_tcp_queries, "messages from clients over TCP")                                   \
    METRIC(cookies_first, "of both with a cookie of the client's alone")                           \
    METRIC(cookies_ours, "of both with one of ours, that proves the address")                      \
    METRIC(cookies_other, "of both with one that is not ours, not its own or too old")             \
    METRIC(client_dropped, "client messages dropped without an answer")                            \
    METRIC(client_no_place, "datagrams dropped before they were read: as many wait as may")        \
    METRIC(tcp_surplus, "TCP connections closed at once: nobody yields to a client of many")       \
    METRIC(tcp_crowded, "TCP connections closed at once: their network had all its places")        \
    METRIC(tcp_strangers, "TCP connections closed at once: not in access.allow")                   \
    METRIC(tcp_yielded, "TCP connections closed for a newcomer")                                   \
    METRIC(tcp_timed_out, "TCP connections closed that were idle, late or not read")               \
    METRIC(client_refused, "client questions refused")                                             \
    METRIC(client_formerr, "client messages answered FORMERR, NOTIMP or BADVERS")                  \
    METRIC(answers_noerror, "answers NOERROR")                                                     \
    METRIC(answers_nxdomain, "answers NXDOMAIN")                                                   \
    METRIC(answers_servfail, "answers SERVFAIL")                                                   \
    METRIC(servfail_attack, "of these what looks like an attack")                                  \
    METRIC(servfail_zone, "of these the fault of a zone's operator")                               \
    METRIC(servfail_forwarder, "of these the fault of a forwarder")                                \
    METRIC(servfail_network, "of these the fault of the network")                                  \
    METRIC(servfail_local, "of these the fault of this machine or its limits")                     \
    METRIC(answers_truncated, "answers with TC")                                                   \
    METRIC(answers_secure, "answers proven secure")                                                \
    METRIC(answers_insecure, "answers proven insecure, opt-out too")                               \
    METRIC(answers_bogus, "answers found bogus")                                                   \
    METRIC(answers_local, "answered by special-use names and local:, without a cache")             \
    METRIC(hits_answer_cache, "answered from the answer cache")                                    \
    METRIC(hits_rrset_cache, "answered from the rrset cache")                                      \
    METRIC(hits_denial_cache, "names or types answered from proofs about others")                  \
    METRIC(hits_failure_cache, "answered from the failure cache")                                  \
    METRIC(jobs_started, "client questions that needed work")                                      \
    METRIC(jobs_joined, "client questions that joined a running job")                              \
    METRIC(jobs_spent, "jobs that ran out of a budget")                                            \
    METRIC(jobs_refused, "jobs not started: all slots taken, or their network's")                  \
    METRIC(client_crowded, "of these: too many of their network wait")                             \
    METRIC(jobs_pushed_out, "jobs that yielded their slot to a newcomer")                          \
    METRIC(zone_crowded, "fetches ended: too many of their zone are in flight")                    \
    METRIC(servers_full, "servers passed over: too many questions to them are in flight")          \
    METRIC(same_question_dropped, "questions dropped: too many wait for the same")                 \
    METRIC(answers_late, "answers too late for an address that may be forged, not sent")           \
    METRIC(upstream_questions, "questions sent to servers")                                        \
    METRIC(upstream_packets, "packets sent to servers, resends included")                          \
    METRIC(upstream_tcp, "of these over TCP")                                                      \
    METRIC(upstream_streams, "TCP connections to servers that were begun")                         \
    METRIC(upstream_replies, "replies accepted")                                                   \
    METRIC(upstream_timeouts, "questions that timed out")                                          \
    METRIC(upstream_mismatches, "replies with wrong id, question or case")                         \
    METRIC(upstream_malformed, "replies that did not parse")                                       \
    METRIC(upstream_scrubbed, "replies of which not all was believed, or needed")                  \
    METRIC(upstream_useless, "replies lame, refused or of no use")                                 \
    METRIC(upstream_local_errors, "sends that failed on this machine")                             \
    METRIC(upstream_tcp_local_errors, "of these over TCP")                                         \
    METRIC(forward_fallbacks, "walks around forwarders that failed")                               \
    METRIC(upstream_reused, "questions on a socket used before")                                   \
    METRIC(verifications_good, "signatures that verified")                                         \
    METRIC(verifications_bad, "signatures that failed")                                            \
    METRIC(verifications_saved, "signatures known good from the cache")                            \
    METRIC(nsec3_blocks, "SHA-1 blocks spent on NSEC3")                                            \
    METRIC(limited_tc_v4_32, "answers given TC alone, or no EDE, for lack of room: an IPv4 /32")   \
    METRIC(limited_drop_v4_32, "answers dropped for lack of room: an IPv4 /32")                    \
    METRIC(limited_tc_v4_24, "answers given TC alone, or no EDE, for lack of room: an IPv4 /24")   \
    METRIC(limited_drop_v4_24, "answers dropped for lack of room: an IPv4 /24")                    \
    METRIC(limited_tc_v4_20, "answers given TC alone, or no EDE, for lack of room: an IPv4 /20")   \
    METRIC(limited_drop_v4_20, "answers dropped for lack of room: an IPv4 /20")                    \
    METRIC(limited_tc_v6_64, "answers given TC alone, or no EDE, for lack of room: an IPv6 /64")   \
    METRIC(limited_drop_v6_64, "answers dropped for lack of room: an IPv6 /64")                    \
    METRIC(limited_tc_v6_56, "answers given TC alone, or no EDE, for lack of room: an IPv6 /56")   \
    METRIC(limited_drop_v6_56, "answers dropped for lack of room: an IPv6 /56")                    \
    METRIC(limited_tc_v6_48, "answers given TC alone, or no EDE, for lack of room: an IPv6 /48")   \
    METRIC(limited_drop_v6_48, "answers dropped for lack of room: an IPv6 /48")                    \
    METRIC(limited_tc_v6_32, "answers given TC alone, or no EDE, for lack of room: an IPv6 /32")   \
    METRIC(limited_drop_v6_32, "answers dropped for lack of room: an IPv6 /32")                    \
    METRIC(limited_not, "answers that went out for lack of a limit: rate-limit.mode log-only")     \
    METRIC(cpu_later, "client questions after all others: their network takes much of a core")     \
    METRIC(cpu_refused, "client questions refused: their network takes most of a core")            \
    METRIC(cpu_not, "client questions that would have been either, but for mode log-only")         \
    METRIC(cpu_closed, "TCP connections ended, or not begun, for the same reason")                 \
    METRIC(must_failed, "broken conditions of our own")

struct metrics {
#define METRIC(name, what) uint64_t name;
    METRICS(METRIC)
#undef METRIC
};

struct metrics_row {
    const char *name, *what;
    size_t offset;
};

extern const struct metrics_row metrics_rows[];
extern const size_t metrics_row_count;

/* The writer's way to count: metrics_add(&metrics->upstream_packets, 1). */
static inline void metrics_add(uint64_t *counter, uint64_t by)
{
    __atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + by, __ATOMIC_RELAXED);
}

/* sum += part; `sum` is the reader's own. */
void metrics_add_up(struct metrics *sum, const struct metrics *part);
/* One line of JSON, {"client_udp_queries":0,...}; returns what it would take, as snprintf. */
size_t metrics_json(const struct metrics *metrics, char *text, size_t size);

#endif
