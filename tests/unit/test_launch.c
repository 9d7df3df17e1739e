/* The environments are those seen with Slurm 22.05, Open MPI 4.1 and MPICH 4.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shard/launch.h"

#define MOST 40

static const char *const *given; /* "NAME=value", NULL-terminated */

static char *lookup(const char *name)
{
    size_t length = strlen(name);
    for (const char *const *g = given; *g; g++)
        if (strncmp(*g, name, length) == 0 && (*g)[length] == '=')
            return (char *)*g + length + 1;
    return NULL;
}

#define READ(launch, ...)                                                                          \
    (given = (const char *const[MOST]){__VA_ARGS__, NULL}, launch_read(launch, lookup, &error))

#define EXPECT(k, n, text, ...)                                                                    \
    do {                                                                                           \
        struct launch launch;                                                                      \
        struct error error;                                                                        \
        assert_true(READ(&launch, __VA_ARGS__));                                                   \
        expect_shard(&launch, k, n, text);                                                         \
    } while (0)

#define REFUSED(word, ...)                                                                         \
    do {                                                                                           \
        struct launch launch;                                                                      \
        struct error error;                                                                        \
        assert_false(READ(&launch, __VA_ARGS__));                                                  \
        assert_int_equal(error.kind, ERROR_USAGE);                                                 \
        assert_non_null(strstr(error.text, word));                                                 \
        assert_non_null(strstr(error.text, "--shard k/n"));                                        \
    } while (0)

static void expect_shard(const struct launch *launch, uint32_t index, uint32_t count,
                         const char *description)
{
    char text[200];
    struct shard shard = launch_shard(launch);
    assert_int_equal(shard.count, count);
    assert_int_equal(shard.index, index);
    launch_describe(launch, text, sizeof text);
    assert_string_equal(text, description);
}

#define ARRAY(id, least, most, step, count)                                                        \
    "SLURM_ARRAY_JOB_ID=2", "SLURM_ARRAY_TASK_ID=" id, "SLURM_ARRAY_TASK_MIN=" least,              \
        "SLURM_ARRAY_TASK_MAX=" most, "SLURM_ARRAY_TASK_STEP=" step,                               \
        "SLURM_ARRAY_TASK_COUNT=" count
/* What sbatch leaves in every script. */
#define BATCH "SLURM_JOB_ID=12", "SLURM_PROCID=0", "SLURM_LOCALID=0", "SLURM_NODEID=0"
#define STEP(rank, size, local, node, spread)                                                      \
    "SLURM_JOB_ID=12", "SLURM_STEP_ID=3", "SLURM_PROCID=" rank, "SLURM_STEP_NUM_TASKS=" size,      \
        "SLURM_LOCALID=" local, "SLURM_NODEID=" node, "SLURM_STEP_TASKS_PER_NODE=" spread
#define OPENMPI(rank, size, local, locals)                                                         \
    "OMPI_COMM_WORLD_RANK=" rank, "OMPI_COMM_WORLD_SIZE=" size,                                    \
        "OMPI_COMM_WORLD_LOCAL_RANK=" local, "OMPI_COMM_WORLD_LOCAL_SIZE=" locals,                 \
        "PMIX_NAMESPACE=1528496129"
#define MPICH(rank, size, local, locals)                                                           \
    "PMI_RANK=" rank, "PMI_SIZE=" size, "MPI_LOCALRANKID=" local, "MPI_LOCALNRANKS=" locals

static void test_nobody(void **state)
{
    (void)state;
    EXPECT(0, 0, "", "HOME=/root");
    EXPECT(0, 0, "", "PMI_RANK=", "SLURM_ARRAY_TASK_ID=", "OMPI_COMM_WORLD_RANK=");
    EXPECT(0, 0, "", BATCH, "SLURM_NTASKS=4"); /* nothing was started by srun */
    EXPECT(0, 0, "", "SLURM_JOB_ID=10", "SLURM_NTASKS=2", "SLURM_NPROCS=2"); /* salloc */
    EXPECT(0, 0, "rank 1 of 1 under Slurm", STEP("0", "1", "0", "0", "1"), "SLURM_NTASKS=4");
    EXPECT(0, 0, "rank 1 of 1 under Open MPI's mpirun", OPENMPI("0", "1", "0", "1"));
    EXPECT(0, 0, "task 1 of a Slurm array of 1", ARRAY("0", "0", "0", "1", "1"), BATCH);
}

