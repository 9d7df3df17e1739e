#include "report/analysis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/evidence.h"
#include "report/grouping.h"
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

/* Moves the names over from the grouping, which then owns them no more. */
static bool fill_group(struct analysis_group *group, struct grouping_group *from,
                       const struct readings *readings, const struct analysis_options *options)
{
    group->name = from->name;
    group->host = from->host;
    group->what = from->what;
    from->name = from->host = from->what = NULL;
    group->foreign = true;
    group->study.base_seconds = group->study.serial_seconds = NAN;
    group->study.timers_serial = group->study.lack_of_fit_p = NAN;
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
    /* A group without a run to fit has points all the same, and its verdict says why no more. */
    if (group->run_count > 0 &&
        !study_fit(&group->study, group->runs, group->run_count, from->serial, from->serial_count,
                   &options->study) &&
        group->study.point_count == 0)
        return false;
    if (!evidence_fill(&group->evidence, group))
        return false;
    group->diagnosis = diagnosis_make(&group->study, &group->evidence);
    group->verdict = verdict_text(group);
    return group->verdict != NULL;
}

static bool fill(struct analysis *analysis, struct grouping *grouping,
                 const struct readings *readings, const struct analysis_options *options,
                 struct error *error)
{
    analysis->groups = calloc(grouping->count + 1, sizeof *analysis->groups);
    if (!analysis->groups)
        return no_memory(error);
    for (size_t i = 0; i < grouping->count; i++) {
        analysis->group_count = i + 1;
        if (!fill_group(&analysis->groups[i], &grouping->groups[i], readings, options))
            return no_memory(error);
    }
    return true;
}

bool analysis_load(struct analysis *analysis, const char *const *paths, size_t count,
                   const struct analysis_options *options, struct error *error)
{
    *analysis = (struct analysis){0};
    struct readings readings = {0};
    struct grouping grouping = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = readings_load(&readings, paths[i], error);
    if (ok && readings.count == 0)
        ok = error_set(error, ERROR_USAGE, "no measurements were given");
    if (ok && !grouping_make(&grouping, &readings))
        ok = no_memory(error);
    if (ok)
        ok = fill(analysis, &grouping, &readings, options, error);
    grouping_free(&grouping);
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
    }
    for (size_t i = 0; i < analysis->record_count; i++)
        record_free(&analysis->records[i]);
    free(analysis->groups);
    free(analysis->records);
    *analysis = (struct analysis){0};
}
