#include "cli/recipe.h"

#include <inttypes.h>

#include "cli/shell_words.h"

static int64_t shards(const struct recipe *r)
{
    return r->nodes * r->tasks_per_node;
}

static void put_word(const char *word, FILE *stream)
{
    fputc(' ', stream);
    shell_words_put(word, stream);
}

static void put_words(const struct recipe_words *words, FILE *stream)
{
    for (size_t i = 0; i < words->count; i++)
        put_word(words->word[i], stream);
}

/* The output's name and a suffix, as one word. */
static void put_output(const struct recipe *r, const char *suffix, FILE *stream)
{
    shell_words_put(r->output, stream); /* ends in a quote or in what needs none */
    fputs(suffix, stream);
}

static void put_begin(const struct recipe *r, FILE *stream)
{
    static const char *const by[] = {
        [RECIPE_ARRAY] = "tasks of a Slurm job array",
        [RECIPE_SRUN] = "tasks of one Slurm job, started by srun",
        [RECIPE_MPIRUN] = "ranks of one Slurm job, started by mpirun",
        [RECIPE_PARALLEL] = "jobs of GNU parallel",
    };
    fputs("#!/bin/bash\n# Makes ", stream);
    put_output(r, "", stream);
    fprintf(stream, " of %" PRId64 " shards, %s.\n", shards(r), by[r->launcher]);
    fputs("# Run it again after a failure: shards that are done end at once, others go on.\n"
          "(\nset -eu\ncd",
          stream);
    put_word(r->folder, stream);
    fputs(
        "\n\n# The inputs, listed once for all; the list stays while shards are unfinished.\n[ -d ",
        stream);
    put_output(r, ".shards", stream);
    fputs(" ] ||\n ", stream);
    put_word(r->program, stream);
    fputs(" manifest -o", stream);
    put_word(r->manifest, stream);
    fputs(" --force", stream);
    put_words(&r->list, stream);
    put_words(&r->inputs, stream);
    fputs("\n\n", stream);
}

/* All of the command but its shard. Of --resume, a shard that is done ends at once with it. */
static void put_run(const struct recipe *r, FILE *stream)
{
    shell_words_put(r->program, stream);
    fputs(" run --manifest", stream);
    put_word(r->manifest, stream);
    fputs(" -o ", stream);
    put_output(r, " --resume", stream);
    put_words(&r->run, stream);
}

/* Status 1 says that the array is there and that some inputs failed: no failure of the job. */
static void put_merge(const struct recipe *r, FILE *stream)
{
    fputs("# Names the shards that are missing, if any, or makes the array of all. Status 1: some\n"
          "# inputs failed, and the index says which.\n",
          stream);
    shell_words_put(r->program, stream);
    fputs(r->force ? " merge --force " : " merge ", stream);
    put_output(r, " || [ $? -eq 1 ]\n", stream);
}

