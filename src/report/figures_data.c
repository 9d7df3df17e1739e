#include "report/figures_data.h"

#include <math.h>

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

/* Gustafson (CACM 1988): S = p - s'(p - 1), falling in s', so that the ends change places. */
static double gustafson(const struct study_gustafson *law, double p, struct study_interval *band)
{
    band->low = p - law->serial_share_ci.high * (p - 1);
    band->high = p - law->serial_share_ci.low * (p - 1);
    return p - law->serial_share * (p - 1);
}

double figures_data_curve(const struct analysis_group *group, double threads,
                          struct study_interval *band)
{
    const struct study *study = &group->study;
    *band = (struct study_interval){NAN, NAN};
    if (group->weak)
        return study->gustafson.fitted && !study->gustafson.converted
                   ? gustafson(&study->gustafson, threads, band)
                   : NAN;
    if (!study->amdahl.fitted && !study->usl.fitted && !study->knee.fitted)
        return NAN;
    return study_curve(study, threads, band);
}

/* The base that makes the law's mean deviation from the runs nought, where the law tells none. */
static double matching_base(const struct analysis_group *group)
{
    double sum = 0;
    size_t count = 0;
    struct study_interval band;
    for (size_t i = 0; i < group->run_count; i++) {
        const struct study_run *run = &group->runs[i];
        double speedup = figures_data_curve(group, run->threads, &band);
        double base = run->seconds * speedup / (run->scale > 0 ? run->scale : 1);
        if (run->excluded || !(base > 0))
            continue;
        sum += log(base);
        count++;
    }
    return count ? exp(sum / (double)count) : NAN;
}

double figures_data_fitted_base(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (!group->weak && study->selected == STUDY_USL && study->usl.gamma > 0)
        return 1 / study->usl.gamma;
    if (!group->weak && study->selected != STUDY_KNEE && study->amdahl.fitted)
        return study->amdahl.t1;
    return matching_base(group);
}

double figures_data_run_speedup(const struct analysis_group *group, const struct study_run *run)
{
    double scale = group->weak && run->scale > 0 ? run->scale : 1;
    return group->study.base_seconds * scale / run->seconds;
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

/* " [3.2, 5.0]" in per cent, or nothing. */
static void percent_interval(struct writer *writer, struct study_interval interval)
{
    if (isfinite(interval.low) && isfinite(interval.high))
        writer_print(writer, " [%.2g, %.2g]", 100 * interval.low, 100 * interval.high);
}

void figures_data_law(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (group->weak) {
        writer_print(writer, "Gustafson, serial share %.2g %%",
                     100 * study->gustafson.serial_share);
        percent_interval(writer, study->gustafson.serial_share_ci);
        return;
    }
    switch (study->selected) {
    case STUDY_USL:
        writer_print(writer, "USL, σ %.2g %%", 100 * study->usl.sigma);
        percent_interval(writer, study->usl.sigma_ci);
        writer_print(writer, ", κ %.2g", study->usl.kappa);
        break;
    case STUDY_KNEE:
        writer_print(writer, "knee at %.3g threads, serial share %.2g %%", study->knee.knee,
                     100 * study->knee.serial_fraction);
        break;
    case STUDY_NONE:
        writer_text(writer, "no law fits; Amdahl for comparison");
        break;
    case STUDY_AMDAHL:
        writer_print(writer, "Amdahl, serial share %.2g %%", 100 * study->amdahl.serial_fraction);
        percent_interval(writer, study->amdahl.serial_fraction_ci);
        break;
    }
}
