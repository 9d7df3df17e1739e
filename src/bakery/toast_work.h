/*
 * toast_work: work that computes, in place of waiting, as long as the same wait on an idle core.
 * Knows: profile/ceiling.h, base/clock.h.
 */
#ifndef PIXSCALE_BAKERY_TOAST_WORK_H
#define PIXSCALE_BAKERY_TOAST_WORK_H

/* Steps of the machine ceiling's kernel that one thread makes in a nanosecond when nobody else is
 * in the way. Measured at the first call, in some 50 ms; by one thread, outside of a region. */
double toast_work_rate(void);

/* Makes so many steps. */
void toast_work(double steps);

#endif
