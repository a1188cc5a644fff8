#include "resolver/config/value.h"

#include "resolver/config/version.h"
#include "tests/unit/resolver/options_test.h"

/* Every kind of value, through the rows that use it: what is taken, and what is said otherwise. */
struct row_case {
    const char *assignment;
    const char *says; /* NULL: it is taken, and makes the options other than the defaults */
};

static const struct row_case process_cases[] = {
    { "listen=127.0.0.1:5300", NULL },
    { "listen=[\"[2001:db8::1]:5300\", 192.0.2.1]", NULL },
    { "listen=[]", "at least one address" },
    { "listen=localhost", "found \"localhost\"" },
    { "listen=[127.0.0.1, [\"::1\"]]", "found a list" },
    { "listen=127.0.0.1:0", "found \"127.0.0.1:0\"" },
    { "listen=127.0.0.1:65536", "found \"127.0.0.1:65536\"" },
    { "listen={a: 1}", "found a mapping" },
    { "workers=1", NULL },
    { "workers=64", NULL },
    { "workers=0", "auto or a number from 1 to 64" },
    { "workers=65", "found \"65\"" },
    { "workers=-1", "found \"-1\"" },
    { "workers=2x", "found \"2x\"" },
    { "workers=", "found \"\"" },
    { "workers=99999999999999999999", "right would be" },
    { "workers=[2]", "found a list" },
    { "user=dns", NULL },
    { "user=", "a user's name" },
    { "user=[a]", "found a list" },
    { "user=0123456789012345678901234567890123456789012345678901234567890123", "right would be" },
    { "state-directory=/tmp", NULL },
    { "state-directory={}", "found a mapping" },
    { "cache.size=2M", NULL },
    { "cache.size=64g", NULL },
    { "cache.size=1073741824", NULL },
    { "cache.size=3000k", NULL },
    { "cache.size=1M", "auto, or 2M to 64G" },
    { "cache.size=65G", "found \"65G\"" },
    { "cache.size=4T", "found \"4T\"" },
    { "cache.size=4MB", "found \"4MB\"" },
    { "cache.size=18446744073709551616", "right would be" },
    { "cache.size=99999999999999G", "right would be" },
    { "cache.size=-2M", "right would be" },
    { "cache.size=M", "right would be" },
    { "cache.size=[]", "found a list" },
    { "log.level=debug", NULL },
    { "log.level=Error", NULL },
    { "log.level=loud", "error, warning, notice, info or debug" },
    { "log.level=[debug]", "found a list" },
    { "log.format=json", NULL },
    { "log.format=xml", "text or json" },
    { "log.queries=on", NULL },
    { "log.queries=perhaps", "true or false" },
};

