/*
 * calibrate: programs with a known fault, for a profiler to find.
 *
 * A table of cases. Each bakes the same toast with one thing planted in it, strong enough to be the
 * main reason why it does not scale, and names the quantity by which the profiler is to measure it.
 * Because the work is sleep, the truth is arithmetic: what was planted, or what the simulator makes
 * of it. Knows: bakery/toast.h, model.
 */
#ifndef PIXSCALE_BAKERY_CALIBRATE_H
#define PIXSCALE_BAKERY_CALIBRATE_H

#include <stddef.h>
#include <stdint.h>

#include "bakery/toast.h"
#include "model/diagnosis.h"

#define CALIBRATE_SLICES 96 /* 8 divides it: every team has equal shares */
#define CALIBRATE_POINTS 4
#define CALIBRATE_TEAM   8 /* the largest */
#define CALIBRATE_CASES  10

/* What is estimated; the unit of truth, estimate and interval. */
enum calibrate_quantity {
    CALIBRATE_SERIAL,    /* serial share of Amdahl's law, by the fit */
    CALIBRATE_IMBALANCE, /* of the largest team's time, that its threads wait for the busiest */
    CALIBRATE_DISPATCH,  /* seconds for handing out a chunk */
    CALIBRATE_KAPPA,     /* of the USL, by the fit */
    CALIBRATE_KNEE,      /* threads, by the fit */
    CALIBRATE_SLOWER     /* factor: the slowest thread's time over the others' for the same items */
};

struct calibrate_case {
    const char *word;    /* for --cases and for machines */
    const char *planted; /* for people */
    const char *option;  /* of bakery toast, without the dashes; NULL: nothing is planted */
    const char *schedule;
    enum diagnosis_cause cause;
    enum calibrate_quantity quantity;
};

extern const struct calibrate_case calibrate_cases[CALIBRATE_CASES];

/* Toasters at each point: 1, 2, 4, 8. */
extern const int calibrate_teams[CALIBRATE_POINTS];

/* The toast of a case, a minute being so long. */
struct toast calibrate_toast(const struct calibrate_case *which, int64_t minute_ns);

/* The true value of its quantity. NAN without memory. */
double calibrate_truth(const struct calibrate_case *which, int64_t minute_ns);

/* "serial share", "imbalance", … */
const char *calibrate_quantity_name(enum calibrate_quantity quantity);

#endif
