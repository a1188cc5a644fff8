#include "resolver/config/option.h"

#include "lib/base/memory.h"
#include "tests/unit/resolver/options_test.h"

/* ---- defaults ---- */

START_TEST(the_defaults_need_no_file) /* DESIGN 8 */
{
    char text[ENDPOINT_TEXT];
    ck_assert_uint_eq(options->listen_count, 2);
    ck_assert_str_eq(endpoint_text(&options->listen[0], text), "127.0.0.1:53");
    ck_assert_str_eq(endpoint_text(&options->listen[1], text), "[::1]:53");
    ck_assert_int_eq(options->listen_origin, LISTEN_DEFAULT);
    ck_assert_uint_eq(options->workers, 0);
    ck_assert_str_eq(options->user, "catena");
    ck_assert_uint_eq(options->cache_octets, 0);
    ck_assert_int_eq(options->log_level, LOG_INFO);
    ck_assert_int_eq(options->policy->dnssec, DNSSEC_VALIDATE);
    ck_assert_int_eq(options_check(options, why), ST_OK);
}
END_TEST

START_TEST(the_default_of_a_row_is_what_the_policy_begins_with)
{
    struct policy *policy = policy_create();
    ck_assert_ptr_nonnull(policy);
    ck_assert(same_policy(options->policy, policy));
    policy_destroy(policy);
}
END_TEST

START_TEST(every_row_takes_its_own_default)
{
    char assignment[256];
    struct options *defaults = options_create();
    snprintf(assignment, sizeof assignment, "%s=%s", option_rows[_i].path, option_rows[_i].normal);
    ck_assert_msg(assign(assignment) == ST_OK, "%s", why);
    ck_assert(same_options(options, defaults));
    ck_assert_ptr_nonnull(option_rows[_i].help);
    options_destroy(defaults);
}
END_TEST

START_TEST(the_policy_can_be_taken_out)
{
    struct policy *policy = options_take_policy(options);
    ck_assert_ptr_nonnull(policy);
    ck_assert_ptr_null(options->policy);
    policy_destroy(policy);
}
END_TEST

START_TEST(nothing_is_left_behind_where_memory_ends) /* LIMITS G5 */
{
    bool struck = true;
    for (uint64_t succeed = 0; struck; succeed++) {
        memory_fail_after(succeed);
        struct options *made = options_create();
        struck = memory_fail_stop();
        ck_assert(made || struck); /* made all the same: a table did not grow (lib/base/table.h) */
        options_destroy(made);
    }
    options_destroy(NULL);
}
END_TEST

/* ---- files ---- */

static const char *const sound_files[] = {
    "",
    "# nothing but a comment\n",
    "access:\n",                     /* a section without keys */
    "limits:\nlog:\nupstream: {}\n", /* several */
    "listen: 127.0.0.1:5300\nworkers: 2\n",
    "dnssec:\n  mode: validate\n  disable:\n    - algorithm: 8\n",
    "limits:\n  jobs: 100\n",
    "%YAML 1.1\n---\nworkers: 2\n...\n",
    "\xef\xbb\xbfworkers: 2\r\nuser: dns\r\n", /* a mark of byte order, lines as others end them */
};

START_TEST(a_sound_file_is_read)
{
    ck_assert_msg(read_file(sound_files[_i]) == ST_OK, "%s", why);
}
END_TEST

static const struct {
    const char *text, *says;
} unsound_files[] = {
    { "worker: 2\n", ":1:1: there is no key \"worker\"; did you mean \"workers\"?" },
    { "\nalow: []\n", ":2:1: there is no key \"alow\"; did you mean \"access.allow\"?" },
    { "upstream:\n  qname-minimization: off\n",
      ":2:3: there is no key \"upstream.qname-minimization\"; did you mean "
      "\"upstream.qname-minimisation\"?" },
    { "upstream:\n  sha1: true\n", "did you mean \"dnssec.sha1\"?" },
    { "limit: {}\n", "did you mean \"limits\"?" },
    { "foo: 1\n", "there is no key \"foo\"; `catena check --sample` lists all" },
    { "access: {allow: [10.0.0.0/8], allow: []}\n", "a second time" },
    { "workers: 2\nworkers: 2\n", ":2:1: the key \"workers\" stands here a second time" },
    { "access: 127.0.0.1\n", ":1:9: access: right would be keys below it" },
    { "access: [a]\n", ":1:9: access: right would be keys below it" },
    { "- workers\n", ":1:1: right would be keys with values" },
    { "workers\n", ":1:1: right would be keys with values" },
    { "workers:\n  a: 2\n", ":2:3: workers: found a mapping" },
    { "upstream:\n  ipv4: perhaps\n",
      ":2:9: upstream.ipv4: found \"perhaps\"; right would be true" },
    { "dnssec.mode: off\n", "" },
    { "limits:\n  jobs: 5\n", ":2:3: limits.jobs takes a number from 16 to 8192" },
    { "access:\n  allow:\n    - 10.0.0.0/8\n    - 10.0.0/8\n",
      ":4:7: access.allow: found \"10.0.0/8\"" },
};

