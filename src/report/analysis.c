#include "report/analysis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/evidence.h"
#include "report/grouping.h"
#include "report/ranks.h"
#include "report/readings.h"
#include "report/runs.h"
#include "report/verdict.h"

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "no memory to analyse the measurements");
}

/* What a record says of machine and work. All of a group say the same, by grouping_make. */
static void describe(struct analysis_group *group, const struct record *record)
{
    bool computing = !record->work || strcmp(record->work, "waiting") != 0;
    group->weak = record->weak || (record->kind && strcmp(record->kind, "weak") == 0);
    group->waiting = !computing;
    group->foreign = record->thread_count == 0;
    group->cores_unknown = record->cores <= 0;
    group->cpus = record->affinity_cpus > 0 ? (int)record->affinity_cpus : 0;
    group->cores = record->cores > 0 ? (int)record->cores : group->cpus;
    group->quota = record->cgroup_cpus > 0 ? record->cgroup_cpus : 0;
}

static void fill_run(struct analysis_group *group, size_t at, const struct readings *readings,
                     const struct readings_row *row, const struct analysis_options *options)
{
    if (row->record != READINGS_NO_RECORD) {
        const struct record *record = &readings->records[row->record];
        group->records[at] = record;
        group->runs[at] = runs_of_record(record, row->threads, row->seconds, options->include_smt);
        return;
    }
    group->runs[at] = (struct study_run){.threads = row->threads,
                                         .seconds = row->seconds,
                                         .excluded = row->why != NULL,
                                         .why = row->why,
                                         .scale = 1,
                                         .capacity = NAN};
}

/* What nothing is known of yet. */
static void begin(struct analysis_group *group)
{
    group->study.base_seconds = group->study.serial_seconds = NAN;
    group->study.timers_serial = group->study.lack_of_fit_p = NAN;
}

/* Fits what was filled in. A group without a run to fit has points all the same, and its verdict
 * says why no more. */
static bool conclude(struct analysis_group *group, const double *serial, size_t serial_count,
                     const struct analysis_options *options)
{
    if (group->run_count > 0 &&
        !study_fit(&group->study, group->runs, group->run_count, serial, serial_count,
                   &options->study) &&
        group->study.point_count == 0)
        return false;
    if (!evidence_fill(&group->evidence, group))
        return false;
    group->diagnosis = diagnosis_make(&group->study, &group->evidence);
    group->verdict = verdict_text(group);
    return group->verdict != NULL;
}

/* Moves the names over from the grouping, which then owns them no more. */
static bool fill_group(struct analysis_group *group, struct grouping_group *from,
                       const struct readings *readings, const struct analysis_options *options)
{
    group->name = from->name;
    group->host = from->host;
    group->what = from->what;
    from->name = from->host = from->what = NULL;
    group->foreign = true;
    begin(group);
    group->records = calloc(from->row_count + 1, sizeof *group->records);
    group->runs = calloc(from->row_count + 1, sizeof *group->runs);
    if (!group->records || !group->runs)
        return false;
    group->run_count = from->row_count;
    for (size_t i = 0; i < from->row_count; i++)
        fill_run(group, i, readings, &readings->rows[from->rows[i]], options);
    if (group->run_count > 0 && group->records[0])
        describe(group, group->records[0]);
    if (group->weak)
        runs_scale(group->runs, group->records, group->run_count);
    return conclude(group, from->serial, from->serial_count, options);
}

/* "3 hosts: nid1, nid2, nid3", as many as there is room for. */
static char *hosts_of(const struct ranks_group *from)
{
    char names[160] = "";
    size_t most = 0;
    const struct rank_set *widest = from->sets[0];
    for (size_t i = 0; i < from->count; i++)
        if (from->sets[i]->hosts > most) {
            widest = from->sets[i];
            most = widest->hosts;
        }
    for (size_t k = 0; k < widest->ranks; k++) {
        const char *name = widest->shards[k].record->host_name;
        size_t used = strlen(names);
        char word[64];
        snprintf(word, sizeof word, "%s%.48s", used ? ", " : "", name ? name : "unnamed");
        if (strstr(names, word + (used ? 2 : 0)))
            continue;
        if (used + strlen(word) + 6 > sizeof names) {
            strcat(names, ", ...");
            break;
        }
        strcat(names, word);
    }
    char *text = NULL;
    if (asprintf(&text, "%zu host%s: %s", most, most == 1 ? "" : "s", names) < 0)
        text = NULL;
    return text;
}

