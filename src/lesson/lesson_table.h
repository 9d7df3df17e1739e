/*
 * lesson_table: the lessons, each in a file of its own, for the table in lesson.c.
 *
 * Inside the room. In a class they take 8, 9, 9, 10, 13, 13, 13 and 15 minutes, 90 in all; the plan
 * of 45 gives the last one 5. Knows: lesson/lesson.h.
 */
#ifndef PIXSCALE_LESSON_LESSON_TABLE_H
#define PIXSCALE_LESSON_LESSON_TABLE_H

#include "lesson/lesson.h"

extern const struct lesson lesson_toast;     /* 1 */
extern const struct lesson lesson_coffee;    /* 2 */
extern const struct lesson lesson_amdahl;    /* 3 */
extern const struct lesson lesson_schedules; /* 4 */
extern const struct lesson lesson_overheads; /* 5 */
extern const struct lesson lesson_processes; /* 6 */
extern const struct lesson lesson_pictures;  /* 7 */
extern const struct lesson lesson_worth;     /* 8 */

#endif
