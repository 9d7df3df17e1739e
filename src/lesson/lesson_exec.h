/*
 * lesson_exec: runs this program again, as the learner would, and brings back what it said.
 *
 * Every measurement of a lesson is a command that can be typed; it is shown before it runs. Each
 * run is a fresh process (sweep/spawn.h says why), with its records in the context's folder.
 * Knows: base, sweep, report.
 */
#ifndef PIXSCALE_LESSON_LESSON_EXEC_H
#define PIXSCALE_LESSON_LESSON_EXEC_H

#include <stdbool.h>

#include "base/error.h"
#include "lesson/lesson.h"
#include "report/analysis.h"
#include "sweep/spawn.h"

/* Runs `pixscale WORDS...` (NULL-terminated, without "pixscale") with changes to the environment
 * ("NAME=value", NULL-terminated; may be NULL). True only when it ended with status 0; else the
 * error has its last message. `result` may be NULL. */
bool lesson_exec(const struct lesson_context *context, const char *const *words,
                 const char *const *changes, struct spawn_result *result, struct error *error);

/* The same `count` times at once, one process each; *wall_ns is from the first start to the last
 * end. */
bool lesson_exec_together(const struct lesson_context *context, const char *const *words,
                          const char *const *changes, int count, int64_t *wall_ns,
                          struct error *error);

/* The path FOLDER/NAME, for the caller to free; NULL without memory. */
char *lesson_exec_path(const struct lesson_context *context, const char *name);

/* Reads and fits the records of a file of the folder. Freed by analysis_free. */
bool lesson_exec_fit(const struct lesson_context *context, const char *name,
                     struct analysis *analysis, struct error *error);

#endif
