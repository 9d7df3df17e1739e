/*
 * Lesson 7: the real job, and the learner's own curve.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_job.h"
#include "lesson/lesson_show.h"
#include "lesson/lesson_table.h"

#define PICTURES       300
#define PICTURES_BRIEF 150

static const char *const text[] = {
    "Enough toast. A shop has 35,000 product photos, 77.6 GB, of all sizes, and wants to train a "
    "network that takes pictures of 64 x 64. A plain loop did 471 of them an hour, three days in "
    "all; a pool of processes did 9,722, under four hours. Every photo must be read, decoded, "
    "converted to "
    "RGB and made small, and all of them put into one array: the job that this program was made "
    "for. A picture is a slice, a thread is a toaster:",
    "  #pragma omp for schedule(runtime)\n"
    "  for (int i = 0; i < pictures; i++)\n"
    "      read, decode, convert, resize, store in row i;",
    "It is the same loop as in lesson 1, yet no longer a game. Pictures are uneven, big ones take "
    "fifty times as long as small ones (lesson 4). Listing the folder before and closing the file "
    "after are serial (lesson 3). And threads that compute share what the toasters never did: "
    "memory, caches, and the clock rate, which falls when all cores are busy.",
    "First the job runs with one thread and with all. Then a sweep measures every number of "
    "threads several times, in random order, and draws your own curve.",
    NULL};

static const char *const reveal[] = {
    "This is your machine, your curve. Where did the rest go? The ledger in the verdict divides "
    "what is missing: serial phases, imbalance (one thread still busy while the others are done), "
    "waiting, and slower work: the same picture takes longer when the other cores are busy, too. "
    "In the bakery that last part was 0, for sleeping needs nothing. In real jobs it is often the "
    "largest.",
    "The line below the table shows what so many threads of pure arithmetic got out of these "
    "cores, without memory, without a schedule. Where that is 1.9 of 2, nobody does better.",
    "And the array is the same to the last byte, whatever the number of threads: picture i always "
    "goes to row i. Test that first in every parallel program of yours. A wrong result twice as "
    "fast is no speed-up.",
    NULL};

static const char *const next[] = {
    "pixscale synth -n 300 --force sample",
    "made-up pictures; or take a folder of your own from here on",
    "pixscale sweep sample/ -o mine.jsonl",
    "the sweep of this lesson, until the speed-ups are sure",
    "pixscale report mine.jsonl -o mine.html",
    "all figures and tables on one page, to be sent or printed",
    "pixscale sweep sample/ --schedule static --budget 20s -o static.jsonl",
    "lesson 4 again, for real: a fixed share for each thread ...",
    "pixscale fit static.jsonl",
    "... and what it costs; who waits for whom?",
    NULL};

static const char *const teacher[] = {
    "Ask before the run: which parts of this job are serial? (Listing the folder, the plan, "
    "opening and closing the output.) What do the threads share, although the program shares "
    "nothing? (Memory bandwidth, the last cache, the disk, the power budget.)",
    "Ask after it: put all speed-ups at 2 and 4 threads on the board, with the kind of machine. "
    "Why do they differ? Laptops with fast and slow cores bend at the number of fast ones; "
    "hardware threads of one core bring a quarter, not a double.",
    "What goes wrong: batteries and warm laptops lower the clock rate halfway through; in WSL2 "
    "pictures below /mnt/c are slow to read, so copy them into the Linux side; a container may "
    "have a quota below its number of CPUs (pixscale info tells). On one shared server the "
    "students measure each other: show one recorded curve instead, pixscale fit and plot read "
    "records from anywhere.",
    NULL};

/* The talk's data set. */
#define TALK_BYTES 77.6e9