static const struct row_case policy_cases[] = {
    { "local.zones=[{name: lan, type: static}, {name: ads.example, type: NXDOMAIN, reason: "
      "filtered}]",
      NULL },
    { "local.zones=[{name: ., type: refuse}]", NULL },
    { "local.zones={name: lan, type: static}", "found a mapping" },
    { "local.zones=[lan]", "name and type are both needed" },
    { "local.zones=[{name: lan}]", "name and type are both needed" },
    { "local.zones=[{name: a..b, type: drop}]", "no domain name" },
    { "local.zones=[{name: lan, type: transparant}]", "did you mean \"transparent\"?" },
    { "local.zones=[{name: lan, typ: static}]", "no key \"typ\"; did you mean \"type\"?" },
    { "local.zones=[{name: lan, type: drop, reason: blockd}]", "did you mean \"blocked\"?" },
    { "local.zones=[{name: lan, type: static, reason: blocked}]", "nxdomain, nodata, refuse" },
    { "local.zones=[{name: lan, type: drop}, {name: LAN., type: drop}]", "there already" },
    { "local.records=[\"nas.lan. A 192.0.2.1\", \"nas.lan 60 IN AAAA 2001:db8::1\"]", NULL },
    { "local.records=nas.lan. A 192.0.2.1", "right would be a list of records" },
    { "local.records=[{a: b}]", "found a mapping" },
    { "local.records=[nas.lan. A 192.0.2]", "found \"nas.lan. A 192.0.2\"" },
    { "local.records=[\"*.lan. A 192.0.2.1\"]", "no wildcards" },
    { "local.hide-private=true", NULL },
    { "local.hide-private=[10.0.0.0/8, \"fd00::/8\"]", NULL },
    { "local.hide-private=perhaps", "true, false or a list" },
    { "local.hide-private={a: b}", "found a mapping" },
    { "local.show-private=[corp.example]", NULL },
    { "local.show-private=[a..b]", "found \"a..b\"" },
    { "local.hosts=off", NULL },
    { "local.hosts=/dev/null", NULL },
    { "local.hosts=/nowhere/hosts", "No such file" },
    { "local.hosts=/etc", "Is a directory" },
    { "local.hosts=[own]", "own, off or a file's path" },
    { "local.open=[home.arpa, 10.in-addr.arpa]", NULL },
    { "local.open=home.arpa", "right would be a list" },
    { "local.open=[home..arpa]", "no domain name" },
    { "local.open=[test, test]", "there already" },
    { "local.open=[in-addr.arpa, www.home.arpa, .]", NULL },
    { "local.open=[localhos]", "no special-use name is at, above or below it" },
    { "access.allow=[10.0.0.0/8, \"2001:db8::/32\"]", NULL },
    { "access.allow=192.0.2.7", NULL },
    { "access.allow=local", NULL },
    { "access.allow=[local, 192.0.2.0/24]", NULL },
    { "access.allow=[local, lan]", "found \"lan\"" },
    { "access.snoop=local", "prefixes such as" },
    { "identity.nsid=fra-3", NULL },
    { "identity.nsid=host-name", NULL },
    { "identity.nsid=[a]", "found a list" },
    { "identity.nsid=on", "off, host-name, or up to" },
    { "identity.version=true", "off, built-in, or up to" },
    { "identity.nsid=\"\"", "up to 64 printable characters" },
    { "identity.name=resolver 3", NULL },
    { "identity.name=\"\\t\"", "up to 64 printable characters" },
    { "identity.version=built-in", NULL },
    { "identity.version={a: b}", "found a mapping" },
    { "cookies=off", NULL },
    { "cookies=sometimes", "true or false" },
    { "cookie-secret-file=/nowhere/secret", "No such file" },
    { "cookie-secret-file=[a]", "random or a file's path" },
    { "zones=[{name: lan, forward: 127.0.0.1:5353, order: only, dnssec: insecure}]", NULL },
    { "zones=[{name: lan, stub: [\"192.0.2.1\", \"[2001:db8::1]:5300\"]}]", NULL },
    { "zones=[{name: ., forward: 192.0.2.1}, {name: lan, stub: 192.0.2.1}]", NULL },
    { "zones={name: lan, stub: 192.0.2.1}", "found a mapping" },
    { "zones=[lan]", "name, and forward or stub, are needed" },
    { "zones=[{name: lan}]", "name, and forward or stub, are needed" },
    { "zones=[{stub: 192.0.2.1}]", "name, and forward or stub, are needed" },
    { "zones=[{name: a..b, stub: 192.0.2.1}]", "no domain name" },
    { "zones=[{name: lan, stub: 192.0.2.1, forward: 192.0.2.2}]", "not both" },
    { "zones=[{name: lan, stub: 192.0.2.1, order: only}]", "order is for forward alone" },
    { "zones=[{name: lan, forward: 192.0.2.1, order: last}]", "first or only" },
    { "zones=[{name: lan, forward: 192.0.2.1, dnssec: off}]", "auto, insecure or require" },
    { "zones=[{name: lan, forward: 192.0.2.1, tls: on}]", "found \"on\"" },
    { "zones=[{name: lan, forward: []}]", "at least one address" },
    { "zones=[{name: lan, forward: resolver.example}]", "found \"resolver.example\"" },
    { "zones=[{name: lan, forward: \"192.0.2.1:0\"}]", "found \"192.0.2.1:0\"" },
    { "zones=[{name: lan, stub: 192.0.2.1}, {name: LAN., stub: 192.0.2.2}]", "there already" },
    { "access.allow=[]", NULL },
    { "access.allow=[10.0.0.0/8, 10.0.0.0/33]", "found \"10.0.0.0/33\"" },
    { "access.allow=home", "prefixes such as" },
    { "access.allow=[[10.0.0.0/8]]", "found a list" },
    { "access.snoop=[]", NULL },
    { "access.snoop=x/8", "prefixes such as" },
    { "access.open-resolver=yes", NULL },
    { "access.open-resolver=[]", "true or false" },
    { "upstream.root-hints=/nowhere/hints", "\"/nowhere/hints\"" },
    { "upstream.root-hints=[a]", "built-in or a file's path" },
    { "upstream.priming=false", NULL },
    { "upstream.priming=1", "true or false" },
    { "upstream.ipv4=auto", NULL },
    { "upstream.ipv4=off", NULL },
    { "upstream.ipv4=6", "true, false or auto" },
    { "upstream.ipv6=true", NULL },
    { "upstream.ipv6=False", NULL },
    { "upstream.ipv6=maybe", "true, false or auto" },
    { "upstream.qname-minimisation=strict", NULL },
    { "upstream.qname-minimisation=off", NULL },
    { "upstream.qname-minimisation=false", NULL },
    { "upstream.qname-minimisation=true", "relaxed, strict or off" },
    { "cache.aggressive=false", NULL },
    { "cache.aggressive=NSEC", "true or false" },
    { "upstream.mixed-case=off", NULL },
    { "upstream.mixed-case=UPPER", "true or false" },
    { "upstream.refuse-addresses=[192.0.2.0/24]", NULL },
    { "upstream.refuse-addresses=[]", NULL },
    { "upstream.refuse-addresses=none", "built-in or a list of" },
    { "cache.ttl-min=3600", NULL },
    { "cache.ttl-min=3601", "seconds, 0 to 3600" },
    { "cache.ttl-max=1", NULL },
    { "cache.ttl-max=0", "seconds, 1 to 604800" },
    { "cache.negative-ttl-max=86400", NULL },
    { "cache.negative-ttl-max=86401", "seconds, 1 to 86400" },
    { "limits.jobs=16", NULL },
    { "limits={jobs: 8192, depth: 3}", NULL },
    { "limits.jobs=15", "limits.jobs takes a number from 16 to 8192" },
    { "limits={depth: 3, jobs: many}", ":1:12: limits.jobs takes a number" },
    { "limits={jbos: 20}", ":1:2: there is no limit \"jbos\"; did you mean \"jobs\"?" },
    { "limits.zzzzzzzzzz=1", "there is no limit \"zzzzzzzzzz\"; catena.yaml(5)" },
    { "limits=[jobs]", "found a list" },
    { "limits=5", "a mapping of limits to numbers" },
};

