/* What a run asks for and tells, by options and environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <omp.h>

#include "cli/run_launch.h"
#include "cli/run_team.h"

/* Of libgomp's own reading of OMP_NUM_THREADS nothing changes once it has begun: here only whether
 * the variable is there counts, and omp_set_num_threads stands for its value. */
static int given_threads(const char *slurm, const char *openmp, int64_t option, bool serial)
{
    struct run_options options = {.threads = option, .serial = serial};
    slurm ? setenv("SLURM_CPUS_PER_TASK", slurm, 1) : unsetenv("SLURM_CPUS_PER_TASK");
    openmp ? setenv("OMP_NUM_THREADS", openmp, 1) : unsetenv("OMP_NUM_THREADS");
    return run_team_requested(&options);
}

static void test_threads(void **state)
{
    (void)state;
    int allowed = omp_get_num_procs();
    omp_set_num_threads(7);
    assert_int_equal(given_threads(NULL, NULL, 0, false), 7);
    assert_int_equal(given_threads("1", NULL, 0, false), 1);
    assert_int_equal(given_threads("1", "", 0, false), 1);
    assert_int_equal(given_threads("1", "7", 0, false), 7);
    assert_int_equal(given_threads("1", "7", 3, false), 3);
    assert_int_equal(given_threads("1", NULL, 3, false), 3);
    assert_int_equal(given_threads("5", "7", 3, true), 1);
    assert_int_equal(given_threads("100000", NULL, 0, false),
                     allowed); /* no more than it may use */
    assert_int_equal(given_threads("4294967296", NULL, 0, false), 7);
    static const char *const nonsense[] = {"", "0", "-1", "2x", "many", " 1"};
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        assert_int_equal(given_threads(nonsense[i], NULL, 0, false), 7);
    unsetenv("SLURM_CPUS_PER_TASK");
}

static char *told(const struct launch *launch, const struct run_options *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    unsetenv("OMP_NUM_THREADS");
    run_launch_tell(launch, options, stream);
    fclose(stream);
    return text;
}

static void expect(const struct launch *launch, const struct run_options *options,
                   const char *words)
{
    char *text = told(launch, options);
    if (!words) {
        assert_string_equal(text, "");
    } else {
        assert_int_equal(strncmp(text, "pixscale: ", 10), 0);
        assert_non_null(strstr(text, words));
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    }
    free(text);
}

static void test_tell(void **state)
{
    (void)state;
    struct run_options options = {.threads = 1000};
    struct launch launch = {.ranks = LAUNCH_BY_OPENMPI, .tasks = 1, .size = 2, .local_size = 2};
    expect(&launch, &options, "1000 threads were asked for");
    options.quiet = true;
    expect(&launch, &options, NULL);
    options.quiet = false;
    launch.rank = launch.local_rank = 1; /* another on this host says it */
    expect(&launch, &options, NULL);
    launch.local_rank = 0;
    options.threads = 1;
    launch.local_size = 1;
    expect(&launch, &options, NULL);
    expect(&(struct launch){.tasks = 1, .size = 1}, &(struct run_options){.threads = 1000}, NULL);
    expect(&(struct launch){.array = LAUNCH_BY_SLURM, .tasks = 4, .size = 1},
           &(struct run_options){.threads = 1000}, "1000 threads were asked for");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_tell)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
