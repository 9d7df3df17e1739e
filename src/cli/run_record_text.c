#include "cli/run_record_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/index.h"
#include "image/resize_kernels.h"

static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-_./=,:+@%";

/* A word as it is, or in single quotes, which end before and begin again behind one of its own. */
static void put_word(const char *word, FILE *stream)
{
    if (*word && word[strspn(word, harmless)] == '\0') {
        fputs(word, stream);
        return;
    }
    fputc('\'', stream);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", stream);
        else
            fputc(*word, stream);
    fputc('\'', stream);
}

/* Closes a memory stream; its text, or NULL when something failed. */
static char *finish(FILE *stream, char **text)
{
    bool failed = ferror(stream);
    if (fclose(stream) == 0 && !failed)
        return *text;
    free(*text);
    return NULL;
}

char *run_record_text_words(const char *const *words, int count)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    for (int i = 0; i < count; i++) {
        if (i)
            fputc(' ', stream);
        put_word(words[i], stream);
    }
    char *raw = finish(stream, &text);
    if (!raw)
        return NULL;
    char *escaped = index_escape_copy(raw);
    free(raw);
    return escaped;
}

char *run_record_text_command(const char *const *arguments, int count)
{
    char *words = run_record_text_words(arguments, count), *text;
    if (!words || asprintf(&text, "pixscale %s", words) < 0)
        text = NULL;
    free(words);
    return text;
}

/* These choose what is shown or told, not what is done. */
static bool is_outward(const char *name)
{
    return strcmp(name, "progress") == 0 || strcmp(name, "label-from") == 0;
}

static void put_choices(const struct run_options *options, FILE *stream)
{
    struct run_options plain = run_options_default();
    for (const struct option_spec *o = run_options_table; o->name; o++) {
        if (o->parse != option_choice || is_outward(o->name))
            continue;
        int value, usual;
        memcpy(&value, (const char *)options + o->offset, sizeof value);
        memcpy(&usual, (const char *)&plain + o->offset, sizeof usual);
        if (value != usual)
            fprintf(stream, " %s=%s", o->name,
                    ((const struct option_choices *)o->detail)->names[value]);
    }
}

char *run_record_text_options(const struct run_options *options)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    fprintf(stream, "size=%ux%u", options->size.width, options->size.height);
    put_choices(options, stream);
    if (options->decode == RUN_OPTIONS_FAST)
        fprintf(stream, " margin=%" PRId64, run_options_fast_margin(options));
    if (options->readahead != run_options_default().readahead)
        fprintf(stream, " readahead=%" PRId64, options->readahead);
    if (options->alpha.given)
        fprintf(stream, " alpha=%u,%u,%u", options->alpha.rgb[0], options->alpha.rgb[1],
                options->alpha.rgb[2]);
    fprintf(stream, " simd=%s", resize_kernels_current()->name);
    return finish(stream, &text);
}
