#include "cli/calibrate_show.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"
#include "report/phrase.h"
#include "report/table.h"

#define CELL 40

/* Of all runs: more late ones than this are worth a word. */
#define MANY_LATE 0.02

int calibrate_show_named(const struct calibrate_show *show)
{
    int named = 0;
    for (int i = 0; i < CALIBRATE_CASES; i++)
        named += show->wanted[i] && show->estimate[i].diagnosis.cause == calibrate_cases[i].cause;
    return named;
}

int calibrate_show_cases(const struct calibrate_show *show)
{
    int cases = 0;
    for (int i = 0; i < CALIBRATE_CASES; i++)
        cases += show->wanted[i];
    return cases;
}

static int held(const struct calibrate_show *show)
{
    int count = 0;
    for (int i = 0; i < CALIBRATE_CASES; i++)
        count += show->wanted[i] && calibrate_estimate_holds(&show->estimate[i], show->truth[i]);
    return count;
}

/* How a quantity is written: scaled, with decimals, and a unit behind it. */
struct unit {
    double scale;
    int places;
    const char *name;
};

static const struct unit units[] = {
    [CALIBRATE_SERIAL] = {100, 2, " %"},    [CALIBRATE_IMBALANCE] = {100, 2, " %"},
    [CALIBRATE_DISPATCH] = {1e3, 3, " ms"}, [CALIBRATE_KAPPA] = {100, 3, " %"},
    [CALIBRATE_KNEE] = {1, 2, ""},          [CALIBRATE_SLOWER] = {1, 3, "x"},
};

static const char *number(char cell[CELL], const struct unit *unit, double value)
{
    if (isnan(value))
        return "?";
    snprintf(cell, CELL, "%.*f%s", unit->places, value * unit->scale, unit->name);
    return cell;
}

static const char *range(char cell[CELL], const struct unit *unit, struct study_interval ci)
{
    if (!phrase_known(ci))
        return "?";
    snprintf(cell, CELL, "%.*f to %.*f", unit->places, ci.low * unit->scale, unit->places,
             ci.high * unit->scale);
    return cell;
}

static void write_cases(const struct calibrate_show *show, FILE *out)
{
    char a[CELL], b[CELL], c[CELL];
    fprintf(out, "\n%-22s %8s %8s %15s %5s  %s\n", "planted", "truth", "measured", "95 %", "holds",
            "named");
    for (int i = 0; i < CALIBRATE_CASES; i++) {
        const struct calibrate_case *which = &calibrate_cases[i];
        const struct calibrate_estimate *e = &show->estimate[i];
        const struct unit *unit = &units[which->quantity];
        if (!show->wanted[i])
            continue;
        bool right = e->diagnosis.cause == which->cause;
        fprintf(out, "%-22s %8s %8s %15s %5s %c%s\n", which->planted,
                number(a, unit, show->truth[i]), number(b, unit, e->value), range(c, unit, e->ci),
                calibrate_estimate_holds(e, show->truth[i]) ? "yes" : "no", right ? ' ' : '!',
                diagnosis_name(e->diagnosis.cause));
    }
}

static void write_meanings(const struct calibrate_show *show, FILE *out)
{
    static const char *const meanings[] = {
        [CALIBRATE_SERIAL] = "nothing, serial: the serial share of Amdahl's law, by the fit",
        [CALIBRATE_IMBALANCE] =
            "slices: share of the time of 8 threads in which they wait for the busiest",
        [CALIBRATE_DISPATCH] = "chunks: time between two slices, handing out the next",
        [CALIBRATE_KAPPA] = "kappa: what every thread more adds to the time, by the USL's fit",
        [CALIBRATE_KNEE] = "sockets: where the curve bends into a level, by the knee's fit",
        [CALIBRATE_SLOWER] = "slow thread: its time over the others', for the same slices",
    };
    for (int q = 0; q <= CALIBRATE_SLOWER; q++)
        for (int i = 0; i < CALIBRATE_CASES; i++)
            if (show->wanted[i] && (int)calibrate_cases[i].quantity == q) {
                fprintf(out, "  %s\n", meanings[q]);
                break;
            }
}

/* How often a cause was named where another was planted: cases, or in a full calibration sweeps. */
static int confused(const struct calibrate_show *show, int planted, int named)
{
    int count = 0;
    for (int i = 0; i < CALIBRATE_CASES; i++) {
        if (!show->wanted[i] || (int)calibrate_cases[i].cause != planted)
            continue;
        count += show->quick ? (int)show->estimate[i].diagnosis.cause == named
                             : show->coverage[i].diagnosed[named];
    }
    return count;
}

