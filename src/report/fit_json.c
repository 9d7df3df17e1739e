#include "report/fit_json.h"

#include <math.h>

#include "report/compare.h"
#include "report/fit_json_ranks.h"

/* A law that is not fitted has nulls for numbers and stays in the list, so that a reader finds it.
 */
static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *real_if(bool known, double value)
{
    return known ? real(value) : json_null();
}

static json_t *count_or_null(int value)
{
    return value > 0 ? json_integer(value) : json_null();
}

static json_t *text_or_null(const char *text)
{
    json_t *value = text && *text ? json_string(text) : NULL;
    return value ? value : json_null();
}

/* [low, high]; an end that is no bound is null, an interval that is unknown altogether. */
static json_t *interval(struct study_interval ci)
{
    if (isnan(ci.low) || isnan(ci.high))
        return json_null();
    return json_pack("[o, o]", real(ci.low), real(ci.high));
}

static json_t *interval_if(bool known, struct study_interval ci)
{
    return known ? interval(ci) : json_null();
}

/* What the study counts: the members that say so are named after it. */
static const char *axis_of(const struct analysis_group *group)
{
    return group->axis == ANALYSIS_RANKS ? "ranks" : "threads";
}

static json_t *point_json(const struct study_point *p, const char *axis)
{
    return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", axis,
                     p->threads, "runs", p->runs, "seconds", real(p->seconds), "seconds_ci95",
                     interval(p->seconds_ci), "speedup", real(p->speedup), "speedup_ci95",
                     interval(p->speedup_ci), "efficiency", real(p->efficiency), "karp_flatt",
                     real(p->karp_flatt), "karp_flatt_ci95", interval(p->karp_flatt_ci),
                     "attainable", real(p->attainable), "excluded", p->excluded, "why",
                     p->excluded ? text_or_null(p->why) : json_null());
}

static json_t *points_json(const struct analysis_group *group)
{
    json_t *list = json_array();
    for (size_t i = 0; i < group->study.point_count; i++)
        json_array_append_new(list, point_json(&group->study.points[i], axis_of(group)));
    return list;
}

static json_t *amdahl_json(const struct study_amdahl *law)
{
    bool on = law->fitted;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "name", "amdahl", "serial_fraction",
                     real_if(on, law->serial_fraction), "ci95",
                     interval_if(on, law->serial_fraction_ci), "speedup_limit",
                     real_if(on, law->limit), "speedup_limit_ci95",
                     interval_if(on && isfinite(law->limit), law->limit_ci), "t1_seconds",
                     real_if(on, law->t1), "aicc", real_if(on, law->aicc));
}

static json_t *usl_json(const struct study_usl *law, bool ranks)
{
    bool on = law->fitted;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", "usl", "sigma",
                     real_if(on, law->sigma), "sigma_ci95", interval_if(on, law->sigma_ci), "kappa",
                     real_if(on, law->kappa), "kappa_ci95", interval_if(on, law->kappa_ci), "gamma",
                     real_if(on, law->gamma), ranks ? "peak_ranks" : "peak_threads",
                     real_if(on, law->peak_threads), "aicc", real_if(on, law->aicc));
}

static json_t *knee_json(const struct study_knee *law, bool ranks)
{
    bool on = law->fitted;
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", "knee", "serial_fraction",
                     real_if(on, law->serial_fraction), ranks ? "knee_ranks" : "knee_threads",
                     real_if(on, law->knee), ranks ? "knee_ranks_ci95" : "knee_threads_ci95",
                     interval_if(on, law->knee_ci), "aicc", real_if(on, law->aicc));
}

/* `converted`: computed from fixed-size runs at the largest team, not fitted to weak ones. */
static json_t *gustafson_json(const struct study_gustafson *law)
{
    bool on = law->fitted;
    return json_pack("{s:s, s:o, s:o, s:o}", "name", "gustafson", "serial_share",
                     real_if(on, law->serial_share), "ci95", interval_if(on, law->serial_share_ci),
                     "converted", on ? json_boolean(law->converted) : json_null());
}

static json_t *models_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    bool ranks = group->axis == ANALYSIS_RANKS;
    return json_pack("[o, o, o, o]", amdahl_json(&study->amdahl), usl_json(&study->usl, ranks),
                     knee_json(&study->knee, ranks), gustafson_json(&study->gustafson));
}

static json_t *selected_json(enum study_law law)
{
    static const char *const names[] = {
        [STUDY_AMDAHL] = "amdahl", [STUDY_USL] = "usl", [STUDY_KNEE] = "knee"};
    return law == STUDY_NONE ? json_null() : json_string(names[law]);
}

static json_t *predictions_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    json_t *list = json_array();
    for (size_t i = 0; i < study->prediction_count; i++) {
        const struct study_prediction *p = &study->predictions[i];
        json_t *threads = p->threads == floor(p->threads) && fabs(p->threads) < 1e9
                              ? json_integer((json_int_t)p->threads)
                              : real(p->threads);
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:b}", axis_of(group), threads,
                                              "speedup", real(p->speedup), "speedup_ci95",
                                              interval(p->speedup_ci), "seconds", real(p->seconds),
                                              "extrapolated", p->extrapolated));
    }
    return list;
}

