#include "sweep/capacity.h"

#include <errno.h>
#include <fcntl.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profile/ceiling.h"

struct answer {
    uint64_t steps;
    int64_t one_ns, team_ns;
};

/* In the child. One thread is timed right before the team, so that both meet the same machine. */
static void measure(uint64_t steps, int threads, int out)
{
    omp_set_dynamic(0);
    struct answer answer = {.steps = steps ? steps : ceiling_steps()};
    answer.one_ns = ceiling_ns(1, answer.steps, 1);
    answer.team_ns = ceiling_ns(threads, answer.steps, 1);
    _exit(write(out, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

static bool read_answer(int in, struct answer *answer)
{
    ssize_t n;
    do
        n = read(in, answer, sizeof *answer);
    while (n < 0 && errno == EINTR);
    return n == sizeof *answer;
}

double capacity_measure(struct capacity *capacity, int threads)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0)
        measure(capacity->steps, threads, ends[1]);
    close(ends[1]);
    struct answer answer;
    bool ok = pid > 0 && read_answer(ends[0], &answer);
    close(ends[0]);
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    if (!ok || answer.one_ns <= 0)
        return -1;
    capacity->steps = answer.steps;
    return ceiling_capacity(threads, answer.one_ns, answer.team_ns);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const struct capacity_history *history)
{
    double sorted[CAPACITY_KEPT];
    size_t count = history->count < CAPACITY_KEPT ? history->count : CAPACITY_KEPT;
    memcpy(sorted, history->cores, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

bool capacity_fell(struct capacity_history *history, double cores, double *usual)
{
    if (!(cores > 0))
        return false;
    history->cores[history->count++ % CAPACITY_KEPT] = cores;
    *usual = median(history);
    return history->count >= CAPACITY_LEAST && cores < (1 - CAPACITY_MOST_LOSS) * *usual;
}
