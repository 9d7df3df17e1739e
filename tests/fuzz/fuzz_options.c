/*
 * Any text as the value of any option of `run`: it is refused in one clean line, or what it becomes
 * is within the bounds that the rest of the program relies on.
 *
 * The first byte names the option.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run_options.h"
#include "fuzz_main.h"

static size_t option_count(void)
{
    size_t count = 0;
    while (run_options_table[count].name)
        count++;
    return count;
}

static void check_error(const struct error *error)
{
    require(error->kind == ERROR_USAGE && error->text[0]);
    for (const char *c = error->text; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static void check_scale(const struct run_options_scale *scale)
{
    for (int c = 0; scale->given && c < 3; c++)
        require(isfinite(scale->value[c]));
}

static void check_bounds(const struct run_options *options)
{
    require(options->size.width >= 1 && options->size.width <= 16384);
    require(options->size.height >= 1 && options->size.height <= 16384);
    require((unsigned)options->filter < TAPS_FILTER_COUNT);
    require((unsigned)options->fit <= GEOMETRY_PAD);
    require(options->threads >= 0 && options->threads <= RUN_OPTIONS_MAX_THREADS);
    require(options->schedule.chunk >= 0 && options->schedule.chunk <= 1000000);
    require(options->max_pixels >= 1 && options->max_bytes >= 0);
    require(options->max_failures == -1 ||
            (options->max_failures >= 0 && options->max_failures <= 1));
    require(options->include.count <= RUN_OPTIONS_INCLUDES);
    check_scale(&options->mean);
    check_scale(&options->std);
}

static void check_worker(const struct run_options *options)
{
    static struct worker_options worker;
    run_options_worker(options, &worker);
    const struct transform_options *transform = &worker.transform;
    require(transform->width == options->size.width && transform->height == options->size.height);
    require(row_format_bytes(&worker.row) >= transform->width);
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            require(!isnan(worker.row.table[c][v]));
}

/* An accepted value, among other options that make a whole command line of it. */
static void check_accepted(struct run_options *options)
{
    check_bounds(options);
    options->output = "out.npy";
    options->dtype = options->mean.given || options->std.given ? 1 : options->dtype;
    struct error error = {.kind = ERROR_NONE};
    if (run_options_check(options, !options->files_from, &error))
        check_worker(options);
    else
        check_error(&error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = malloc(size);
    require(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    const struct option_spec *spec = &run_options_table[data[0] % option_count()];
    struct run_options options = run_options_default();
    struct error error = {.kind = ERROR_NONE};
    bool ok = spec->parse(spec, spec->value ? text : NULL, (char *)&options + spec->offset, &error);
    if (!ok)
        check_error(&error);
    else
        check_accepted(&options);
    const char *nearest = options_nearest(text, &run_options_table[0].name, option_count(),
                                          sizeof *run_options_table);
    require(!nearest || strlen(nearest) <= 2 * strlen(text) + 2);
    free(text);
    return 0;
}
