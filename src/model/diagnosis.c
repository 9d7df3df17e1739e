#include "model/diagnosis.h"

#include <math.h>
#include <stddef.h>

#include "model/least_squares.h"

/* A slow thread must be one in most runs and not a single unlucky one. */
#define SLOW_LEVEL 0.95

static const char *const names[DIAGNOSIS_COUNT] = {
    [DIAGNOSIS_NONE] = "none",
    [DIAGNOSIS_SERIAL] = "serial phases",
    [DIAGNOSIS_IMBALANCE] = "imbalance",
    [DIAGNOSIS_SLOW] = "a slow thread",
    [DIAGNOSIS_OVERHEAD] = "overhead",
    [DIAGNOSIS_CONTENTION] = "contention",
    [DIAGNOSIS_BANDWIDTH] = "a bandwidth knee",
    [DIAGNOSIS_UNKNOWN] = "unknown",
};

static const char *const words[DIAGNOSIS_COUNT] = {
    [DIAGNOSIS_NONE] = "none",           [DIAGNOSIS_SERIAL] = "serial",
    [DIAGNOSIS_IMBALANCE] = "imbalance", [DIAGNOSIS_SLOW] = "slow-thread",
    [DIAGNOSIS_OVERHEAD] = "overhead",   [DIAGNOSIS_CONTENTION] = "contention",
    [DIAGNOSIS_BANDWIDTH] = "bandwidth", [DIAGNOSIS_UNKNOWN] = "unknown",
};

const char *diagnosis_name(enum diagnosis_cause cause)
{
    return names[cause];
}

const char *diagnosis_word(enum diagnosis_cause cause)
{
    return words[cause];
}

struct diagnosis_evidence diagnosis_no_evidence(void)
{
    return (struct diagnosis_evidence){.dispatch_share = NAN,
                                       .dispatch_cores = NAN,
                                       .dispatch_grown = NAN,
                                       .slowest = NAN,
                                       .slowest_error = NAN,
                                       .slow_cores = NAN,
                                       .slow_longer = NAN};
}

/* Sums over some of the threads, as fast as the others. */
struct sums {
    double total, most;
    int count;
};

static void add(struct sums *sums, double seconds)
{
    sums->total += seconds;
    sums->most = fmax(sums->most, seconds);
    sums->count++;
}

/* How long the team would take without slow threads. A slow thread that has done less than the
 * others took from a queue: without it all would have shared the work, as unevenly at the end as
 * the others do now. One that has done as much had its share fixed, and would just be ready
 * earlier. */
static double equal_seconds(const struct sums *slow, const struct sums *others)
{
    if (!slow->count || !others->count)
        return fmax(slow->most, others->most);
    double mean = others->total / others->count;
    if (slow->total / slow->count >= mean)
        return fmax(slow->most, others->most);
    return (slow->total + others->total) / (slow->count + others->count) + others->most - mean;
}

struct diagnosis_slow diagnosis_slow_seconds(const double *busy, const double *slower, int threads)
{
    struct sums slow = {0}, others = {0};
    double most = 0.0, longer = 0.0;
    for (int t = 0; t < threads; t++) {
        bool is_slow = slower[t] >= DIAGNOSIS_SLOWER;
        double equal = is_slow ? busy[t] / slower[t] : busy[t];
        add(is_slow ? &slow : &others, equal);
        most = fmax(most, busy[t]);
        longer += busy[t] - equal;
    }
    double cost = threads * (most - equal_seconds(&slow, &others));
    return (struct diagnosis_slow){fmax(cost, longer), longer};
}

/* The largest team that takes part. */
static const struct study_point *last_point(const struct study *study)
{
    for (size_t i = study->point_count; i-- > 0;)
        if (!study->points[i].excluded)
            return study->points[i].threads > study->base_threads ? &study->points[i] : NULL;
    return NULL;
}

static const struct study_ledger *ledger_of(const struct study *study, int threads)
{
    for (size_t i = 0; i < study->ledger_count; i++)
        if (study->ledgers[i].threads == threads)
            return &study->ledgers[i];
    return NULL;
}