START_TEST(an_unsound_file_is_told_where_and_what_would_be_right)
{
    const char *text = unsound_files[_i].text;
    if (*unsound_files[_i].says == '\0') { /* a dotted key in a file is as good as on a line */
        ck_assert_msg(read_file(text) == ST_OK, "%s: said %s", text, why);
        return;
    }
    ck_assert_int_eq(read_file(text), ST_MALFORMED);
    ck_assert_msg(said(unsound_files[_i].says), "%s: said %s", text, why);
    ck_assert_msg(strncmp(why, file_path, strlen(file_path)) == 0, "no path: %s", why);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
    ck_assert_int_eq(options_read_file(options, "/nowhere/catena.yaml", why), ST_IO);
    ck_assert(said("/nowhere/catena.yaml: No such file"));
    ck_assert_int_eq(options_read_file(options, "/", why), ST_IO);
    ck_assert(said("/: Is a directory"));
}
END_TEST

START_TEST(a_file_without_end_is_too_long)
{
    ck_assert_int_eq(options_read_file(options, "/dev/zero", why), ST_LIMIT);
    ck_assert(said("longer than 1 MiB"));
}
END_TEST

START_TEST(what_is_found_is_shown_as_it_stands_and_not_endlessly)
{
    char text[2000] = "workers: /a/b=c";
    ck_assert_int_eq(read_file(text), ST_MALFORMED);
    ck_assert(said("found \"/a/b=c\""));
    memset(text + 9, 'x', sizeof text - 10);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(read_file(text), ST_MALFORMED);
    ck_assert(said("xxx...\"; right would be auto or a number"));
}
END_TEST

START_TEST(a_long_key_is_shown_in_part)
{
    char text[3000];
    memset(text, 'k', sizeof text);
    memcpy(text + 500, ": 1\n", 5);
    ck_assert_int_eq(read_file(text), ST_MALFORMED);
    ck_assert(said("kkk\"; `catena check --sample`"));
}
END_TEST

/* ---- -o ---- */

static const struct {
    const char *assignment, *says; /* NULL: it is taken */
} forms[] = {
    { "workers=2", NULL },
    { "workers= 2 ", NULL },
    { "workers='2'", NULL },
    { "access.allow=[10.0.0.0/8]", NULL },
    { "access={allow: [10.0.0.0/8], snoop: []}", NULL },
    { "access=", NULL },
    { "limits.jobs=64", NULL },
    { "limits={jobs: 64}", NULL },
    { "dnssec.clock=20260401000000", NULL },
    { "workers", "-o workers: right would be KEY=VALUE" },
    { "=2", "-o =2: right would be KEY=VALUE" },
    { "", "right would be KEY=VALUE" },
    { "worker=2", "-o worker:1:1: there is no key \"worker\"; did you mean \"workers\"?" },
    { "access.alow=[]", "there is no key \"access.alow\"; did you mean \"access.allow\"?" },
    { "access.allow.x=1", "there is no key \"access.allow.x\"" },
    { "limits.jobs.x=1", "there is no limit \"jobs.x\"" },
    { ".workers=2", "there is no key \".workers\"; did you mean \"workers\"?" },
    { "workers.=2", "there is no key \"workers.\"" },
    { "access=5", "access: right would be keys below it" },
    { "workers=[", "not YAML" },
    { "workers=2\n---\n3", "a second document" },
    { "workers=&a 2", "YAML anchors" },
};

