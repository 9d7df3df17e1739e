/*
 * ledger: where the threads went that did not become speed-up, exactly.
 *
 * The speed-up ledger after Eyerman et al. (ISPASS 2012) as an identity of measured times, and the
 * additive form of the POP efficiencies. Knows: model/study.h.
 */
#ifndef PIXSCALE_MODEL_LEDGER_H
#define PIXSCALE_MODEL_LEDGER_H

#include "model/study.h"

/* Fills ledgers, pops and timers_serial of a study whose points are there. Serial time is by
 * definition the wall less the regions. Nothing without accounts of one-thread runs. False: no
 * memory. */
bool ledger_fill(struct study *study, const struct study_run *runs, size_t count);

#endif
