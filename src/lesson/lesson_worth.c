/*
 * Lesson 8: first make the serial code fast, then ask whether parallel is worth it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_job.h"
#include "lesson/lesson_table.h"

#define PICTURES       300
#define PICTURES_BRIEF 150
#define ROUNDS         5
#define ROUNDS_BRIEF   3

static const char *const text[] = {
    "Threads are one way to be done sooner. The other is to do less. A photo of 4,000 x 3,000 is "
    "decoded to twelve million pixels, and then 4,096 of them are kept. JPEG stores waves, not "
    "pixels, and whoever leaves out the short waves gets the picture at a half, a quarter or an "
    "eighth of its size straight away. --decode fast asks the decoder for that: at least twice the "
    "size that is wanted, the rest by the usual way.",
    "It changes the bytes of the array a little, by a fraction of one step in 255 on average. "
    "Nobody sees it, and hardly any network minds; but it is no longer exact, and that has to be "
    "decided, not overlooked.",
    "We run the same pictures four ways: exact and fast, with one thread and with one on each "
    "core.",
    NULL};

static const char *const reveal[] = {
    "The two multiply: threads divide whatever work there is, and fast leaves less to divide. So "
    "the order matters. Serial code that is made twice as fast is twice as fast on every machine, "
    "on one core and on sixty-four, and costs nothing to run. Measure first where the time goes "
    "(pixscale run --profile), make that fast, and only then share it out. Sharing out slow work "
    "means keeping many cores busy with what nobody needed.",
    "A warning comes with it, and it is lesson 3: faster work makes the serial rest weigh more, so "
    "the speed-up by threads may even fall. The job is done sooner all the same. Do not fall in "
    "love with a speed-up; what counts is the time until the result is there.",
    "When is it worth it? Rewriting takes hours too. It pays when (time saved in each run) x (how "
    "often it will run) is more than (hours of work). A job of half an hour that runs once is best "
    "left alone: start it, and go to lunch. The same job every night, or 35,000 photos from a "
    "new shop every week, is worth an afternoon. The last column of the table says after how many "
    "runs.",
    NULL};

static const char *const next[] = {
    "pixscale synth -n 300 --force sample",
    "made-up pictures; with your own, large ones gain most from the next line",
    "pixscale run sample/ -o fast.npy --decode fast --force",
    "compare without --decode fast",
    "pixscale run sample/ -o one.npy --force --threads 1 --profile one.jsonl --items",
    "records what each picture costs, for the next line",
    "pixscale predict one.jsonl --items-total 35000 --effort 3h",
    "35,000 of them with 1, 2, 4 ... threads, and when three hours of work pay (the shop's photos "
    "have some 20 times as many bytes)",
    NULL};

static const char *const teacher[] = {
    "Ask before the run: a colleague wants to buy a machine with twice the cores. What would you "
    "ask him first? (Where does the time go? Has anybody made the serial program fast?)",
    "Ask after it: collect jobs from the class, how long each runs, how often, how many hours the "
    "rewriting would take, and let them work out the break-even. Most jobs of most people are not "
    "worth it, and to say so is a result of this workshop.",
    "What goes wrong: the made-up pictures are of one megapixel on average; with phone photos fast "
    "gains more, with thumbnails nothing. PNG files gain nothing, too: only JPEG stores waves.",
    NULL};

enum { EXACT, FAST, WAYS };
enum { ONE, ALL, TEAMS };

struct measured {
    int team;
    double seconds[WAYS][TEAMS]; /* medians */
    double bytes;                /* of the pictures */
    double cores;                /* that the team got, before and after */
    double mean, most;           /* difference of the arrays, steps of 255 */
};

static const char *const ways[WAYS] = {[EXACT] = "exact", [FAST] = "fast"};

