#include "resolver/cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/suites.h"

enum { WORDS_MAX = 6, SAID_OCTETS = 65536 };

static char said[2][SAID_OCTETS]; /* standard output, standard error */
static int files[2];

/* Each test is a process of its own: what it says goes to files. */
static void set_up(void)
{
    for (int i = 0; i < 2; i++) {
        char path[] = "/tmp/catena-cli-XXXXXX";
        files[i] = mkstemp(path);
        ck_assert_int_ge(files[i], 0);
        unlink(path);
    }
}

static int run(int (*command)(int argc, char **argv), const char *const *words)
{
    char *argv[WORDS_MAX + 1] = { NULL };
    int argc = 0, kept[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };

    for (; words[argc]; argc++)
        memcpy(&argv[argc], &words[argc], sizeof argv[argc]); /* no command writes to a word */
    fflush(stdout);
    dup2(files[0], STDOUT_FILENO);
    dup2(files[1], STDERR_FILENO);
    int code = command(argc, argv);
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 2; i++) {
        dup2(kept[i], i == 0 ? STDOUT_FILENO : STDERR_FILENO);
        close(kept[i]);
        ssize_t len = pread(files[i], said[i], SAID_OCTETS - 1, 0);
        ck_assert_int_ge(len, 0);
        said[i][len] = '\0';
        close(files[i]);
    }
    return code;
}

static const struct {
    int (*command)(int argc, char **argv);
    const char *words[WORDS_MAX];
    int code;
    const char *out, *err; /* NULL: nothing is said there */
} runs[] = {
    { cli_check, { "check" }, 0, "the configuration is sound", NULL },
    { cli_check,
      { "check", "-o", "access.allow=[192.0.2.0/24]", "-o", "rate-limit.mode=log-only" },
      0,
      "catena: warning: rate-limit.mode is log-only while access.allow lets the public network "
      "192.0.2.0/24 in: ", /* LIMITS F5 */
      NULL },
    { cli_check,
      { "check", "-o", "zones=[{name: lan, forward: \"127.0.0.1:5353\"}]" },
      0,
      "zone lan.: forward to 127.0.0.1:5353, then the root, but for special-use names; dnssec "
      "auto: insecure where",
      NULL },
    { cli_check, { "check", "--sample" }, 0, "listen: [\"127.0.0.1:53\"", NULL },
    { cli_check, { "check", "--manual" }, 0, ".TH CATENA.YAML 5", NULL },
    { cli_check, { "check", "--help" }, 0, "usage: catena check", NULL },
    { cli_check, { "check", "-h" }, 0, "usage: catena check", NULL },
    { cli_check, { "check", "-o", "workers=2", "-o", "user=dns" }, 0, "sound", NULL },
    { cli_check, { "check", "-o", "workers=x" }, EXIT_CONFIG, NULL, "-o workers:1:1: workers" },
    { cli_check,
      { "check", "-o", "cache.ttl-min=5", "-o", "cache.ttl-max=4" },
      EXIT_CONFIG,
      NULL,
      "cache.ttl-min (5)" },
    { cli_check, { "check", "-c", "/nowhere" }, EXIT_CONFIG, NULL, "/nowhere: No such file" },
    { cli_check, { "check", "-c" }, EXIT_USAGE, NULL, "-c wants a value" },
    { cli_check, { "check", "-o" }, EXIT_USAGE, NULL, "-o wants a value" },
    { cli_check, { "check", "-o", "-c" }, EXIT_CONFIG, NULL, "-o -c: right would be KEY=VALUE" },
    { cli_check, { "check", "--samples" }, EXIT_USAGE, NULL, "there is no option \"--samples\"" },
    { cli_check, { "check", "all" }, EXIT_USAGE, NULL, "check takes no \"all\"" },
    { cli_serve, { "serve", "--help" }, 0, "usage: catena serve", NULL },
    { cli_serve, { "serve", "now" }, EXIT_USAGE, NULL, "serve takes no \"now\"" },
    { cli_serve, { "serve", "-o", "listen=here" }, EXIT_CONFIG, NULL, "found \"here\"" },
    { cli_serve, { "serve", "--cd" }, EXIT_USAGE, NULL, "there is no option \"--cd\"" },
    { cli_query, { "query", "--help" }, 0, "usage: catena query", NULL },
    { cli_query, { "query", "--help" }, 0, "--trace  prints the way there too", NULL },
    { cli_query, { "query", "--traces", "a.test" }, EXIT_USAGE, NULL, "no option \"--traces\"" },
    { cli_query, { "query" }, EXIT_USAGE, NULL, "query wants a name" },
    { cli_query, { "query", "a..b" }, EXIT_USAGE, NULL, "\"a..b\" is no domain name" },
    { cli_query, { "query", "a.test", "NOTYPE" }, EXIT_USAGE, NULL, "\"NOTYPE\" is no type" },
    { cli_query, { "query", "a.test", "A", "B" }, EXIT_USAGE, NULL, "query wants a name" },
    { cli_query, { "query", "-o", "workers=0", "a.test" }, EXIT_CONFIG, NULL, "found \"0\"" },
    { cli_anchor, { "anchor", "--help" }, 0, "usage: catena anchor", NULL },
    { cli_anchor, { "anchor" }, EXIT_USAGE, NULL, "anchor wants show" },
    { cli_anchor, { "anchor", "import", "/x" }, EXIT_USAGE, NULL, "import with two files" },
    { cli_anchor, { "anchor", "import", "/x/y", "/z" }, EXIT_UNAVAILABLE, NULL, "/x/y: No such" },
    { cli_anchor, { "anchor", "--ca" }, EXIT_USAGE, NULL, "no option \"--ca\"" },
    { cli_anchor,
      { "anchor", "-o", "state-directory=/nowhere", "show" },
      EXIT_UNAVAILABLE,
      "; no state is read: these are the keys of the configuration\n. key 20326",
      "catena: the state directory /nowhere cannot be opened: No such" },
    { cli_anchor,
      { "anchor", "-o", "dnssec.auto-update=false", "show" },
      0,
      ". key 38696 algorithm 8: valid",
      NULL },
    { cli_version, { "version" }, 0, "RSASHA256", NULL },
    { cli_version, { "version", "--help" }, 0, "usage: catena version", NULL },
    { cli_version, { "version", "all" }, EXIT_USAGE, NULL, "version takes no \"all\"" },
};

