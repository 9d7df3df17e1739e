#include "cli/launch_record.h"

#include "profile/record_fill.h"

static const char *launcher_name(const struct launch *launch)
{
    static const char *const names[] = {[LAUNCH_BY_NOBODY] = NULL,
                                        [LAUNCH_BY_SLURM] = "slurm step",
                                        [LAUNCH_BY_OPENMPI] = "openmpi",
                                        [LAUNCH_BY_PMI] = "pmi"};
    if (launch->ranks == LAUNCH_BY_NOBODY && launch->array == LAUNCH_BY_SLURM && launch->tasks > 1)
        return "slurm array";
    return names[launch->ranks];
}

bool launch_record_fill(struct record *record, const struct launch *launch)
{
    const char *name = launcher_name(launch);
    if (!name)
        return true;
    record->rank = (int64_t)launch->task * launch->size + launch->rank;
    record->ranks = (int64_t)launch->tasks * launch->size;
    record->local_ranks = launch->local_size ? (int64_t)launch->local_size : RECORD_UNKNOWN;
    record->launcher = record_fill_text(name);
    return record->launcher != NULL;
}
