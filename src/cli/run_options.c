#include "cli/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <omp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "image/resize_kernels.h"

#define MAX_SIDE    16384
#define FAST_MARGIN 2 /* the usual one */

/* Names in the order of the enums that they stand for. */
static const char *const fit_names[] = {"stretch", "cover", "pad", NULL};
static const char *const mode_names[] = {"rgb", "l", NULL};
static const char *const decode_names[] = {"exact", "fast", NULL};
static const char *const gray16_names[] = {"clamp", "high-byte", NULL};
static const char *const exif_names[] = {"ignore", "apply", NULL};
static const char *const layout_names[] = {"hwc", "chw", NULL};
static const char *const dtype_names[] = {"u8", "f32", NULL};
static const char *const truncated_names[] = {"reject", "accept", NULL};
static const char *const on_error_names[] = {"zero", "drop", "fail", NULL};
static const char *const order_names[] = {"cost", "input", NULL};
static const char *const label_names[] = {"folder", NULL};
static const char *const progress_names[] = {"auto", "on", "off", NULL};

#define CHOICES(names) (&(const struct option_choices){names})
#define RANGE(a, b)    (&(const struct option_range){a, b})

/* struct run_options_size */
static bool parse_size(const struct option_spec *spec, const char *text, void *target,
                       struct error *error)
{
    unsigned width, height;
    char rest;
    if (!isdigit((unsigned char)*text) || sscanf(text, "%5ux%5u%c", &width, &height, &rest) != 2 ||
        width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not WIDTHxHEIGHT such as 64x64 (each 1 to %d)", spec->name,
                         text, MAX_SIDE);
    *(struct run_options_size *)target = (struct run_options_size){width, height};
    return true;
}

static const struct {
    const char *name;
    uint8_t rgb[3];
} colors[] = {
    {"white", {255, 255, 255}}, {"black", {0, 0, 0}},  {"gray", {128, 128, 128}},
    {"red", {255, 0, 0}},       {"lime", {0, 255, 0}}, {"blue", {0, 0, 255}},
};

static bool read_color(const char *text, uint8_t rgb[3])
{
    unsigned r, g, b;
    char rest;
    for (size_t i = 0; i < sizeof colors / sizeof *colors; i++)
        if (strcasecmp(text, colors[i].name) == 0) {
            memcpy(rgb, colors[i].rgb, 3);
            return true;
        }
    bool hex =
        text[0] == '#' && strlen(text) == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
    if (hex)
        sscanf(text + 1, "%2x%2x%2x", &r, &g, &b);
    else if (!isdigit((unsigned char)*text) ||
             sscanf(text, "%3u,%3u,%3u%c", &r, &g, &b, &rest) != 3 || r > 255 || g > 255 || b > 255)
        return false;
    rgb[0] = (uint8_t)r;
    rgb[1] = (uint8_t)g;
    rgb[2] = (uint8_t)b;
    return true;
}

/* struct run_options_color */
static bool parse_color(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    struct run_options_color *color = target;
    if (!read_color(text, color->rgb))
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is no colour: write R,G,B (0 to 255 each), #rrggbb or white",
                         spec->name, text);
    color->given = true;
    return true;
}

/* struct run_options_color; "drop" takes it back */
static bool parse_alpha(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    if (strcmp(text, "drop") != 0)
        return parse_color(spec, text, target, error);
    ((struct run_options_color *)target)->given = false;
    return true;
}

/* One to three numbers with commas between them. Returns how many, 0 when it is not that. */
static int read_numbers(const char *text, float value[3])
{
    for (int count = 0; count < 3;) {
        char *end;
        value[count] = strtof(text, &end);
        if (end == text || !isfinite(value[count]) || (*end && *end != ','))
            return 0;
        count++;
        if (!*end)
            return count;
        text = end + 1;
    }
    return 0;
}

/* struct run_options_scale: one number for all channels, or three */
static bool parse_scale(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    struct run_options_scale *scale = target;
    int count = read_numbers(text, scale->value);
    if (count != 1 && count != 3)
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not one number or three such as 0.485,0.456,0.406",
                         spec->name, text);
    if (count == 1)
        scale->value[1] = scale->value[2] = scale->value[0];
    scale->given = true;
    return true;
}

