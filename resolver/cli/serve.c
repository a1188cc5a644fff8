/* catena serve - the daemon: doors, privileges, workers, signals. */
#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/base/must.h"
#include "resolver/cli/cli.h"
#include "resolver/files.h"
#include "resolver/hosts_file.h"
#include "resolver/ours.h"
#include "resolver/steward.h"

enum { DRAIN_EVERY_MS = 200, PATIENCE_MS = 2000 };

static const char usage[] =
    "usage: catena serve [-c FILE] [-o KEY=VALUE ...]\n\n"
    "Answers clients on the addresses of `listen` (by default 127.0.0.1:53 and [::1]:53).\n"
    "  -c FILE        configuration, YAML (default " CONFIG_FILE ", if it is there)\n"
    "  -o KEY=VALUE   one key, as in the file: -o 'listen=[\"127.0.0.1:5300\"]'\n"
    "SIGTERM answers what is in flight and ends; SIGUSR1 logs all counters as one line of JSON.\n"
    "`catena check --sample` prints every key with its default.\n";

struct daemon {
    struct options *options;
    struct parts parts;
    struct doors doors;
    struct worker *workers[WORKERS_MAX];
    unsigned worker_count, started;
    struct crowd crowd;
    uint64_t files; /* that may be open */
    struct steward *steward;
    struct policy *first; /* of the workers: parts.policy with the keys trusted at the start */
    struct rollout *rollout;
    struct watcher signals; /* a signalfd in the main thread's loop */
};

/* ---- before any thread ---- */

static unsigned cpus(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > WORKERS_MAX ? WORKERS_MAX : (unsigned)count;
}

/* LIMITS G6: the soft limit up to the hard one; under the least that works, no start. */
static bool raise_limits(struct daemon *daemon)
{
    struct rlimit files, core = { 0, 0 };

    (void)!setrlimit(RLIMIT_CORE, &core);
    daemon->files = RLIM_INFINITY;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return true;
    daemon->files = files.rlim_cur = files.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &files);
    if (daemon->files >= files_least(daemon->worker_count))
        return true;
    log_line(LOG_ERROR,
             "only %llu open files are allowed, %llu are the least for %u workers: raise the "
             "hard limit (ulimit -Hn) or lower `workers`",
             (unsigned long long)daemon->files,
             (unsigned long long)files_least(daemon->worker_count), daemon->worker_count);
    return false;
}

static void share_files(struct daemon *daemon)
{
    struct limits *limits = &daemon->parts.policy->limits;
    struct files_users users = { daemon->worker_count,
                                 2 * daemon->worker_count * daemon->doors.addresses };

    if (files_share(daemon->files, &users, limits))
        log_line(LOG_WARNING,
                 "%llu open files are allowed: at most %u TCP clients, and %u sockets to servers a "
                 "worker; raise the hard limit (ulimit -Hn) for more",
                 (unsigned long long)daemon->files, limits->tcp_clients, limits->upstream_sockets);
}

static bool become(const struct passwd *who)
{
    if (setgroups(0, NULL) == 0 && setgid(who->pw_gid) == 0 && setuid(who->pw_uid) == 0)
        return true;
    log_line(LOG_ERROR, "cannot become user %s: %s; start as that user, or correct `user`",
             who->pw_name, strerror(errno));
    return false;
}

/* SPEC P13, RULINGS A27: what was started as root goes on as `user` once the doors are open. */
static bool drop_privileges(const struct options *options)
{
    const struct passwd *who;

    if (geteuid() != 0)
        return true;
    who = getpwnam(options->user);
    if (!who) {
        log_line(LOG_WARNING, "there is no user %s: going on as nobody; make one, or set `user`",
                 options->user);
        who = getpwnam("nobody");
    }
    if (!who) {
        log_line(LOG_ERROR, "there is no user nobody either: set `user` to one that exists");
        return false;
    }
    return become(who);
}

/* RULINGS B19: the last step, so that nothing above it can fail for it. */
static bool gain_no_more(void)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        return true;
    log_line(LOG_ERROR, "cannot give up gaining privileges: %s", strerror(errno));
    return false;
}

