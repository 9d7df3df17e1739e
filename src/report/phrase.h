/*
 * phrase: the numbers of a study as people write them.
 *
 * Each function writes to the caller's buffer of PHRASE_SIZE bytes and returns it. A number that is
 * unknown (NAN) is "?", in ranges as well; a bound that is none (infinite) is "any". Knows: model.
 */
#ifndef PIXSCALE_REPORT_PHRASE_H
#define PIXSCALE_REPORT_PHRASE_H

#include <stdbool.h>

#include "model/study.h"

#define PHRASE_SIZE 64

/* A speed-up, with three significant digits: "3.29x", "13.9x", "139x". */
char *phrase_factor(char *text, double value);

/* A share of 1 in percent, with two or three significant digits: "7.2 %", "12.4 %", "0.043 %". */
char *phrase_percent(char *text, double share);

/* Seconds, with four significant digits, in s, ms or us: "12.40 s", "31.42 ms". */
char *phrase_seconds(char *text, double seconds);

/* The ends with as many decimals as phrase_factor or phrase_percent gives `value`, without unit:
 * "6.2 to 8.2". */
char *phrase_factor_range(char *text, struct study_interval interval, double value);
char *phrase_percent_range(char *text, struct study_interval interval, double share);

/* "" for 1, "s" for others. */
const char *phrase_plural(double count);

/* The unit of a loss in cores: "of a core" up to one, else "cores". */
const char *phrase_cores(double cores);

/* A note of a study with its threads called by `worker` ("rank"), cut to PHRASE_NOTE bytes. */
#define PHRASE_NOTE 320
char *phrase_note(char *text, const char *note, const char *worker);

/* Whether both ends are known. */
bool phrase_known(struct study_interval interval);

#endif
