/*
 * evidence: what the threads and items of a group's records tell about why it did not scale.
 *
 * Each item of a run with the largest kept team is held against the same item with one
 * thread: the median over those runs. A thread that takes longer for its items is slow; one that
 * merely has more or larger ones is not. Knows: report/analysis.h, model/diagnosis.h.
 */
#ifndef PIXSCALE_REPORT_EVIDENCE_H
#define PIXSCALE_REPORT_EVIDENCE_H

#include <stdbool.h>

#include "model/diagnosis.h"
#include "report/analysis.h"

/* Fills the evidence of a group whose study is there. False: no memory. */
bool evidence_fill(struct diagnosis_evidence *evidence, const struct analysis_group *group);

#endif