static void test_arrays(void **state)
{
    (void)state;
    EXPECT(1, 4, "task 1 of a Slurm array of 4", ARRAY("1", "1", "4", "1", "4"), BATCH);
    EXPECT(4, 4, "task 4 of a Slurm array of 4", ARRAY("3", "0", "3", "1", "4"), BATCH);
    EXPECT(2, 3, "task 2 of a Slurm array of 3", ARRAY("5", "2", "8", "3", "3"), BATCH);
    EXPECT(3, 3, "task 3 of a Slurm array of 3", ARRAY("8", "2", "9", "3", "3"), BATCH);
    EXPECT(2, 2, "task 2 of a Slurm array of 2", "SLURM_ARRAY_TASK_ID=9", "SLURM_ARRAY_TASK_MIN=8",
           "SLURM_ARRAY_TASK_MAX=9"); /* before Slurm told _STEP and _COUNT */
}

static void test_arrays_refused(void **state)
{
    (void)state;
    REFUSED("task 3", ARRAY("3", "1", "4", "1", "3")); /* 1,3,4 */
    REFUSED("task 3", ARRAY("3", "3", "3", "1", "1")); /* submitted again alone */
    REFUSED("task 3", ARRAY("3", "2", "8", "3", "3"));
    REFUSED("task 9", ARRAY("9", "1", "8", "1", "8"));
    REFUSED("task 1", ARRAY("1", "1", "8", "0", "8"));
    REFUSED("task 4", ARRAY("4", "8", "1", "1", "8"));
    REFUSED("SLURM_ARRAY_TASK_COUNT", ARRAY("1", "1", "4", "1", "four"));
    REFUSED("SLURM_ARRAY_TASK_ID", ARRAY("-1", "1", "4", "1", "4"));
    REFUSED("SLURM_ARRAY_TASK_STEP", ARRAY("1", "1", "4", " 1", "4"));
    REFUSED("SLURM_ARRAY_TASK_MAX", ARRAY("1", "1", "4294967296", "1", "4"));
    REFUSED("SLURM_ARRAY_TASK_MAX", ARRAY("1", "1", "99999999999999999999999", "1", "4"));
    REFUSED("SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_ID=3");
    REFUSED("4294967296 processes", ARRAY("7", "0", "65535", "1", "65536"),
            OPENMPI("0", "65536", "0", "1"));
    REFUSED("task 7", ARRAY("7", "0", "4294967295", "1", "4"));
}

static void test_ranks(void **state)
{
    (void)state;
    EXPECT(2, 4, "rank 2 of 4 under Open MPI's mpirun", OPENMPI("1", "4", "1", "2"));
    EXPECT(2, 4, "rank 2 of 4 under mpirun", MPICH("1", "4", "0", "1"));
    EXPECT(3, 3, "rank 3 of 3 under mpirun", "PMI_RANK=2", "PMI_SIZE=3");
    EXPECT(4, 4, "rank 4 of 4 under Slurm", STEP("3", "4", "1", "1", "2(x2)"));
    EXPECT(2, 2, "rank 2 of 2 under Slurm", "SLURM_STEP_ID=0", "SLURM_PROCID=1", "SLURM_NTASKS=2");
    REFUSED("PMI_RANK", MPICH("4", "4", "0", "1"));
    REFUSED("PMI_SIZE", MPICH("0", "0", "0", "1"));
    REFUSED("PMI_SIZE", "PMI_RANK=1");
    REFUSED("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK=1");
    REFUSED("OMPI_COMM_WORLD_RANK", OPENMPI("x", "4", "1", "2"));
    REFUSED("OMPI_COMM_WORLD_LOCAL_SIZE", OPENMPI("0", "4", "1", "2.5"));
    REFUSED("SLURM_PROCID", STEP("0x1", "4", "0", "0", "4"));
    REFUSED("SLURM_CPUS_PER_TASK", "SLURM_CPUS_PER_TASK=many");
}

