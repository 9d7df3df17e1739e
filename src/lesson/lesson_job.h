/*
 * lesson_job: what the lessons on computing share: a team that fits this machine, its ceiling, the
 * pictures.
 *
 * Inside the room. This process never has a team of its own: the ceiling is measured in a process
 * that ends with it. Knows: profile/machine.h, sweep/capacity.h, lesson/lesson_exec.h.
 */
#ifndef PIXSCALE_LESSON_LESSON_JOB_H
#define PIXSCALE_LESSON_LESSON_JOB_H

#include <stdbool.h>

#include "base/error.h"
#include "lesson/lesson.h"
#include "sweep/spawn.h"

/* Threads for computing: as many of 2, 3, 4, 6 and 8 as there are cores that may be used, and 2
 * where there is one only. They divide 96 slices. */
int lesson_job_team(void);

/* Cores that a team of so many gets here and now: the median of three looks; -1 unknown. */
double lesson_job_cores(int threads);

/* The learner's folder of pictures, or one of `count` made-up ones, which `name` stands for in the
 * lesson's folder. The caller frees it. NULL: error is set. */
char *lesson_job_pictures(const struct lesson_context *context, const char *name, int count,
                          struct error *error);

/* As lesson_exec, for commands over pictures: some that cannot be used (status 1) are no failure,
 * for nobody's folder is clean. `result` must be given. */
bool lesson_job_run(const struct lesson_context *context, const char *const *words,
                    const char *const *changes, struct spawn_result *result, struct error *error);

/* Of the records in a file of the lesson's folder that were made by a team of `threads` (0: any):
 * how many, and the median, least and most seconds of wall. False: error is set, none is one. */
struct lesson_job_walls {
    int count;
    double median, least, most;
    double bytes; /* of input, of the last one */
};
bool lesson_job_walls(const struct lesson_context *context, const char *file, int threads,
                      struct lesson_job_walls *walls, struct error *error);

/* A line on what the ceiling beside the runs was, and one more where it was low. */
void lesson_job_show_cores(struct lesson_result *result, int threads, double cores);

/* lesson_claim_computing for a job that takes one thread so many seconds: skipped where that is too
 * short to be divided, because its start and end, which no team shares, would decide. */
#define LESSON_JOB_LEAST_SECONDS 0.2
void lesson_job_claim(struct lesson_result *result, const char *text, double measured, double least,
                      double most, int threads, double cores, double seconds);

/* Words in lines of at most `columns`, indented by two. */
void lesson_job_wrap(struct writer *writer, const char *words, int columns);

#endif
