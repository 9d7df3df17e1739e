/*
 * Lesson 6: threads and processes, for work that waits and for work that computes.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_job.h"
#include "lesson/lesson_show.h"
#include "lesson/lesson_table.h"

#define SLICES         96 /* teams of 2, 3, 4, 6 and 8 and their doubles divide it */
#define MINUTE_SECONDS 0.005
#define MOST_ROUNDS    3
#define NAME           "%-32s"
#define BAR_COLUMNS    28

static const char *const text[] = {
    "Two ways to have helpers. You can hire more hands for your bakery: threads. They share the "
    "room, the flour and the till, so they must take turns at the till; in exchange, hiring is "
    "quick, and everything is at hand. Or you can open more bakeries, each with one baker: "
    "processes. They share nothing. Nobody gets in anybody's way, but each needs its own room and "
    "flour, and somebody has to share out the orders before and put the bread together after.",
    "In the terminal, one process with four threads, and four processes with one:",
    "  OMP_NUM_THREADS=4 pixscale run photos/ -o photos.npy\n"
    "  for part in 1 2 3 4; do\n"
    "      OMP_NUM_THREADS=1 pixscale run --files-from part-$part -o $part.npy &\n"
    "  done; wait",
    "We bake 96 slices both ways, first with toasters that wait, as so far, then with toasters "
    "that "
    "compute: arithmetic that takes as long on a core of its own. Each time with as many helpers "
    "as there are cores, and then with twice as many.",
    NULL};

static const char *const reveal[] = {
    "Who waits needs no core. Twice the helpers wait twice as much at once, far beyond the cores, "
    "be they threads or processes. So a program that fetches web pages or answers from a disk may "
    "have hundreds of threads. Who computes needs a core all the time: with more helpers than "
    "cores the system lets them take turns, and turns make no work faster. Threads for computing: "
    "as many as there are cores.",
    "Between threads and processes the clock hardly finds a difference here, since this work "
    "shares nothing. The differences are elsewhere. Memory: program, tables and buffers exist once "
    "for all threads, but once in each process. The result: threads write their rows into one "
    "array; the processes leave several files that you must put together, and slices shared out "
    "beforehand stay where they are, even when one baker is done early. And safety: a process "
    "that crashes leaves the others alone, a thread takes all with it.",
    "That is also why Python programs use processes: in the usual Python one thread computes at a "
    "time, so for computing one hires whole processes and pays for copying the results back. "
    "For waiting, Python's threads are fine.",
    NULL};

static const char *const next[] = {
    "OMP_NUM_THREADS=64 pixscale bakery toast --minute 50ms",
    "64 threads that wait, on any machine",
    "OMP_NUM_THREADS=64 pixscale bakery toast --minute 50ms --work computing",
    "64 that compute; watch the CPUs with top in another terminal",
    "pixscale synth -n 300 --force sample",
    "made-up pictures for the next line; or take a folder of your own",
    "pixscale run sample/ -o sample.npy --force",
    "\"memory\" tells its peak; compare --threads 1 with all",
    NULL};

static const char *const teacher[] = {
    "Ask before the run: who of you would rather hire, who would rather open a second bakery, and "
    "why? Then: what does each helper need to have for himself in either case?",
    "Ask after it: your browser opens a process for each site. Why not a thread? (Safety.) A web "
    "server with 10,000 visitors, each of whom mostly waits: threads or processes, and how many "
    "cores? (Threads or tasks; one core may do.)",
    "What goes wrong: the half that waits works everywhere. The half that computes needs cores of "
    "one's own; where others use them the lesson says so and claims nothing. A memory figure "
    "counts libraries in every process, though the system keeps them once: the true difference is "
    "a few megabytes smaller for each process.",
    NULL};

/* Who does it: one process with many threads, or many processes with one. */
struct crew {
    int threads, processes;
};

enum { CREWS = 5, KINDS = 2, WAITING = 0, COMPUTING = 1 };

