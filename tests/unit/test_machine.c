/* The real machine against the kernel's own answers; sentences of made-up machines. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "profile/clock_check.h"
#include "profile/machine.h"
#include "profile/machine_omp.h"

static void says_what_the_kernel_says(void **state)
{
    (void)state;
    struct machine m;
    memset(&m, 0x5a, sizeof m);
    machine_read(&m);
    assert_int_equal(m.cpus, sysconf(_SC_NPROCESSORS_ONLN));
    assert_int_equal(m.memory_bytes, sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    char host[256];
    assert_int_equal(gethostname(host, sizeof host), 0);
    assert_string_equal(m.host, host);
    assert_true(strlen(m.cpu_model) > 0);
    assert_int_equal(strncmp(m.kernel, "Linux ", 6), 0);
}

static void counts_are_consistent(void **state)
{
    (void)state;
    struct machine m;
    machine_read(&m);
    assert_in_range(m.affinity_cpus, 1, m.cpus);
    assert_in_range(m.affinity_cores, 1, m.affinity_cpus);
    assert_in_range(m.usable_cpus, 1, m.affinity_cpus);
    assert_true(m.limits.quota_cgroup == 0 || m.usable_cpus <= m.limits.quota_cpus ||
                m.usable_cpus == 1);
    assert_true(m.smt >= 1);
    if (m.cores_known) {
        assert_in_range(m.cores, 1, m.cpus);
        assert_true(m.cpus <= m.cores * m.smt);
    }
    for (int i = 0; i < m.cache_count; i++) {
        assert_in_range(m.caches[i].level, i ? m.caches[i - 1].level : 1, 4);
        assert_true(m.caches[i].bytes > 0);
        assert_in_range(m.caches[i].count * m.caches[i].shared_by, 1, m.cpus);
    }
}

/* A child that was narrowed to one CPU gets back all that the process was given. */
static void restores_affinity(void **state)
{
    (void)state;
    cpu_set_t given, one, now;
    machine_remember_affinity();
    assert_true(machine_restore_affinity());
    assert_int_equal(sched_getaffinity(0, sizeof given, &given), 0);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &given))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
        machine_remember_affinity(); /* too late to change what was given */
        struct machine m;
        machine_read(&m);
        assert_int_equal(m.affinity_cpus, CPU_COUNT(&given));
        assert_true(machine_restore_affinity());
        assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
        assert_true(CPU_EQUAL(&now, &given));
    }
}

static void sentences(void **state)
{
    (void)state;
    static const struct {
        int cpus, affinity, usable, cgroup;
        double quota;
        const char *text;
    } cases[] = {
        {16, 16, 16, 0, 0, "all 16 CPUs may be used"},
        {1, 1, 1, 0, 0, "1 of 1 CPU may be used"},
        {16, 16, 4, 2, 4, "4 of 16 CPUs may be used: cgroup quota 4.0 (cpu.max)"},
        {16, 16, 2, 1, 2.5, "2 of 16 CPUs may be used: cgroup quota 2.5 (cpu.cfs_quota_us)"},
        {16, 16, 1, 2, 0.25, "1 of 16 CPUs may be used: cgroup quota 0.25 (cpu.max)"},
        {16, 16, 1, 2, 0.001, "1 of 16 CPUs may be used: cgroup quota 0.001 (cpu.max)"},
        {16, 8, 8, 0, 0, "8 of 16 CPUs may be used: affinity allows 8"},
        {16, 8, 8, 2, 12, "8 of 16 CPUs may be used: affinity allows 8"},
        {16, 8, 3, 2, 3, "3 of 16 CPUs may be used: affinity allows 8, cgroup quota 3.0 (cpu.max)"},
        {16, 16, 16, 2, 16, "all 16 CPUs may be used"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct machine m = {
            .cpus = cases[i].cpus,
            .affinity_cpus = cases[i].affinity,
            .usable_cpus = cases[i].usable,
            .limits = {.quota_cpus = cases[i].quota, .quota_cgroup = cases[i].cgroup}};
        char text[128], cut[10];
        machine_sentence(&m, text, sizeof text);
        assert_string_equal(text, cases[i].text);
        machine_sentence(&m, cut, sizeof cut);
        assert_int_equal(strncmp(cut, text, sizeof cut - 1), 0);
        assert_int_equal(strlen(cut), sizeof cut - 1);
    }
}

static char *hostile_lookup(const char *name)
{
    static char longest[1000], odd[] = "a\x1b[31m\xff\nb\x7f";
    memset(longest, 'x', sizeof longest - 1);
    return strcmp(name, "OMP_NUM_THREADS") == 0 ? odd
           : strcmp(name, "OMP_PLACES") == 0    ? longest
           : strcmp(name, "OMP_DYNAMIC") == 0   ? longest + sizeof longest - 1
                                                : NULL;
}

static void environment_is_made_printable(void **state)
{
    (void)state;
    struct machine_omp omp;
    machine_omp_read(&omp, hostile_lookup);
    assert_int_equal(omp.environment_count, MACHINE_OMP_VARIABLES);
    int set = 0;
    for (int i = 0; i < omp.environment_count; i++) {
        const struct machine_omp_variable *v = &omp.environment[i];
        set += v->set;
        assert_int_equal(v->set, hostile_lookup(v->name) != NULL);
        for (const char *c = v->value; *c; c++)
            assert_in_range(*c, 0x20, 0x7e);
    }
    assert_int_equal(set, 3);
    assert_string_equal(omp.environment[0].value, "a\\x1b[31m\\xff\\nb\\x7f");
}

static void clock_check_is_consistent(void **state)
{
    (void)state;
    struct clock_check check;
    clock_check_run(&check);
    assert_true(check.least_step_ns >= 1);
    assert_true(check.median_step_ns >= check.least_step_ns);
    assert_true(check.stamp_ns > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_kernel_says),
        cmocka_unit_test(counts_are_consistent),
        cmocka_unit_test(restores_affinity),
        cmocka_unit_test(sentences),
        cmocka_unit_test(environment_is_made_printable),
        cmocka_unit_test(clock_check_is_consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
