#include "report/verdict.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/phrase.h"
#include "report/verdict_cause.h"
#include "report/verdict_excluded.h"
#include "report/verdict_ranks.h"

/* An interval of a share that is wider than this agrees with nearly everything. */
#define TOO_WIDE 0.1

#define LEAST_SHOWN  0.005 /* of a core: less would be written as 0.00 */
#define SLOWER_PLAIN 1.05  /* the one-thread run against the plain loop: worth a word from here */

static const struct study_point *point_of(const struct study *study, int threads)
{
    for (size_t i = 0; i < study->point_count; i++)
        if (study->points[i].threads == threads)
            return &study->points[i];
    return NULL;
}

static const struct study_point *largest_point(const struct study *study)
{
    const struct study_point *largest = NULL;
    for (size_t i = 0; i < study->point_count; i++)
        if (!study->points[i].excluded)
            largest = &study->points[i];
    return largest;
}

bool verdict_timed(const struct analysis_group *group)
{
    for (size_t i = 0; i < group->run_count; i++)
        if (group->runs[i].account.known)
            return true;
    return false;
}

int verdict_counts(const struct analysis_group *group)
{
    int count = 0;
    for (size_t i = 0; i < group->study.point_count; i++)
        count += !group->study.points[i].excluded;
    return count;
}

const struct study_ledger *verdict_ledger(const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_ledger *found = NULL;
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_point *point = point_of(study, study->ledgers[i].threads);
        if (point && !point->excluded && study->ledgers[i].threads > 1 &&
            (!found || found->threads < study->ledgers[i].threads))
            found = &study->ledgers[i];
    }
    return found;
}

/* What was lost of the team, for the verdict and for the gap between the serial shares. */
struct loss {
    double cores;
    const char *name;
    const char *remedy; /* as the rest of a sentence that begins with the name */
};

static int by_size(const void *x, const void *y)
{
    const struct loss *a = x, *b = y;
    return a->cores > b->cores ? -1 : a->cores < b->cores;
}

static void write_losses(FILE *out, const struct study_ledger *ledger)
{
    struct loss losses[] = {{ledger->serial, "serial", NULL},
                            {ledger->imbalance, "imbalance", NULL},
                            {ledger->overhead, "waiting", NULL},
                            {ledger->inflation, "slower work", NULL}};
    size_t count = sizeof losses / sizeof *losses;
    qsort(losses, count, sizeof *losses, by_size);
    const char *before = ": ";
    for (size_t i = 0; i < count; i++)
        if (losses[i].cores >= LEAST_SHOWN) {
            fprintf(out, "%s%.2f %s", before, losses[i].cores, losses[i].name);
            before = ", ";
        }
    for (size_t i = 0; i < count; i++)
        if (losses[i].cores <= -LEAST_SHOWN)
            fprintf(out, "; %.2f was won back, as %s", -losses[i].cores,
                    strcmp(losses[i].name, "slower work") == 0 ? "the work itself took less time"
                                                               : losses[i].name);
}

static void write_gain(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_ledger *ledger = verdict_ledger(group);
    const struct study_point *point = largest_point(study);
    char factor[PHRASE_SIZE], range[PHRASE_SIZE];
    if (!point || point->threads == study->base_threads)
        return;
    const char *worker = analysis_worker(group);
    fprintf(out, "At %d %ss you got %s", point->threads, worker,
            phrase_factor(factor, point->speedup));
    if (study->base_threads != 1)
        fprintf(out, " over %d %ss", study->base_threads, worker);
    if (ledger && ledger->threads == point->threads && !group->weak) {
        double lost = ledger->threads - ledger->speedup;
        if (fabs(lost) < LEAST_SHOWN)
            fprintf(out, " and lost nothing");
        else
            fprintf(out, " and %s %.2f %s", lost > 0 ? "lost" : "gained", fabs(lost),
                    verdict_units(group, lost));
        write_losses(out, ledger);
    } else {
        if (phrase_known(point->speedup_ci))
            fprintf(out, " (%s)", phrase_factor_range(range, point->speedup_ci, point->speedup));
        if (study->base_threads == 1)
            fprintf(out, ", an efficiency of %s", phrase_percent(factor, point->efficiency));
    }
    fprintf(out, ". ");
}

const char *verdict_units(const struct analysis_group *group, double count)
{
    if (group->axis == ANALYSIS_RANKS)
        return fabs(count) <= 1 ? "of a rank" : "ranks";
    return phrase_cores(count);
}

/* The largest loss beside the serial one, which is what the fitted share has above the timers'. */
static struct loss largest_other(const struct analysis_group *group,
                                 const struct study_ledger *ledger)
{
    bool ranks = group->axis == ANALYSIS_RANKS;
    struct loss others[] = {
        {ledger->imbalance, "imbalance",
         ranks ? "the slowest shard" : "which a better schedule can remove"},
        {ledger->overhead, "waiting inside the parallel region",
         "which larger pieces of work or fewer threads reduce"},
        {ledger->inflation - ledger->inflation_serial,
         ranks ? "work that takes longer with more ranks"
               : "work that takes longer with more threads",
         ranks ? "as when all read from one file system"
               : "as when memory, caches or the clock rate are shared"},
        {ledger->inflation_serial,
         ranks ? "serial phases that one rank does not have"
               : "serial phases that take longer with more threads",
         ranks ? "such as the merge" : "such as starting and feeding the team"}};
    qsort(others, sizeof others / sizeof *others, sizeof *others, by_size);
    return others[0];
}