/* Moves the names over, too. */
static bool fill_ranks(struct analysis_group *group, struct ranks_group *from,
                       const struct analysis_options *options)
{
    const struct record *record = from->sets[0]->shards[0].record;
    double one = from->scaling == RANKS_STRONG ? 0 : ranks_rows_of_one(from);
    begin(group);
    group->axis = ANALYSIS_RANKS;
    group->name = from->name;
    group->what = from->what;
    from->name = from->what = NULL;
    group->host = hosts_of(from);
    group->weak = from->scaling != RANKS_STRONG;
    group->waiting = record->work && strcmp(record->work, "waiting") == 0;
    group->threads_per_rank = from->threads;
    group->scaling = from->scaling;
    group->runs = calloc(from->count + 1, sizeof *group->runs);
    group->records = calloc(from->count + 1, sizeof *group->records);
    group->sets = from->sets;
    from->sets = NULL;
    if (!group->host || !group->runs || !group->records)
        return false;
    group->run_count = from->count;
    for (size_t i = 0; i < from->count; i++)
        group->runs[i] = ranks_run(group->sets[i], one);
    return conclude(group, NULL, 0, options);
}

static bool fill(struct analysis *analysis, struct grouping *grouping,
                 const struct readings *readings, const struct analysis_options *options,
                 struct error *error)
{
    struct ranks *ranks = &analysis->ranks;
    analysis->groups = calloc(grouping->count + ranks->count + 1, sizeof *analysis->groups);
    if (!analysis->groups)
        return no_memory(error);
    for (size_t i = 0; i < grouping->count; i++) {
        analysis->group_count = i + 1;
        if (!fill_group(&analysis->groups[i], &grouping->groups[i], readings, options))
            return no_memory(error);
    }
    for (size_t i = 0; i < ranks->count; i++) {
        analysis->group_count = grouping->count + i + 1;
        if (!fill_ranks(&analysis->groups[grouping->count + i], &ranks->groups[i], options))
            return no_memory(error);
    }
    return true;
}

/* Sorts what was read into groups and fits them. */
static bool analyse(struct analysis *analysis, const struct readings *readings,
                    const struct analysis_options *options, struct error *error)
{
    struct grouping grouping = {0};
    bool ok = grouping_make(&grouping, readings) &&
              rank_sets_make(&analysis->sets, readings, options->include_smt) &&
              ranks_make(&analysis->ranks, &analysis->sets);
    if (!ok)
        no_memory(error);
    else
        ok = fill(analysis, &grouping, readings, options, error);
    if (ok && analysis->group_count == 0)
        ok = error_set(error, ERROR_USAGE, "no whole run is in these records%s%s",
                       analysis->sets.left_out_count ? ": " : "; a merge or a frozen list is none",
                       analysis->sets.left_out_count ? analysis->sets.left_out[0] : "");
    grouping_free(&grouping);
    return ok;
}

bool analysis_load(struct analysis *analysis, const char *const *paths, size_t count,
                   const struct analysis_options *options, struct error *error)
{
    *analysis = (struct analysis){0};
    struct readings readings = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = readings_load(&readings, paths[i], error);
    if (ok && readings.count == 0)
        ok = error_set(error, ERROR_USAGE, "no measurements were given");
    ok = ok && analyse(analysis, &readings, options, error);
    /* The groups point to the records from here on. */
    analysis->records = readings.records;
    analysis->record_count = readings.record_count;
    readings.records = NULL;
    readings.record_count = 0;
    readings_free(&readings);
    if (!ok)
        analysis_free(analysis);
    return ok;
}

void analysis_free(struct analysis *analysis)
{
    for (size_t i = 0; i < analysis->group_count; i++) {
        struct analysis_group *group = &analysis->groups[i];
        study_free(&group->study);
        free(group->name);
        free(group->host);
        free(group->what);
        free(group->records);
        free(group->runs);
        free(group->verdict);
        free(group->sets);
    }
    ranks_free(&analysis->ranks);
    rank_sets_free(&analysis->sets);
    for (size_t i = 0; i < analysis->record_count; i++)
        record_free(&analysis->records[i]);
    free(analysis->groups);
    free(analysis->records);
    *analysis = (struct analysis){0};
}

struct analysis analysis_of_axis(const struct analysis *analysis, enum analysis_axis axis)
{
    struct analysis part = *analysis;
    size_t first = 0;
    while (first < analysis->group_count && analysis->groups[first].axis != axis)
        first++;
    part.groups = analysis->groups + first;
    part.group_count = 0;
    while (first + part.group_count < analysis->group_count &&
           part.groups[part.group_count].axis == axis)
        part.group_count++;
    return part;
}

const char *analysis_worker(const struct analysis_group *group)
{
    return group->axis == ANALYSIS_RANKS ? "rank" : "thread";
}

const char *analysis_letter(const struct analysis_group *group)
{
    return group->axis == ANALYSIS_RANKS ? "n" : "p";
}
