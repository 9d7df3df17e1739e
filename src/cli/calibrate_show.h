/*
 * calibrate_show: what a calibration found, as tables or as JSON.
 * Knows: bakery/calibrate_estimate.h, report/phrase.h, jansson.
 */
#ifndef PIXSCALE_CLI_CALIBRATE_SHOW_H
#define PIXSCALE_CLI_CALIBRATE_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "bakery/calibrate_estimate.h"

#define CALIBRATE_SHOW_SCHEMA "pixscale.calibrate/1"

#define CALIBRATE_SHOW_LATE 0.01

struct calibrate_show {
    bool wanted[CALIBRATE_CASES];
    bool quick; /* no coverage */
    int runs;   /* of each point */
    int64_t minute_ns;
    uint64_t seed;
    double seconds; /* that the runs took */
    int late, all;  /* runs that took CALIBRATE_SHOW_LATE longer than usual, of all */
    double truth[CALIBRATE_CASES];
    struct calibrate_estimate estimate[CALIBRATE_CASES];
    struct calibrate_coverage coverage[CALIBRATE_CASES];
};

/* Cases whose planted cause was named, and cases. */
int calibrate_show_named(const struct calibrate_show *show);
int calibrate_show_cases(const struct calibrate_show *show);

void calibrate_show_table(const struct calibrate_show *show, FILE *out);

/* False: no memory. */
bool calibrate_show_json(const struct calibrate_show *show, FILE *out);

#endif
