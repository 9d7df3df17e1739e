/*
 * The guard over files that stand in for the system's, and the ceiling's arithmetic. What is judged
 * is made here: a snapshot before, one after, and what an honest person would say of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "profile/ceiling.h"
#include "profile/guard.h"
#include "profile/machine.h"
#include "temp_folder.h"

static void put(const char *root, const char *name, const char *text)
{
    char *path = strdup(textf("%s/%s", root, name));
    for (char *c = path + strlen(root) + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            mkdir(path, 0700);
            *c = '/';
        }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static int setup(void **state)
{
    *state = temp_folder_create();
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    return temp_folder_remove(*state);
}

/* Two lines of CPUs that this process may use, made up; ticks are of 10 ms on every Linux. */
static int first_cpus(int cpu[2])
{
    int count = 0;
    for (int i = 0; i < 8192 && count < 2; i++)
        if (machine_cpu_allowed(i))
            cpu[count++] = i;
    return count;
}

static void reads_busy_and_steal_of_allowed_cpus(void **state)
{
    int cpu[2];
    if (sysconf(_SC_CLK_TCK) != 100 || first_cpus(cpu) < 2)
        skip();
    /* user nice system idle iowait irq softirq steal guest guest_nice */
    put(*state, "proc/stat",
        textf("cpu  9999 9 9 9 9 9 9 9 0 0\ncpu%d 1 20 300 4000 50000 6 70 8 1 1\n"
              "cpu%d 1000 0 0 0 0 0 0 1 900 0\ncpu8190 7 7 7 7 7 7 7 7 0 0\ncpux\ncpu1 1 2\n"
              "intr 55 1 2 3\ncpu3 1 1 1 1 1 1 1 1 1 1\n",
              cpu[0], cpu[1]));
    struct guard_snapshot snapshot;
    guard_take(*state, &snapshot);
    int others = machine_cpu_allowed(8190);
    assert_int_equal(snapshot.cpus, 2 + others);
    assert_float_equal(snapshot.busy_ms, 10 * (1 + 20 + 300 + 6 + 70 + 1000 + others * 35), 1e-9);
    assert_float_equal(snapshot.steal_ms, 10 * (8 + 1 + others * 7), 1e-9);
    assert_float_equal(snapshot.throttled_ms, 0, 0);
    assert_true(snapshot.own_cpu_ms > 0);
}

static void nothing_to_read_is_unknown(void **state)
{
    struct guard_snapshot a, b;
    struct guard_verdict verdict;
    guard_take(*state, &a);
    guard_take(*state, &b);
    assert_int_equal(a.cpus, 0);
    b.wall_ms = a.wall_ms + 10000;
    guard_compare(&a, &b, 2, 2, &verdict);
    assert_float_equal(verdict.steal_ms, -1, 0);
    assert_float_equal(verdict.foreign_cpu_ms, -1, 0);
    assert_false(verdict.contaminated);
    assert_string_equal(verdict.why, "");
}

