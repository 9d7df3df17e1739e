/*
 * analysis: records of any age and kind, sorted into groups, each with its study.
 *
 * Reads our own records (JSON Lines), CSV with the columns threads,seconds or threads,throughput,
 * and hyperfine's --export-json with a parameter like `threads`; the kind is told by content.
 * Records of one host, command (or manifest), options other than threads, kind of scaling and tool
 * version are one group; groups are never pooled. Sharded runs make groups of their own, over ranks
 * instead of threads (report/ranks.h). Which points are left out of the fits, and why,
 * is decided here, from what each record says of its own machine. Knows: base, profile, model.
 */
#ifndef PIXSCALE_REPORT_ANALYSIS_H
#define PIXSCALE_REPORT_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/diagnosis.h"
#include "model/study.h"
#include "profile/record.h"
#include "report/rank_sets.h"
#include "report/ranks.h"

/* What grows from point to point. Where the study says threads it means these. */
enum analysis_axis { ANALYSIS_THREADS, ANALYSIS_RANKS };

struct analysis_group {
    char *name;                    /* what tells it from the others, for people */
    char *host, *what;             /* machine; program or data set and options */
    bool weak, waiting, foreign;   /* foreign: no timers of ours, wall time only */
    bool cores_unknown;            /* CPUs counted as cores */
    int cpus, cores;               /* allowed in these records; 0 unknown */
    double quota;                  /* 0: none */
    const struct record **records; /* [run_count], NULL elements for CSV and hyperfine */
    struct study_run *runs;        /* in the order they were read */
    size_t run_count;
    struct study study;
    struct diagnosis_evidence evidence; /* of threads and items, at the largest kept team */
    struct diagnosis diagnosis;         /* the main loss */
    char *verdict;                      /* plain words, several sentences */

    enum analysis_axis axis;
    /* Of groups over ranks; they have no record of a run, and cores and CPUs unknown. */
    int threads_per_rank;
    enum ranks_scaling scaling;
    const struct rank_set **sets; /* [run_count], as the runs */
};

struct analysis {
    struct analysis_group *groups; /* those over threads first */
    size_t group_count;
    struct rank_sets sets;  /* sharded runs, and what was left out of them */
    struct ranks ranks;     /* their groups, less what analysis_group took over */
    struct record *records; /* owner of what the groups point to */
    size_t record_count;
};

struct analysis_options {
    bool include_smt; /* keep points beyond the physical cores */
    struct study_options study;
};

/* Reads and fits everything. Errors (usage) name file and line. Freed by analysis_free. */
bool analysis_load(struct analysis *analysis, const char *const *paths, size_t count,
                   const struct analysis_options *options, struct error *error);
void analysis_free(struct analysis *analysis);

/* The groups of one axis, as an analysis that points into the whole and is not to be freed. */
struct analysis analysis_of_axis(const struct analysis *analysis, enum analysis_axis axis);

/* "thread" or "rank", "p" or "n". */
const char *analysis_worker(const struct analysis_group *group);
const char *analysis_letter(const struct analysis_group *group);

#endif
