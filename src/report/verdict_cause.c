#include "report/verdict_cause.h"

#include "report/phrase.h"
#include "report/verdict.h"
#include "report/verdict_ranks.h"

bool verdict_cause_named(const struct analysis_group *group)
{
    return group->diagnosis.cause != DIAGNOSIS_NONE && group->diagnosis.cause != DIAGNOSIS_UNKNOWN;
}

/* What one thread pays too is in the base, so that every speed-up is silent about it. */
static void write_overhead(FILE *out, const struct analysis_group *group)
{
    const struct diagnosis_evidence *evidence = &group->evidence;
    char text[PHRASE_SIZE];
    bool in_base = evidence->dispatch_cores - evidence->dispatch_grown > group->diagnosis.cores / 2;
    if (evidence->dispatch_share >= DIAGNOSIS_LEAST)
        fprintf(out, "handing out work takes %s of the threads' time%s, so ",
                phrase_percent(text, evidence->dispatch_share),
                in_base ? ", with one thread as well, where no speed-up shows it" : "");
    fprintf(out, in_base ? "try larger chunks" : "try larger chunks or fewer threads");
}

/* What to do about it, as the rest of a sentence. */
static void write_remedy(FILE *out, const struct analysis_group *group)
{
    char text[PHRASE_SIZE];
    if (group->axis == ANALYSIS_RANKS) {
        verdict_ranks_remedy(out, group);
        return;
    }
    switch (group->diagnosis.cause) {
    case DIAGNOSIS_SERIAL:
        fprintf(out, "shorten what runs outside the parallel region, or make it parallel too");
        break;
    case DIAGNOSIS_IMBALANCE:
        fprintf(out, "try a smaller chunk (dynamic,1 has the smallest) or --order cost");
        break;
    case DIAGNOSIS_SLOW:
        fprintf(out,
                "it takes %s as long as the others for the same items, so look for what else "
                "runs on its core, and let a dynamic schedule give it less",
                phrase_factor(text, group->evidence.slowest));
        break;
    case DIAGNOSIS_OVERHEAD:
        write_overhead(out, group);
        break;
    case DIAGNOSIS_CONTENTION:
        fprintf(out, "look for what the threads share, such as a lock or memory that several "
                     "write, or use fewer");
        break;
    case DIAGNOSIS_BANDWIDTH:
        fprintf(out,
                "something that the threads share, such as memory, serves only so many at once, "
                "so use no more than that, or touch it less");
        break;
    default:
        break;
    }
}

void verdict_cause_write(FILE *out, const struct analysis_group *group)
{
    const struct diagnosis *diagnosis = &group->diagnosis;
    if (!verdict_cause_named(group))
        return;
    fprintf(out, "The main loss is %s (%.2f %s): ", diagnosis_name(diagnosis->cause),
            diagnosis->cores, verdict_units(group, diagnosis->cores));
    write_remedy(out, group);
    fprintf(out, ". ");
}