/* struct schedule */
bool run_options_parse_schedule(const struct option_spec *spec, const char *text, void *target,
                                struct error *error)
{
    return schedule_parse(target, text) ||
           error_set(error, ERROR_USAGE,
                     "--%s: '%s' is not static, dynamic, guided or auto, with a chunk behind a "
                     "comma if wanted, such as dynamic,4",
                     spec->name, text);
}

/* int64_t: a number of bytes that is not 0, which stands for no limit */
static bool parse_memory(const struct option_spec *spec, const char *text, void *target,
                         struct error *error)
{
    int64_t bytes;
    if (!option_bytes(spec, text, &bytes, error))
        return false;
    if (bytes == 0)
        return error_set(error, ERROR_USAGE, "--%s: 0 bytes are not enough for anything",
                         spec->name);
    *(int64_t *)target = bytes;
    return true;
}

/* struct run_options_shard */
static bool parse_shard(const struct option_spec *spec, const char *text, void *target,
                        struct error *error)
{
    struct run_options_shard *shard = target;
    if (strcmp(text, "auto") == 0)
        shard->how = RUN_OPTIONS_SHARD_AUTO;
    else if (strcmp(text, "none") == 0)
        shard->how = RUN_OPTIONS_SHARD_NONE;
    else if (shard_parse(text, &shard->shard))
        shard->how = RUN_OPTIONS_SHARD_GIVEN;
    else
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not K/N such as 2/4 (from 1/4 to 4/4), auto or none",
                         spec->name, text);
    return true;
}

/* struct run_options_includes */
bool run_options_parse_include(const struct option_spec *spec, const char *text, void *target,
                               struct error *error)
{
    struct run_options_includes *includes = target;
    if (includes->count == RUN_OPTIONS_INCLUDES)
        return error_set(error, ERROR_USAGE, "--%s: more than %d patterns", spec->name,
                         RUN_OPTIONS_INCLUDES);
    includes->pattern[includes->count++] = text;
    return true;
}

#define AT(field) offsetof(struct run_options, field)