static void throttling_stands_beside_the_quota(void **state)
{
    struct guard_snapshot snapshot;
    put(*state, "proc/self/cgroup", "0::/a\n");
    put(*state, "proc/self/mountinfo", "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put(*state, "sys/fs/cgroup/a/cpu.max", "150000 100000\n");
    guard_take(*state, &snapshot);
    assert_float_equal(snapshot.throttled_ms, -1, 0);
    put(*state, "sys/fs/cgroup/a/cpu.stat",
        "usage_usec 99\nnr_periods 5\nnr_throttled 2\nthrottled_usec 1234567\n");
    guard_take(*state, &snapshot);
    assert_float_equal(snapshot.throttled_ms, 1234.567, 1e-9);

    put(*state, "proc/self/cgroup", "3:cpu,cpuacct:/b\n");
    put(*state, "proc/self/mountinfo",
        "30 1 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n");
    put(*state, "sys/fs/cgroup/cpu/b/cpu.cfs_quota_us", "50000\n");
    put(*state, "sys/fs/cgroup/cpu/b/cpu.cfs_period_us", "100000\n");
    put(*state, "sys/fs/cgroup/cpu/b/cpu.stat", "nr_periods 5\nthrottled_time 2500000000\n");
    guard_take(*state, &snapshot);
    assert_float_equal(snapshot.throttled_ms, 2500, 1e-9);
}

static const struct guard_snapshot start = {.cpus = 4, .own_cpu_ms = 100, .load1 = 3};

/* Seconds of a run of 10 s: what the CPUs did, what we did, what the hypervisor and a quota took.
 */
static struct guard_verdict judge(double busy, double own, double steal, double throttled,
                                  int threads, int cores)
{
    struct guard_snapshot after = {.wall_ms = 10000,
                                   .cpus = 4,
                                   .busy_ms = busy * 1000,
                                   .own_cpu_ms = 100 + own * 1000,
                                   .steal_ms = steal * 1000,
                                   .throttled_ms = throttled * 1000,
                                   .involuntary_switches = 77};
    struct guard_verdict verdict;
    guard_compare(&start, &after, threads, cores, &verdict);
    return verdict;
}

static void blames_what_crowds_the_team(void **state)
{
    (void)state;
    struct guard_verdict v = judge(40.1, 40, 0, 0, 4, 4);
    assert_false(v.contaminated);
    assert_float_equal(v.foreign_cpu_ms, 100, 1e-6);
    assert_float_equal(v.load1, 3, 0);
    assert_int_equal(v.involuntary_switches, 77);
    v = judge(40, 37, 0, 0, 4, 4); /* 3 s of 40 */
    assert_true(v.contaminated);
    assert_non_null(strstr(v.why, "other processes took 3000 ms, 7.5 %"));
    /* The same beside a team of one: there is room for it. On two hardware threads of one core
     * there is none. */
    assert_false(judge(13, 10, 0, 0, 1, 4).contaminated);
    assert_true(judge(13, 10, 0, 0, 1, 1).contaminated);
    /* Nor is there when it fills what the team leaves, and more. */
    assert_true(judge(40, 18, 0, 0, 2, 4).contaminated);
}

static void blames_steal_and_throttling(void **state)
{
    (void)state;
    assert_false(judge(40, 40, 0.7, 0, 4, 4).contaminated);
    struct guard_verdict v = judge(39, 39, 1, 0, 4, 4);
    assert_true(v.contaminated);
    assert_non_null(strstr(v.why, "hypervisor took 1000 ms, 2.5 %"));
    assert_float_equal(v.steal_ms, 1000, 1e-9);
    assert_false(judge(40, 40, 0, 0.09, 4, 4).contaminated);
    v = judge(30, 20, 3, 2, 4, 4);
    assert_non_null(strstr(v.why, "hypervisor"));
    assert_non_null(strstr(v.why, "; the CPU quota stopped it for 2000 ms, 20.0 %"));
    assert_non_null(strstr(v.why, "; other processes"));
    assert_true(strlen(v.why) < sizeof v.why - 1);
}

static void short_or_blind_runs_are_unknown(void **state)
{
    (void)state;
    struct guard_snapshot after = {.wall_ms = 400, .cpus = 4, .busy_ms = 1600};
    struct guard_verdict v;
    guard_compare(&start, &after, 1, 1, &v);
    assert_float_equal(v.foreign_cpu_ms, -1, 0);
    assert_false(v.contaminated);
    v = judge(0, 20, 0, 0, 2, 2); /* no CPU did what we did: /proc/stat says nothing here */
    assert_float_equal(v.foreign_cpu_ms, -1, 0);
    v = judge(19.9, 20, 0, 0, 2, 2); /* rounding of ticks is not time given back */
    assert_float_equal(v.foreign_cpu_ms, 0, 0);
    guard_compare(&start, &start, 2, 2, &v); /* no time at all */
    assert_false(v.contaminated);
}

/* This process works for a second: the system's own figures know of it, and blame nobody by name.
 */
static void the_system_itself_can_be_read(void **state)
{
    (void)state;
    struct guard_snapshot before, after;
    struct guard_verdict v;
    guard_take("", &before);
    uint64_t steps = ceiling_steps();
    for (int i = 0; i < 12; i++)
        assert_true(ceiling_ns(1, steps, 1) > 0);
    guard_take("", &after);
    assert_true(after.own_cpu_ms > before.own_cpu_ms);
    assert_true(after.busy_ms >= before.busy_ms && after.steal_ms >= before.steal_ms);
    assert_int_equal(before.cpus, after.cpus);
    guard_compare(&before, &after, 1, 1, &v);
    assert_int_equal(v.contaminated, *v.why != '\0');
}

/* What a child did is not foreign, once it has been waited for. */
static void children_are_own(void **state)
{
    (void)state;
    struct guard_snapshot before, after;
    guard_take("", &before);
    pid_t child = fork();
    if (child == 0) {
        volatile uint64_t sum = 0;
        struct timespec cpu = {0};
        while (cpu.tv_nsec < 200000000 && cpu.tv_sec == 0) {
            for (int i = 0; i < 100000; i++)
                sum += (uint64_t)i;
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
        }
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    guard_take("", &after);
    assert_true(after.own_cpu_ms - before.own_cpu_ms > 150);
}

static void ceiling_counts_cores(void **state)
{
    (void)state;
    assert_float_equal(ceiling_capacity(4, 50, 50), 4, 1e-12);
    assert_float_equal(ceiling_capacity(4, 50, 100), 2, 1e-12);
    assert_float_equal(ceiling_capacity(1, 50, 50), 1, 1e-12);
    assert_true(ceiling_capacity(2, 50, 0) < 0);
    assert_int_equal(ceiling_ns(2, 1000, 0), 0);
    /* More steps are more work, and no team does eight times the work in the time of one. */
    int64_t one = ceiling_ns(1, 200000, 3), ten = ceiling_ns(1, 2000000, 3);
    assert_true(one > 0 && ten > 3 * one);
    assert_true(ceiling_ns(8, 200000, 3) > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_busy_and_steal_of_allowed_cpus),
        TEST(nothing_to_read_is_unknown),
        TEST(throttling_stands_beside_the_quota),
        cmocka_unit_test(blames_what_crowds_the_team),
        cmocka_unit_test(blames_steal_and_throttling),
        cmocka_unit_test(short_or_blind_runs_are_unknown),
        cmocka_unit_test(children_are_own),
        cmocka_unit_test(the_system_itself_can_be_read),
        cmocka_unit_test(ceiling_counts_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