START_TEST(a_command_says_what_it_should_and_where)
{
    int code = run(runs[_i].command, runs[_i].words);
    const char *want[] = { runs[_i].out, runs[_i].err };
    ck_assert_msg(code == runs[_i].code, "%d: exit code %d, not %d: %s", _i, code, runs[_i].code,
                  said[1]);
    for (int i = 0; i < 2; i++) {
        if (want[i] == NULL)
            ck_assert_msg(said[i][0] == '\0', "%d: said %s", _i, said[i]);
        else
            ck_assert_msg(strstr(said[i], want[i]) != NULL, "%d: said %s", _i, said[i]);
    }
}
END_TEST

START_TEST(options_may_stand_anywhere)
{
    struct cli_arguments arguments = { .usage = "" };
    static char words[][16] = { "query", "a", "-o", "workers=3", "b", "-", "-o", "user=dns", "c" };
    char *argv[9];
    int argc = 0;
    for (; argc < 9; argc++)
        argv[argc] = words[argc];
    struct options *options = cli_options(&arguments, &argc, argv);
    ck_assert_ptr_nonnull(options);
    ck_assert_int_eq(argc, 5);
    ck_assert_str_eq(argv[1], "a");
    ck_assert_str_eq(argv[2], "b");
    ck_assert_str_eq(argv[3], "-");
    ck_assert_str_eq(argv[4], "c");
    ck_assert_uint_eq(options->workers, 3);
    ck_assert_str_eq(options->user, "dns");
    options_destroy(options);
}
END_TEST

START_TEST(the_parts_of_a_resolver_come_and_go_together)
{
    struct options *options = options_create();
    struct parts parts;
    options->cache_octets = CACHES_OCTETS_MIN;
    ck_assert_int_eq(cli_parts(options, 1, &parts), ST_OK);
    ck_assert_ptr_nonnull(parts.policy);
    ck_assert_ptr_nonnull(parts.caches);
    ck_assert_ptr_null(options->policy);
    cli_parts_destroy(&parts);
    ck_assert_ptr_null(parts.caches);
    cli_parts_destroy(&parts);
    options_destroy(options);
}
END_TEST

Suite *resolver_cli_suite(void)
{
    Suite *suite = suite_create("resolver/cli");
    TCase *commands = tcase_create("commands"), *shared = tcase_create("shared");

    tcase_add_checked_fixture(commands, set_up, NULL);
    tcase_add_loop_test(commands, a_command_says_what_it_should_and_where, 0,
                        sizeof runs / sizeof *runs);
    suite_add_tcase(suite, commands);
    tcase_add_test(shared, options_may_stand_anywhere);
    tcase_add_test(shared, the_parts_of_a_resolver_come_and_go_together);
    suite_add_tcase(suite, shared);
    return suite;
}
