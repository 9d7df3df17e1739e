/* Planted trees of /proc and /sys, as systemd, Docker and batch systems leave them. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "profile/machine_limits.h"

#define V2_MOUNT "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
#define V1_CPU   "33 32 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
#define V1_MEM   "35 32 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
#define ROOT_FS  "23 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"

static char root[64];

static int setup(void **state)
{
    (void)state;
    strcpy(root, "/tmp/pixscale-limits-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int unlink_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    return nftw(root, unlink_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file below the root, with its folders. */
static void plant(const char *path, const char *text)
{
    char full[2048];
    assert_in_range(snprintf(full, sizeof full, "%s%s", root, path), 1, sizeof full - 1);
    for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        assert_true(mkdir(full, 0700) == 0 || errno == EEXIST);
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void plant_proc(const char *groups, const char *mounts)
{
    plant("/proc/self/cgroup", groups);
    plant("/proc/self/mountinfo", mounts);
}

static struct machine_limits read_limits(void)
{
    struct machine_limits limits;
    memset(&limits, 0x5a, sizeof limits);
    machine_limits_read(root, &limits);
    return limits;
}

static void expect_quota(double cpus, int version, const char *file)
{
    struct machine_limits limits = read_limits();
    assert_true(limits.quota_cpus == cpus);
    assert_int_equal(limits.quota_cgroup, version);
    assert_string_equal(limits.quota_file, file);
}

static void nothing_to_read(void **state)
{
    (void)state;
    expect_quota(0, 0, "");
    assert_int_equal(read_limits().memory_bytes, 0);
    plant_proc("", "");
    expect_quota(0, 0, "");
    plant_proc("0::/a\n", V2_MOUNT); /* named, but not there */
    expect_quota(0, 0, "");
}

/* The least binds, at whatever depth it stands. */
static void v2_least_of_the_path(void **state)
{
    (void)state;
    static const char *const levels[] = {"", "/kube", "/kube/pod1", "/kube/pod1/main"};
    plant_proc("0::/kube/pod1/main\n", ROOT_FS V2_MOUNT);
    for (int least = 0; least < 4; least++) {
        for (int i = 0; i < 4; i++) {
            char path[256];
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", levels[i]);
            plant(path, i == least ? "150000 100000\n"
                        : i & 1    ? "max 100000\n"
                                   : "800000 200000\n");
            snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", levels[i]);
            plant(path, i == least ? "1073741824\n" : i & 1 ? "max\n" : "4294967296\n");
        }
        char file[256];
        snprintf(file, sizeof file, "/sys/fs/cgroup%s/cpu.max", levels[least]);
        expect_quota(1.5, 2, file);
        assert_int_equal(read_limits().memory_bytes, 1073741824);
    }
}

/* Groups beside the path are not ours. */
static void v2_siblings_do_not_count(void **state)
{
    (void)state;
    plant_proc("0::/a/b\n", V2_MOUNT);
    plant("/sys/fs/cgroup/a/b/c/cpu.max", "10000 100000\n");
    plant("/sys/fs/cgroup/a/x/cpu.max", "10000 100000\n");
    plant("/sys/fs/cgroup/ab/cpu.max", "10000 100000\n");
    plant("/sys/fs/cpu.max", "10000 100000\n");
    expect_quota(0, 0, "");
}

/* In a container with a namespace of its own, its group is the root. */
static void v2_namespace(void **state)
{
    (void)state;
    plant_proc("0::/\n", V2_MOUNT);
    plant("/sys/fs/cgroup/cpu.max", "50000 100000\n");
    expect_quota(0.5, 2, "/sys/fs/cgroup/cpu.max");
    /* Moved out of the namespace: never above the mount. */
    plant_proc("0::/../x\n", V2_MOUNT);
    plant("/sys/fs/x/cpu.max", "10000 100000\n");
    expect_quota(0.5, 2, "/sys/fs/cgroup/cpu.max");
}

static void v2_values(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double cpus;
    } cases[] = {
        {"max 100000\n", 0},
        {"", 0},
        {"\n", 0},
        {"abc def\n", 0},
        {"-1 100000\n", 0},
        {"0 100000\n", 0},
        {"100000 0\n", 0},
        {"100000 -5\n", 0},
        {"inf 100000\n", 0},
        {"nan 1\n", 0},
        {"1000 1000000", 0.001},
        {"400000 100000\n", 4},
        {"100000 max\n", 0},
    };
    plant_proc("0::/\n", V2_MOUNT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        plant("/sys/fs/cgroup/cpu.max", cases[i].text);
        expect_quota(cases[i].cpus, cases[i].cpus > 0 ? 2 : 0,
                     cases[i].cpus > 0 ? "/sys/fs/cgroup/cpu.max" : "");
    }
    static const struct {
        const char *text;
        int64_t bytes;
    } memory[] = {
        {"max\n", 0}, {"", 0}, {"-5\n", 0}, {"4096\n", 4096}, {"99999999999999999999\n", 0}};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++) {
        plant("/sys/fs/cgroup/memory.max", memory[i].text);
        assert_int_equal(read_limits().memory_bytes, memory[i].bytes);
    }
}