/* How the bytes of two arrays of one shape differ, behind their headers. */
static bool compare(const char *one, const char *other, struct measured *m, struct error *error)
{
    FILE *a = fopen(one, "re"), *b = fopen(other, "re");
    unsigned char head[10];
    double sum = 0, most = 0, count = 0;
    /* NumPy's format 1.0: six bytes of magic, two of version, two of the header's length. */
    bool ok = a && b && fread(head, 1, sizeof head, a) == sizeof head;
    long start = ok ? (long)sizeof head + head[8] + 256L * head[9] : 0;
    ok = ok && fseek(a, start, SEEK_SET) == 0 && fseek(b, start, SEEK_SET) == 0;
    for (int x, y; ok && (x = getc_unlocked(a)) != EOF && (y = getc_unlocked(b)) != EOF; count++) {
        sum += abs(x - y);
        most = fmax(most, abs(x - y));
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    m->mean = sum / count;
    m->most = most;
    return (ok && count > 0) ||
           error_set(error, ERROR_OUTPUT, "lesson: cannot compare the arrays of exact and fast");
}

/* The array's and the records' places in the lesson's folder. */
static char *place(const struct lesson_context *context, int way, const char *suffix)
{
    char name[32];
    snprintf(name, sizeof name, "%s.%s", ways[way], suffix);
    return lesson_exec_path(context, name);
}

static bool run_once(const struct lesson_context *context, const char *pictures, int way,
                     int threads, struct error *error)
{
    char number[32];
    char *array = place(context, way, "npy"), *records = place(context, way, "jsonl");
    struct spawn_result *result = malloc(sizeof *result);
    const char *const words[] = {"run", pictures,    "--decode", ways[way], "-f",   "-o",
                                 array, "--profile", records,    "--shard", "none", NULL};
    snprintf(number, sizeof number, "OMP_NUM_THREADS=%d", threads);
    bool ok =
        array && records && result
            ? lesson_job_run(context, words, (const char *const[]){number, NULL}, result, error)
            : error_set(error, ERROR_OUTPUT, "lesson: no memory");
    free(result);
    free(array);
    free(records);
    return ok;
}

/* In turn, so that a disturbance falls on all four alike. */
static bool run_all(const struct lesson_context *context, const char *pictures, int team,
                    int rounds, struct error *error)
{
    struct lesson_context silent = *context;
    silent.step = NULL;
    for (int round = 0; round < rounds; round++) {
        if (round == 1 && context->step)
            context->step(context->user, "all of it again, for medians");
        for (int way = 0; way < WAYS; way++)
            for (int threads = 1; threads <= team; threads += team - 1)
                if (!run_once(round ? &silent : context, pictures, way, threads, error))
                    return false;
    }
    return true;
}

static bool read_all(const struct lesson_context *context, struct measured *m, struct error *error)
{
    char file[32];
    for (int way = 0; way < WAYS; way++)
        for (int team = 0; team < TEAMS; team++) {
            struct lesson_job_walls walls;
            snprintf(file, sizeof file, "%s.jsonl", ways[way]);
            if (!lesson_job_walls(context, file, team == ONE ? 1 : m->team, &walls, error))
                return false;
            m->seconds[way][team] = walls.median;
            m->bytes = walls.bytes;
        }
    char *one = place(context, EXACT, "npy"), *other = place(context, FAST, "npy");
    bool ok = one && other ? compare(one, other, m, error)
                           : error_set(error, ERROR_OUTPUT, "lesson: no memory");
    free(one);
    free(other);
    return ok;
}

/* The talk's data set and advice: how long it takes, and after how many such runs the work on the
 * program has paid for itself. */
#define TALK_BYTES     77.6e9
#define EFFORT_SECONDS (3 * 3600.0)

static void show_way(struct lesson_result *result, const struct measured *m, int way, int team)
{
    double base = m->seconds[EXACT][ONE], seconds = m->seconds[way][team];
    double share = m->bytes > 0 ? TALK_BYTES / m->bytes : NAN;
    int threads = team == ONE ? 1 : m->team;
    char whole[TEXT_SIZE], runs[TEXT_SIZE] = "-";
    if (isfinite(share) && seconds < base)
        snprintf(runs, sizeof runs, "%.0f runs", ceil(EFFORT_SECONDS / ((base - seconds) * share)));
    else if (way != EXACT || team != ONE)
        snprintf(runs, sizeof runs, "never");
    writer_print(&result->shown, "  %-5s  %d thread%s  %9.0f ms  %7.2fx  %14s  %14s\n", ways[way],
                 threads, threads == 1 ? " " : "s", 1e3 * seconds, base / seconds,
                 isfinite(share) ? text_duration(whole, seconds * share) : "-", runs);
}

static void show(struct lesson_result *result, const struct measured *m)
{
    writer_print(&result->shown, "  %-16s  %12s  %8s  %14s  %14s\n", "", "these", "speed-up",
                 "35,000 photos", "3 h pay after");
    for (int way = 0; way < WAYS; way++)
        for (int team = 0; team < TEAMS; team++)
            show_way(result, m, way, team);
    writer_print(&result->shown,
                 "\n35,000 photos: the shop's 77.6 GB, if each byte takes as long as here.\n"
                 "3 h pay after: so many runs save the three hours that rewriting took.\n"
                 "\nFast differs from exact by %.2f of 255 on average, by %.0f at most.\n",
                 m->mean, m->most);
    lesson_job_show_cores(result, m->team, m->cores);
}

static void claim(struct lesson_result *result, const struct measured *m)
{
    double faster = m->seconds[EXACT][ONE] / m->seconds[FAST][ONE],
           threads = m->seconds[EXACT][ONE] / m->seconds[EXACT][ALL],
           both = m->seconds[EXACT][ONE] / m->seconds[FAST][ALL];
    lesson_claim_waiting(result, "Fast hardly changes the array.", "of 255", m->mean, 0, 2);
    double seconds = m->seconds[EXACT][ONE];
    lesson_job_claim(result, "Fast makes one thread faster.", faster, 1.05, 20, m->team, m->cores,
                     seconds);
    lesson_job_claim(result, "Threads make the exact job faster.", threads, 0.7 * m->team,
                     1.1 * m->team, m->team, m->cores, seconds);
    lesson_job_claim(result, "Both together: nearly the product of the two.",
                     both / (faster * threads), 0.7, 1.2, m->team, m->cores, seconds);
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    struct measured measured = {.team = lesson_job_team()};
    char *pictures =
        lesson_job_pictures(context, "photos", context->brief ? PICTURES_BRIEF : PICTURES, error);
    double before = lesson_job_cores(measured.team);
    bool ok =
        pictures &&
        run_all(context, pictures, measured.team, context->brief ? ROUNDS_BRIEF : ROUNDS, error) &&
        read_all(context, &measured, error);
    free(pictures);
    if (!ok)
        return false;
    measured.cores = fmin(before, lesson_job_cores(measured.team));
    show(result, &measured);
    claim(result, &measured);
    result->answer = measured.seconds[EXACT][ONE] / measured.seconds[FAST][ONE];
    return true;
}

const struct lesson lesson_worth = {
    .number = 8,
    .name = "worth",
    .title = "Serial code first; when parallel is worth it",
    .minutes = 15,
    .minutes_brief = 5,
    .text = text,
    .question = "One thread, the same pictures, --decode fast instead of exact: how many times as "
                "fast, without any second core?",
    .unit = "x",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .own_cores = true,
    .run = run,
};