/* What every job of a site may need, the merge's too. */
static void put_site(const struct recipe *r, FILE *stream)
{
    const char *const values[] = {r->partition, r->time};
    static const char *const names[] = {"--partition=", "--time="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (values[i]) {
            fprintf(stream, " %s", names[i]);
            shell_words_put(values[i], stream);
        }
    put_words(&r->sbatch, stream);
}

static void put_resources(const struct recipe *r, FILE *stream)
{
    if (r->cpus_per_task)
        fprintf(stream, " --cpus-per-task=%" PRId64, r->cpus_per_task);
    if (r->memory) {
        fputs(" --mem=", stream);
        shell_words_put(r->memory, stream);
    }
    put_site(r, stream);
}

/* afterany and not afterok: a merge that lacks shards says which, and ends; one that waits for the
 * success of a task that has failed would wait for ever, or vanish without a word. */
static void put_array(const struct recipe *r, FILE *stream)
{
    fputs(
        "# One task a shard. --requeue: should its node fail, or its CPUs be needed for others, "
        "the\n"
        "# task starts again elsewhere, and --resume goes on where it was; one of them by hand:\n"
        "# scontrol requeue JOB_TASK. exec: Slurm's signals reach pixscale, which stops in order.\n"
        "job=$(sbatch --parsable --job-name=pixscale",
        stream);
    fprintf(stream, " --array=1-%" PRId64 " --ntasks=1 --requeue \\\n   ", shards(r));
    put_resources(r, stream);
    fputs(" <<'TASK'\n#!/bin/bash\nexec ", stream);
    put_run(r, stream);
    fprintf(stream, " --shard \"$SLURM_ARRAY_TASK_ID/%" PRId64 "\"\nTASK\n)\n", shards(r));
    fputs("echo \"shards: job ${job%%;*}, messages in slurm-${job%%;*}_*.out\"\n\n"
          "# When all tasks have ended, well or not, their rows become the array.\n"
          "sbatch --job-name=pixscale-merge --ntasks=1 --dependency=afterany:\"${job%%;*}\"",
          stream);
    put_site(r, stream);
    fputs(" <<'MERGE'\n#!/bin/bash\n", stream);
    put_merge(r, stream);
    fputs("MERGE\n)\n", stream);
}

static void put_srun(const struct recipe *r, FILE *stream)
{
    fputs(
        "# One task a shard: each knows its own by Slurm's variables. srun has to be told of the\n"
        "# CPUs again, as it does not ask sbatch; a task that fails does not end the others.\n",
        stream);
    fprintf(stream, "srun --ntasks=%" PRId64 " --ntasks-per-node=%" PRId64, shards(r),
            r->tasks_per_node);
    if (r->cpus_per_task)
        fprintf(stream, " --cpus-per-task=%" PRId64, r->cpus_per_task);
    fputs(" --kill-on-bad-exit=0 --wait=0 --label \\\n    ", stream);
}

static void put_mpirun(const struct recipe *r, FILE *stream)
{
    fputs("# One rank a shard. Open MPI would bind each rank, and all its threads, to one core:\n"
          "# --bind-to none leaves it all CPUs that Slurm has given to the job.\n"
          "# MPICH, Intel MPI:  mpirun -n",
          stream);
    fprintf(stream, " %" PRId64 " -ppn %" PRId64 " ...\n", shards(r), r->tasks_per_node);
    if (r->cpus_per_task)
        fprintf(stream, "export OMP_NUM_THREADS=%" PRId64 "\n", r->cpus_per_task);
    fprintf(stream, "mpirun -n %" PRId64 " --map-by ppr:%" PRId64 ":node --bind-to none", shards(r),
            r->tasks_per_node);
    fputs(r->cpus_per_task ? " -x OMP_NUM_THREADS \\\n    " : " \\\n    ", stream);
}

/* The merge in the same job, as one process: it is short, and whatever became of the shards. */
static void put_job(const struct recipe *r, FILE *stream)
{
    fprintf(stream,
            "# One job of all nodes. --requeue: should a node fail, it starts again and goes on.\n"
            "sbatch --job-name=pixscale --nodes=%" PRId64 " --ntasks-per-node=%" PRId64
            " --requeue \\\n   ",
            r->nodes, r->tasks_per_node);
    put_resources(r, stream);
    fputs(" <<'JOB'\n#!/bin/bash\n", stream);
    if (r->launcher == RECIPE_SRUN)
        put_srun(r, stream);
    else
        put_mpirun(r, stream);
    put_run(r, stream);
    fprintf(stream, " --shard %s\n\n", shards(r) == 1 ? "1/1" : "auto"); /* auto: all of it */
    put_merge(r, stream);
    fputs("JOB\n)\n", stream);
}

/* parallel hands each line to the user's shell of the host, whichever that is, and older ones of
 * parallel heed PARALLEL_SHELL only here. So what bash's %q quoted, $'…' too, becomes one word: a
 * backslash before each mark and space means the same to sh, zsh, csh and fish. As no command is
 * given to parallel itself, it looks for nothing to replace in the lines. */
static void put_parallel(const struct recipe *r, FILE *stream)
{
    fputs("# One line a shard, each a command. ", stream);
    fputs(r->hosts ? "--sshloginfile: the hosts, one a line, that see this folder.\n"
                   : "On several hosts: add --hosts FILE.\n",
          stream);
    fprintf(stream,
            "for shard in {1..%" PRId64 "}; do\n    {\n        printf 'cd %%q && exec' \"$PWD\"\n",
            shards(r));
    fputs("        printf ' %q' ", stream);
    put_run(r, stream);
    fprintf(stream, " --shard \"$shard/%" PRId64 "\"", shards(r));
    if (r->cpus_per_task)
        fprintf(stream, " --threads %" PRId64, r->cpus_per_task);
    fprintf(stream,
            "\n        echo\n    } | sed 's/[[:punct:] ]/\\\\&/g; s/^/bash -c /'\n"
            "done | PARALLEL_SHELL=bash parallel --jobs %" PRId64
            " --retries 2 --line-buffer --tagstring 'shard {#}:'",
            r->hosts ? r->tasks_per_node : shards(r));
    if (r->hosts) {
        fputs(" --sshloginfile", stream);
        put_word(r->hosts, stream);
    }
    fputs(" || true\n\n", stream);
    put_merge(r, stream);
    fputs(")\n", stream);
}

void recipe_write(const struct recipe *recipe, FILE *stream)
{
    put_begin(recipe, stream);
    if (recipe->launcher == RECIPE_ARRAY)
        put_array(recipe, stream);
    else if (recipe->launcher == RECIPE_PARALLEL)
        put_parallel(recipe, stream);
    else
        put_job(recipe, stream);
    fputs("# What is missing, if anything, and the commands that make it:\n#  ", stream);
    put_word(recipe->program, stream);
    fputs(" merge ", stream);
    put_output(recipe, "\n", stream);
}
