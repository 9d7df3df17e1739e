/*
 * The whole program, but that its checkpoints follow each other as fast as they can: what a user's
 * run meets in hours, a test meets in a second. The program itself has no option for that, as
 * nobody else needs one. HASTY_EVERY_MS is the time from one to the next, 1 unless it is given.
 *
 * With HASTY_PAUSE_MS each thread rests that long after each picture: then a run of some dozen
 * pictures lasts seconds on any machine, and what is to happen in its middle does.
 */
#include <stdlib.h>
#include <time.h>

#include "pipeline/pipeline.h"
#include "pipeline/worker.h"

bool __real_pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                         struct error *error);
bool __wrap_pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                         struct error *error);

int __real_worker_item(struct worker *worker, const struct manifest_entry *entry, uint64_t row,
                       struct index_item *item, struct slot *slot);
int __wrap_worker_item(struct worker *worker, const struct manifest_entry *entry, uint64_t row,
                       struct index_item *item, struct slot *slot);

static struct timespec pause_time;

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

int __wrap_worker_item(struct worker *worker, const struct manifest_entry *entry, uint64_t row,
                       struct index_item *item, struct slot *slot)
{
    int error = __real_worker_item(worker, entry, row, item, slot);
    nanosleep(&pause_time, NULL);
    return error;
}

bool __wrap_pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                         struct error *error)
{
    long ms = number("HASTY_PAUSE_MS", 0);
    pause_time = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    struct checkpoint_plan plan = *job->checkpoints;
    struct pipeline_job hasty = *job;
    plan.every_ns = number("HASTY_EVERY_MS", 1) * 1000000;
    plan.rest = ms ? 0 : 1;
    hasty.checkpoints = &plan;
    return __real_pipeline_run(&hasty, result, error);
}
