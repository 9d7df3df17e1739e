#include "report/figures_data.h"

#include <math.h>

#include "report/phrase.h"

size_t figures_data_groups(const struct analysis *analysis)
{
    return analysis->group_count < FIGURES_GROUPS ? analysis->group_count : FIGURES_GROUPS;
}

int figures_data_most(const struct analysis_group *group, bool kept)
{
    int most = 0;
    for (size_t i = 0; i < group->study.point_count; i++) {
        const struct study_point *point = &group->study.points[i];
        if (point->threads > most && !(kept && point->excluded))
            most = point->threads;
    }
    return most;
}

double figures_data_reach(const struct analysis_group *group)
{
    double most = figures_data_most(group, false), reach = most;
    for (size_t i = 0; i < group->study.prediction_count; i++) {
        double threads = group->study.predictions[i].threads;
        if (threads > reach && threads <= 4 * most)
            reach = threads;
    }
    return reach;
}

double figures_data_curve(const struct analysis_group *group, double threads,
                          struct study_interval *band)
{
    return study_curve(&group->study, threads, band);
}

/* With a term at its bound of 0 the band is about another curve than the one drawn: it is left out
 * then. */
bool figures_data_has_band(const struct analysis_group *group)
{
    double ends[] = {2, figures_data_most(group, true), figures_data_reach(group)};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct study_interval band;
        double speedup = figures_data_curve(group, ends[i], &band);
        double slack = 1e-9 * fabs(speedup);
        if (!isfinite(band.low) || !isfinite(band.high) || band.low > speedup + slack ||
            band.high < speedup - slack)
            return false;
    }
    return true;
}

/* The base that makes the law's mean deviation from the runs nought, where the law tells none. */
static double matching_base(const struct analysis_group *group)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < group->run_count; i++) {
        const struct study_run *run = &group->runs[i];
        double speedup = figures_data_curve(group, run->threads, NULL);
        double base = run->seconds * speedup / figures_data_scale(group, run);
        if (run->excluded || !(base > 0))
            continue;
        sum += log(base);
        count++;
    }
    return count ? exp(sum / (double)count) : NAN;
}

/* T(base) = T(1) S(1), with S over the base. */
double figures_data_fitted_base(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    double one = NAN;
    if (!group->weak && study->selected == STUDY_USL && study->usl.gamma > 0)
        one = 1 / study->usl.gamma;
    else if (!group->weak && study->selected != STUDY_KNEE && study->amdahl.fitted)
        one = study->amdahl.t1;
    double base = one * figures_data_curve(group, 1, NULL);
    return base > 0 ? base : matching_base(group);
}

double figures_data_scale(const struct analysis_group *group, const struct study_run *run)
{
    return group->weak && run->scale > 0 ? run->scale : 1;
}

double figures_data_run_speedup(const struct analysis_group *group, const struct study_run *run)
{
    return group->study.base_seconds * figures_data_scale(group, run) / run->seconds;
}

const struct study_point *figures_data_point(const struct analysis_group *group, int threads)
{
    for (size_t i = 0; i < group->study.point_count; i++)
        if (group->study.points[i].threads == threads)
            return &group->study.points[i];
    return NULL;
}

void figures_data_list(struct writer *writer, const char *name, const struct analysis *analysis,
                       bool (*has)(const struct analysis_group *group))
{
    writer_print(writer, "%s = '", name);
    for (size_t g = 0; g < figures_data_groups(analysis); g++)
        if (has(&analysis->groups[g]))
            writer_print(writer, " %zu", g + 1);
    writer_text(writer, "'\n");
}

/* "4.1 % (3.2 to 5.0)", the interval where it is known. */
static void write_share(struct writer *writer, double share, struct study_interval interval)
{
    char text[PHRASE_SIZE];
    writer_text(writer, phrase_percent(text, share));
    if (phrase_known(interval))
        writer_print(writer, " (%s)", phrase_percent_range(text, interval, share));
}

void figures_data_law(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_gustafson *weak = &study->gustafson;
    if (group->weak ? isnan(weak->serial_share)
                    : study->selected == STUDY_AMDAHL && isnan(study->amdahl.serial_fraction)) {
        writer_text(writer, "faster than linear: no serial share");
        return;
    }
    if (group->weak) {
        writer_text(writer, "Gustafson, serial share ");
        write_share(writer, weak->serial_share, weak->serial_share_ci);
        return;
    }
    switch (study->selected) {
    case STUDY_USL:
        if (study->usl.sigma == 0 && study->usl.kappa == 0) {
            writer_text(writer, "faster than linear: USL at its bounds");
            break;
        }
        writer_text(writer, "USL, σ ");
        write_share(writer, study->usl.sigma, study->usl.sigma_ci);
        writer_print(writer, ", κ %.2g", study->usl.kappa);
        break;
    case STUDY_KNEE:
        writer_print(writer, "knee at %.3g threads, serial share ", study->knee.knee);
        write_share(writer, study->knee.serial_fraction, (struct study_interval){NAN, NAN});
        break;
    case STUDY_NONE:
        writer_text(writer, "no law fits; Amdahl for comparison");
        break;
    case STUDY_AMDAHL:
        writer_text(writer, "Amdahl, serial share ");
        write_share(writer, study->amdahl.serial_fraction, study->amdahl.serial_fraction_ci);
        break;
    }
}