static double known(double cores)
{
    return isfinite(cores) ? cores : 0.0;
}

/* Whether the ratio is above that of equal threads by more than its scatter explains. */
static bool has_slow_thread(const struct diagnosis_evidence *evidence)
{
    if (!(evidence->slowest >= DIAGNOSIS_SLOWER) || !isfinite(evidence->slow_cores))
        return false;
    if (evidence->runs < 2 || isnan(evidence->slowest_error))
        return true; /* one run: its items alone speak */
    double t = least_squares_student(SLOW_LEVEL, evidence->runs - 1);
    return evidence->slowest - 1.0 > t * evidence->slowest_error;
}

/* Work that takes longer: which law it follows says why. */
static enum diagnosis_cause longer_work(const struct study *study)
{
    return study->selected == STUDY_KNEE  ? DIAGNOSIS_BANDWIDTH
           : study->selected == STUDY_USL ? DIAGNOSIS_CONTENTION
                                          : DIAGNOSIS_UNKNOWN;
}

/* Shares the ledger's losses out among the causes, in cores. */
static void share_out(double cores[DIAGNOSIS_COUNT], const struct study *study,
                      const struct study_ledger *ledger, const struct diagnosis_evidence *evidence)
{
    bool slow = has_slow_thread(evidence);
    double cost = slow ? fmax(evidence->slow_cores, 0.0) : 0.0;
    double itself = slow ? fmax(known(evidence->slow_longer), 0.0) : 0.0;
    double longer = ledger->inflation - ledger->inflation_serial;
    cores[DIAGNOSIS_SERIAL] = ledger->serial + ledger->inflation_serial;
    cores[DIAGNOSIS_IMBALANCE] = ledger->imbalance - (cost - itself);
    cores[DIAGNOSIS_SLOW] = cost;
    cores[DIAGNOSIS_OVERHEAD] = ledger->overhead + fmax(known(evidence->dispatch_cores), 0.0);
    cores[longer_work(study)] = longer - itself - known(evidence->dispatch_grown);
}

struct diagnosis diagnosis_make(const struct study *study,
                                const struct diagnosis_evidence *evidence)
{
    const struct study_point *point = last_point(study);
    struct diagnosis diagnosis = {.cause = DIAGNOSIS_UNKNOWN, .cores = NAN, .lost = NAN};
    if (!point)
        return diagnosis;
    diagnosis.threads = point->threads;
    diagnosis.lost = point->threads - point->speedup * study->base_threads;
    const struct study_ledger *ledger = ledger_of(study, point->threads);
    bool matching = evidence->threads == point->threads;
    const struct diagnosis_evidence none = diagnosis_no_evidence();
    const struct diagnosis_evidence *used = matching ? evidence : &none;
    /* What was dispatch at one thread already cost every core the same. */
    diagnosis.lost += fmax(known(used->dispatch_cores) - known(used->dispatch_grown), 0.0);
    double least = DIAGNOSIS_LEAST * point->threads;
    /* How little it may be, for the scatter of the runs. */
    double scatter = (point->speedup_ci.high - point->speedup) * study->base_threads;
    if (diagnosis.lost < least || (diagnosis.lost - scatter < least && diagnosis.lost < 2 * least))
        diagnosis.cause = DIAGNOSIS_NONE;
    if (diagnosis.lost < least || diagnosis.lost - scatter < least || !ledger)
        return diagnosis;
    double cores[DIAGNOSIS_COUNT] = {0};
    share_out(cores, study, ledger, used);
    int most = DIAGNOSIS_UNKNOWN;
    for (int cause = DIAGNOSIS_SERIAL; cause < DIAGNOSIS_UNKNOWN; cause++)
        if (cores[cause] > cores[most])
            most = cause;
    diagnosis.cause = (enum diagnosis_cause)most;
    if (most != DIAGNOSIS_UNKNOWN)
        diagnosis.cores = cores[most];
    return diagnosis;
}