const struct option_spec run_options_table[] = {
    {"output", 'o', "OUT.npy", "the array to write; the index goes beside it", option_text,
     AT(output), NULL},
    {"size", 0, "WxH", "width and height of every picture in the array (default 64x64)", parse_size,
     AT(size), NULL},
    {"filter", 0, "NAME",
     "resampling filter: bicubic (default), nearest, box, bilinear, hamming or lanczos",
     option_choice, AT(filter), CHOICES(taps_filter_names)},
    {"fit", 0, "HOW",
     "stretch (default) to the size, cover it (crop what sticks out), or pad to it", option_choice,
     AT(fit), CHOICES(fit_names)},
    {"pad-color", 0, "COLOR", "what --fit pad fills with: R,G,B or #rrggbb (default 0,0,0)",
     parse_color, AT(pad_color), NULL},
    {"mode", 0, "MODE", "rgb (default), or l for one channel of luma", option_choice, AT(mode),
     CHOICES(mode_names)},
    {"decode", 0, "HOW",
     "exact (default): Pillow's bytes; or fast: large JPEGs decoded small, nearly the same",
     option_choice, AT(decode), CHOICES(decode_names)},
    {"fast-margin", 0, "N",
     "with --decode fast: keep at least N times the size (2, default, to 8); more is closer",
     option_number, AT(fast_margin), RANGE(2, 8)},
    {"alpha", 0, "drop|COLOR",
     "drop transparency (default), or lay the picture over a colour before it is resized",
     parse_alpha, AT(alpha), NULL},
    {"gray16", 0, "HOW", "16-bit gray: clamp to 255 as Pillow does (default), or its high-byte",
     option_choice, AT(gray16), CHOICES(gray16_names)},
    {"exif", 0, "HOW", "orientation tag: ignore (default), or apply it before resizing",
     option_choice, AT(exif), CHOICES(exif_names)},
    {"layout", 0, "ORDER", "hwc (default): N,H,W,C; or chw: N,C,H,W", option_choice, AT(layout),
     CHOICES(layout_names)},
    {"dtype", 0, "TYPE", "u8 (default), or f32: u8/255, then (v-mean)/std", option_choice,
     AT(dtype), CHOICES(dtype_names)},
    {"mean", 0, "M[,M,M]", "with --dtype f32: subtract this from each channel", parse_scale,
     AT(mean), NULL},
    {"std", 0, "S[,S,S]", "with --dtype f32: divide each channel by this", parse_scale, AT(std),
     NULL},
    {"files-from", 0, "LIST", "read the paths from a file, one a line, in that order; - is stdin",
     option_text, AT(files_from), NULL},
    {"null", '0', NULL, "paths in --files-from end with a NUL byte, not a newline", option_flag,
     AT(zero_separated), NULL},
    {"manifest", 0, "LIST", "the inputs as `pixscale manifest` has frozen them", option_text,
     AT(manifest), NULL},
    {"include", 0, "GLOB", "of a folder take only names that match; may be given again",
     run_options_parse_include, AT(include), NULL},
    {"label-from", 0, "WHAT", "folder: add the name of each file's folder to the index",
     option_choice, AT(label_from), CHOICES(label_names)},
    {"index", 0, "FILE", "where the index goes (default OUT.index.csv)", option_text, AT(index),
     NULL},
    {"threads", 't', "N",
     "threads (default: OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else every CPU allowed)",
     option_number, AT(threads), RANGE(1, RUN_OPTIONS_MAX_THREADS)},
    {"schedule", 0, "KIND[,CHUNK]",
     "static, dynamic, guided or auto (default: OMP_SCHEDULE, else dynamic,1)",
     run_options_parse_schedule, AT(schedule), NULL},
    {"order", 0, "HOW", "start the costliest pictures first (cost, default) or as listed (input)",
     option_choice, AT(order), CHOICES(order_names)},
    {"readahead", 0, "SIZE",
     "ask the disk for so much of what comes next while decoding (default 64M; 0: nothing)",
     option_bytes, AT(readahead), NULL},
    {"serial", 0, NULL, "a plain loop without a parallel region, as the baseline of a speed-up",
     option_flag, AT(serial), NULL},
    {"truncated", 0, "HOW",
     "files that end too early: reject (default), or accept what arrived, the rest blank",
     option_choice, AT(truncated), CHOICES(truncated_names)},
    {"on-error", 0, "HOW",
     "failed inputs: zero rows (default), drop them from the array, or fail the run", option_choice,
     AT(on_error), CHOICES(on_error_names)},
    {"max-failures", 0, "RATE", "give up when more than this share fails, such as 0.01 or 1%",
     option_share, AT(max_failures), NULL},
    {"max-pixels", 0, "N", "refuse larger pictures (default 178956970, where Pillow does)",
     option_number, AT(max_pixels), RANGE(1, 1000000000000)},
    {"max-bytes", 0, "SIZE", "refuse larger files (default 256M)", option_bytes, AT(max_bytes),
     NULL},
    {"max-memory", 0, "SIZE",
     "stay below it: large pictures then wait for each other (default: no limit)", parse_memory,
     AT(max_memory), NULL},
    {"shard", 0, "K/N",
     "make only part K of N, for `pixscale merge`; none, or auto (default): as Slurm or mpirun "
     "says",
     parse_shard, AT(shard), NULL},
    {"separate", 0, NULL, "with shards: each writes a file of its own, for merge to join",
     option_flag, AT(separate), NULL},
    {"resume", 0, NULL, "go on where a stopped run of the same command was", option_flag,
     AT(resume), NULL},
    {"force", 'f', NULL, "replace an output that exists", option_flag, AT(force), NULL},
    {"progress", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice, AT(progress),
     CHOICES(progress_names)},
    {"profile", 0, "FILE", "append a record of where the time went, one line of JSON", option_text,
     AT(profile), NULL},
    {"items", 0, NULL, "with --profile: the stages of every input, too", option_flag, AT(items),
     NULL},
    {"oversubscribe", 0, NULL,
     "with --profile: more threads than cores are meant; a study keeps the run", option_flag,
     AT(oversubscribe), NULL},
    {"json", 0, NULL, "print the summary as JSON", option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "no summary and no progress, errors only", option_flag, AT(quiet), NULL},
    {"verbose", 'v', NULL, "name every input that failed, and why", option_flag, AT(verbose), NULL},
    {0},
};

