#include "model/gustafson.h"

#include <math.h>
#include <stdlib.h>

#include "model/fieller.h"

static const struct study_interval unknown = {NAN, NAN};

double gustafson_speedup(double serial_share, double threads)
{
    return threads - serial_share * (threads - 1.0);
}

struct study_interval gustafson_speedup_interval(struct study_interval serial_share, double threads)
{
    return (struct study_interval){gustafson_speedup(serial_share.high, threads),
                                   gustafson_speedup(serial_share.low, threads)};
}

/* scale/T = a·p − b·(p − 1), with a the rate of one thread and s′ = b/a: linear again. */
static bool fit_rates(struct least_squares_fit *fit, const struct study_sample *sample)
{
    size_t n = sample->run_count;
    double *memory = malloc((n ? n : 1) * (LEAST_SQUARES_TERMS + 1) * sizeof *memory);
    if (!memory)
        return false;
    double(*rows)[LEAST_SQUARES_TERMS] = (double(*)[LEAST_SQUARES_TERMS])memory;
    double *rates = memory + n * LEAST_SQUARES_TERMS;
    for (size_t i = 0; i < n; i++) {
        rows[i][0] = sample->threads[i];
        rows[i][1] = 1.0 - sample->threads[i];
        rates[i] = sample->scales[i] / sample->seconds[i];
    }
    struct least_squares_data data = {
        .x = (const double(*)[LEAST_SQUARES_TERMS])rows, .y = rates, .n = n, .terms = 2};
    bool ok = least_squares_robust(fit, &data);
    free(memory);
    return ok;
}

bool gustafson_fit(struct study_gustafson *gustafson, double *rate,
                   const struct study_sample *sample)
{
    static const double serial[] = {0.0, 1.0, 0.0}, one[] = {1.0, 0.0, 0.0};
    struct least_squares_fit fit;
    *gustafson = (struct study_gustafson){.serial_share = NAN, .serial_share_ci = unknown};
    *rate = NAN;
    if (sample->point_count < 2)
        return true;
    if (!fit_rates(&fit, sample))
        return false;
    if (!fit.solved)
        return true;
    gustafson->fitted = true;
    *rate = fit.estimate[0];
    struct study_interval share =
        fieller_ratio(&fit, serial, one, least_squares_student(0.95, fit.degrees));
    if (share.high <= 0.0)
        return true;
    gustafson->serial_share = fit.estimate[1] / fit.estimate[0];
    gustafson->serial_share_ci = fieller_cut(share, 0.0, 1.0);
    return true;
}

static double converted(double s, double threads)
{
    return s * threads / (1.0 - s + s * threads);
}

void gustafson_convert(struct study_gustafson *gustafson, const struct study_amdahl *amdahl,
                       double threads)
{
    *gustafson = (struct study_gustafson){.serial_share = NAN, .serial_share_ci = unknown};
    if (!amdahl->fitted)
        return;
    gustafson->fitted = gustafson->converted = true;
    gustafson->serial_share = converted(amdahl->serial_fraction, threads);
    gustafson->serial_share_ci =
        (struct study_interval){converted(amdahl->serial_fraction_ci.low, threads),
                                converted(amdahl->serial_fraction_ci.high, threads)};
}
