#include "model/study_predict.h"

#include <math.h>
#include <stdlib.h>

#include "model/amdahl.h"
#include "model/gustafson.h"
#include "model/knee.h"
#include "model/time_space.h"

#define NEXT_POWERS 2

static struct least_squares_fit as_fit(const struct study_curve_fit *curve)
{
    struct least_squares_fit fit = {.solved = true, .terms = 3, .degrees = curve->degrees};
    for (int i = 0; i < 3; i++) {
        fit.free[i] = curve->free[i];
        fit.estimate[i] = curve->estimate[i];
        for (int j = 0; j < 3; j++)
            fit.covariance[i][j] = curve->covariance[i][j];
    }
    return fit;
}

double study_curve(const struct study *study, double threads, struct study_interval *band)
{
    struct study_interval ignored;
    struct study_interval *interval = band ? band : &ignored;
    const struct study_curve_fit *curve = &study->curve;
    const struct study_amdahl *amdahl = &study->amdahl;
    double base = study->base_threads;
    *interval = (struct study_interval){NAN, NAN};
    if (study->weak && study->gustafson.fitted) {
        double share = study->gustafson.serial_share;
        *interval = gustafson_speedup_interval(study->gustafson.serial_share_ci, threads);
        return gustafson_speedup(share, threads) / gustafson_speedup(share, base);
    }
    if (curve->law == STUDY_NONE)
        return NAN;
    struct least_squares_fit fit = as_fit(curve);
    switch (curve->law) {
    case STUDY_KNEE:
        *interval = fieller_cut(knee_speedup(&fit, curve->knee, base, threads), 0.0, INFINITY);
        return knee_time(&fit, curve->knee, base) / knee_time(&fit, curve->knee, threads);
    case STUDY_USL:
        *interval = fieller_cut(time_space_speedup(&fit, base, threads), 0.0, INFINITY);
        return time_space_time(fit.estimate, base) / time_space_time(fit.estimate, threads);
    default:
        *interval = amdahl_speedup_interval(amdahl->serial_fraction_ci, base, threads);
        return amdahl_speedup(amdahl->serial_fraction, base, threads);
    }
}

static void fitted_range(const struct study *study, double *fewest, double *most)
{
    *fewest = study->base_threads;
    *most = study->base_threads;
    for (size_t i = 0; i < study->point_count; i++) {
        if (!study->points[i].excluded)
            *most = study->points[i].threads;
    }
}

static double seconds_at(const struct study *study, double threads, double speedup, double base)
{
    /* base is the time of base_threads; grown work takes threads/base_threads times as long. */
    double grown = study->weak ? threads / study->base_threads : 1.0;
    return base * grown / speedup;
}

bool study_predict(struct study *study, const struct study_options *options, double base)
{
    double fewest, most, next[NEXT_POWERS];
    fitted_range(study, &fewest, &most);
    const double *threads = options ? options->predict : NULL;
    size_t count = threads ? options->predict_count : NEXT_POWERS;
    if (!threads) {
        double power = 1.0;
        for (size_t i = 0; i < NEXT_POWERS; i++) {
            while (power <= most)
                power *= 2.0;
            next[i] = power;
            power *= 2.0;
        }
        threads = next;
    }
    study->predictions = calloc(count ? count : 1, sizeof *study->predictions);
    if (!study->predictions)
        return false;
    study->prediction_count = count;
    bool known = study->selected != STUDY_NONE || (study->weak && study->gustafson.fitted);
    for (size_t i = 0; i < count; i++) {
        struct study_prediction *prediction = &study->predictions[i];
        *prediction = (struct study_prediction){
            .threads = threads[i],
            .speedup = NAN,
            .seconds = NAN,
            .speedup_ci = {NAN, NAN},
            .extrapolated = threads[i] > most || threads[i] < fewest,
        };
        if (!known || !(threads[i] >= 1.0) || !isfinite(threads[i]))
            continue;
        prediction->speedup = study_curve(study, threads[i], &prediction->speedup_ci);
        prediction->seconds = seconds_at(study, threads[i], prediction->speedup, base);
    }
    return true;
}
