/* Programs that end well, badly, by a signal, not at all, or do not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sweep/spawn.h"

extern char **environ;

static atomic_int stop;

static bool shell(const char *script, struct spawn_result *result, struct error *error)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    struct spawn_job job = {.argv = argv, .environment = environ, .stop = &stop};
    return spawn_run(&job, result, error);
}

static void test_status_and_signal(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    assert_true(shell("exit 0", &result, &error));
    assert_int_equal(result.status, 0);
    assert_false(result.stopped);
    assert_true(result.wall_ns > 0);
    assert_true(shell("exit 77", &result, &error));
    assert_int_equal(result.status, 77);
    assert_int_equal(result.signal, 0);
    assert_true(shell("kill -SEGV $$", &result, &error));
    assert_int_equal(result.status, 128 + SIGSEGV);
    assert_int_equal(result.signal, SIGSEGV);
}

static void test_wall_and_cpu(void **state)
{
    (void)state;
    struct spawn_result slept, worked;
    struct error error;
    assert_true(shell("sleep 0.3", &slept, &error));
    assert_true(slept.wall_ns >= 300000000);
    assert_true(shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done", &worked, &error));
    /* One thread cannot have used more CPU time than passed, but for ticks of the kernel. */
    assert_true(worked.cpu_ns > 0 && worked.cpu_ns <= worked.wall_ns + 20000000);
    assert_true(worked.cpu_ns > slept.cpu_ns);
}

static void test_messages_are_kept(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    assert_true(shell("echo out; echo first >&2; echo second >&2; exit 3", &result, &error));
    assert_string_equal(result.errors, "first\nsecond\n");
    assert_false(result.errors_cut);
    assert_true(shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2", &result,
                      &error));
    assert_int_equal(result.status, 0);
    assert_true(result.errors_cut);
    assert_int_equal(strlen(result.errors), SPAWN_ERRORS);
    assert_non_null(strstr(result.errors, "line 19998\nline 19999\n"));
}

/* A program that leaves another one behind, which holds its standard error open. */
static void test_does_not_wait_for_what_is_left_behind(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    assert_true(shell("sleep 60 & echo $! >&2", &result, &error));
    assert_int_equal(result.status, 0);
    assert_true(result.wall_ns < INT64_C(50000000000));
    assert_true(atoi(result.errors) > 0);
    kill(atoi(result.errors), SIGKILL);
}

static void test_missing_program(void **state)
{
    (void)state;
    const char *argv[] = {"no-such-program-anywhere", NULL};
    struct spawn_job job = {.argv = argv, .environment = environ};
    struct spawn_result result;
    struct error error = {0};
    assert_false(spawn_run(&job, &result, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "no-such-program-anywhere"));
    argv[0] = "/dev/null";
    assert_false(spawn_run(&job, &result, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
}

static void test_environment(void **state)
{
    (void)state;
    char *base[] = {"OMP_NUM_THREADS=9",
                    "OMP_NUM_THREADS_X=1",
                    "PATH=/usr/bin:/bin",
                    "OMP_NUM_THREADS=8",
                    "HOME=/",
                    NULL};
    const char *changes[] = {"OMP_NUM_THREADS=4", "NEW=", NULL};
    char **made = spawn_environment(base, changes);
    static const char *const wanted[] = {"OMP_NUM_THREADS_X=1", "PATH=/usr/bin:/bin", "HOME=/",
                                         "OMP_NUM_THREADS=4", "NEW="};
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(made[i], wanted[i]);
    assert_null(made[5]);
    const char *argv[] = {"sh", "-c", "test \"$OMP_NUM_THREADS\" = 4 && test -z \"$NEW\"", NULL};
    struct spawn_job job = {.argv = argv, .environment = made};
    struct spawn_result result;
    struct error error;
    assert_true(spawn_run(&job, &result, &error));
    assert_int_equal(result.status, 0);
    free(made);
}

static void test_input_and_output_are_null(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    int in = dup(STDIN_FILENO);
    close(STDIN_FILENO); /* a parent without one must not mix up its pipes */
    assert_true(
        shell("test \"$(wc -c)\" -eq 0 && test ! -t 1 && echo message >&2", &result, &error));
    assert_string_equal(result.errors, "message\n");
    assert_int_equal(result.status, 0);
    if (in >= 0) {
        dup2(in, STDIN_FILENO);
        close(in);
    }
}

static void on_interrupt(int number)
{
    (void)number;
    atomic_store(&stop, SIGINT);
}

static bool is_gone(int pid)
{
    char path[64], state = 'X';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *stream = fopen(path, "re");
    if (!stream)
        return true;
    if (fscanf(stream, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X';
    fclose(stream);
    return state == 'Z' || state == 'X'; /* nobody may wait for orphans here */
}

/* The script itself interrupts this process, once it is where it is to be stopped. */
static void stopped_run(const char *script, struct spawn_result *result)
{
    struct sigaction action = {.sa_handler = on_interrupt}, before;
    sigaction(SIGINT, &action, &before);
    struct error error;
    atomic_store(&stop, 0);
    assert_true(shell(script, result, &error));
    atomic_store(&stop, 0);
    sigaction(SIGINT, &before, NULL);
}

/* Also one that ignores the request, and has started another process. */
static void test_stop_kills_the_whole_group(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "sleep 600 & echo $! >&2; kill -INT $PPID; wait",
        "trap '' TERM; sleep 600 & echo $! >&2; kill -INT $PPID; while :; do sleep 600; done",
    };
    for (int i = 0; i < 2; i++) {
        struct spawn_result result;
        stopped_run(scripts[i], &result);
        assert_true(result.stopped);
        int grandchild = atoi(result.errors);
        assert_true(grandchild > 0);
        bool gone = false;
        for (int tries = 0; tries < 500 && !gone; tries++) {
            gone = is_gone(grandchild);
            usleep(10000);
        }
        assert_true(gone);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    }
}

static void test_stop_that_came_before(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    atomic_store(&stop, SIGTERM);
    assert_true(shell("sleep 600", &result, &error));
    assert_true(result.stopped);
    atomic_store(&stop, 0);
}

/* The child is given back every signal: here SIGTERM, which this process has blocked meanwhile. */
static void test_signals_are_restored(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    sigset_t before, after;
    sigprocmask(SIG_SETMASK, NULL, &before);
    assert_true(shell("kill -TERM $$; exit 5", &result, &error));
    assert_int_equal(result.signal, SIGTERM);
    sigprocmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < 32; number++)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void test_no_descriptor_is_lost(void **state)
{
    (void)state;
    struct spawn_result result;
    struct error error;
    int before = open_descriptors();
    const char *argv[] = {"/nowhere/at/all", NULL};
    struct spawn_job job = {.argv = argv, .environment = environ};
    for (int i = 0; i < 5; i++) {
        assert_true(shell("exit 1", &result, &error));
        assert_false(spawn_run(&job, &result, &error));
    }
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_and_signal),
        cmocka_unit_test(test_wall_and_cpu),
        cmocka_unit_test(test_messages_are_kept),
        cmocka_unit_test(test_does_not_wait_for_what_is_left_behind),
        cmocka_unit_test(test_missing_program),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_input_and_output_are_null),
        cmocka_unit_test(test_stop_kills_the_whole_group),
        cmocka_unit_test(test_stop_that_came_before),
        cmocka_unit_test(test_signals_are_restored),
        cmocka_unit_test(test_no_descriptor_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
