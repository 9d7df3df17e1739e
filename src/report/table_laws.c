#include "report/table_laws.h"

#include <math.h>
#include <string.h>

#include "report/phrase.h"
#include "report/table.h"
#include "report/verdict.h"

static const struct study_ledger *ledger_at(const struct study *study, int threads)
{
    for (size_t i = 0; i < study->ledger_count; i++)
        if (study->ledgers[i].threads == threads)
            return &study->ledgers[i];
    return NULL;
}

static void write_share(FILE *out, char mark, const char *name, double share,
                        struct study_interval ci, const char *what)
{
    char percent[PHRASE_SIZE], range[PHRASE_SIZE];
    fprintf(out, "%c %-18s %8s", mark, name, isnan(share) ? "-" : phrase_percent(percent, share));
    if (phrase_known(ci) || *what)
        fprintf(out, " %14s", phrase_known(ci) ? phrase_percent_range(range, ci, share) : "");
    fprintf(out, "%s%s\n", *what ? " " : "", what);
}

/* What rounds to nothing has no sign. */
static double unsigned_zero(double percent)
{
    return fabs(percent) < 0.05 ? 0 : percent;
}

/* As e = (P - S) / (S (P - 1)), and P - S is what the ledger shares out, each of its entries has
 * its part in e: that is what lies between the clock's share and Karp and Flatt's. */
static void write_karp_flatt(FILE *out, const struct analysis_group *group,
                             const struct study_point *point)
{
    const struct study *study = &group->study;
    const struct study_ledger *l =
        study->base_threads == 1 ? ledger_at(study, point->threads) : NULL;
    char name[32], made[96] = "";
    snprintf(name, sizeof name, "  at %d %ss", point->threads, analysis_worker(group));
    if (l) {
        double scale = 100 / (l->speedup * (l->threads - 1));
        snprintf(made, sizeof made, "%8.1f %9.1f %8.1f %7.1f", unsigned_zero(l->serial * scale),
                 unsigned_zero(l->imbalance * scale), unsigned_zero(l->overhead * scale),
                 unsigned_zero(l->inflation * scale));
    }
    write_share(out, table_mark(study, point->threads), name, point->karp_flatt,
                point->karp_flatt_ci, made);
}

/* What the clock's share is of, or why there is none. */
static const char *clock_remark(const struct analysis_group *group)
{
    bool ranks = group->axis == ANALYSIS_RANKS;
    if (!isnan(group->study.timers_serial) && ranks)
        return "  merge, frozen list and start-up";
    if (!isnan(group->study.timers_serial))
        return "  outside the parallel region";
    if (!verdict_timed(group))
        return "  only wall times are known";
    if (ranks)
        return group->study.base_threads == 1 ? "  the run of one rank has no timers"
                                              : "  no run of one rank was kept";
    return group->study.base_threads == 1 ? "  the run with one thread has no timers"
                                          : "  no run with one thread was kept";
}

void table_laws_shares(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_interval none = {NAN, NAN};
    if (group->weak)
        return;
    table_heading(out, "Serial share, three ways", "with 95 % intervals");
    write_share(out, ' ', "by the clock", study->timers_serial, none, clock_remark(group));
    if (study->amdahl.fitted)
        write_share(out, ' ', "by the fit", study->amdahl.serial_fraction,
                    study->amdahl.serial_fraction_ci,
                    study->selected == STUDY_AMDAHL ? "  what the curve bends like"
                                                    : "  by Amdahl's law, not chosen");
    if (study->base_threads < 1)
        return;
    bool made = study->base_threads == 1 && study->ledger_count > 1;
    if (made)
        fprintf(out, "  %-18s %8s %14s %s\n", "by Karp and Flatt", "",
                "made of, in %:", "  serial imbalance  waiting  slower");
    else
        fprintf(out, "  by Karp and Flatt\n");
    for (size_t i = 0; i < study->point_count; i++)
        if (!isnan(study->points[i].karp_flatt))
            write_karp_flatt(out, group, &study->points[i]);
}

static void law_begin(FILE *out, const struct study *study, enum study_law law, const char *name)
{
    fprintf(out, "%c %-10s", study->selected == law && law != STUDY_NONE ? '>' : ' ', name);
}

static void law_end(FILE *out, double aicc)
{
    if (!isnan(aicc))
        fprintf(out, "; AICc %.1f", aicc);
    fputc('\n', out);
}

static void write_amdahl(FILE *out, const struct study *study)
{
    const struct study_amdahl *law = &study->amdahl;
    char share[PHRASE_SIZE], limit[PHRASE_SIZE];
    if (!law->fitted)
        return;
    law_begin(out, study, STUDY_AMDAHL, "Amdahl");
    if (isnan(law->serial_fraction))
        fprintf(out, "faster than linear");
    else
        fprintf(out, "s = %s, ceiling %s", phrase_percent(share, law->serial_fraction),
                isnan(law->limit) ? "unknown" : phrase_factor(limit, law->limit));
    if (!isnan(law->t1))
        fprintf(out, ", T1 = %s", phrase_seconds(share, law->t1));
    law_end(out, law->aicc);
}

