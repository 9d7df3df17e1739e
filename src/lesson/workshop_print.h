/*
 * workshop_print: what the workshop prints of a lesson, wrapped to the terminal.
 *
 * Inside the room. Knows: lesson/workshop.h.
 */
#ifndef PIXSCALE_LESSON_WORKSHOP_PRINT_H
#define PIXSCALE_LESSON_WORKSHOP_PRINT_H

#include <stdio.h>

#include "lesson/workshop.h"

/* Columns to be used of the terminal. */
int workshop_print_width(const struct workshop *workshop);

/* Heading, text and question of the plan's lesson at `place`. */
void workshop_print_head(const struct workshop *workshop, const struct lesson_plan *plan,
                         int place);

/* A command in lines that the terminal shows whole and the shell still reads as one; what follows
 * the first stands a little to the right of `indent`. */
void workshop_print_command(const struct workshop *workshop, FILE *stream, const char *command,
                            int indent);

/* The answer, and how far off the prediction was. */
void workshop_print_comparison(const struct workshop *workshop, const struct lesson *lesson,
                               const struct workshop_run *run);

/* Why it came out so. */
void workshop_print_why(const struct workshop *workshop, const struct lesson *lesson);

/* Claims, what to try next, and for the teacher the notes. */
void workshop_print_end(const struct workshop *workshop, const struct lesson *lesson,
                        const struct lesson_result *result);

/* How many claims held, in all runs. */
void workshop_print_total(const struct workshop *workshop, const struct workshop_run *runs,
                          int count);

/* How to go on another time: from the lesson that was left, or the one behind what was done. */
void workshop_print_farewell(const struct workshop *workshop, const struct lesson_plan *plan,
                             const struct workshop_run *runs);

#endif