static bool is_planted(const struct calibrate_show *show, int cause)
{
    for (int i = 0; i < CALIBRATE_CASES; i++)
        if (show->wanted[i] && (int)calibrate_cases[i].cause == cause)
            return true;
    return false;
}

static void write_confusion(const struct calibrate_show *show, FILE *out)
{
    static const char *const short_names[] = {"none",   "serial", "imbal.", "slow",
                                              "overh.", "cont.",  "bandw.", "unknown"};
    table_heading(out, "Planted (rows) and named (columns)", show->quick ? "cases" : "sweeps");
    fprintf(out, "  %-12s", "");
    for (int named = 0; named < DIAGNOSIS_COUNT; named++)
        fprintf(out, " %7s", short_names[named]);
    fputc('\n', out);
    for (int planted = 0; planted < DIAGNOSIS_UNKNOWN; planted++) {
        if (!is_planted(show, planted))
            continue;
        fprintf(out, "  %-12s", diagnosis_word((enum diagnosis_cause)planted));
        for (int named = 0; named < DIAGNOSIS_COUNT; named++) {
            char cell[CELL] = ".";
            int count = confused(show, planted, named);
            if (count)
                snprintf(cell, sizeof cell, "%d", count);
            fprintf(out, " %7s", cell);
        }
        fputc('\n', out);
    }
}

/* A few runs that are far off are what an interval from five runs, as a rule without one of them,
 * does not know. */
static void write_late(const struct calibrate_show *show, FILE *out)
{
    char words[320];
    bool many = show->late > MANY_LATE * show->all;
    snprintf(words, sizeof words,
             "Of the %d runs %d took more than %.0f %% longer than the median of their kind. %s",
             show->all, show->late, 100 * CALIBRATE_SHOW_LATE,
             many ? "So many are no normal scatter, and as most sweeps of five runs have none of "
                    "them, the last column is low: other work kept the machine busy."
                  : "");
    table_wrap(out, words, 2);
}

/* Sweeps that are drawn hold the mean of all runs as often as intervals of this width should. */
static void write_coverage(const struct calibrate_show *show, FILE *out)
{
    char a[CELL], b[CELL], count[TEXT_SIZE], remark[64];
    snprintf(remark, sizeof remark, "of %s sweeps, %d runs a point",
             text_count(count, CALIBRATE_SWEEPS), CALIBRATE_SWEEP_RUNS);
    table_heading(out, "How often the 95 % intervals hold", remark);
    fprintf(out, "  %-22s %10s %10s %14s %14s\n", "planted", "truth", "all runs", "hold truth",
            "hold all runs");
    int sweeps = 0, truths = 0, means = 0;
    for (int i = 0; i < CALIBRATE_CASES; i++) {
        const struct calibrate_coverage *c = &show->coverage[i];
        const struct unit *unit = &units[calibrate_cases[i].quantity];
        if (!show->wanted[i])
            continue;
        fprintf(out, "  %-22s %10s %10s %12.1f %% %12.1f %%\n", calibrate_cases[i].planted,
                number(a, unit, show->truth[i]), number(b, unit, show->estimate[i].value),
                100.0 * c->truth_held / c->sweeps, 100.0 * c->mean_held / c->sweeps);
        sweeps += c->sweeps;
        truths += c->truth_held;
        means += c->mean_held;
    }
    if (sweeps)
        fprintf(out, "  %-22s %10s %10s %12.1f %% %12.1f %%\n", "all", "", "",
                100.0 * truths / sweeps, 100.0 * means / sweeps);
    fputc('\n', out);
    table_wrap(out,
               "The last column asks whether the intervals are as wide as they should be: 95 % of "
               "them are to hold what all runs together say. The one before asks for the truth "
               "itself, and is lower where sleeping is biased: threads wake up a little late, in "
               "every run alike, and an interval is made from how runs differ.",
               2);
    write_late(show, out);
}

/* What to think of an interval that misses, and of a cause that is not the planted one. */
static void write_advice(const struct calibrate_show *show, FILE *out)
{
    int cases = calibrate_show_cases(show);
    if (calibrate_show_named(show) < cases)
        table_wrap(
            out,
            "! is another cause than the one planted. On a busy machine threads wake up late, "
            "and then that is what is measured: try again when it is quiet.",
            0);
    if (show->quick && held(show) < cases)
        table_wrap(out,
                   "An interval may miss the truth by a hair: threads wake up some hundredths of a "
                   "millisecond late, the same in every run, and an interval, which is made from "
                   "how runs differ, cannot know it. Without --quick the two are told apart.",
                   0);
}