/* Bytes in which two files differ; those that one has and the other has not count. −1: not read. */
static double difference(const char *one, const char *other)
{
    FILE *a = fopen(one, "re"), *b = fopen(other, "re");
    double count = a && b ? 0 : -1;
    for (int x = 0, y = 0; a && b && (x != EOF || y != EOF);) {
        x = getc_unlocked(a);
        y = getc_unlocked(b);
        count += x != y;
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return count;
}

/* Once with one thread and once with a team, each into an array of its own; how they differ. */
static bool run_twice(const struct lesson_context *context, const char *pictures, int team,
                      double *differing, struct error *error)
{
    char threads[32];
    char *one = lesson_exec_path(context, "one.npy"), *all = lesson_exec_path(context, "all.npy");
    struct spawn_result *result = malloc(sizeof *result);
    bool ok = (one && all && result) || error_set(error, ERROR_OUTPUT, "lesson: no memory");
    snprintf(threads, sizeof threads, "OMP_NUM_THREADS=%d", team);
    const char *const first[] = {"run", pictures, "-o", one, NULL};
    const char *const second[] = {"run", pictures, "-o", all, NULL};
    ok = ok &&
         lesson_job_run(context, first, (const char *const[]){"OMP_NUM_THREADS=1", NULL}, result,
                        error) &&
         lesson_job_run(context, second, (const char *const[]){threads, NULL}, result, error);
    if (ok)
        *differing = difference(one, all);
    free(result);
    free(one);
    free(all);
    return ok;
}

static bool sweep(const struct lesson_context *context, const char *pictures, struct error *error)
{
    char *records = lesson_exec_path(context, "mine.jsonl");
    struct spawn_result *result = malloc(sizeof *result);
    const char *const words[] = {"sweep", pictures, "--budget", context->brief ? "8s" : "20s",
                                 "-o",    records,  NULL};
    bool ok = records && result ? lesson_job_run(context, words, NULL, result, error)
                                : error_set(error, ERROR_OUTPUT, "lesson: no memory");
    free(result);
    free(records);
    return ok;
}

static void show_machine(struct lesson_result *result, const struct study *study)
{
    writer_text(&result->shown, "\nCores that pure arithmetic got, beside these runs:");
    for (size_t i = 0; i < study->point_count; i++) {
        const struct study_point *point = &study->points[i];
        if (isfinite(point->attainable))
            writer_print(&result->shown, "%s %.2f of %d", i ? "," : "",
                         fmin(point->attainable, point->threads), point->threads);
    }
    writer_text(&result->shown, "\n");
}

/* The largest team that was kept; where the machine was so disturbed that only one thread was, the
 * largest there is. */
static const struct study_point *largest_team(const struct study *study)
{
    const struct study_point *largest = &study->points[study->point_count - 1];
    for (size_t i = study->point_count; i-- > 0;)
        if (!study->points[i].excluded && study->points[i].threads > 1)
            return &study->points[i];
    return largest;
}

static void show_talk(struct lesson_result *result, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_point *one = lesson_show_point(study, 1), *team = largest_team(study);
    const struct record *record = group->run_count ? group->records[0] : NULL;
    char few[TEXT_SIZE], many[TEXT_SIZE];
    if (!one || !record || record->bytes <= 0)
        return;
    double share = TALK_BYTES / (double)record->bytes;
    writer_print(&result->shown,
                 "\nThe shop's 35,000 photos, 77.6 GB, if each byte takes as long as here:\n"
                 "  %s with 1 thread, %s with %d\n",
                 text_duration(few, one->seconds * share),
                 text_duration(many, team->seconds * share), team->threads);
}

static void fill(const struct lesson_context *context, struct lesson_result *result,
                 const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_point *two = lesson_show_point(study, 2);
    static const char claimed[] = "Two threads are nearly twice as fast as one.";
    lesson_show_points(result, study, "threads", 1e-3, "ms");
    show_machine(result, study);
    show_talk(result, group);
    writer_text(&result->shown, "\nVerdict\n");
    lesson_job_wrap(&result->shown, group->verdict, context->columns);
    /* Not the study's own speed-up: it has none where nothing was left to fit. */
    result->answer = study->points[0].seconds / largest_team(study)->seconds;
    if (two && two->excluded)
        lesson_claim_skipped(result, claimed, two->why);
    else if (two)
        lesson_job_claim(result, claimed, two->speedup, 1.5, 2.15, 2, two->attainable,
                         study->points[0].seconds);
    else
        lesson_claim_skipped(result, claimed, "only one CPU may be used here");
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    char *pictures =
        lesson_job_pictures(context, "photos", context->brief ? PICTURES_BRIEF : PICTURES, error);
    struct analysis analysis = {0};
    double differing = NAN;
    bool ok = pictures && run_twice(context, pictures, lesson_job_team(), &differing, error) &&
              sweep(context, pictures, error) &&
              lesson_exec_fit(context, "mine.jsonl", &analysis, error);
    if (ok && (!analysis.group_count || !analysis.groups[0].study.point_count))
        ok = error_set(error, ERROR_OUTPUT, "lesson: the sweep left nothing to fit");
    if (ok) {
        lesson_claim_waiting(result, "The arrays are the same with one thread and with all.",
                             "bytes", differing, 0, 0);
        fill(context, result, &analysis.groups[0]);
        ok = lesson_show_figure(context, result, &analysis, FIGURES_SPEEDUP,
                                "Your curve: measured points, the law, and what is ideal.", error);
    }
    analysis_free(&analysis);
    free(pictures);
    return ok;
}

const struct lesson lesson_pictures = {
    .number = 7,
    .name = "pictures",
    .title = "The real job: pictures, and your own curve",
    .minutes = 13,
    .text = text,
    .question = "With a thread on each core of this machine (pixscale info tells how many), how "
                "many times as fast as with one thread will the pictures be done?",
    .unit = "x",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .own_cores = true,
    .run = run,
};
