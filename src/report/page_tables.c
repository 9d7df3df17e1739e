/*
 * page_tables: the numbers of a group, with their intervals.
 */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/compare.h"
#include "report/phrase.h"

void page_tables_begin(struct writer *writer, const char *caption, const char *columns)
{
    writer_print(writer, "<div class=\"scroll\"><table><caption>%s</caption><thead><tr>", caption);
    for (const char *at = columns;; at++) {
        size_t length = strcspn(at, "|");
        writer_print(writer, "<th scope=\"col\">%.*s</th>", (int)length, at);
        at += length;
        if (!*at)
            break;
    }
    writer_text(writer, "</tr></thead><tbody>\n");
}

void page_tables_end(struct writer *writer)
{
    writer_text(writer, "</tbody></table></div>\n");
}

static void head_cell(struct writer *writer, const char *text)
{
    writer_text(writer, "<tr><th scope=\"row\">");
    writer_html(writer, text);
    writer_text(writer, "</th>");
}

static void threads_cell(struct writer *writer, double threads)
{
    writer_print(writer, "<tr><th scope=\"row\">%.6g</th>", threads);
}

static void end_row(struct writer *writer)
{
    writer_text(writer, "</tr>\n");
}

/* A cell of our own text; an empty one is a dash. */
static void text_cell(struct writer *writer, const char *text)
{
    writer_print(writer, "<td>%s</td>", *text ? text : "–");
}

static void number_cell(struct writer *writer, double value, int places)
{
    if (!isfinite(value))
        text_cell(writer, "");
    else /* what rounds to nothing has no sign */
        writer_print(writer, "<td>%.*f</td>", places,
                     fabs(value) < 0.5 * pow(10, -places) ? 0 : value);
}

static void seconds_cell(struct writer *writer, double seconds)
{
    char text[PHRASE_SIZE];
    text_cell(writer, isfinite(seconds) ? phrase_seconds(text, seconds) : "");
}

static void factor_cell(struct writer *writer, double factor, struct study_interval interval)
{
    char text[PHRASE_SIZE];
    text_cell(writer, isfinite(factor) ? phrase_factor(text, factor) : "");
    text_cell(writer, phrase_known(interval) ? phrase_factor_range(text, interval, factor) : "");
}

static void percent_cell(struct writer *writer, double share)
{
    char text[PHRASE_SIZE];
    text_cell(writer, isfinite(share) ? phrase_percent(text, share) : "");
}

static void share_cell(struct writer *writer, double share, struct study_interval interval)
{
    char text[PHRASE_SIZE];
    percent_cell(writer, share);
    text_cell(writer, phrase_known(interval) ? phrase_percent_range(text, interval, share) : "");
}

/* What was left out of the fits, and why. */
static void write_left_out(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    for (size_t i = 0; i < study->point_count; i++) {
        const struct study_point *point = &study->points[i];
        if (!point->excluded)
            continue;
        writer_print(writer, "<p class=\"note\">%d %s%s: left out of the fit", point->threads,
                     analysis_worker(group), phrase_plural(point->threads));
        if (point->why) {
            writer_text(writer, ", ");
            writer_html(writer, point->why);
        }
        writer_text(writer, ".</p>\n");
    }
}

static void write_points(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    char columns[160], caption[3 * PHRASE_SIZE], seconds[PHRASE_SIZE], from[PHRASE_SIZE],
        to[PHRASE_SIZE];
    snprintf(caption, sizeof caption, "Measured, with 95 %% intervals; base: %d %s%s, %s",
             study->base_threads, analysis_worker(group), phrase_plural(study->base_threads),
             phrase_seconds(seconds, study->base_seconds));
    snprintf(columns, sizeof columns,
             "%ss|runs|mean time|interval|speed-up|interval|efficiency|Karp–Flatt|interval|"
             "attainable",
             analysis_worker(group));
    page_tables_begin(writer, caption, columns);
    for (size_t i = 0; i < study->point_count; i++) {
        const struct study_point *point = &study->points[i];
        char interval[3 * PHRASE_SIZE] = "";
        if (phrase_known(point->seconds_ci))
            snprintf(interval, sizeof interval, "%s to %s",
                     phrase_seconds(from, point->seconds_ci.low),
                     phrase_seconds(to, point->seconds_ci.high));
        writer_print(writer, "<tr%s><th scope=\"row\">%d</th>",
                     point->excluded ? " class=\"out\"" : "", point->threads);
        number_cell(writer, point->runs, 0);
        seconds_cell(writer, point->seconds);
        text_cell(writer, interval);
        factor_cell(writer, point->speedup, point->speedup_ci);
        percent_cell(writer, point->efficiency);
        share_cell(writer, point->karp_flatt, point->karp_flatt_ci);
        number_cell(writer, point->attainable, 2);
        end_row(writer);
    }
    page_tables_end(writer);
    write_left_out(writer, group);
}