static void v1_quota_and_memory(void **state)
{
    (void)state;
    /* "cpuset" and "cpuacct" begin like "cpu" and are others. */
    plant_proc("12:cpuset:/wrong\n11:memory:/m/n\n4:cpu,cpuacct:/a/b\n1:name=systemd:/s\n",
               "31 32 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" V1_CPU V1_MEM);
    plant("/sys/fs/cgroup/cpuset/wrong/cpu.cfs_quota_us", "10000\n");
    plant("/sys/fs/cgroup/cpuset/wrong/cpu.cfs_period_us", "100000\n");
    plant("/sys/fs/cgroup/cpu,cpuacct/wrong/cpu.cfs_quota_us", "10000\n");
    plant("/sys/fs/cgroup/cpu,cpuacct/wrong/cpu.cfs_period_us", "100000\n");
    plant("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
    plant("/sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
    expect_quota(0, 0, "");
    plant("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "125000\n");
    expect_quota(0, 0, ""); /* no period, no quota */
    plant("/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "50000\n");
    expect_quota(2.5, 1, "/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us");

    plant("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    plant("/sys/fs/cgroup/memory/m/memory.limit_in_bytes", "9223372036854710272\n");
    assert_int_equal(read_limits().memory_bytes, 0);
    plant("/sys/fs/cgroup/memory/m/n/memory.limit_in_bytes", "536870912\n");
    assert_int_equal(read_limits().memory_bytes, 536870912);
}

/* Docker without a cgroup namespace mounts its group's folder, but names the whole path. */
static void v1_mount_of_a_part(void **state)
{
    (void)state;
    static const char mount[] =
        "900 899 0:29 /docker/abc /sys/fs/cgroup/cpu ro master:9 - cgroup cgroup rw,cpu\n";
    plant_proc("4:cpu:/docker/abc\n", mount);
    plant("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000\n");
    plant("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    plant("/sys/fs/cgroup/cpu/d/cpu.cfs_quota_us", "100000\n");
    plant("/sys/fs/cgroup/cpu/d/cpu.cfs_period_us", "100000\n");
    expect_quota(3, 1, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    plant_proc("4:cpu:/docker/abc/d\n", mount);
    expect_quota(1, 1, "/sys/fs/cgroup/cpu/d/cpu.cfs_quota_us");
    /* "/docker/abcd" is not below "/docker/abc": nothing but the mount itself is known. */
    plant_proc("4:cpu:/docker/abcd\n", mount);
    expect_quota(3, 1, "/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
}

static void several_mounts(void **state)
{
    (void)state;
    plant_proc("4:cpu:/ours\n", "1 0 0:29 /other /other rw - cgroup cgroup rw,cpu\n"
                                "2 0 0:29 /ours /mine rw - cgroup cgroup rw,cpu\n"
                                "3 0 0:29 / /all rw - cgroup cgroup rw,cpu\n");
    plant("/other/cpu.cfs_quota_us", "100000\n");
    plant("/other/cpu.cfs_period_us", "100000\n");
    plant("/mine/cpu.cfs_quota_us", "200000\n");
    plant("/mine/cpu.cfs_period_us", "100000\n");
    expect_quota(2, 1, "/mine/cpu.cfs_quota_us");
}

static void hybrid_takes_the_least_of_both(void **state)
{
    (void)state;
    plant_proc("4:cpu,cpuacct:/v1\n0::/v2\n",
               V1_CPU "42 32 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    plant("/sys/fs/cgroup/cpu,cpuacct/v1/cpu.cfs_quota_us", "300000\n");
    plant("/sys/fs/cgroup/cpu,cpuacct/v1/cpu.cfs_period_us", "100000\n");
    expect_quota(3, 1, "/sys/fs/cgroup/cpu,cpuacct/v1/cpu.cfs_quota_us");
    plant("/sys/fs/cgroup/unified/v2/cpu.max", "200000 100000\n");
    expect_quota(2, 2, "/sys/fs/cgroup/unified/v2/cpu.max");
    plant("/sys/fs/cgroup/cpu,cpuacct/v1/cpu.cfs_quota_us", "100000\n");
    expect_quota(1, 1, "/sys/fs/cgroup/cpu,cpuacct/v1/cpu.cfs_quota_us");
}

static void odd_names(void **state)
{
    (void)state;
    plant_proc("0::/a:b c\\x\n", "30 23 0:26 / /cg\\040one\\134 rw - cgroup2 none rw\n");
    plant("/cg one\\/a:b c\\x/cpu.max", "200000 100000\n");
    expect_quota(2, 2, "/cg one\\/a:b c\\x/cpu.max");
}

/* Longer than the file's name that is kept, and longer than any path: nothing breaks. */
static void long_names(void **state)
{
    (void)state;
    char group[8192], line[8300], path[1024];
    memset(group, 'g', sizeof group);
    group[0] = '/';
    group[200] = '/';
    group[400] = '\0';
    snprintf(line, sizeof line, "0::%s\n", group);
    plant_proc(line, V2_MOUNT);
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group);
    plant(path, "700000 100000\n");
    struct machine_limits limits = read_limits();
    assert_true(limits.quota_cpus == 7);
    assert_non_null(strstr(limits.quota_file, "/cpu.max"));

    memset(group, 'g', sizeof group);
    group[0] = '/';
    group[8000] = '\0';
    snprintf(line, sizeof line, "0::%s\n", group);
    plant("/proc/self/cgroup", line);
    plant("/sys/fs/cgroup/cpu.max", "600000 100000\n");
    expect_quota(6, 2, "/sys/fs/cgroup/cpu.max");
}

static void broken_lines(void **state)
{
    (void)state;
    plant_proc("\n:\n::\n0\n0:\n0::relative\n0::\n4:cpu\n",
               "\n-\n - \n - cgroup2\n1 2 3 - cgroup2 cgroup2 rw\n1 2 3 / /x rw - cgroup2\n"
               "1 2 3 / /x rw cgroup2 cgroup2 rw\n" V2_MOUNT);
    plant("/x/cpu.max", "100000 100000\n");
    plant("/sys/fs/cgroup/cpu.max", "200000 100000\n");
    expect_quota(2, 2, "/sys/fs/cgroup/cpu.max");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_to_read),
        TEST(v2_least_of_the_path),
        TEST(v2_siblings_do_not_count),
        TEST(v2_namespace),
        TEST(v2_values),
        TEST(v1_quota_and_memory),
        TEST(v1_mount_of_a_part),
        TEST(several_mounts),
        TEST(hybrid_takes_the_least_of_both),
        TEST(odd_names),
        TEST(long_names),
        TEST(broken_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