struct measured {
    struct crew crew[CREWS];
    double minutes[KINDS][CREWS]; /* of the slowest process, by its own clock */
    double cores;                 /* for a thread each on the cores */
    double start_seconds;         /* from a process's start to its end, less the baking */
    int64_t peak_one, peak_team;  /* bytes, of turning pictures with one thread and with a team */
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One crew's 96 slices; *seconds until its slowest process was done, *wall_ns from outside. */
static bool bake(const struct lesson_context *context, const struct crew *crew, int kind,
                 const char *file, double *seconds, int64_t *wall_ns, struct error *error)
{
    char slices[16], threads[32];
    char *path = lesson_exec_path(context, file);
    if (!path)
        return error_set(error, ERROR_OUTPUT, "lesson: no memory");
    snprintf(slices, sizeof slices, "%d", SLICES / crew->processes);
    snprintf(threads, sizeof threads, "OMP_NUM_THREADS=%d", crew->threads);
    /* A minute is 5 ms unless told otherwise, and the work waiting. */
    const char *const words[] = {
        "bakery",    "toast", "-n", slices, "--profile", path, kind ? "--work" : NULL,
        "computing", NULL};
    struct lesson_job_walls walls;
    bool ok = lesson_exec_together(context, words, (const char *const[]){threads, NULL},
                                   crew->processes, wall_ns, error) &&
              lesson_job_walls(context, file, crew->threads, &walls, error);
    if (ok)
        *seconds = walls.most;
    remove(path); /* the next round is a file of its own */
    free(path);
    return ok;
}

static bool bake_all(const struct lesson_context *context, int rounds, struct measured *measured,
                     struct error *error)
{
    double seconds[KINDS][CREWS][MOST_ROUNDS], start[MOST_ROUNDS];
    struct lesson_context silent = *context;
    int64_t wall_ns;
    silent.step = NULL;
    for (int round = 0; round < rounds; round++) {
        if (round == 1 && context->step)
            context->step(context->user,
                          "all of it again, for the best of waiting and the median of computing");
        for (int kind = 0; kind < KINDS; kind++)
            for (int i = 0; i < CREWS; i++) {
                double *at = &seconds[kind][i][round];
                if (!bake(round ? &silent : context, &measured->crew[i], kind, "crew.jsonl", at,
                          &wall_ns, error))
                    return false;
                if (kind == WAITING && i == 0)
                    start[round] = (double)wall_ns / 1e9 - *at;
            }
    }
    for (int kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < CREWS; i++) {
            double *at = seconds[kind][i];
            qsort(at, (size_t)rounds, sizeof *at, ascending);
            /* A sleep is never too short, so the least is the one that was disturbed least. */
            measured->minutes[kind][i] = at[kind == WAITING ? 0 : rounds / 2] / MINUTE_SECONDS;
        }
    qsort(start, (size_t)rounds, sizeof *start, ascending);
    measured->start_seconds = start[rounds / 2];
    return true;
}

static bool peak(const struct lesson_context *context, const char *pictures, int threads,
                 int64_t *bytes, struct error *error)
{
    char number[32];
    char *array = lesson_exec_path(context, "memory.npy");
    struct spawn_result *result = malloc(sizeof *result);
    const char *const words[] = {"run", pictures, "--force", "--shard", "none", "-o", array, NULL};
    snprintf(number, sizeof number, "OMP_NUM_THREADS=%d", threads);
    bool ok = array && result ? lesson_job_run(context, words, (const char *const[]){number, NULL},
                                               result, error)
                              : error_set(error, ERROR_OUTPUT, "lesson: no memory");
    if (ok)
        *bytes = result->peak_bytes;
    free(result);
    free(array);
    return ok;
}

static bool weigh(const struct lesson_context *context, int team, struct measured *measured,
                  struct error *error)
{
    char *pictures = lesson_job_pictures(context, "pictures", 24, error);
    bool ok = pictures && peak(context, pictures, 1, &measured->peak_one, error) &&
              peak(context, pictures, team, &measured->peak_team, error);
    free(pictures);
    return ok;
}

static void show(struct lesson_result *result, const struct measured *m)
{
    char name[48], bytes[TEXT_SIZE], each[TEXT_SIZE];
    int team = m->crew[1].threads;
    writer_print(&result->shown, "96 slices, in minutes\n\n" NAME "%16s%20s\n", "", "waiting",
                 "computing");
    for (int i = 0; i < CREWS; i++) {
        const struct crew *crew = &m->crew[i];
        if (crew->processes == 1)
            snprintf(name, sizeof name, "  1 process, %d thread%s", crew->threads,
                     crew->threads == 1 ? "" : "s");
        else
            snprintf(name, sizeof name, "  %d processes, 1 thread each", crew->processes);
        writer_print(&result->shown, NAME "%8.1f %6.2fx %11.1f %7.2fx\n", name,
                     m->minutes[WAITING][i], m->minutes[WAITING][0] / m->minutes[WAITING][i],
                     m->minutes[COMPUTING][i], m->minutes[COMPUTING][0] / m->minutes[COMPUTING][i]);
    }
    lesson_job_show_cores(result, team, m->cores);
    writer_print(&result->shown,
                 "Starting and ending a process took %.0f ms; the minutes leave it out.\n",
                 1e3 * m->start_seconds);
    writer_text(&result->shown, "\nMemory for turning pictures into an array, at its peak\n\n");
    snprintf(name, sizeof name, "  1 process, %d threads", team);
    writer_print(&result->shown, NAME "%11s\n", name, text_bytes(bytes, (double)m->peak_team));
    snprintf(name, sizeof name, "  %d processes, 1 thread each", team);
    writer_print(&result->shown, NAME "%11s  (%s each)\n", name,
                 text_bytes(bytes, (double)(team * m->peak_one)),
                 text_bytes(each, (double)m->peak_one));
}

static void claim(struct lesson_result *result, const struct measured *m)
{
    const double *waiting = m->minutes[WAITING], *computing = m->minutes[COMPUTING];
    int team = m->crew[1].threads;
    double one = 2.0 * SLICES;
    lesson_claim_waiting(result, "Waiting, twice as many threads as cores: so many times as fast.",
                         "x", waiting[0] / waiting[3], 2 * team * 0.94, 2 * team * 1.06);
    lesson_claim_waiting(result, "Waiting, processes take as long as threads.", "minutes",
                         waiting[4], one / (2 * team) * 0.97, one / (2 * team) * 1.06);
    lesson_claim_computing(result,
                           "Computing, a thread for each core: nearly so many times as fast.", "x",
                           computing[0] / computing[1], 0.85 * team, 1.05 * team, team, m->cores);
    lesson_claim_computing(result, "Computing, processes are as fast as threads.", "x",
                           computing[1] / computing[2], 0.85, 1.18, team, m->cores);
    lesson_claim_computing(result, "Computing, twice as many threads as cores bring nothing.", "x",
                           computing[1] / computing[3], 0.85, 1.18, team, m->cores);
    lesson_claim_waiting(result, "Processes need more memory together than threads.", "x",
                         (double)(team * m->peak_one) / (double)m->peak_team, 1.02, team);
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    int team = lesson_job_team();
    struct measured measured = {
        .crew = {{1, 1}, {team, 1}, {1, team}, {2 * team, 1}, {1, 2 * team}}};
    double before = lesson_job_cores(team);
    if (!bake_all(context, context->brief ? 2 : MOST_ROUNDS, &measured, error) ||
        !weigh(context, team, &measured, error))
        return false;
    measured.cores = fmin(before, lesson_job_cores(team));
    show(result, &measured);
    claim(result, &measured);
    result->answer = measured.minutes[COMPUTING][1] / measured.minutes[COMPUTING][3];
    return true;
}

const struct lesson lesson_processes = {
    .number = 6,
    .name = "processes",
    .title = "Threads and processes, waiting and computing",
    .minutes = 13,
    .text = text,
    .question = "There is a thread for each core. You double the threads: work that waits is done "
                "in half the time, 2 times as fast. How many times as fast is work that computes?",
    .unit = "x",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .own_cores = true,
    .run = run,
};