struct run_options run_options_default(void)
{
    return (struct run_options){
        .size = {64, 64},
        .filter = TAPS_BICUBIC,
        .label_from = -1,
        .max_pixels = 178956970,
        .max_bytes = INT64_C(256) << 20,
        .readahead = READAHEAD_BYTES,
        .max_failures = -1,
    };
}

static bool usage(struct error *error, const char *text)
{
    return error_set(error, ERROR_USAGE, "run: %s", text);
}

bool run_options_check(const struct run_options *options, int operands, struct error *error)
{
    if (options->manifest && (operands > 0 || options->files_from || options->include.count))
        return usage(error, "--manifest is the whole list: leave out inputs, --files-from and "
                            "--include");
    if (operands == 0 && !options->files_from && !options->manifest)
        return usage(error, "no input; name a folder or files, or a list with --files-from");
    if (operands > 0 && options->files_from)
        return usage(error, "give either inputs or --files-from, not both");
    if (options->zero_separated && !options->files_from)
        return usage(error, "-0 goes with --files-from");
    if (!options->output)
        return usage(error, "no output; say where the array goes with -o OUT.npy");
    if (options->dtype == 0 && (options->mean.given || options->std.given))
        return usage(error, "--mean and --std need --dtype f32");
    if (options->fast_margin && options->decode != RUN_OPTIONS_FAST)
        return usage(error, "--fast-margin needs --decode fast");
    for (int c = 0; c < 3; c++)
        if (options->std.given && options->std.value[c] == 0)
            return usage(error, "--std must not be 0");
    if (!options->profile && (options->items || options->oversubscribe))
        return usage(error, "--items and --oversubscribe need --profile");
    if (options->serial && (options->threads > 1 || options->schedule.kind != SCHEDULE_NONE))
        return usage(error, "--serial uses no threads; leave out --threads and --schedule");
    return true;
}

int64_t run_options_fast_margin(const struct run_options *options)
{
    if (options->decode != RUN_OPTIONS_FAST)
        return 0;
    return options->fast_margin ? options->fast_margin : FAST_MARGIN;
}

/* Our JPEG decoder's vector code needs AVX2: who asks for less than that gets libjpeg. */
static bool below_avx2(const char *simd)
{
    return strcmp(simd, "scalar") == 0 || strcmp(simd, "sse4") == 0;
}

void run_options_worker(const struct run_options *options, struct worker_options *worker)
{
    struct transform_options *transform = &worker->transform;
    *transform = (struct transform_options){
        .width = options->size.width,
        .height = options->size.height,
        .fit = (enum geometry_fit)options->fit,
        .filter = (enum taps_filter)options->filter,
        .convert = {.luma = options->mode == 1,
                    .blend = options->alpha.given,
                    .gray16_high = options->gray16 == 1},
        .exif = options->exif == 1,
        .fast_margin = (unsigned)run_options_fast_margin(options),
        .limits = {.max_pixels = (uint64_t)options->max_pixels,
                   .accept_truncated = options->truncated == 1,
                   .library_only = below_avx2(resize_kernels_current()->name)},
    };
    memcpy(transform->convert.background, options->alpha.rgb, 3);
    memcpy(transform->pad_color, options->pad_color.rgb, 3);
    worker->max_bytes = (uint64_t)options->max_bytes;
    worker->row = (struct row_format){
        .width = options->size.width,
        .height = options->size.height,
        .channels = transform_channels(transform),
        .chw = options->layout == 1,
        .f32 = options->dtype == 1,
    };
    static const float zero[3] = {0, 0, 0}, one[3] = {1, 1, 1};
    row_format_scale(&worker->row, options->mean.given ? options->mean.value : zero,
                     options->std.given ? options->std.value : one);
}

/* The product alone is not exact: 0.29 of 100 is 28.999999999999996. */
uint64_t run_options_most_failures(double share, uint64_t count)
{
    uint64_t most = (uint64_t)(share * (double)count);
    return most + ((double)(most + 1) / (double)count <= share);
}