START_TEST(an_assignment_is_what_stands_in_a_file)
{
    enum status status = assign(forms[_i].assignment);
    if (forms[_i].says == NULL) {
        ck_assert_msg(status == ST_OK, "%s: said %s", forms[_i].assignment, why);
    } else {
        ck_assert_int_eq(status, ST_MALFORMED);
        ck_assert_msg(said(forms[_i].says), "%s: said %s", forms[_i].assignment, why);
    }
}
END_TEST

START_TEST(a_key_of_any_length_is_refused)
{
    char text[1000];
    memset(text, 'k', sizeof text);
    memcpy(text + sizeof text - 3, "=1", 3);
    ck_assert_int_eq(assign(text), ST_MALFORMED);
    ck_assert(said("right would be KEY=VALUE"));
}
END_TEST

START_TEST(the_last_word_wins)
{
    ck_assert_int_eq(read_file("workers: 2\n"), ST_OK);
    ck_assert_int_eq(assign("workers=3"), ST_OK);
    ck_assert_int_eq(assign("workers=4"), ST_OK);
    ck_assert_uint_eq(options->workers, 4);
}
END_TEST

/* ---- contradictions ---- */

static const struct {
    const char *assignments[3], *says; /* NULL: no contradiction */
} together[] = {
    { { "access.allow=[0.0.0.0/0]" }, "access.open-resolver: true" },
    { { "access.allow=[10.0.0.0/8, \"::/0\"]" }, "the whole world" },
    { { "access.allow=[0.0.0.0/1, 128.0.0.0/1]" }, "the whole world" },
    { { "access.allow=[\"2000::/3\"]" }, "the whole world" },
    { { "access.allow=[\"2000::/5\", \"2800::/5\"]" }, "the whole world" },
    { { "access.allow=[\"2000::/5\", \"2000::/5\", \"2001:db8::/32\"]" }, NULL },
    { { "access.allow=[0.0.0.0/0]", "access.open-resolver=true" }, NULL },
    { { "access.allow=[10.0.0.0/8]" }, NULL },
    { { "rate-limit.mode=off" }, NULL }, /* RULINGS A21 */
    { { "rate-limit.mode=off", "access.allow=[10.0.0.0/8, \"fd00::/8\", 127.0.0.1]" }, NULL },
    { { "rate-limit.mode=off", "access.allow=[10.0.0.0/8, 192.0.2.0/24]" }, "192.0.2.0/24 in" },
    { { "rate-limit.mode=off", "access.allow=[\"2001:db8::/32\"]" }, "2001:db8::/32 in" },
    { { "rate-limit.mode=log-only", "access.allow=[192.0.2.0/24]" }, NULL },
    { { "access.allow=[0.0.0.0/0]", "access.open-resolver=true",
        "rate-limit.factors=[{network: 0.0.0.0/0, factor: 9999}]" },
      "the whole world more room" },
    { { "access.allow=[0.0.0.0/0]", "access.open-resolver=true",
        "rate-limit.factors=[{network: 0.0.0.0/1, factor: 2}, {network: \"2000::/4\", factor: "
        "2}]" },
      "the whole world more room" },
    { { "access.allow=[0.0.0.0/0]", "access.open-resolver=true",
        "rate-limit.factors=[{network: 0.0.0.0/0, factor: 1}, {network: 192.0.2.0/24, factor: "
        "9}]" },
      NULL },
    { { "rate-limit.factors=[{network: 0.0.0.0/0, factor: 9999}]" }, NULL },
    { { "cache.ttl-min=100", "cache.ttl-max=99" }, "cache.ttl-min (100) is more than" },
    { { "cache.ttl-min=100", "cache.ttl-max=100" }, NULL },
    { { "upstream.ipv4=off", "upstream.ipv6=off" }, "no server can be asked" },
    { { "upstream.ipv4=off", "upstream.ipv6=auto" }, NULL },
    { { "limits.packets=99" }, "limits.questions (100) is more than limits.packets (99)" },
    { { "limits.ttl_failure_max_s=5", "limits.ttl_failure_s=6" }, "limits.ttl_failure_s (6)" },
    { { "limits.first_timeout_ms=1600" }, "limits.first_timeout_ms (1600) is more" },
    { { "listen=[127.0.0.1, 127.0.0.1]" }, "listen has 127.0.0.1:53 and 127.0.0.1:53" },
    { { "listen=[0.0.0.0, 127.0.0.1]" }, "the same place" },
    { { "listen=[127.0.0.1, 0.0.0.0]" }, "the same place" },
    { { "listen=[0.0.0.0, \"[::]:53\", 127.0.0.1:54]" }, NULL },
};

