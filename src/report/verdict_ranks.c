#include "report/verdict_ranks.h"

#include <math.h>
#include <string.h>

#include "report/phrase.h"
#include "report/rank_parts.h"

/* Of the time: less is not worth a word. */
#define LEAST_TOLD 0.001

/* The point of the most ranks, of those in the fits if there is one. */
static size_t largest(const struct analysis_group *group)
{
    size_t found = 0;
    bool kept = false;
    for (size_t i = 0; i < group->study.point_count; i++)
        if (!group->study.points[i].excluded || !kept) {
            found = i;
            kept = !group->study.points[i].excluded;
        }
    return found;
}

/* Adds ", 1.2 s (6 %) went to the merge"; the first one has the verb. */
static void write_part(FILE *out, int *told, double seconds, double whole, const char *what)
{
    char text[PHRASE_SIZE], share[PHRASE_SIZE];
    if (!(seconds / whole >= LEAST_TOLD))
        return;
    fprintf(out, ", %s (%s)%s to %s", phrase_seconds(text, seconds),
            phrase_percent(share, seconds / whole), ++*told == 1 ? " went" : "", what);
}

/* A run of one rank that was not sharded has no merge: the curve may step there. */
static bool steps_at_one(const struct analysis_group *group)
{
    bool plain = false, merged = false;
    for (size_t i = 0; i < group->run_count; i++) {
        plain = plain || (!group->sets[i]->id && !group->runs[i].excluded);
        merged = merged || group->sets[i]->merge_known;
    }
    return plain && merged;
}

static bool all_merged(const struct analysis_group *group)
{
    for (size_t i = 0; i < group->run_count; i++)
        if (group->sets[i]->id && !group->sets[i]->merge_known)
            return false;
    return true;
}

void verdict_ranks_write(FILE *out, const struct analysis_group *group)
{
    char text[PHRASE_SIZE];
    int told = 0;
    if (group->axis != ANALYSIS_RANKS || group->study.point_count == 0)
        return;
    struct rank_parts p = rank_parts_of(group, largest(group));
    fprintf(out,
            "Each rank has %d thread%s; a time is that of the ranks beside each other, which is "
            "that of the slowest shard, the merge and the frozen list. ",
            group->threads_per_rank, phrase_plural(group->threads_per_rank));
    if (p.runs > 0 && p.seconds > 0) {
        fprintf(out, "Of the %s at %d rank%s", phrase_seconds(text, p.seconds), p.ranks,
                phrase_plural(p.ranks));
        write_part(out, &told, p.slowest - p.mean, p.seconds, "waiting for the slowest shard");
        write_part(out, &told, p.startup, p.seconds, "the start-up of each shard");
        write_part(out, &told, p.merge, p.seconds, "the merge");
        write_part(out, &told, p.freeze, p.seconds, "freezing the list");
        fprintf(out, "%s. ", told ? "" : " all was work, and evenly shared out");
    }
    if (!all_merged(group))
        fprintf(out, "Sharded runs without a record of their merge look faster than they were: add "
                     "merge --profile. ");
    if (steps_at_one(group))
        fprintf(out, "The runs that were not sharded have no merge, so the curve may step between "
                     "1 rank and 2: a run --shard 1/1 has one. ");
    if (group->scaling == RANKS_WEAK_FOUND)
        fprintf(out, "That the work grows with the ranks is told by the rows, the same a rank "
                     "within 2 %%. ");
}

void verdict_ranks_remedy(FILE *out, const struct analysis_group *group)
{
    struct rank_parts p = rank_parts_of(group, largest(group));
    switch (group->diagnosis.cause) {
    case DIAGNOSIS_SERIAL:
        if (p.merge >= p.startup && p.merge >= p.freeze)
            fprintf(out, "most of it is the merge, which is paid once however many ranks there "
                         "are: give each rank more to do");
        else if (p.startup >= p.freeze)
            fprintf(out, "most of it is the start-up of a shard, which every rank does over again: "
                         "freeze the list of inputs (pixscale manifest), or give each rank more "
                         "to do");
        else
            fprintf(out, "most of it is freezing the list of inputs: it is made once, and can "
                         "serve many runs");
        break;
    case DIAGNOSIS_IMBALANCE:
        fprintf(out, "the shards are cut by the estimated cost of their inputs, so look whether "
                     "one host is slower, or cut more shards than there are ranks");
        break;
    case DIAGNOSIS_CONTENTION:
    case DIAGNOSIS_BANDWIDTH:
        fprintf(out, "look for what the ranks share, such as the file system");
        break;
    default:
        fprintf(out, "look at the threads of a single shard");
        break;
    }
}