static void law_row(struct writer *writer, const struct study *study, enum study_law law,
                    const char *name, const char *quantity, double value,
                    struct study_interval interval)
{
    bool first = *name;
    writer_print(writer, "<tr%s><th scope=\"row\">%s%s</th><td>%s</td>",
                 study->selected == law && law != STUDY_NONE ? " class=\"chosen\"" : "", name,
                 first && study->selected == law && law != STUDY_NONE ? " (chosen)" : "", quantity);
    share_cell(writer, value, interval);
}

static void write_other_laws(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_interval none = {NAN, NAN};
    char text[2 * PHRASE_SIZE], range[PHRASE_SIZE];
    if (study->usl.fitted) {
        /* With kappa at its bound of 0 the intervals are about another sigma than this one. */
        bool inside = study->usl.kappa > 0;
        law_row(writer, study, STUDY_USL, "USL", "contention σ", study->usl.sigma,
                inside ? study->usl.sigma_ci : none);
        number_cell(writer, study->usl.aicc, 1);
        end_row(writer);
        writer_text(writer, "<tr><th scope=\"row\"></th><td>coherency κ</td>");
        writer_print(writer, "<td>%.2e</td>", study->usl.kappa);
        if (inside && phrase_known(study->usl.kappa_ci))
            writer_print(writer, "<td>%.2e to %.2e</td>", study->usl.kappa_ci.low,
                         study->usl.kappa_ci.high);
        else
            text_cell(writer, "");
        if (isfinite(study->usl.peak_threads))
            writer_print(writer, "<td>peak at %.3g %ss</td>", study->usl.peak_threads,
                         analysis_worker(group));
        else
            text_cell(writer, "");
        end_row(writer);
    }
    if (study->knee.fitted) {
        snprintf(text, sizeof text, "serial share; knee at %.3g %ss", study->knee.knee,
                 analysis_worker(group));
        if (phrase_known(study->knee.knee_ci))
            snprintf(text + strlen(text), sizeof text - strlen(text), " (%s)",
                     phrase_factor_range(range, study->knee.knee_ci, study->knee.knee));
        law_row(writer, study, STUDY_KNEE, "Bandwidth knee", text, study->knee.serial_fraction,
                none);
        number_cell(writer, study->knee.aicc, 1);
        end_row(writer);
    }
    if (study->gustafson.fitted) {
        law_row(writer, study, STUDY_NONE, "Gustafson",
                study->gustafson.converted ? "serial share s′, converted" : "serial share s′",
                study->gustafson.serial_share, study->gustafson.serial_share_ci);
        text_cell(writer, "");
        end_row(writer);
    }
}

static void write_laws(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    const struct study_interval none = {NAN, NAN};
    page_tables_begin(writer, "Serial shares and laws, with 95 % intervals",
                      "law|quantity|value|interval|AICc");
    law_row(writer, study, STUDY_NONE, "By timers",
            group->axis == ANALYSIS_RANKS ? "serial share of the run of one rank"
                                          : "serial share of the one-thread run",
            study->timers_serial, none);
    text_cell(writer, "");
    end_row(writer);
    if (study->amdahl.fitted) {
        law_row(writer, study, STUDY_AMDAHL, "Amdahl", "bends like a serial share of",
                study->amdahl.serial_fraction, study->amdahl.serial_fraction_ci);
        number_cell(writer, study->amdahl.aicc, 1);
        end_row(writer);
        writer_text(writer, "<tr><th scope=\"row\"></th><td>limit 1/s</td>");
        factor_cell(writer, study->amdahl.limit, study->amdahl.limit_ci);
        text_cell(writer, "");
        end_row(writer);
    }
    write_other_laws(writer, group);
    page_tables_end(writer);
    if (isfinite(study->lack_of_fit_p))
        writer_print(writer,
                     "<p>Lack of fit of Amdahl's law: p = %.2g, %d degree%s of freedom.</p>\n",
                     study->lack_of_fit_p, study->degrees, phrase_plural(study->degrees));
}

static void write_predictions(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    page_tables_begin(writer, "Predicted by the chosen law, with 95 % intervals",
                      group->axis == ANALYSIS_RANKS ? "ranks|speed-up|interval|seconds|"
                                                    : "threads|speed-up|interval|seconds|");
    for (size_t i = 0; i < study->prediction_count; i++) {
        const struct study_prediction *p = &study->predictions[i];
        threads_cell(writer, p->threads);
        factor_cell(writer, p->speedup, p->speedup_ci);
        seconds_cell(writer, p->seconds);
        writer_print(writer, "<td class=\"words\">%s</td>", p->extrapolated ? "extrapolated" : "");
        end_row(writer);
    }
    page_tables_end(writer);
}

static void write_ledger(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (group->axis == ANALYSIS_RANKS)
        page_tables_begin(writer, "Where the ranks went: ranks = the sum of the row",
                          "ranks|speed-up|serial phases|imbalance|waiting|slower work|of it "
                          "serial");
    else
        page_tables_begin(writer, "Where the threads went, in cores: threads = the sum of the row",
                          "threads|speed-up|serial phases|imbalance|waiting|slower work|of it "
                          "serial");
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_ledger *l = &study->ledgers[i];
        threads_cell(writer, l->threads);
        number_cell(writer, l->speedup, 2);
        number_cell(writer, l->serial, 2);
        number_cell(writer, l->imbalance, 2);
        number_cell(writer, l->overhead, 2);
        number_cell(writer, l->inflation, 2);
        number_cell(writer, l->inflation_serial, 2);
        end_row(writer);
    }
    page_tables_end(writer);
}

