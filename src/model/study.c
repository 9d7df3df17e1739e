#include "model/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "model/amdahl.h"
#include "model/gustafson.h"
#include "model/knee.h"
#include "model/ledger.h"
#include "model/study_points.h"
#include "model/study_predict.h"
#include "model/study_sample.h"
#include "model/time_space.h"
#include "model/usl.h"

/* Below this chance the data contradict a law. One rule for all: at 1 % a true law is refused in
 * one sweep of a hundred. */
#define REFUSED 0.01

/* Of two laws whose criteria differ by less than this neither can be dismissed (Burnham and
 * Anderson, Model Selection and Multimodel Inference, 2002, 2.6). */
#define TOO_CLOSE 6.0

/* The fits of one group, and what decides between them. */
struct fits {
    struct least_squares_fit amdahl, usl; /* of all runs */
    struct knee_fit knee;
    struct least_squares_fit amdahl_means, usl_means; /* plain, for lack of fit and AICc */
};

static const struct study_interval unknown = {NAN, NAN};

static void note(struct study *study, const char *text)
{
    if (study->note_count < STUDY_NOTES)
        study->notes[study->note_count++] = text;
}

static bool fit_laws(struct fits *fits, const struct study_sample *sample, bool in_throughput)
{
    return time_space_fit(&fits->amdahl, sample, 2) && time_space_fit(&fits->usl, sample, 3) &&
           time_space_fit_means(&fits->amdahl_means, sample, 2) &&
           time_space_fit_means(&fits->usl_means, sample, 3) && knee_fit(&fits->knee, sample) &&
           (!in_throughput || usl_fit_throughput(&fits->usl, sample));
}

/* The F test of the means about Amdahl's law against the scatter of the runs about the means, by
 * plain least squares: Huber's residuals have no such distribution. */
static double lack_of_fit(const struct fits *fits, const struct study_sample *sample)
{
    double points = (double)sample->point_count - 2.0, runs = sample->pure_degrees;
    if (!fits->amdahl_means.solved || points <= 0.0 || runs <= 0.0)
        return NAN;
    double finest = LEAST_SQUARES_FINEST * LEAST_SQUARES_FINEST;
    double pure = fmax(sample->pure_error / runs, finest);
    return gsl_cdf_fdist_Q(fits->amdahl_means.rss / points / pure, points, runs);
}

static double criterion(const struct least_squares_fit *means, const struct study_sample *sample)
{
    if (!means->solved)
        return NAN;
    return least_squares_aicc(means->rss_estimate + sample->pure_error, sample->run_count,
                              means->terms);
}

/* A knee is chosen when Amdahl's law is refused and no other law is as good; then it comes before
 * the growth term, which a knee makes significant too. */
static enum study_law select_law(const struct study *study, const struct fits *fits)
{
    bool refused = study->lack_of_fit_p < REFUSED;
    const struct study_amdahl *amdahl = &study->amdahl;
    if (!amdahl->fitted)
        return STUDY_NONE;
    if (refused && study->knee.fitted && study->knee.aicc < study->usl.aicc &&
        study->knee.aicc < amdahl->aicc)
        return STUDY_KNEE;
    /* Without a peak the estimates, none below 0, explain the bend otherwise. */
    if (!isnan(study->usl.peak_threads) && usl_gate(&fits->usl))
        return STUDY_USL;
    return refused || isnan(amdahl->serial_fraction) ? STUDY_NONE : STUDY_AMDAHL;
}

/* What the curve is drawn from: the selected law, or Amdahl's where none was. */
static void set_curve(struct study *study, const struct fits *fits)
{
    struct study_curve_fit *curve = &study->curve;
    const struct least_squares_fit *fit = &fits->amdahl;
    curve->law = study->selected;
    if (study->selected == STUDY_NONE && study->amdahl.fitted)
        curve->law = STUDY_AMDAHL;
    if (study->selected == STUDY_USL)
        fit = &fits->usl;
    if (study->selected == STUDY_KNEE)
        fit = &fits->knee.level;
    memcpy(curve->estimate, fit->estimate, sizeof curve->estimate);
    memcpy(curve->free, fit->free, sizeof curve->free);
    memcpy(curve->covariance, fit->covariance, sizeof curve->covariance);
    curve->degrees = fit->degrees;
    curve->knee = fits->knee.k;
}

/* The fitted time of the base. */
static double curve_seconds(const struct study *study)
{
    const double *estimate = study->curve.estimate;
    double base = study->base_threads;
    if (study->selected == STUDY_KNEE)
        return estimate[0] / fmin(base, study->curve.knee) + estimate[1];
    return time_space_time(estimate, base);
}