/* Where no file has one: then no other process knows the cookies of this one. The steward draws
 * the ones after it. */
static bool has_cookie_secret(struct policy *policy)
{
    struct prng prng;

    if (!policy->cookies || policy->cookie_secrets.count > 0)
        return true;
    if (prng_seed_os(&prng) != ST_OK) {
        log_line(LOG_ERROR, "the system gives no randomness for a cookie secret");
        return false;
    }
    cookie_secrets_draw(&policy->cookie_secrets, &prng);
    explicit_bzero(&prng, sizeof prng);
    return true;
}

/* ---- workers ---- */

static enum status make_workers(struct daemon *daemon)
{
    daemon->crowd.quota = daemon->parts.quota;
    for (unsigned w = 0; w < daemon->worker_count; w++) {
        struct worker_setup setup = {
            .policy = daemon->first,
            .caches = daemon->parts.caches,
            .crypto = daemon->parts.crypto,
            .pool = daemon->parts.pool,
            .ratelimit = daemon->parts.ratelimit,
            .cputime = daemon->parts.cputime,
            .clock_floor = daemon->parts.clock_floor,
            .crowd = &daemon->crowd,
            .doors = daemon->doors.list + w * daemon->doors.addresses,
            .door_count = daemon->doors.addresses,
        };
        daemon->workers[w] = worker_create(&setup);
        if (!daemon->workers[w])
            return ST_NOMEM;
    }
    return ST_OK;
}

static enum status start_workers(struct daemon *daemon)
{
    for (; daemon->started < daemon->worker_count; daemon->started++)
        TRY(worker_start(daemon->workers[daemon->started]));
    return ST_OK;
}

static void log_counters(const struct daemon *daemon)
{
    struct metrics sum = { 0 };
    char json[4096];

    for (unsigned w = 0; w < daemon->worker_count; w++)
        metrics_add_up(&sum, worker_metrics(daemon->workers[w]));
    steward_add_up(daemon->steward, &sum);
    sum.must_failed += must_failures(); /* of the process: no worker counts them */
    (void)metrics_json(&sum, json, sizeof json);
    log_line(LOG_NOTICE, "counters %s", json);
}

/* ---- the main thread: signals, the log on its way out, what the steward does ---- */

static void take_signal(struct daemon *daemon, unsigned signal)
{
    if (signal == SIGUSR1)
        log_counters(daemon);
    else if (signal == SIGHUP)
        log_line(LOG_NOTICE, "the configuration is read at the start alone: restart to change it");
    else if (signal == SIGTERM || signal == SIGINT)
        loop_stop(steward_loop(daemon->steward));
}

static void on_signal(struct watcher *watcher, uint32_t events)
{
    struct daemon *daemon = (struct daemon *)((char *)watcher - offsetof(struct daemon, signals));
    struct signalfd_siginfo info;

    (void)events;
    while (read(watcher->fd, &info, sizeof info) == (ssize_t)sizeof info)
        take_signal(daemon, info.ssi_signo);
}

static void on_tick(void *context)
{
    struct daemon *daemon = context;
    steward_tick(daemon->steward);
    ratelimit_sweep(daemon->parts.ratelimit, loop_now(steward_loop(daemon->steward)));
    cputime_sweep(daemon->parts.cputime, loop_now(steward_loop(daemon->steward)));
    log_drain();
}

static enum status watch_signals(struct daemon *daemon)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    daemon->signals.ready = on_signal;
    daemon->signals.fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (daemon->signals.fd < 0)
        return ST_IO;
    return loop_watch(steward_loop(daemon->steward), &daemon->signals, EPOLLIN);
}

static void attend(struct daemon *daemon)
{
    struct loop *loop = steward_loop(daemon->steward);

    steward_begin(daemon->steward, daemon->rollout);
    loop_every(loop, DRAIN_EVERY_MS, on_tick, daemon);
    loop_run(loop);
}