/* The second half of the sentence on the fitted share: what the clock says of it. */
static void write_clock(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    double clock = study->timers_serial, fitted = study->amdahl.serial_fraction;
    struct study_interval ci = study->amdahl.serial_fraction_ci;
    char share[PHRASE_SIZE];
    if (isnan(clock)) {
        fprintf(out, "; what it is made of, %s. ",
                !verdict_timed(group)           ? "wall times alone cannot tell"
                : group->axis == ANALYSIS_RANKS ? "only runs of one rank beside these could tell"
                                                : "only runs with one thread beside these could "
                                                  "tell");
        return;
    }
    phrase_percent(share, clock);
    bool known = phrase_known(ci);
    if (known && clock >= ci.low && clock <= ci.high) {
        fprintf(out, ", and %s is serial by the clock: %s. ", share,
                ci.high - ci.low > TOO_WIDE ? "the interval is too wide to tell them apart"
                                            : "the two agree");
    } else if (known ? clock > ci.high : clock > fitted) {
        fprintf(out,
                ", though %s is serial by the clock: the parallel part gains more than its share, "
                "or its one-%s run is slow. ",
                share, analysis_worker(group));
    } else {
        const struct study_ledger *ledger = verdict_ledger(group);
        struct loss rest = ledger ? largest_other(group, ledger) : (struct loss){0};
        fprintf(out, ", but only %s is serial by the clock", share);
        if (rest.cores >= LEAST_SHOWN && verdict_cause_named(group))
            fprintf(out, ": the rest is mostly %s. ", rest.name);
        else if (rest.cores >= LEAST_SHOWN)
            fprintf(out, ": the rest is mostly %s, %s. ", rest.name, rest.remedy);
        else
            fprintf(out, "; where the rest went, these records do not show. ");
    }
}

static void write_amdahl(FILE *out, const struct analysis_group *group)
{
    const struct study_amdahl *law = &group->study.amdahl;
    char share[PHRASE_SIZE], range[PHRASE_SIZE];
    if (isnan(law->serial_fraction))
        return; /* faster than linear: a note says so */
    fprintf(out, "The curve bends like a serial share of %s",
            phrase_percent(share, law->serial_fraction));
    if (phrase_known(law->serial_fraction_ci))
        fprintf(out, " (%s",
                phrase_percent_range(range, law->serial_fraction_ci, law->serial_fraction));
    else
        fprintf(out, " (no interval: too few runs");
    /* Without a limit a note says why. */
    if (!isnan(law->limit))
        fprintf(out, "; ceiling %s, %s", phrase_factor(share, law->limit),
                phrase_factor_range(range, law->limit_ci, law->limit));
    fprintf(out, ")");
    write_clock(out, group);
}

static void write_usl(FILE *out, const struct study_usl *law, const char *worker)
{
    char sigma[PHRASE_SIZE], kappa[PHRASE_SIZE], range[PHRASE_SIZE], second[PHRASE_SIZE];
    fprintf(out,
            "The curve bends like contention of %s (%s) and a cost of %s (%s) for every pair of "
            "%ss that must agree (USL)",
            phrase_percent(sigma, law->sigma),
            phrase_percent_range(range, law->sigma_ci, law->sigma),
            phrase_percent(kappa, law->kappa),
            phrase_percent_range(second, law->kappa_ci, law->kappa), worker);
    if (!isnan(law->peak_threads))
        fprintf(out, ": it peaks at %.3g %ss, and more make it slower", law->peak_threads, worker);
    fprintf(out, ". ");
}

static void write_knee(FILE *out, const struct study_knee *law, const char *worker)
{
    char share[PHRASE_SIZE], range[PHRASE_SIZE];
    fprintf(out, "The curve bends like a serial share of %s up to a knee at %.3g %ss",
            phrase_percent(share, law->serial_fraction), law->knee, worker);
    if (phrase_known(law->knee_ci))
        fprintf(out, " (%s)", phrase_factor_range(range, law->knee_ci, law->knee));
    fprintf(out, "; behind it more %ss bring nothing, as when %s is used up. ", worker,
            strcmp(worker, "rank") == 0 ? "a shared file system" : "memory bandwidth");
}

static void write_weak(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_gustafson *law = &study->gustafson;
    const struct study_point *point = largest_point(study);
    char share[PHRASE_SIZE], range[PHRASE_SIZE], factor[PHRASE_SIZE];
    if (!law->fitted || law->converted || isnan(law->serial_share))
        return;
    double p = point->threads;
    fprintf(out, "With work that grows with the %s the serial share is that of %s",
            group->axis == ANALYSIS_RANKS ? "ranks" : "team",
            phrase_percent(share, law->serial_share));
    if (phrase_known(law->serial_share_ci))
        fprintf(out, " (%s)", phrase_percent_range(range, law->serial_share_ci, law->serial_share));
    fprintf(out, " of the parallel run (Gustafson): %.0f %ss do %s the work in the time. ", p,
            analysis_worker(group), phrase_factor(factor, p - law->serial_share * (p - 1)));
}