/* Each is inside another that must not be taken for it. */
static void test_nested(void **state)
{
    (void)state;
    EXPECT(3, 4, "rank 3 of 4 under Open MPI's mpirun", STEP("1", "2", "0", "1", "1(x2)"),
           "SLURM_NTASKS=2", OPENMPI("2", "4", "0", "2"));
    EXPECT(1, 2, "rank 1 of 2 under mpirun", STEP("1", "2", "0", "1", "1(x2)"),
           MPICH("0", "2", "0", "1"));
    EXPECT(2, 2, "rank 2 of 2 under Slurm", STEP("1", "2", "1", "0", "2"), "PMI_RANK=1",
           "PMI_SIZE=2", "PMI_JOBID=18.0"); /* srun --mpi=pmi2 */
    EXPECT(6, 6, "task 3 of a Slurm array of 3, rank 2 of 2 under Slurm",
           ARRAY("8", "2", "8", "3", "3"), STEP("1", "2", "1", "0", "2"));
    EXPECT(5, 8, "task 2 of a Slurm array of 2, rank 1 of 4 under Open MPI's mpirun",
           ARRAY("2", "1", "2", "1", "2"), BATCH, OPENMPI("0", "4", "0", "4"));
}

static void test_every_shard_once(void **state)
{
    (void)state;
    bool seen[13] = {false};
    for (uint32_t task = 0; task < 3; task++)
        for (uint32_t rank = 0; rank < 4; rank++) {
            struct launch launch = {.task = task, .tasks = 3, .rank = rank, .size = 4};
            struct shard shard = launch_shard(&launch);
            assert_int_equal(shard.count, 12);
            assert_in_range(shard.index, 1, 12);
            assert_false(seen[shard.index]);
            seen[shard.index] = true;
        }
}

#define LOCAL(node, spread, locals)                                                                \
    do {                                                                                           \
        struct launch launch;                                                                      \
        struct error error;                                                                        \
        assert_true(READ(&launch, STEP("1", "9", "0", node, spread)));                             \
        assert_int_equal(launch.local_size, locals);                                               \
    } while (0)

static void test_local(void **state)
{
    (void)state;
    LOCAL("0", "2(x3),1", 2);
    LOCAL("2", "2(x3),1", 2);
    LOCAL("3", "2(x3),1", 1);
    LOCAL("4", "2(x3),1", 0);
    LOCAL("1", "3,4,2", 4);
    LOCAL("0", "9", 9);
    LOCAL("0", "(x2)", 0);
    LOCAL("1", "2(x", 0);
    LOCAL("1", "2(x9", 2);
    LOCAL("1", "2(x99999999999999999999),", 2);
    LOCAL("5", "0(x0)0(x0)", 0);
}

#define JOB(name, ...)                                                                             \
    do {                                                                                           \
        struct launch launch;                                                                      \
        struct error error;                                                                        \
        assert_true(READ(&launch, __VA_ARGS__));                                                   \
        assert_string_equal(launch.job, name);                                                     \
    } while (0)

static void test_job(void **state)
{
    (void)state;
    JOB("slurm 2", ARRAY("1", "1", "2", "1", "2"), STEP("0", "2", "0", "0", "2"));
    JOB("slurm 12.3", STEP("0", "2", "0", "0", "2"));
    JOB("openmpi 1528496129", STEP("0", "2", "0", "0", "2"), OPENMPI("1", "4", "1", "2"));
    JOB("slurm 12.3", STEP("0", "2", "0", "0", "2"), MPICH("1", "4", "1", "2"));
    JOB("slurm 12", BATCH, MPICH("1", "4", "1", "2"));
    JOB("", MPICH("1", "4", "1", "2"));
    JOB("", BATCH);
    JOB("openmpi 1234567890123456789012345678901234567890123456789012345",
        "PMIX_NAMESPACE="
        "1234567890123456789012345678901234567890123456789012345678901234567890",
        "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=2");
}

static void test_cpus_per_task(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        uint32_t cpus;
    } cases[] = {{"SLURM_CPUS_PER_TASK=8", 8},
                 {"SLURM_CPUS_PER_TASK=", 0},
                 {"SLURM_CPUS_PER_TASK=-1", 0},
                 {"SLURM_CPUS_PER_TASK=4x", 0},
                 {"A=1", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        given = (const char *const[]){cases[i].set, NULL};
        assert_int_equal(launch_cpus_per_task(lookup), cases[i].cpus);
    }
}

