#include "profile/schedule.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONOTONIC_BIT 0x80000000u /* omp_sched_monotonic, which libgomp sets for static */

static const char *const names[] = {"none", "static", "dynamic", "guided", "auto"};
#define KINDS (sizeof names / sizeof *names)

bool schedule_parse(struct schedule *schedule, const char *text)
{
    size_t length = strcspn(text, ",");
    long chunk = 0;
    char *end = "";
    if (text[length])
        chunk = strtol(text + length + 1, &end, 10);
    if (*end || (text[length] && (chunk < 1 || chunk > SCHEDULE_MOST_CHUNK)))
        return false;
    for (size_t kind = SCHEDULE_STATIC; kind < KINDS; kind++)
        if (strlen(names[kind]) == length && strncmp(text, names[kind], length) == 0) {
            *schedule = (struct schedule){(enum schedule_kind)kind, (int)chunk};
            return true;
        }
    return false;
}

char *schedule_name(const struct schedule *schedule, char text[SCHEDULE_SIZE])
{
    const char *name = names[(size_t)schedule->kind < KINDS ? schedule->kind : SCHEDULE_NONE];
    bool chunked = schedule->chunk > 0 && schedule->kind >= SCHEDULE_STATIC &&
                   schedule->kind <= SCHEDULE_GUIDED;
    if (chunked)
        snprintf(text, SCHEDULE_SIZE, "%s,%d", name, schedule->chunk);
    else
        snprintf(text, SCHEDULE_SIZE, "%s", name);
    return text;
}

struct schedule schedule_current(void)
{
    omp_sched_t kind;
    int chunk;
    omp_get_schedule(&kind, &chunk);
    unsigned plain = (unsigned)kind & ~MONOTONIC_BIT;
    return (struct schedule){plain < KINDS ? (enum schedule_kind)plain : SCHEDULE_NONE,
                             chunk > 0 ? chunk : 0};
}

void schedule_use(const struct schedule *schedule)
{
    if (schedule->kind != SCHEDULE_NONE)
        omp_set_schedule((omp_sched_t)schedule->kind, schedule->chunk);
}