static void write_law(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (group->weak) {
        write_weak(out, group);
        return;
    }
    if (study->selected == STUDY_USL && study->usl.fitted)
        write_usl(out, &study->usl, analysis_worker(group));
    else if (study->selected == STUDY_KNEE && study->knee.fitted)
        write_knee(out, &study->knee, analysis_worker(group));
    else if (study->selected == STUDY_AMDAHL)
        write_amdahl(out, group);
}

/* As it is, and as it would be if only the seconds that are serial by the clock were left. */
static void write_prediction(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_point *largest = largest_point(study);
    const struct study_prediction *next = NULL;
    char factor[PHRASE_SIZE], range[PHRASE_SIZE];
    for (size_t i = 0; i < study->prediction_count && !next; i++)
        if (study->predictions[i].threads > largest->threads &&
            !isnan(study->predictions[i].speedup))
            next = &study->predictions[i];
    if (!next || group->weak || study->selected == STUDY_NONE)
        return;
    fprintf(out, "%.4g %ss%s would give %s", next->threads, analysis_worker(group),
            group->cores > 0 && next->threads > group->cores && !group->waiting
                ? ", had the machine as many cores,"
                : "",
            phrase_factor(factor, next->speedup));
    if (phrase_known(next->speedup_ci))
        fprintf(out, " (%s)", phrase_factor_range(range, next->speedup_ci, next->speedup));
    fprintf(out, " as it is");
    double clock = study->timers_serial;
    double best = 1 / (clock + (1 - clock) / next->threads);
    if (!isnan(best) && study->base_threads == 1 && best > next->speedup_ci.high)
        fprintf(out, ", and at most %s if only what is serial by the clock were left",
                phrase_factor(factor, best));
    fprintf(out, ". ");
}

static void write_recommendation(FILE *out, const struct analysis_group *group)
{
    int fewest = group->study.recommended, efficient = group->study.recommended_efficient;
    if (fewest > 0 && !group->weak && verdict_counts(group) > 1) {
        fprintf(out,
                "Of the %s measured, %d %s%s %s the smallest within 5 %% of the best "
                "time",
                group->axis == ANALYSIS_RANKS ? "numbers" : "teams", fewest, analysis_worker(group),
                phrase_plural(fewest), fewest == 1 ? "is" : "are");
        if (efficient > 0 && efficient != fewest)
            fprintf(out, "; %d %s the last with an efficiency of 0.8", efficient,
                    efficient == 1 ? "is" : "are");
        fprintf(out, ". ");
    }
}

/* Why a gate stayed closed, as a sentence. */
static void write_notes(FILE *out, const struct analysis_group *group)
{
    char note[PHRASE_NOTE];
    for (size_t i = 0; i < group->study.note_count; i++) {
        phrase_note(note, group->study.notes[i], analysis_worker(group));
        fprintf(out, "%c%s. ", toupper((unsigned char)note[0]), note + 1);
    }
}

static void write_caveats(FILE *out, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (study->serial_seconds * SLOWER_PLAIN < study->base_seconds && study->base_threads == 1)
        fprintf(out,
                "The one-thread run takes %.2f times as long as the plain loop: against that, "
                "every speed-up is as much smaller. ",
                study->base_seconds / study->serial_seconds);
    if (group->cores_unknown && !group->waiting)
        fprintf(out, "The machine shows no cores, so its CPUs count as cores. ");
    verdict_excluded_write(out, group);
}

static void write_nothing(FILE *out, const struct analysis_group *group, int counts)
{
    const struct study_point *point = largest_point(&group->study);
    if (group->run_count == 0)
        fprintf(out, "Cannot tell: there are only --serial runs, which are a base and no point. ");
    else if (counts == 0)
        fprintf(out, "Cannot tell: no run is left to fit. ");
    else
        fprintf(out,
                "Cannot tell: only one %s count (%d) was measured; it takes at least 1, 2 and "
                "4 to see a curve bend. ",
                analysis_worker(group), point->threads);
    verdict_excluded_write(out, group);
}

static char *finish(FILE *out, char **text)
{
    if (!text_close(out, text))
        return NULL;
    size_t length = strlen(*text);
    while (length > 0 && (*text)[length - 1] == ' ')
        (*text)[--length] = '\0';
    return *text;
}

char *verdict_text(const struct analysis_group *group)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    int counts = verdict_counts(group);
    if (counts < 2) {
        write_nothing(out, group, counts);
        verdict_ranks_write(out, group);
        return finish(out, &text);
    }
    write_gain(out, group);
    verdict_ranks_write(out, group);
    verdict_cause_write(out, group);
    write_law(out, group);
    write_notes(out, group);
    write_prediction(out, group);
    write_recommendation(out, group);
    write_caveats(out, group);
    return finish(out, &text);
}