START_TEST(what_no_single_key_can_tell_is_found)
{
    for (unsigned i = 0; i < 3 && together[_i].assignments[i] != NULL; i++)
        ck_assert_msg(assign(together[_i].assignments[i]) == ST_OK, "%s", why);
    enum status status = options_check(options, why);
    if (together[_i].says == NULL) {
        ck_assert_msg(status == ST_OK, "said %s", why);
    } else {
        ck_assert_int_eq(status, ST_MALFORMED);
        ck_assert_msg(said(together[_i].says), "said %s", why);
    }
}
END_TEST

/* ---- the table as text ---- */

static char printed[32768];

static void print_by(void (*print)(FILE *into))
{
    FILE *file = fmemopen(printed, sizeof printed, "w");
    ck_assert_ptr_nonnull(file);
    print(file);
    fclose(file);
}

START_TEST(the_sample_reads_back_as_the_defaults)
{
    struct options *defaults = options_create();
    ck_assert_int_eq(assign("workers=7"), ST_OK);
    ck_assert_int_eq(assign("dnssec.disable=[{algorithm: 8}]"), ST_OK);
    ck_assert_int_eq(assign("access.allow=[]"), ST_OK);
    print_by(options_print_sample);
    ck_assert_msg(read_file(printed) == ST_OK, "%s", why);
    ck_assert(same_options(options, defaults));
    options_destroy(defaults);
}
END_TEST

START_TEST(the_manual_has_every_key_and_every_limit)
{
    print_by(options_print_manual);
    for (unsigned i = 0; i < option_row_count; i++) {
        char term[128];
        snprintf(term, sizeof term, ".TP\n\\fB%.4s", option_rows[i].path);
        ck_assert_msg(strstr(printed, term) != NULL, "no %s", option_rows[i].path);
    }
    for (const char *at = printed; *at; at++)
        ck_assert_msg(*at == '\n' || (*at >= ' ' && *at <= '~'), "no ASCII: %.20s", at);
    for (size_t i = 0; i < limits_row_count; i++)
        ck_assert_msg(strstr(printed, limits_rows[i].name) != NULL, "no %s", limits_rows[i].name);
}
END_TEST

static TCase *case_of(const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    return tcase;
}

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

Suite *resolver_options_suite(void)
{
    Suite *suite = suite_create("resolver/options");
    TCase *defaults = case_of("options_create"), *files = case_of("options_read_file"),
          *assigned = case_of("options_read_assignment"), *checks = case_of("options_check"),
          *texts = case_of("options_print");

    tcase_add_test(defaults, the_defaults_need_no_file);
    tcase_add_test(defaults, the_default_of_a_row_is_what_the_policy_begins_with);
    tcase_add_loop_test(defaults, every_row_takes_its_own_default, 0, (int)option_row_count);
    tcase_add_test(defaults, the_policy_can_be_taken_out);
    tcase_add_test(defaults, nothing_is_left_behind_where_memory_ends);
    suite_add_tcase(suite, defaults);
    tcase_add_loop_test(files, a_sound_file_is_read, 0, COUNT(sound_files));
    tcase_add_loop_test(files, an_unsound_file_is_told_where_and_what_would_be_right, 0,
                        COUNT(unsound_files));
    tcase_add_test(files, a_file_that_cannot_be_read_is_named);
    tcase_add_test(files, a_file_without_end_is_too_long);
    tcase_add_test(files, what_is_found_is_shown_as_it_stands_and_not_endlessly);
    tcase_add_test(files, a_long_key_is_shown_in_part);
    suite_add_tcase(suite, files);
    tcase_add_loop_test(assigned, an_assignment_is_what_stands_in_a_file, 0, COUNT(forms));
    tcase_add_test(assigned, a_key_of_any_length_is_refused);
    tcase_add_test(assigned, the_last_word_wins);
    suite_add_tcase(suite, assigned);
    tcase_add_loop_test(checks, what_no_single_key_can_tell_is_found, 0, COUNT(together));
    suite_add_tcase(suite, checks);
    tcase_add_test(texts, the_sample_reads_back_as_the_defaults);
    tcase_add_test(texts, the_manual_has_every_key_and_every_limit);
    suite_add_tcase(suite, texts);
    return suite;
}
