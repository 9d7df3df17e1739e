/*
 * The whole program, but that its checkpoints follow each other as fast as they can: what a user's
 * run meets in hours, a test meets in a second. The program itself has no option for that, as
 * nobody else needs one.
 *
 * With HASTY_PAUSE_MS it rests that long after each: then a run of some dozen pictures lasts
 * seconds on any machine, and what is to happen in its middle does.
 */
#include <stdlib.h>
#include <time.h>

#include "dataset/journal.h"
#include "pipeline/pipeline.h"

bool __real_pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                         struct error *error);
bool __wrap_pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                         struct error *error);

bool __real_journal_seal(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS]);
bool __wrap_journal_seal(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS]);

static long pause_ms(void)
{
    const char *text = getenv("HASTY_PAUSE_MS");
    return text ? strtol(text, NULL, 10) : 0;
}

bool __wrap_journal_seal(struct journal *journal, const uint64_t numbers[JOURNAL_NUMBERS])
{
    long ms = pause_ms();
    bool ok = __real_journal_seal(journal, numbers);
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
    return ok;
}

bool __wrap_pipeline_run(const struct pipeline_job *job, struct pipeline_result *result,
                         struct error *error)
{
    struct checkpoint_plan plan = *job->checkpoints;
    struct pipeline_job hasty = *job;
    plan.every_ns = 1000000;
    plan.rest = pause_ms() ? 0 : 1;
    hasty.checkpoints = &plan;
    return __real_pipeline_run(&hasty, result, error);
}
