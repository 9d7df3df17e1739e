#include "model/amdahl.h"

#include <math.h>

#include "model/fieller.h"
#include "model/time_space.h"

static const struct study_interval unknown = {NAN, NAN};

double amdahl_speedup(double serial_fraction, double base, double threads)
{
    double parallel = 1.0 - serial_fraction;
    return (serial_fraction + parallel / base) / (serial_fraction + parallel / threads);
}

struct study_interval amdahl_speedup_interval(struct study_interval serial_fraction, double base,
                                              double threads)
{
    double low = amdahl_speedup(serial_fraction.high, base, threads);
    double high = amdahl_speedup(serial_fraction.low, base, threads);
    /* Below the base less threads mean less speed-up whatever s is, but the order turns. */
    return (struct study_interval){fmin(low, high), fmax(low, high)};
}

void amdahl_from_fit(struct study_amdahl *amdahl, const struct least_squares_fit *fit)
{
    *amdahl = (struct study_amdahl){.serial_fraction = NAN,
                                    .serial_fraction_ci = unknown,
                                    .limit = NAN,
                                    .limit_ci = unknown,
                                    .t1 = NAN,
                                    .aicc = NAN};
    if (!fit->solved)
        return;
    amdahl->fitted = true;
    amdahl->t1 = time_space_time(fit->estimate, 1.0);
    struct study_interval share = time_space_share(fit);
    if (share.high <= 0.0)
        return;
    amdahl->serial_fraction = fit->estimate[1] / amdahl->t1;
    amdahl->serial_fraction_ci = fieller_cut(share, 0.0, 1.0);
    if (amdahl->serial_fraction_ci.low > 0.0) {
        amdahl->limit = 1.0 / amdahl->serial_fraction;
        amdahl->limit_ci = (struct study_interval){1.0 / amdahl->serial_fraction_ci.high,
                                                   1.0 / amdahl->serial_fraction_ci.low};
    }
}