static void close_gates(struct study *study, const struct study_sample *sample)
{
    if (sample->point_count < 2) {
        note(study, "only one number of threads was measured: no law can be fitted");
        return;
    }
    if (sample->point_count == 2)
        note(study, "only two numbers of threads: no degrees of freedom for lack of fit, so no law "
                    "can be refused, and the USL cannot be fitted");
    else if (sample->pure_degrees <= 0.0)
        note(study, "no point was repeated: the scatter is not known apart from the fit, so lack "
                    "of fit cannot be tested");
    if (sample->run_count == sample->point_count && sample->point_count == 2)
        note(study, "as many unknowns as runs: no intervals");
    if (study->amdahl.fitted && isnan(study->amdahl.serial_fraction))
        note(study, "faster than linear: more than p times as fast at p threads, which no serial "
                    "fraction explains");
    else if (study->amdahl.fitted && isnan(study->amdahl.limit))
        note(study, "the interval of the serial fraction reaches 0: the data show no limit of the "
                    "speed-up");
    if (study->selected != STUDY_USL && study->usl.fitted)
        note(study, "the growth term is not significant at 99 %: no peak is shown");
    if ((study->selected == STUDY_USL || study->selected == STUDY_KNEE) &&
        fabs(study->usl.aicc - study->knee.aicc) < TOO_CLOSE)
        note(study, "the USL and a knee explain the points about equally well: what lies beyond "
                    "the points is uncertain");
    if (study->selected == STUDY_NONE && study->lack_of_fit_p < REFUSED)
        note(study, "no law fits: the points differ from Amdahl's law by more than their scatter, "
                    "and neither the USL nor a knee explains it; nothing is extrapolated");
}

static bool fit_fixed(struct study *study, const struct study_sample *sample,
                      const struct study_options *options)
{
    struct fits fits;
    if (!fit_laws(&fits, sample, options && options->throughput))
        return false;
    amdahl_from_fit(&study->amdahl, &fits.amdahl);
    usl_from_fit(&study->usl, &fits.usl);
    knee_from_fit(&study->knee, &fits.knee, sample->run_count);
    study->amdahl.aicc = criterion(&fits.amdahl_means, sample);
    study->usl.aicc = criterion(&fits.usl_means, sample);
    study->lack_of_fit_p = lack_of_fit(&fits, sample);
    study->degrees = sample->point_count > 2 ? (int)sample->point_count - 2 : 0;
    study->selected = select_law(study, &fits);
    if (study->selected != STUDY_USL)
        study->usl.peak_threads = NAN;
    set_curve(study, &fits);
    gustafson_convert(&study->gustafson, &study->amdahl,
                      sample->point_threads[sample->point_count - 1]);
    if (options && options->throughput && fits.usl_means.solved && !fits.usl.solved)
        note(study, "the USL could not be fitted to the throughput");
    close_gates(study, sample);
    return study_predict(study, options, curve_seconds(study));
}

static bool fit_weak(struct study *study, const struct study_sample *sample,
                     const struct study_options *options)
{
    double rate;
    if (!gustafson_fit(&study->gustafson, &rate, sample))
        return false;
    note(study, "the work grows with the threads: Gustafson's law alone is fitted");
    if (!study->gustafson.fitted)
        note(study, "only one number of threads was measured: no law can be fitted");
    else if (isnan(study->gustafson.serial_share))
        note(study, "faster than linear: more than p times the work a second at p threads, which "
                    "no serial share explains");
    double base = study->base_threads;
    return study_predict(study, options,
                         base / (rate * gustafson_speedup(study->gustafson.serial_share, base)));
}

static void set_unknown(struct study *study)
{
    const struct least_squares_fit none = {.solved = false};
    const struct knee_fit no_knee = {.k = NAN};
    *study = (struct study){.base_seconds = NAN,
                            .serial_seconds = NAN,
                            .timers_serial = NAN,
                            .lack_of_fit_p = NAN,
                            .selected = STUDY_NONE};
    study->gustafson = (struct study_gustafson){.serial_share = NAN, .serial_share_ci = unknown};
    amdahl_from_fit(&study->amdahl, &none);
    usl_from_fit(&study->usl, &none);
    knee_from_fit(&study->knee, &no_knee, 0);
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0.0;
    size_t used = 0;
    for (size_t i = 0; values && i < count; i++) {
        if (values[i] > 0.0 && isfinite(values[i])) {
            sum += values[i];
            used++;
        }
    }
    return used ? sum / (double)used : NAN;
}

static bool fit_sample(struct study *study, const struct study_sample *sample,
                       const struct study_run *runs, size_t count,
                       const struct study_options *options)
{
    study->weak = sample->weak;
    if (!study_points_fill(study, sample, runs, count))
        return false;
    if (!sample->run_count) {
        note(study, "every run was left out: nothing can be fitted");
        return true;
    }
    if (study->base_threads != 1)
        note(study, "no run with one thread was kept: speed-ups are over the fewest threads");
    study_points_recommend(study);
    return ledger_fill(study, runs, count) &&
           (study->weak ? fit_weak : fit_fixed)(study, sample, options);
}

bool study_fit(struct study *study, const struct study_run *runs, size_t count,
               const double *serial_base, size_t serial_count, const struct study_options *options)
{
    struct study_sample sample;
    set_unknown(study);
    study->serial_seconds = mean_of(serial_base, serial_count);
    if (!study_sample_open(&sample, runs, count))
        return false;
    bool memory = fit_sample(study, &sample, runs, count, options);
    bool kept = sample.run_count > 0;
    study_sample_close(&sample);
    if (!memory) {
        study_free(study);
        set_unknown(study);
    }
    return memory && kept;
}

void study_free(struct study *study)
{
    free(study->points);
    free(study->predictions);
    free(study->ledgers);
    free(study->pops);
    *study = (struct study){.points = NULL};
}
