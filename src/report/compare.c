#include "report/compare.h"

#include <math.h>

struct compare_difference compare_estimates(double first, struct study_interval first_ci,
                                            double second, struct study_interval second_ci)
{
    double difference = second - first;
    double below = hypot(second - second_ci.low, first_ci.high - first);
    double above = hypot(second_ci.high - second, first - first_ci.low);
    return (struct compare_difference){.first = first,
                                       .second = second,
                                       .difference = difference,
                                       .ci = {difference - below, difference + above}};
}

static struct compare_difference unknown(void)
{
    return (struct compare_difference){NAN, NAN, NAN, {NAN, NAN}};
}

/* The kept point of so many threads, or NULL. */
static const struct study_point *point_of(const struct analysis_group *group, int threads)
{
    for (size_t i = 0; i < group->study.point_count; i++) {
        const struct study_point *point = &group->study.points[i];
        if (point->threads == threads && !point->excluded)
            return point;
    }
    return NULL;
}

/* Where a law was refused its share is no property of the program to be compared. */
static bool has_share(const struct analysis_group *group)
{
    return group->study.selected == STUDY_AMDAHL && !isnan(group->study.amdahl.serial_fraction);
}

bool compare_groups(struct compare *compare, const struct analysis_group *first,
                    const struct analysis_group *second)
{
    *compare = (struct compare){.serial_fraction = unknown(), .speedup = unknown()};
    if (first->axis != second->axis || first->threads_per_rank != second->threads_per_rank)
        return false;
    if (first->weak != second->weak || first->study.base_threads != second->study.base_threads)
        return false;
    if (has_share(first) && has_share(second))
        compare->serial_fraction = compare_estimates(
            first->study.amdahl.serial_fraction, first->study.amdahl.serial_fraction_ci,
            second->study.amdahl.serial_fraction, second->study.amdahl.serial_fraction_ci);
    for (size_t i = 0; i < first->study.point_count; i++) {
        const struct study_point *a = &first->study.points[i], *b = point_of(second, a->threads);
        if (!a->excluded && b && a->threads > first->study.base_threads) {
            compare->threads = a->threads;
            compare->speedup =
                compare_estimates(a->speedup, a->speedup_ci, b->speedup, b->speedup_ci);
        }
    }
    return compare->threads > 0 || !isnan(compare->serial_fraction.difference);
}