void calibrate_show_table(const struct calibrate_show *show, FILE *out)
{
    char slice[TEXT_SIZE];
    int cases = calibrate_show_cases(show), named = calibrate_show_named(show);
    snprintf(slice, sizeof slice, "%.3g ms", TOAST_SLICE_MINUTES * (double)show->minute_ns * 1e-6);
    fprintf(out,
            "Known faults, planted in the baking of toast, and what the profiler finds\n"
            "  %d slices of %s, on 1, 2, 4 and 8 toasters, %d runs each in random order\n",
            CALIBRATE_SLICES, slice, show->runs);
    write_cases(show, out);
    fputc('\n', out);
    write_meanings(show, out);
    if (!show->quick)
        write_coverage(show, out);
    write_confusion(show, out);
    fprintf(out, "\n%d of %d causes named right; %d of %d intervals hold the truth.\n", named,
            cases, held(show), cases);
    write_advice(show, out);
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *interval(struct study_interval ci)
{
    return phrase_known(ci) ? json_pack("[o, o]", real(ci.low), real(ci.high)) : json_null();
}

static json_t *diagnosed_json(const struct calibrate_coverage *coverage)
{
    json_t *counts = json_object();
    for (int cause = 0; cause < DIAGNOSIS_COUNT; cause++)
        json_object_set_new(counts, diagnosis_word((enum diagnosis_cause)cause),
                            json_integer(coverage->diagnosed[cause]));
    return counts;
}

static json_t *coverage_json(const struct calibrate_coverage *c)
{
    return json_pack("{s:i, s:i, s:f, s:f, s:o}", "sweeps", c->sweeps, "runs", CALIBRATE_SWEEP_RUNS,
                     "truth", (double)c->truth_held / c->sweeps, "all_runs",
                     (double)c->mean_held / c->sweeps, "diagnosed", diagnosed_json(c));
}

static json_t *case_json(const struct calibrate_show *show, int i)
{
    const struct calibrate_case *which = &calibrate_cases[i];
    const struct calibrate_estimate *e = &show->estimate[i];
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:s, s:s, s:o, s:o, s:o}", "name",
                     which->word, "planted", which->planted, "quantity",
                     calibrate_quantity_name(which->quantity), "truth", real(show->truth[i]),
                     "estimate", real(e->value), "ci95", interval(e->ci), "holds",
                     calibrate_estimate_holds(e, show->truth[i]), "cause",
                     diagnosis_word(which->cause), "diagnosed", diagnosis_word(e->diagnosis.cause),
                     "cores", real(e->diagnosis.cores), "lost", real(e->diagnosis.lost), "coverage",
                     show->quick ? json_null() : coverage_json(&show->coverage[i]));
}

static json_t *confusion_json(const struct calibrate_show *show)
{
    json_t *table = json_object();
    for (int planted = 0; planted < DIAGNOSIS_UNKNOWN; planted++) {
        if (!is_planted(show, planted))
            continue;
        json_t *row = json_object();
        for (int named = 0; named < DIAGNOSIS_COUNT; named++)
            json_object_set_new(row, diagnosis_word((enum diagnosis_cause)named),
                                json_integer(confused(show, planted, named)));
        json_object_set_new(table, diagnosis_word((enum diagnosis_cause)planted), row);
    }
    return table;
}

bool calibrate_show_json(const struct calibrate_show *show, FILE *out)
{
    json_t *cases = json_array(), *threads = json_array();
    for (int i = 0; i < CALIBRATE_CASES; i++)
        if (show->wanted[i])
            json_array_append_new(cases, case_json(show, i));
    for (int i = 0; i < CALIBRATE_POINTS; i++)
        json_array_append_new(threads, json_integer(calibrate_teams[i]));
    json_t *json = json_pack(
        "{s:s, s:b, s:i, s:o, s:i, s:I, s:I, s:f, s:i, s:o, s:i, s:i, s:i, s:o}", "schema",
        CALIBRATE_SHOW_SCHEMA, "quick", show->quick, "runs", show->runs, "threads", threads,
        "slices", CALIBRATE_SLICES, "minute_ns", (json_int_t)show->minute_ns, "seed",
        (json_int_t)show->seed, "seconds", show->seconds, "late_runs", show->late, "cases", cases,
        "named", calibrate_show_named(show), "held", held(show), "of", calibrate_show_cases(show),
        "confusion", confusion_json(show));
    if (!json)
        return false;
    bool ok = json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10)) == 0;
    fputc('\n', out);
    json_decref(json);
    return ok || ferror(out);
}
