/*
 * figures_lists: which groups have what, so that templates loop over those and no others.
 */
#include "report/figures_data.h"

#include <math.h>

static bool has_kept(const struct analysis_group *group)
{
    return figures_data_most(group, true) > 0;
}

static bool has_excluded(const struct analysis_group *group)
{
    for (size_t i = 0; i < group->study.point_count; i++)
        if (group->study.points[i].excluded)
            return true;
    return false;
}

bool figures_lists_curve(const struct analysis_group *group)
{
    return has_kept(group) && isfinite(figures_data_curve(group, 2, NULL));
}

static bool has_band(const struct analysis_group *group)
{
    return figures_lists_curve(group) && figures_data_has_band(group);
}

/* Extrapolation needs a law that fits. */
bool figures_lists_reach(const struct analysis_group *group)
{
    bool fits = group->weak || group->study.selected != STUDY_NONE;
    return figures_lists_curve(group) && fits &&
           figures_data_reach(group) > figures_data_most(group, true);
}

static bool has_reach_band(const struct analysis_group *group)
{
    return figures_lists_reach(group) && has_band(group);
}

static bool has_attainable(const struct analysis_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < group->study.point_count; i++)
        count += isfinite(group->study.points[i].attainable);
    return count > 1;
}

bool figures_lists_karp_flatt(const struct analysis_group *group, bool kept)
{
    for (size_t i = 0; i < group->study.point_count; i++) {
        const struct study_point *point = &group->study.points[i];
        if (isfinite(point->karp_flatt) && point->excluded != kept)
            return true;
    }
    return false;
}

static bool has_karp_flatt_kept(const struct analysis_group *group)
{
    return figures_lists_karp_flatt(group, true);
}

static bool has_karp_flatt_excluded(const struct analysis_group *group)
{
    return figures_lists_karp_flatt(group, false);
}

bool figures_lists_fit(const struct analysis_group *group)
{
    return !group->weak && group->study.selected == STUDY_AMDAHL &&
           isfinite(group->study.amdahl.serial_fraction);
}

static bool has_timers(const struct analysis_group *group)
{
    return isfinite(group->study.timers_serial);
}

/* A law of its own bends the apparent serial share; Amdahl's is the straight line of
 * figures_lists_fit. */
static bool has_bent_curve(const struct analysis_group *group)
{
    enum study_law law = group->study.selected;
    return !group->weak && figures_lists_curve(group) && group->study.base_threads == 1 &&
           (law == STUDY_USL || law == STUDY_KNEE);
}

static bool has_excluded_runs(const struct analysis_group *group)
{
    for (size_t i = 0; i < group->run_count; i++)
        if (group->runs[i].excluded)
            return true;
    return false;
}

static bool has_hollow_residuals(const struct analysis_group *group)
{
    return figures_lists_curve(group) && has_excluded_runs(group);
}

void figures_lists_write(struct writer *writer, const struct analysis *analysis,
                         enum figures_kind kind)
{
    bool karp_flatt = kind == FIGURES_KARP_FLATT, residuals = kind == FIGURES_RESIDUALS;
    figures_data_list(writer, "kept", analysis,
                      karp_flatt  ? has_karp_flatt_kept
                      : residuals ? figures_lists_curve
                                  : has_kept);
    figures_data_list(writer, "hollow", analysis,
                      karp_flatt  ? has_karp_flatt_excluded
                      : residuals ? has_hollow_residuals
                                  : has_excluded);
    figures_data_list(writer, "curves", analysis,
                      karp_flatt ? has_bent_curve : figures_lists_curve);
    figures_data_list(writer, "bands", analysis, has_band);
    figures_data_list(writer, "reaches", analysis, figures_lists_reach);
    figures_data_list(writer, "reach_bands", analysis, has_reach_band);
    figures_data_list(writer, "attainables", analysis, has_attainable);
    figures_data_list(writer, "fits", analysis, figures_lists_fit);
    figures_data_list(writer, "timers", analysis, has_timers);
}