static void write_usl(FILE *out, const struct study *study, const char *worker)
{
    const struct study_usl *law = &study->usl;
    char sigma[PHRASE_SIZE], range[PHRASE_SIZE];
    if (!law->fitted)
        return;
    law_begin(out, study, STUDY_USL, "USL");
    fprintf(out, "sigma = %s", phrase_percent(sigma, law->sigma));
    /* With kappa at its bound of 0 the intervals are about another sigma than this one. */
    bool inside = law->kappa > 0;
    if (inside && phrase_known(law->sigma_ci))
        fprintf(out, " (%s)", phrase_percent_range(range, law->sigma_ci, law->sigma));
    fprintf(out, ", kappa = %.2e", law->kappa);
    if (inside && phrase_known(law->kappa_ci))
        fprintf(out, " (%.2e to %.2e)", law->kappa_ci.low, law->kappa_ci.high);
    fprintf(out, "\n  %-10s", "");
    if (isnan(law->peak_threads))
        fprintf(out, "no peak can be told");
    else
        fprintf(out, "peak at %.4g %ss", law->peak_threads, worker);
    if (!isnan(law->gamma))
        fprintf(out, ", gamma = %.4g/s", law->gamma);
    law_end(out, law->aicc);
}

static void write_others(FILE *out, const struct study *study, const char *worker)
{
    char share[PHRASE_SIZE], range[PHRASE_SIZE];
    if (study->knee.fitted) {
        law_begin(out, study, STUDY_KNEE, "knee");
        fprintf(out, "s = %s, knee at %.3g %ss", phrase_percent(share, study->knee.serial_fraction),
                study->knee.knee, worker);
        if (phrase_known(study->knee.knee_ci))
            fprintf(out, " (%s)",
                    phrase_factor_range(range, study->knee.knee_ci, study->knee.knee));
        law_end(out, study->knee.aicc);
    }
    const struct study_gustafson *gustafson = &study->gustafson;
    if (gustafson->fitted && !isnan(gustafson->serial_share)) {
        law_begin(out, study, STUDY_NONE, "Gustafson");
        fprintf(out, "s' = %s", phrase_percent(share, gustafson->serial_share));
        if (phrase_known(gustafson->serial_share_ci))
            fprintf(
                out, " (%s)",
                phrase_percent_range(range, gustafson->serial_share_ci, gustafson->serial_share));
        fprintf(out, " of the parallel run%s\n", gustafson->converted ? ", converted" : "");
    }
}

void table_laws_models(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    char remark[64];
    if (study->base_threads < 1)
        return; /* without a kept run nothing is fitted */
    if (isnan(study->lack_of_fit_p))
        snprintf(remark, sizeof remark, "no degrees of freedom for lack of fit");
    else
        snprintf(remark, sizeof remark, "lack of fit of Amdahl's law: p = %.2g",
                 study->lack_of_fit_p);
    table_heading(out, "Laws", group->weak ? "" : remark);
    write_amdahl(out, study);
    write_usl(out, study, analysis_worker(group));
    write_others(out, study, analysis_worker(group));
}

void table_laws_predictions(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    static const char *const names[] = {[STUDY_NONE] = "",
                                        [STUDY_AMDAHL] = "by Amdahl's law, as it is",
                                        [STUDY_USL] = "by the USL, as it is",
                                        [STUDY_KNEE] = "by the knee, as it is"};
    bool known = false;
    for (size_t i = 0; i < study->prediction_count; i++)
        known = known || !isnan(study->predictions[i].speedup);
    if (!known)
        return;
    table_heading(out, "Predicted",
                  group->weak ? "by Gustafson's law, as it is" : names[study->selected]);
    fprintf(out, "  %7s %10s %16s %12s\n", group->axis == ANALYSIS_RANKS ? "ranks" : "threads",
            "speed-up", "95 %", "time");
    for (size_t i = 0; i < study->prediction_count; i++) {
        const struct study_prediction *p = &study->predictions[i];
        char factor[PHRASE_SIZE], range[PHRASE_SIZE], time[PHRASE_SIZE];
        if (isnan(p->speedup)) {
            fprintf(out, "  %7.6g %10s\n", p->threads, "-");
            continue;
        }
        fprintf(out, "  %7.6g %10s %16s %12s  %s\n", p->threads, phrase_factor(factor, p->speedup),
                phrase_known(p->speedup_ci) ? phrase_factor_range(range, p->speedup_ci, p->speedup)
                                            : "-",
                phrase_seconds(time, p->seconds), p->extrapolated ? "extrapolated" : "");
    }
}
