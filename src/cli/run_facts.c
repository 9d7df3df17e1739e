#include "cli/run_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/info.h"
#include "cli/version.h"

static void put_library(const struct info_library *library, FILE *stream)
{
    static const char *const codecs[] = {"libjpeg-turbo", "libjpeg", "libspng", "zlib",
                                         "libdeflate"};
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (strcmp(library->name, codecs[i]) == 0)
            fprintf(stream, "%s=%s%s%s%s%s\n", library->name, library->compiled,
                    *library->linked ? " " : "", library->linked, *library->file ? " " : "",
                    library->file);
}

static void put_versions(FILE *stream)
{
    struct info_library libraries[INFO_LIBRARIES] = {0};
    fprintf(stream, "pixscale=%s %s\n", VERSION_TEXT, VERSION_GIT);
    info_libraries_read(libraries);
    for (int i = 0; i < INFO_LIBRARIES; i++)
        if (libraries[i].name)
            put_library(&libraries[i], stream);
}

/* All choices count but these: a new one does until somebody says that it does not. */
static bool is_outward(const char *name)
{
    return strcmp(name, "progress") == 0 || strcmp(name, "order") == 0 ||
           strcmp(name, "on-error") == 0 || strcmp(name, "label-from") == 0;
}

static void put_choices(const struct run_options *options, FILE *stream)
{
    for (const struct option_spec *o = run_options_table; o->name; o++) {
        int value;
        if (o->parse != option_choice || is_outward(o->name))
            continue;
        memcpy(&value, (const char *)options + o->offset, sizeof value);
        fprintf(stream, "--%s=%s\n", o->name,
                ((const struct option_choices *)o->detail)->names[value]);
    }
}

static void put_color(const char *name, const struct run_options_color *color, const char *without,
                      FILE *stream)
{
    if (without && !color->given)
        fprintf(stream, "--%s=%s\n", name, without);
    else
        fprintf(stream, "--%s=%u,%u,%u\n", name, color->rgb[0], color->rgb[1], color->rgb[2]);
}

/* Nine digits tell any two floats apart. */
static void put_scale(const char *name, const struct run_options_scale *scale, FILE *stream)
{
    if (scale->given)
        fprintf(stream, "--%s=%.9g,%.9g,%.9g\n", name, (double)scale->value[0],
                (double)scale->value[1], (double)scale->value[2]);
    else
        fprintf(stream, "--%s=none\n", name);
}

char *run_facts_text(const struct run_options *options)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    put_versions(stream);
    fprintf(stream, "--size=%ux%u\n", options->size.width, options->size.height);
    put_choices(options, stream);
    fprintf(stream, "--fast-margin=%" PRId64 "\n", run_options_fast_margin(options));
    put_color("pad-color", &options->pad_color, NULL, stream);
    put_color("alpha", &options->alpha, "drop", stream);
    put_scale("mean", &options->mean, stream);
    put_scale("std", &options->std, stream);
    fprintf(stream, "--max-pixels=%" PRId64 "\n--max-bytes=%" PRId64 "\n", options->max_pixels,
            options->max_bytes);
    fprintf(stream, "--on-error=%s\n--label-from=%s\n",
            options->on_error == RUN_OPTIONS_DROP ? "drop" : "zero or fail",
            options->label_from < 0 ? "none" : "folder");
    return text_close(stream, &text);
}