static void write_efficiencies(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    if (group->axis == ANALYSIS_RANKS)
        page_tables_begin(writer, "Efficiencies after POP: rank = serial phases + region − 100 %",
                          "ranks|rank|serial phases|region|imbalance|waiting|scalability");
    else
        page_tables_begin(writer, "Efficiencies after POP: thread = serial phases + region − 100 %",
                          "threads|thread|serial phases|region|imbalance|waiting|scalability");
    for (size_t i = 0; i < study->ledger_count; i++) {
        const struct study_pop *p = &study->pops[i];
        threads_cell(writer, p->threads);
        percent_cell(writer, p->thread_efficiency);
        percent_cell(writer, p->serial_region);
        percent_cell(writer, p->region);
        percent_cell(writer, p->imbalance);
        percent_cell(writer, p->overhead);
        percent_cell(writer, p->scalability);
        end_row(writer);
    }
    page_tables_end(writer);
}

void page_tables_write(struct writer *writer, const struct analysis_group *group)
{
    const struct study *study = &group->study;
    char note[PHRASE_NOTE];
    if (study->point_count > 0)
        write_points(writer, group);
    if (study->point_count > 1)
        write_laws(writer, group);
    if (study->prediction_count > 0)
        write_predictions(writer, group);
    if (study->ledgers && study->ledger_count > 0)
        write_ledger(writer, group);
    if (study->pops && study->ledger_count > 0)
        write_efficiencies(writer, group);
    for (size_t i = 0; i < study->note_count; i++) {
        writer_text(writer, "<p class=\"note\">");
        writer_html(writer, phrase_note(note, study->notes[i], analysis_worker(group)));
        writer_text(writer, "</p>\n");
    }
}

/* The point with the least time of those that are in the fit, or NULL. */
static const struct study_point *fastest(const struct study *study)
{
    const struct study_point *best = NULL;
    for (size_t i = 0; i < study->point_count; i++)
        if (!study->points[i].excluded && (!best || study->points[i].seconds < best->seconds))
            best = &study->points[i];
    return best;
}

static void difference_row(struct writer *writer, const char *name,
                           const struct compare_difference *d, double scale, int places)
{
    char interval[PHRASE_SIZE] = "";
    if (!isfinite(d->difference))
        return;
    bool known = phrase_known(d->ci);
    if (known)
        snprintf(interval, sizeof interval, "%.*f to %.*f", places, d->ci.low * scale, places,
                 d->ci.high * scale);
    head_cell(writer, name);
    number_cell(writer, d->first * scale, places);
    number_cell(writer, d->second * scale, places);
    number_cell(writer, d->difference * scale, places);
    text_cell(writer, interval);
    writer_print(writer, "<td class=\"words\">%s</td>",
                 !known                            ? ""
                 : d->ci.low > 0 || d->ci.high < 0 ? "they differ"
                                                   : "cannot tell");
    end_row(writer);
}

/* Of two groups, whether they differ at all. */
static void write_difference(struct writer *writer, const struct analysis *analysis)
{
    struct compare compare;
    char name[64];
    if (!compare_groups(&compare, &analysis->groups[0], &analysis->groups[1]))
        return;
    page_tables_begin(writer, "The difference, with its 95 % interval",
                      "|A|B|difference|interval|");
    difference_row(writer, "fitted serial share, %", &compare.serial_fraction, 100, 1);
    snprintf(name, sizeof name, "speed-up at %d %ss", compare.threads,
             analysis_worker(&analysis->groups[0]));
    difference_row(writer, name, &compare.speedup, 1, 2);
    page_tables_end(writer);
}

void page_tables_compare(struct writer *writer, const struct analysis *analysis)
{
    page_tables_begin(writer, "The groups side by side",
                      analysis->groups[0].axis == ANALYSIS_RANKS
                          ? "group|base|fastest|at ranks|speed-up|interval|serial share|interval"
                          : "group|base|fastest|at threads|speed-up|interval|serial share|"
                            "interval");
    for (size_t i = 0; i < analysis->group_count; i++) {
        const struct study *study = &analysis->groups[i].study;
        const struct study_point *best = fastest(study);
        const struct study_interval none = {NAN, NAN};
        head_cell(writer, analysis->groups[i].name);
        seconds_cell(writer, study->base_seconds);
        seconds_cell(writer, best ? best->seconds : NAN);
        number_cell(writer, best ? best->threads : NAN, 0);
        factor_cell(writer, best ? best->speedup : NAN, best ? best->speedup_ci : none);
        share_cell(writer, study->amdahl.fitted ? study->amdahl.serial_fraction : NAN,
                   study->amdahl.fitted ? study->amdahl.serial_fraction_ci : none);
        end_row(writer);
    }
    page_tables_end(writer);
    if (analysis->group_count == 2)
        write_difference(writer, analysis);
}
