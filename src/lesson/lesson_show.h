/*
 * lesson_show: what a lesson shows of its runs, the same in every lesson.
 *
 * Knows: report, model, lesson/lesson.h.
 */
#ifndef PIXSCALE_LESSON_LESSON_SHOW_H
#define PIXSCALE_LESSON_LESSON_SHOW_H

#include <stdbool.h>

#include "base/error.h"
#include "lesson/lesson.h"
#include "report/analysis.h"
#include "report/figures.h"

/* Words wrapped to the columns; every line but the first is indented, the first follows what stands
 * there already. Ends with a newline. A text that begins with two blanks is kept as it is. */
void lesson_show_wrapped(struct writer *writer, const char *text, int columns, int indent);

/* A figure: drawn by characters into what is shown, or for the page where figures are wanted there.
 * `about` says in one static sentence what to see in it. Without gnuplot a line says so. */
bool lesson_show_figure(const struct lesson_context *context, struct lesson_result *result,
                        const struct analysis *analysis, enum figures_kind kind, const char *about,
                        struct error *error);

/* The group's points as a table: threads, time, speed-up, efficiency. `unit_seconds` and `unit` are
 * those of the times ("minutes" of the bakery); `doer` heads the first column ("toasters"). */
void lesson_show_points(struct lesson_result *result, const struct study *study, const char *doer,
                        double unit_seconds, const char *unit);

/* The point with that many threads, or NULL. */
const struct study_point *lesson_show_point(const struct study *study, int threads);

/* A horizontal bar of `share` (0 to 1, cut) of `columns` characters, one at least of what is not 0.
 * Returns `text`, of size LESSON_BAR. */
#define LESSON_BAR 128
char *lesson_show_bar(char text[LESSON_BAR], double share, int columns);

#endif
