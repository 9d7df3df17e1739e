/*
 * recipe: the shell script by which a launcher makes an array on several machines.
 *
 * It freezes the list of inputs, starts the shards and has them merged. It may be pasted into a
 * shell, which it leaves as it was, or piped into bash, and run again after a failure: what is done
 * stays. Whatever the user named stands in it quoted for a shell. Knows: cli/shell_words.h.
 */
#ifndef PIXSCALE_CLI_RECIPE_H
#define PIXSCALE_CLI_RECIPE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum recipe_launcher { RECIPE_ARRAY, RECIPE_SRUN, RECIPE_MPIRUN, RECIPE_PARALLEL };

/* Words of a command line. */
struct recipe_words {
    const char *const *word;
    size_t count;
};

struct recipe {
    enum recipe_launcher launcher;
    int64_t nodes, tasks_per_node, cpus_per_task;     /* cpus_per_task 0: as Slurm or OpenMP says */
    const char *time, *partition, *memory, *hosts;    /* NULL: not given */
    struct recipe_words sbatch, inputs, list, run;    /* list: options of `manifest` */
    const char *program, *folder, *output, *manifest; /* folder: where the names begin */
    bool force;                                       /* of the array that the merge makes */
};

/* Writes the script. */
void recipe_write(const struct recipe *recipe, FILE *stream);

#endif
