#include "resolver/cgroup.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/suites.h"

enum { PATH = 256 };

static char root[PATH];

static void set_up(void)
{
    snprintf(root, sizeof root, "/tmp/catena-cgroup-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *at)
{
    (void)stat, (void)kind, (void)at;
    return remove(path);
}

static void tear_down(void)
{
    ck_assert_int_eq(nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* A file of the tree, with the directories above it. */
static void put(const char *path, const char *text)
{
    char full[2 * PATH];
    int len = snprintf(full, sizeof full, "%s", root);

    for (const char *at = path; *at; at++) {
        if (*at == '/')
            ck_assert(mkdir(full, 0700) == 0 || errno == EEXIST);
        full[len++] = *at;
        full[len] = '\0';
    }
    FILE *file = fopen(full, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    fclose(file);
}

START_TEST(without_control_groups_there_is_no_limit)
{
    ck_assert_uint_eq(cgroup_memory_max(root), UINT64_MAX);
    put("/proc/self/cgroup", "0::/\n");
    ck_assert_uint_eq(cgroup_memory_max(root), UINT64_MAX);
    put("/sys/fs/cgroup/memory.max", "max\n");
    ck_assert_uint_eq(cgroup_memory_max(root), UINT64_MAX);
}
END_TEST

/* RULINGS B17: a unit with MemoryMax, which has no file at the root. */
START_TEST(the_limit_of_a_unit_is_that_of_its_own_group)
{
    put("/proc/self/cgroup", "0::/system.slice/catena.service\n");
    put("/sys/fs/cgroup/system.slice/catena.service/memory.max", "67108864\n");
    put("/sys/fs/cgroup/system.slice/memory.max", "max\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 67108864);
}
END_TEST

START_TEST(the_least_on_the_way_up_counts)
{
    put("/proc/self/cgroup", "0::/a.slice/b.slice/c.service\n");
    put("/sys/fs/cgroup/a.slice/b.slice/c.service/memory.max", "8000000\n");
    put("/sys/fs/cgroup/a.slice/b.slice/memory.max", "4000000\n");
    put("/sys/fs/cgroup/a.slice/memory.max", "6000000\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 4000000);
    put("/sys/fs/cgroup/memory.max", "3000000\n"); /* a container's own root */
    ck_assert_uint_eq(cgroup_memory_max(root), 3000000);
}
END_TEST

START_TEST(a_container_sees_its_limit_at_the_root)
{
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/memory.max", "33554432\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 33554432);
    put("/proc/self/cgroup", "0::/../../elsewhere\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 33554432);
}
END_TEST

/* Version 1, where a container may see the path of its host, which is not mounted there. */
START_TEST(version_1_has_a_tree_for_memory_alone)
{
    put("/proc/self/cgroup", "12:cpu,cpuacct:/docker/ab\n5:memory:/docker/ab\n0::/docker/ab\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "50331648\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 50331648);
    put("/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "9223372036854771712\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 50331648);
    put("/sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "25165824\n");
    ck_assert_uint_eq(cgroup_memory_max(root), 25165824);
}
END_TEST

START_TEST(what_is_no_group_and_no_number_limits_nothing)
{
    put("/proc/self/cgroup", "\n:\n0:\n0::\nmemory\n4:memories:/\n0::relative\n");
    put("/sys/fs/cgroup/memory.max", "4000000\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "4000000\n");
    ck_assert_uint_eq(cgroup_memory_max(root), UINT64_MAX);
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/memory.max", "-1\n");
    ck_assert_uint_eq(cgroup_memory_max(root), UINT64_MAX);
    put("/sys/fs/cgroup/memory.max", "");
    ck_assert_uint_eq(cgroup_memory_max(root), UINT64_MAX);
}
END_TEST

Suite *resolver_cgroup_suite(void)
{
    Suite *suite = suite_create("resolver/cgroup");
    TCase *tcase = tcase_create("memory");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, without_control_groups_there_is_no_limit);
    tcase_add_test(tcase, the_limit_of_a_unit_is_that_of_its_own_group);
    tcase_add_test(tcase, the_least_on_the_way_up_counts);
    tcase_add_test(tcase, a_container_sees_its_limit_at_the_root);
    tcase_add_test(tcase, version_1_has_a_tree_for_memory_alone);
    tcase_add_test(tcase, what_is_no_group_and_no_number_limits_nothing);
    suite_add_tcase(suite, tcase);
    return suite;
}