static enum status make_steward(struct daemon *daemon)
{
    const struct options *options = daemon->options;
    struct steward_setup setup = {
        .policy = daemon->parts.policy,
        .crypto = daemon->parts.crypto,
        .pool = daemon->parts.pool,
        .caches = daemon->parts.caches,
        .clock_floor = daemon->parts.clock_floor,
        .disk = &state_disk_real,
        .directory = options->state_directory,
        .cookie_file = options->cookie_secret_file[0] ? options->cookie_secret_file : NULL,
        .auto_update = options->auto_update,
    };

    daemon->steward = steward_create(&setup);
    daemon->first = daemon->steward ? steward_first_policy(daemon->steward) : NULL;
    if (daemon->first)
        daemon->rollout = rollout_create(daemon->first, daemon->workers, daemon->worker_count);
    return daemon->rollout ? watch_signals(daemon) : ST_NOMEM;
}

static void destroy_steward(struct daemon *daemon)
{
    int fd = daemon->signals.fd;

    if (fd > 0) {
        loop_unwatch(steward_loop(daemon->steward), &daemon->signals);
        close(fd);
    }
    steward_destroy(daemon->steward);
    rollout_destroy(daemon->rollout);
    policy_destroy(daemon->first);
}

static void stop_workers(struct daemon *daemon)
{
    for (unsigned w = 0; w < daemon->started; w++)
        worker_stop(daemon->workers[w], PATIENCE_MS);
    for (unsigned w = 0; w < daemon->started; w++)
        worker_join(daemon->workers[w]);
}

/* ---- all of it ---- */

static void log_ready(const struct daemon *daemon)
{
    log_line(LOG_NOTICE, "catena " CATENA_VERSION " ready: %u worker%s", daemon->worker_count,
             daemon->worker_count == 1 ? "" : "s");
}

static int run(struct daemon *daemon)
{
    int code = EXIT_UNAVAILABLE;

    if (make_steward(daemon) == ST_OK && make_workers(daemon) == ST_OK &&
        log_start(STDERR_FILENO) == ST_OK && start_workers(daemon) == ST_OK) {
        log_ready(daemon);
        attend(daemon);
        code = 0;
    } else {
        log_line(LOG_ERROR, "cannot start the workers: no memory, descriptors or randomness left");
    }
    stop_workers(daemon);
    log_counters(daemon);
    log_stop();
    return code;
}

static int serve(struct daemon *daemon)
{
    struct options *options = daemon->options;
    int code = EXIT_UNAVAILABLE;
    char why[CONFIG_WHY];

    log_level_set(options->log_level);
    log_format_set(options->log_format);
    if (options_warn(options, why))
        log_line(LOG_WARNING, "%s", why);
    (void)!mallopt(M_ARENA_MAX, 2); /* RULINGS B17 */
    daemon->worker_count = options->workers ? options->workers : cpus();
    if (raise_limits(daemon) &&
        doors_open(&daemon->doors, options->listen, options->listen_count, daemon->worker_count,
                   options->listen_origin) == ST_OK &&
        drop_privileges(options) && gain_no_more() &&
        cli_parts(options, daemon->worker_count, &daemon->parts) == ST_OK) {
        share_files(daemon);
        ours_add_this_machine(daemon->parts.policy, options);
        ours_allow_attached(daemon->parts.policy, options);
        hosts_file_read(daemon->parts.policy, options);
        code = has_cookie_secret(daemon->parts.policy) ? run(daemon) : EXIT_UNAVAILABLE;
    }
    for (unsigned w = 0; w < daemon->worker_count; w++)
        worker_destroy(daemon->workers[w]);
    destroy_steward(daemon);
    doors_close(&daemon->doors);
    cli_parts_destroy(&daemon->parts);
    return code;
}

int cli_serve(int argc, char **argv)
{
    struct cli_arguments arguments = { .usage = usage };
    struct daemon *daemon = memory_new(sizeof *daemon);
    int code = EXIT_USAGE;

    if (!daemon)
        return EXIT_UNAVAILABLE;
    daemon->options = cli_options(&arguments, &argc, argv);
    if (!daemon->options)
        code = arguments.code;
    else if (argc > 1)
        fprintf(stderr, "catena: serve takes no \"%s\"\n%s", argv[1], usage);
    else
        code = serve(daemon);
    options_destroy(daemon->options);
    memory_free(daemon);
    return code;
}
