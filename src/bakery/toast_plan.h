/*
 * toast_plan: what each toaster of a team would have to do, worked out before anything is baked.
 *
 * The one place where the planted truths become lengths: the loop bakes them (toast.c) and the
 * simulator foretells them (toast_predict), so that both speak of the same bread.
 * Knows: base, profile, model, report/simulated.h, OpenMP.
 */
#ifndef PIXSCALE_BAKERY_TOAST_PLAN_H
#define PIXSCALE_BAKERY_TOAST_PLAN_H

#include "bakery/toast.h"

struct toast_plan {
    int toasters;
    struct schedule schedule; /* never SCHEDULE_NONE */
    double dough_s;           /* one thread alone, before the loop */
    int first, count;         /* the slices that are made */
    double *slice_s;          /* [count], contention included, of slice first + i */
    int *order;               /* [count]: the loop's iteration k makes slice first + order[k] */
    bool *fetch;              /* [count]: with iteration k a chunk begins, which must be fetched */
    double fetch_s;           /* what that costs its thread */
};

/* Makes the plan for a team; freed by toast_plan_free. False: no memory. */
bool toast_plan_make(const struct toast *toast, int toasters, struct toast_plan *plan);
void toast_plan_free(struct toast_plan *plan);

/* The factor on all that a thread of a team does. */
double toast_plan_slower(const struct toast *toast, int toasters, int thread);

#endif