#define ANCHOR_DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

static const struct row_case dnssec_cases[] = {
    { "dnssec.mode=off", NULL },
    { "dnssec.mode=false", NULL },
    { "dnssec.mode=log-only", NULL },
    { "dnssec.mode=trust", "validate, log-only or off" },
    { "dnssec.modes=[{name: example, mode: off}, {mode: log-only, name: test}]", NULL },
    { "dnssec.modes=[{name: example}]", "name and mode are both needed" },
    { "dnssec.modes=[{mode: off}]", "name and mode are both needed" },
    { "dnssec.modes=[{name: a..b, mode: off}]", "found \"a..b\"" },
    { "dnssec.modes=[{name: example, mode: trust}]", "found \"trust\"" },
    { "dnssec.modes=[{name: [a], mode: off}]", "found a list" },
    { "dnssec.modes=[example]", "found \"example\"" },
    { "dnssec.modes=off", "a list of {name: NAME" },
    { "dnssec.time-repair={a: b}", "built-in or a list of domain names" },
    { "dnssec.auto-update=false", NULL },
    { "dnssec.signal=false", NULL },
    { "dnssec.signal=loudly", "true or false" },
    { "dnssec.auto-update=rarely", "true or false" },
    { "dnssec.time-repair=[]", NULL },
    { "dnssec.time-repair=[ntp.example., '*.pool.example.']", NULL },
    { "dnssec.time-repair=[a..b]", "found \"a..b\"" },
    { "dnssec.negative-anchors=example", NULL },
    { "dnssec.negative-anchors=[example., a.test]", NULL },
    { "dnssec.negative-anchors=[a..b]", "found \"a..b\"" },
    { "dnssec.negative-anchors=[{name: a}]", "found a mapping" },
    { "dnssec.sha1=true", NULL },
    { "dnssec.strict-algorithms=true", NULL },
    { "dnssec.strict-algorithms=sha1", "true or false" },
    { "dnssec.sha1=sha1", "true or false" },
    { "rate-limit.factors=[{network: 192.0.2.0/24, factor: 4}, {factor: 1, network: \"::/0\"}]",
      NULL },
    { "rate-limit.factors=[{network: 192.0.2.0/24}]", "network and factor are both needed" },
    { "rate-limit.factors=[{factor: 4}]", "network and factor are both needed" },
    { "rate-limit.factors=[{network: 192.0.2.0/33, factor: 4}]", "found \"192.0.2.0/33\"" },
    { "rate-limit.factors=[{network: 192.0.2.0/24, factor: 0}]", "found \"0\"" },
    { "rate-limit.factors=[{network: 192.0.2.0/24, factor: 10001}]", "found \"10001\"" },
    { "rate-limit.factors=[{network: 192.0.2.0/24, factor: -1}]", "found \"-1\"" },
    { "rate-limit.factors=[{network: 10.0.0.0/8, factor: 2}, {network: 10.0.0.0/8, factor: 3}]",
      "has a factor already" },
    { "rate-limit.factors=[{network: 10.0.0.0/8, factor: 2}, {network: 10.0.0.0/9, factor: 3}]",
      NULL },
    { "rate-limit.factors=[192.0.2.0/24]", "network and factor are both needed" },
    { "rate-limit.factors=10", "a list of {network: PREFIX" },
    { "rate-limit.mode=enforce", NULL },
    { "rate-limit={mode: log-only, factors: []}", NULL },
    { "rate-limit.mode=on", "auto, enforce, log-only or off" },
    { "dnssec.disable=[{algorithm: 8}]", NULL },
    { "dnssec.disable=[{algorithm: 0}, {digest: 255}]", NULL },
    { "dnssec.disable=[{algorithm: 8, below: example}, {below: a.test, digest: 1}]", NULL },
    { "dnssec.disable=[{below: example}]", "found a mapping" },
    { "dnssec.disable=[{algorithm: 8, below: a..b}]", "found a mapping" },
    { "dnssec.disable=[{algorithm: 8, below: example, below: test}]", "" },
    { "dnssec.disable=[{algorithm: 256}]", "found a mapping" },
    { "dnssec.disable=[{digset: 1}]", "a list of {algorithm: N} or {digest: N}" },
    { "dnssec.disable=[{algorithm: 8, digest: 1}]", "found a mapping" },
    { "dnssec.disable=[8]", "found \"8\"" },
    { "dnssec.disable=[{}]", "found a mapping" },
    { "dnssec.disable={algorithm: 8}", "found a mapping" },
    { "dnssec.trust-anchors=[\"example. IN DS 1 8 2 " ANCHOR_DIGEST "\"]", NULL },
    { "dnssec.trust-anchors=\". IN DS 1 8 2 " ANCHOR_DIGEST "\"", NULL },
    { "dnssec.trust-anchors=[\". IN A 192.0.2.1\"]", "\". IN A 192.0.2.1\"" },
    { "dnssec.trust-anchors=[\". IN DS 1 8\", /x]", ":1:2: " },
    { "dnssec.trust-anchors=/nowhere/anchors", "\"/nowhere/anchors\"" },
    { "dnssec.trust-anchors=nowhere.ds", "No such file" },
    { "dnssec.trust-anchors=[]", "dnssec.mode: off" },
    { "dnssec.trust-anchors={}", "found a mapping" },
    { "dnssec.trust-anchors=[[a]]", "found a list" },
    { "dnssec.clock=20260401000000", NULL },
    { "dnssec.clock=20261301000000", "YYYYMMDDHHmmSS" },
    { "dnssec.clock=now", "found \"now\"" },
    { "dnssec.clock=[]", "found a list" },
    { "dnssec.inception-skew=0", NULL },
    { "dnssec.inception-skew=86400", NULL },
    { "dnssec.inception-skew=86401", "seconds, 0 to 86400" },
    { "dnssec.inception-skew=1h", "found \"1h\"" },
    { "dnssec.expiration-skew=1", NULL },
    { "dnssec.expiration-skew=-1", "seconds, 0 to 86400" },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void judge(const struct row_case *row)
{
    struct options *defaults = options_create();
    enum status status = assign(row->assignment);

    ck_assert_ptr_nonnull(defaults);
    if (row->says == NULL) {
        ck_assert_msg(status == ST_OK, "%s: said %s", row->assignment, why);
        ck_assert_msg(!same_options(options, defaults), "%s: changed nothing", row->assignment);
    } else {
        ck_assert_msg(status == ST_MALFORMED, "%s: status %s", row->assignment,
                      status_name(status));
        ck_assert_msg(said(row->says), "%s: said %s", row->assignment, why);
    }
    options_destroy(defaults);
}

START_TEST(keys_of_the_process_take_what_they_should)
{
    judge(&process_cases[_i]);
}
END_TEST

START_TEST(keys_of_the_walk_take_what_they_should)
{
    judge(&policy_cases[_i]);
}
END_TEST

START_TEST(keys_of_validation_take_what_they_should)
{
    judge(&dnssec_cases[_i]);
}
END_TEST

static unsigned about(const struct row_case *cases, size_t count, const char *path,
                      enum status status)
{
    unsigned found = 0;
    for (size_t i = 0; i < count; i++)
        found += strncmp(cases[i].assignment, path, strlen(path)) == 0 &&
                 strchr("=.", cases[i].assignment[strlen(path)]) != NULL &&
                 (cases[i].says == NULL) == (status == ST_OK);
    return found;
}

static unsigned about_all(const char *path, enum status status)
{
    return about(process_cases, COUNT(process_cases), path, status) +
           about(policy_cases, COUNT(policy_cases), path, status) +
           about(dnssec_cases, COUNT(dnssec_cases), path, status);
}

START_TEST(no_row_of_the_table_is_left_out_above)
{
    const char *path = option_rows[_i].path;
    bool file = strcmp(path, "upstream.root-hints") == 0 || /* the good value is a file, below */
                strcmp(path, "cookie-secret-file") == 0;
    ck_assert_msg(file || about_all(path, ST_OK) > 0, "%s: no good value", path);
    ck_assert_msg(about_all(path, ST_MALFORMED) > 0, "%s: no bad value", path);
}
END_TEST

/* ---- values with more behind them ---- */

START_TEST(hints_come_from_a_file)
{
    char assignment[128];
    const char *path = file_with(". 3600000 NS a.test.\na.test. 3600000 A 192.0.2.1\n");
    snprintf(assignment, sizeof assignment, "upstream.root-hints=%s", path);
    ck_assert_msg(assign(assignment) == ST_OK, "%s", why);
    file_gone();
    ck_assert_uint_eq(options->policy->hint_count, 1);
    ck_assert_int_eq(assign("upstream.root-hints=built-in"), ST_OK);
    ck_assert_uint_eq(options->policy->hint_count, 13);
}
END_TEST

static bool tells(const struct identity_text *told, const char *text)
{
    return told->len == strlen(text) && memcmp(told->octets, text, told->len) == 0;
}

START_TEST(words_stand_for_what_the_machine_and_the_program_are_called)
{
    const struct identity *identity = &options->policy->identity;
    char host[256] = "";

    ck_assert_int_eq(gethostname(host, sizeof host - 1), 0);
    ck_assert_int_eq(assign("identity.nsid=host-name"), ST_OK);
    ck_assert_int_eq(assign("identity.name=host name"), ST_OK);
    ck_assert_int_eq(assign("identity.version=built-in"), ST_OK);
    ck_assert(tells(&identity->nsid, host) && tells(&identity->name, "host name"));
    ck_assert(tells(&identity->version, "catena " CATENA_VERSION));
    ck_assert_int_eq(assign("identity.version=host-name"), ST_OK);
    ck_assert(tells(&identity->version, "host-name"));
    ck_assert_int_eq(assign("identity.version=\xC3"), ST_MALFORMED);
    ck_assert(tells(&identity->version, "host-name"));
    ck_assert_int_eq(assign("identity.nsid=off"), ST_OK);
    ck_assert_int_eq(assign("identity.version=false"), ST_OK);
    ck_assert(identity->nsid.len == 0 && identity->version.len == 0);
}
END_TEST

START_TEST(cookie_secrets_come_from_a_file) /* RFC 9018 §5 */
{
    char assignment[128];

    snprintf(assignment, sizeof assignment, "cookie-secret-file=%s",
             file_with("# of 192.0.2.53\n0123456789abcdef0123456789abcdef\n"
                       "fedcba9876543210fedcba9876543210\n"));
    ck_assert_msg(assign(assignment) == ST_OK, "%s", why);
    file_gone();
    ck_assert_uint_eq(options->policy->cookie_secrets.count, 2);
    ck_assert_int_eq(assign("cookie-secret-file=random"), ST_OK);
    ck_assert_uint_eq(options->policy->cookie_secrets.count, 0);
    snprintf(assignment, sizeof assignment, "cookie-secret-file=%s", file_with("secret\n"));
    ck_assert_int_eq(assign(assignment), ST_MALFORMED);
    ck_assert_msg(said("one or two lines of 32 hexadecimal digits"), "%s", why);
    file_gone();
}
END_TEST

START_TEST(anchors_come_from_a_file_beside_others)
{
    char assignment[256];
    struct name one = name_of("example."), other = name_of("test."), root = name_of("."), zone;
    const char *path = file_with("example. IN DS 1 8 2 " ANCHOR_DIGEST "\n");
    snprintf(assignment, sizeof assignment,
             "dnssec.trust-anchors=[%s, \"test. IN DS 1 8 2 " ANCHOR_DIGEST "\"]", path);
    ck_assert_msg(assign(assignment) == ST_OK, "%s", why);
    file_gone();
    ck_assert(anchor_closest(options->policy->anchors, &one, &zone));
    ck_assert(anchor_closest(options->policy->anchors, &other, &zone));
    ck_assert(!anchor_closest(options->policy->anchors, &root, &zone)); /* replaced, not added */
}
END_TEST

START_TEST(a_list_replaces_the_one_before)
{
    ck_assert_int_eq(assign("dnssec.disable=[{algorithm: 8}, {digest: 1}]"), ST_OK);
    ck_assert_uint_eq(options->policy->rules.algorithms_off[1], 1);
    ck_assert_uint_eq(options->policy->rules.digests_off[0], 2);
    ck_assert_int_eq(assign("dnssec.disable=[{digest: 1, below: a.test}]"), ST_OK);
    ck_assert_uint_eq(options->policy->rules.below_count, 1);
    ck_assert_uint_eq(options->policy->rules.digests_off[0], 0);
    ck_assert_int_eq(assign("dnssec.disable=[]"), ST_OK);
    ck_assert_uint_eq(options->policy->rules.below_count, 0);
    ck_assert_uint_eq(options->policy->rules.algorithms_off[1], 0);
    ck_assert_uint_eq(options->policy->rules.digests_off[0], 0);
    ck_assert_int_eq(assign("access.allow=[10.0.0.0/8]"), ST_OK);
    ck_assert_uint_eq(options->policy->allow.count, 1);
}
END_TEST

START_TEST(the_addresses_never_asked_can_be_had_back)
{
    struct options *defaults = options_create();
    ck_assert_int_eq(assign("upstream.refuse-addresses=[]"), ST_OK);
    ck_assert_uint_eq(options->policy->refuse_addresses.count, 0);
    ck_assert_int_eq(assign("upstream.refuse-addresses=built-in"), ST_OK);
    ck_assert(same_options(options, defaults));
    options_destroy(defaults);
}
END_TEST

START_TEST(a_listen_list_holds_sixty_four_addresses)
{
    char text[4096] = "listen=[";
    size_t len = strlen(text);
    for (unsigned i = 1; i <= DOORS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "127.0.0.%u,", i);
    snprintf(text + len, sizeof text - len, "]");
    ck_assert_int_eq(assign(text), ST_OK);
    ck_assert_uint_eq(options->listen_count, DOORS_MAX);
    ck_assert_int_eq(options->listen_origin, LISTEN_WRITTEN);
    snprintf(text + len, sizeof text - len, "127.0.0.99]");
    ck_assert_int_eq(assign(text), ST_MALFORMED);
    ck_assert(said("at most 64 addresses"));
}
END_TEST

START_TEST(limits_are_set_by_name_and_the_others_stay)
{
    struct limits limits;
    limits_defaults(&limits);
    limits.jobs = 100;
    limits.depth = 4;
    ck_assert_int_eq(assign("limits={jobs: 100, depth: 4}"), ST_OK);
    ck_assert_mem_eq(&options->policy->limits, &limits, sizeof limits);
    limits.jobs = 101;
    ck_assert_int_eq(assign("limits.jobs=101"), ST_OK);
    ck_assert_mem_eq(&options->policy->limits, &limits, sizeof limits);
}
END_TEST

START_TEST(every_limit_can_be_set_to_both_ends)
{
    for (size_t i = 0; i < limits_row_count; i++) {
        const struct limits_row *row = &limits_rows[i];
        const long long values[] = { row->minimum, row->maximum, (long long)row->maximum + 1,
                                     (long long)row->minimum - 1 };
        for (unsigned v = 0; v < 4; v++) {
            char text[128];
            snprintf(text, sizeof text, "limits.%s=%lld", row->name, values[v]);
            ck_assert_msg((assign(text) == ST_OK) == (v < 2), "%s: %s", text, why);
        }
    }
}
END_TEST

Suite *resolver_value_suite(void)
{
    Suite *suite = suite_create("resolver/value");
    TCase *rows = tcase_create("rows"), *more = tcase_create("more");

    tcase_add_checked_fixture(rows, set_up, tear_down);
    tcase_add_loop_test(rows, keys_of_the_process_take_what_they_should, 0, COUNT(process_cases));
    tcase_add_loop_test(rows, keys_of_the_walk_take_what_they_should, 0, COUNT(policy_cases));
    tcase_add_loop_test(rows, keys_of_validation_take_what_they_should, 0, COUNT(dnssec_cases));
    tcase_add_loop_test(rows, no_row_of_the_table_is_left_out_above, 0, (int)option_row_count);
    suite_add_tcase(suite, rows);
    tcase_add_checked_fixture(more, set_up, tear_down);
    tcase_add_test(more, hints_come_from_a_file);
    tcase_add_test(more, words_stand_for_what_the_machine_and_the_program_are_called);
    tcase_add_test(more, cookie_secrets_come_from_a_file);
    tcase_add_test(more, anchors_come_from_a_file_beside_others);
    tcase_add_test(more, a_list_replaces_the_one_before);
    tcase_add_test(more, the_addresses_never_asked_can_be_had_back);
    tcase_add_test(more, a_listen_list_holds_sixty_four_addresses);
    tcase_add_test(more, limits_are_set_by_name_and_the_others_stay);
    tcase_add_test(more, every_limit_can_be_set_to_both_ends);
    suite_add_tcase(suite, more);
    return suite;
}