static void test_bound(void **state)
{
    (void)state;
    static const struct {
        enum launch_by array, ranks;
        uint32_t local_size, cpus_per_task;
        int threads, cpus, online;
        const char *told; /* how the text ends; NULL: nothing to tell */
    } cases[] = {
        {0, 0, 0, 0, 8, 1, 64, NULL}, /* no launcher: not its doing */
        {0, LAUNCH_BY_OPENMPI, 1, 0, 0, 1, 64,
         "add --bind-to none -x OMP_NUM_THREADS=64 to mpirun"},
        {0, LAUNCH_BY_OPENMPI, 2, 0, 0, 2, 64,
         "add --bind-to none -x OMP_NUM_THREADS=32 to mpirun"},
        {0, LAUNCH_BY_OPENMPI, 2, 0, 4, 1, 64, "add --bind-to none -x OMP_NUM_THREADS=4 to mpirun"},
        {0, LAUNCH_BY_OPENMPI, 2, 4, 0, 1, 64, "add --bind-to none -x OMP_NUM_THREADS=4 to mpirun"},
        {0, LAUNCH_BY_OPENMPI, 2, 0, 2, 1, 2, "set OMP_NUM_THREADS=1"}, /* more there are not */
        {0, LAUNCH_BY_OPENMPI, 1, 0, 99, 2, 64,
         "add --bind-to none -x OMP_NUM_THREADS=64 to mpirun"},
        {0, LAUNCH_BY_SLURM, 1, UINT32_MAX, 0, 2, 2, "set OMP_NUM_THREADS=2"},
        {0, LAUNCH_BY_OPENMPI, 2, 0, 1, 1, 64, NULL}, /* one thread is what was asked for */
        {0, LAUNCH_BY_OPENMPI, 64, 0, 0, 1, 64, NULL},
        {0, LAUNCH_BY_OPENMPI, 2, 0, 0, 1, 2, NULL},
        {0, LAUNCH_BY_OPENMPI, 0, 0, 0, 1, 1, NULL},
        {0, LAUNCH_BY_OPENMPI, 4, 0, 0, 32, 64, "set OMP_NUM_THREADS=16"}, /* two on a package */
        {0, LAUNCH_BY_OPENMPI, 4, 0, 16, 32, 64, NULL},
        {0, LAUNCH_BY_PMI, 4, 0, 0, 64, 64, "set OMP_NUM_THREADS=16"},
        {0, LAUNCH_BY_PMI, 128, 0, 0, 64, 64, "set OMP_NUM_THREADS=1"},
        {0, LAUNCH_BY_PMI, 128, 0, 1, 64, 64, NULL}, /* fewer than one thread cannot be had */
        {0, LAUNCH_BY_PMI, 0, 0, 0, 64, 64, NULL},
        {0, LAUNCH_BY_PMI, 1, 0, 0, 1, 64, "add -bind-to none -genv OMP_NUM_THREADS 64 to mpirun"},
        {0, LAUNCH_BY_SLURM, 4, 0, 0, 1, 64, "add --cpus-per-task=16 to srun"},
        {0, LAUNCH_BY_SLURM, 1, 1, 0, 1, 64, NULL},
        {0, LAUNCH_BY_SLURM, 1, 0, 0, 8, 64, NULL}, /* the rest of the host is for others */
        {0, LAUNCH_BY_SLURM, 2, 8, 0, 1, 64, "add --cpus-per-task=8 to srun"},
        {LAUNCH_BY_SLURM, 0, 0, 0, 0, 1, 64, "add --cpus-per-task=64 to sbatch"},
        {LAUNCH_BY_SLURM, 0, 0, 8, 0, 8, 64, NULL},
        {LAUNCH_BY_SLURM, 0, 0, 8, 9, 8, 64, "add --cpus-per-task=9 to sbatch"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct launch launch = {.array = cases[i].array,
                                .ranks = cases[i].ranks,
                                .tasks = 1,
                                .size = 1,
                                .local_size = cases[i].local_size,
                                .cpus_per_task = cases[i].cpus_per_task};
        char text[256] = "";
        bool bound = launch_is_bound(&launch, cases[i].threads, cases[i].cpus, cases[i].online,
                                     text, sizeof text);
        const char *told = cases[i].told ? cases[i].told : "";
        if (bound != (cases[i].told != NULL) || strlen(text) < strlen(told) ||
            strcmp(text + strlen(text) - strlen(told), told) != 0)
            fail_msg("case %zu: '%s'", i, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody),         cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_arrays_refused), cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_nested),         cmocka_unit_test(test_every_shard_once),
        cmocka_unit_test(test_local),          cmocka_unit_test(test_job),
        cmocka_unit_test(test_cpus_per_task),  cmocka_unit_test(test_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
