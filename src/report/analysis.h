/*
 * analysis: records of any age and kind, sorted into groups, each with its study.
 *
 * Reads our own records (JSON Lines), CSV with the columns threads,seconds or threads,throughput,
 * and hyperfine's --export-json with a parameter like `threads`; the kind is told by content.
 * Records of one host, command (or manifest), options other than threads, kind of scaling and tool
 * version are one group; groups are never pooled. Which points are left out of the fits, and why,
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
};

struct analysis {
    struct analysis_group *groups;
    size_t group_count;
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

#endif
