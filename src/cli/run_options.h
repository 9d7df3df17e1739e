/*
 * run_options: what `pixscale run` was asked for, from the command line's words to the pipeline's
 * terms. Knows: base, image, dataset, shard, pipeline.
 */
#ifndef PIXSCALE_CLI_RUN_OPTIONS_H
#define PIXSCALE_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/options.h"
#include "pipeline/worker.h"
#include "profile/schedule.h"
#include "shard/shard.h"

#define RUN_OPTIONS_INCLUDES    32
#define RUN_OPTIONS_MAX_THREADS 1024

enum run_options_decode { RUN_OPTIONS_EXACT, RUN_OPTIONS_FAST };
enum run_options_on_error { RUN_OPTIONS_ZERO, RUN_OPTIONS_DROP, RUN_OPTIONS_FAIL };

struct run_options_size {
    uint32_t width, height;
};

struct run_options_color {
    bool given;
    uint8_t rgb[3];
};

struct run_options_scale {
    bool given;
    float value[3];
};

enum run_options_shard_how {
    RUN_OPTIONS_SHARD_AUTO,
    RUN_OPTIONS_SHARD_NONE,
    RUN_OPTIONS_SHARD_GIVEN
};

struct run_options_shard {
    enum run_options_shard_how how;
    struct shard shard; /* given */
};

struct run_options_includes {
    const char *pattern[RUN_OPTIONS_INCLUDES];
    size_t count;
};

/* Fields as the option table fills them. */
struct run_options {
    const char *output, *index, *files_from, *manifest, *profile;
    bool zero_separated;
    struct run_options_includes include;
    struct run_options_size size;
    int filter, fit, mode, decode, gray16, exif, layout, dtype, truncated, on_error, order,
        progress;
    int label_from;                            /* -1: no labels */
    struct run_options_color alpha, pad_color; /* alpha not given: drop */
    struct run_options_scale mean, std;
    struct schedule schedule; /* SCHEDULE_NONE: not given */
    int64_t threads;          /* 0: as OMP_NUM_THREADS or OpenMP's default says */
    int64_t max_pixels, max_bytes;
    int64_t max_memory;  /* 0: no limit */
    int64_t readahead;   /* bytes of files; 0: none */
    int64_t fast_margin; /* 0: not given */
    double max_failures; /* share of the inputs; negative: no limit */
    struct run_options_shard shard;
    bool separate; /* each shard an array of its own */
    bool serial, resume, force, quiet, verbose, json;
    bool items, oversubscribe; /* of the profile */
};

extern const struct option_spec run_options_table[];

/* The defaults, before parsing. */
struct run_options run_options_default(void);

/* Parser of a struct schedule, for other commands that have --schedule. */
bool run_options_parse_schedule(const struct option_spec *spec, const char *text, void *target,
                                struct error *error);

/* Parser of a struct run_options_includes, likewise. */
bool run_options_parse_include(const struct option_spec *spec, const char *text, void *target,
                               struct error *error);

/* Checks what single options cannot see. False with a usage error. */
bool run_options_check(const struct run_options *options, int operands, struct error *error);

/* The margin of --decode fast, given or not; 0 with --decode exact. */
int64_t run_options_fast_margin(const struct run_options *options);

/* The options in the pipeline's terms. */
void run_options_worker(const struct run_options *options, struct worker_options *worker);

/* The most failures that are no more than this share of `count` inputs. */
uint64_t run_options_most_failures(double share, uint64_t count);

#endif
