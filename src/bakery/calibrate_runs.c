#include "bakery/calibrate_runs.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep/rounds.h"
#include "sweep/spawn.h"

/* Of a process beside its toast: starting, looking at the machine, measuring the clock. */
#define PROCESS_SECONDS 0.02

#define MOST_WORDS 12
#define WORD_SIZE  64

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory");
}

/* A run of a round: which case, how many toasters. */
static size_t case_of(size_t place)
{
    return place / CALIBRATE_POINTS;
}

static int team_of(size_t place)
{
    return calibrate_teams[place % CALIBRATE_POINTS];
}

static double run_seconds(const struct calibrate_runs *runs, size_t place)
{
    struct toast toast = calibrate_toast(&calibrate_cases[case_of(place)], runs->minute_ns);
    double minutes = toast_predict(&toast, team_of(place));
    return PROCESS_SECONDS + minutes * (double)runs->minute_ns * 1e-9;
}

static double round_seconds(const struct calibrate_runs *runs)
{
    double sum = 0;
    for (size_t i = 0; i < CALIBRATE_CASES * CALIBRATE_POINTS; i++)
        if (runs->wanted[case_of(i)])
            sum += run_seconds(runs, i);
    return sum;
}

double calibrate_runs_seconds(const struct calibrate_runs *runs)
{
    return runs->runs * round_seconds(runs);
}

static bool make_folder(struct calibrate_runs *runs, struct error *error)
{
    if (asprintf(&runs->folder, "%s/pixscale-calibrate-XXXXXX", runs->temporary) < 0) {
        runs->folder = NULL;
        return no_memory(error);
    }
    if (!mkdtemp(runs->folder)) {
        error_set(error, ERROR_OUTPUT, "%s: cannot make a folder for the records: %s",
                  runs->temporary, strerror(errno));
        free(runs->folder);
        runs->folder = NULL;
        return false;
    }
    for (size_t i = 0; i < CALIBRATE_CASES; i++)
        if (runs->wanted[i] &&
            asprintf(&runs->file[i], "%s/%s.jsonl", runs->folder, calibrate_cases[i].word) < 0) {
            runs->file[i] = NULL;
            return no_memory(error);
        }
    return true;
}

/* The first line of what the run said. */
static bool run_failed(const struct spawn_result *result, struct error *error)
{
    int length = (int)strcspn(result->errors, "\n");
    return error_set(error, ERROR_OUTPUT, "a run of bakery toast ended with status %d%s%.*s",
                     result->status, length ? ": " : "", length, result->errors);
}

static bool run_once(const struct calibrate_runs *runs, size_t place, struct error *error)
{
    const struct calibrate_case *which = &calibrate_cases[case_of(place)];
    char slices[WORD_SIZE], minute[WORD_SIZE], team[WORD_SIZE], schedule[WORD_SIZE];
    char option[WORD_SIZE], *profile = NULL;
    snprintf(slices, sizeof slices, "--slices=%d", CALIBRATE_SLICES);
    snprintf(minute, sizeof minute, "--minute=%.10gus", (double)runs->minute_ns * 1e-3);
    snprintf(team, sizeof team, "--toasters=%d", team_of(place));
    snprintf(schedule, sizeof schedule, "--schedule=%s", which->schedule);
    snprintf(option, sizeof option, "--%s", which->option ? which->option : "");
    if (asprintf(&profile, "--profile=%s", runs->file[case_of(place)]) < 0)
        return no_memory(error);
    const char *words[MOST_WORDS] = {"pixscale", "bakery", "toast",   slices,    minute,
                                     team,       schedule, "--items", "--quiet", profile};
    if (which->option)
        words[10] = option;
    const char *changes[] = {"OMP_WAIT_POLICY=passive", NULL};
    char **environment = spawn_environment(runs->environment, changes);
    struct spawn_job job = {
        .argv = words, .file = "/proc/self/exe", .environment = environment, .stop = runs->stop};
    struct spawn_result result;
    bool ok = environment ? spawn_run(&job, &result, error) : no_memory(error);
    free(environment);
    free(profile);
    return ok && !result.stopped && (result.status == 0 || run_failed(&result, error));
}

static bool is_stopped(const struct calibrate_runs *runs)
{
    return runs->stop && atomic_load(runs->stop);
}

bool calibrate_runs_go(struct calibrate_runs *runs, struct error *error)
{
    size_t order[CALIBRATE_CASES * CALIBRATE_POINTS];
    double all = calibrate_runs_seconds(runs), spent = 0;
    int done = 0, total = 0;
    if (!make_folder(runs, error))
        return false;
    for (size_t i = 0; i < CALIBRATE_CASES; i++)
        total += runs->wanted[i] ? CALIBRATE_POINTS * runs->runs : 0;
    for (int round = 0; round < runs->runs; round++) {
        rounds_order(runs->seed, round, order, CALIBRATE_CASES * CALIBRATE_POINTS);
        for (size_t i = 0; i < CALIBRATE_CASES * CALIBRATE_POINTS; i++) {
            if (!runs->wanted[case_of(order[i])])
                continue;
            if (runs->progress)
                runs->progress(runs->user, fmin(spent / all, 1), done, total);
            if (is_stopped(runs) || !run_once(runs, order[i], error))
                return false;
            spent += run_seconds(runs, order[i]);
            done++;
        }
    }
    if (runs->progress)
        runs->progress(runs->user, 1, done, total);
    return true;
}

/* False with errno. A file that is not there holds nothing. */
static bool copy_file(const char *path, FILE *out)
{
    char data[65536];
    size_t n;
    FILE *in = fopen(path, "re");
    if (!in)
        return errno == ENOENT;
    bool ok = true;
    while (ok && (n = fread(data, 1, sizeof data, in)) > 0)
        ok = fwrite(data, 1, n, out) == n;
    ok = ok && !ferror(in);
    fclose(in);
    return ok;
}

bool calibrate_runs_keep(const struct calibrate_runs *runs, const char *path, struct error *error)
{
    FILE *out = fopen(path, "ae");
    bool ok = out != NULL;
    for (size_t i = 0; ok && i < CALIBRATE_CASES; i++)
        ok = !runs->file[i] || copy_file(runs->file[i], out);
    if (out && fclose(out) != 0)
        ok = false;
    return ok ||
           error_set(error, ERROR_OUTPUT, "%s: cannot keep the records: %s", path, strerror(errno));
}

void calibrate_runs_close(struct calibrate_runs *runs)
{
    for (size_t i = 0; i < CALIBRATE_CASES; i++) {
        if (runs->file[i])
            unlink(runs->file[i]);
        free(runs->file[i]);
        runs->file[i] = NULL;
    }
    if (runs->folder)
        rmdir(runs->folder);
    free(runs->folder);
    runs->folder = NULL;
}