static json_t *ledger_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (!study->ledgers)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_ledger *l = &study->ledgers[i];
        json_array_append_new(
            list, json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", axis_of(group), l->threads,
                            "speedup", real(l->speedup), "serial", real(l->serial), "imbalance",
                            real(l->imbalance), "overhead", real(l->overhead), "inflation",
                            real(l->inflation), "inflation_serial", real(l->inflation_serial)));
    }
    return list;
}

static json_t *efficiencies_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (!study->pops)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_pop *p = &study->pops[i];
        json_array_append_new(
            list, json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o}", axis_of(group), p->threads,
                            analysis_worker(group), real(p->thread_efficiency), "serial_region",
                            real(p->serial_region), "region", real(p->region), "imbalance",
                            real(p->imbalance), "overhead", real(p->overhead), "scalability",
                            real(p->scalability)));
    }
    return list;
}

static json_t *baseline_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    json_t *what = study->base_threads > 0
                       ? json_sprintf("%d %s%s", study->base_threads, analysis_worker(group),
                                      study->base_threads == 1 ? "" : "s")
                       : json_null();
    return json_pack("{s:o, s:o, s:o}", "what", what, "seconds",
                     real_if(study->base_threads > 0, study->base_seconds), "serial_loop_seconds",
                     real(study->serial_seconds));
}

static json_t *recommended_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    bool ranks = group->axis == ANALYSIS_RANKS;
    return json_pack("{s:o, s:s, s:o}", axis_of(group), count_or_null(study->recommended), "why",
                     study->recommended <= 0 ? "cannot tell"
                     : ranks ? "the fewest ranks measured within 5 % of the best time"
                             : "the fewest threads measured within 5 % of the best time",
                     ranks ? "efficient_ranks" : "efficient_threads",
                     count_or_null(study->recommended_efficient));
}

/* `lost` is of the whole team, `cores` of it by the cause that is named. */
static json_t *diagnosis_json(const struct analysis_group *group)
{
    const struct diagnosis *d = &group->diagnosis;
    const struct diagnosis_evidence *e = &group->evidence;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "cause", diagnosis_word(d->cause),
                     axis_of(group), count_or_null(d->threads),
                     group->axis == ANALYSIS_RANKS ? "ranks_lost" : "cores", real(d->cores), "lost",
                     real(d->lost), "dispatch_share", real(e->dispatch_share), "slowest_thread",
                     real(e->slowest));
}

static json_t *limits_json(const struct analysis_group *group)
{
    return json_pack("{s:o, s:o, s:o}", "cpus", count_or_null(group->cpus), "cores",
                     group->cores_unknown ? json_null() : count_or_null(group->cores), "quota_cpus",
                     real_if(group->quota > 0, group->quota));
}

static json_t *group_json(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    json_t *json = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:b}", "name",
                             text_or_null(group->name), "axis", axis_of(group), "threads_per_rank",
                             count_or_null(group->threads_per_rank), "host",
                             text_or_null(group->host), "what", text_or_null(group->what), "limits",
                             limits_json(group), "weak", group->weak, "waiting", group->waiting);
    if (!json)
        return NULL;
    bool ok = json_object_set_new(json, "points", points_json(group)) == 0;
    ok = json_object_set_new(json, "baseline", baseline_json(group)) == 0 && ok;
    ok = json_object_set_new(json, "timers",
                             json_pack("{s:o}", "serial_fraction", real(study->timers_serial))) ==
             0 &&
         ok;
    ok = json_object_set_new(json, "models", models_json(group)) == 0 && ok;
    ok = json_object_set_new(json, "selected", selected_json(study->selected)) == 0 && ok;
    ok = json_object_set_new(json, "lack_of_fit_p", real(study->lack_of_fit_p)) == 0 && ok;
    ok = json_object_set_new(json, "predictions", predictions_json(group)) == 0 && ok;
    ok = json_object_set_new(json, "recommended", recommended_json(group)) == 0 && ok;
    ok = json_object_set_new(json, "ledger", ledger_json(group)) == 0 && ok;
    ok = json_object_set_new(json, "efficiencies", efficiencies_json(group)) == 0 && ok;
    ok = json_object_set_new(json, "diagnosis", diagnosis_json(group)) == 0 && ok;
    ok = (group->axis == ANALYSIS_THREADS || fit_json_ranks(json, group)) && ok;
    ok = json_object_set_new(json, "verdict", text_or_null(group->verdict)) == 0 && ok;
    if (!ok) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static json_t *difference_json(const struct compare_difference *d)
{
    return json_pack("{s:o, s:o}", "difference", real(d->difference), "ci95", interval(d->ci));
}

/* Of exactly two groups, the second less the first; else null. */
static json_t *comparison_json(const struct analysis *analysis)
{
    struct compare compare;
    if (analysis->group_count != 2 ||
        !compare_groups(&compare, &analysis->groups[0], &analysis->groups[1]))
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "serial_fraction",
                     difference_json(&compare.serial_fraction), "speedup",
                     difference_json(&compare.speedup), "threads", count_or_null(compare.threads));
}

json_t *fit_json_new(const struct analysis *analysis)
{
    json_t *groups = json_array();
    for (size_t i = 0; i < analysis->group_count; i++)
        if (json_array_append_new(groups, group_json(&analysis->groups[i])) != 0) {
            json_decref(groups);
            return NULL;
        }
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "schema", FIT_JSON_SCHEMA, "groups", groups,
                     "comparison", comparison_json(analysis), "ranks_by_threads",
                     fit_json_grids(analysis), "left_out", fit_json_left_out(analysis));
}
