/*
 * Any words as the command line of any command: they are understood, answered with help, or refused
 * in one clean line. Nothing is carried out but `slurm`, which only prints.
 *
 * The first byte names the command; the words behind it are separated by NULs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/bakery_tasks.h"
#include "cli/bakery_toast_options.h"
#include "cli/commands.h"
#include "cli/run_options.h"
#include "cli/sweep_options.h"
#include "fuzz_main.h"

#define MOST_WORDS 64

static const struct command *const commands[] = {
    &cmd_run,       &cmd_sweep,        &cmd_fit,      &cmd_plot,      &cmd_report, &cmd_predict,
    &cmd_lesson,    &cmd_synth,        &cmd_info,     &cmd_calibrate, &cmd_bakery, &bakery_toast,
    &bakery_coffee, &bakery_overheads, &cmd_manifest, &cmd_merge,     &cmd_slurm};

/* main's own, for an error of what was said: here it must be one line. */
int commands_fail(const struct error *error)
{
    require(error->text[0] != '\0');
    for (const char *c = error->text; *c; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7f);
    fprintf(stderr, "pixscale: %s\n", error->text);
    return EXIT_USAGE;
}

/* Cuts the text at its NULs, into blocks of their own; argv[0] is the command's name. */
static int split(const char *name, const uint8_t *data, size_t size, char *argv[MOST_WORDS + 2])
{
    int argc = 0;
    require((argv[argc++] = strdup(name)) != NULL);
    for (size_t at = 0; at < size && argc <= MOST_WORDS; at++) {
        const uint8_t *end = memchr(data + at, 0, size - at);
        size_t length = end ? (size_t)(end - (data + at)) : size - at;
        require((argv[argc++] = strndup((const char *)data + at, length)) != NULL);
        at += length;
    }
    argv[argc] = NULL;
    return argc;
}

/* As the command's own function does it, where that is more than its table. */
static enum options_outcome parse(const struct command *command, int argc, char **argv)
{
    int first = -1;
    enum options_outcome outcome;
    if (command == &cmd_sweep) {
        static struct sweep_options sweep;
        outcome = sweep_options_parse(command, argc, argv, &sweep);
        sweep_options_free(&sweep);
        return outcome;
    }
    if (command == &cmd_slurm)
        return command->run(command, argc, argv) == EXIT_CLEAN ? OPTIONS_DONE : OPTIONS_WRONG;
    if (command == &bakery_toast) {
        static struct bakery_toast_options toast;
        return bakery_toast_options_parse(command, argc, argv, &toast, &(int){0});
    }
    union {
        struct run_options run;
        char any[1 << 14]; /* the structs of the others are known to themselves only */
    } target = {.any = {0}};
    if (command == &cmd_run)
        target.run = run_options_default();
    outcome = options_parse(command, argc, argv, &target, &first);
    require(outcome != OPTIONS_OK || (first >= 1 && first <= argc));
    struct error error = {.kind = ERROR_NONE};
    if (command == &cmd_run && outcome == OPTIONS_OK &&
        !run_options_check(&target.run, argc - first, &error))
        require(error.kind == ERROR_USAGE && error.text[0] && !strchr(error.text, '\n'));
    return outcome;
}

/* A file in memory in the place of a standard stream. It is opened once and never closed: what the
 * fuzzer itself is linked with may keep the stream that it finds, and flush it at exit. */
static FILE *open_sink(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    FILE *sink = fd >= 0 ? fdopen(fd, "w+") : NULL;
    require(sink != NULL);
    return sink;
}

/* What was written since the last time, to be freed. */
static char *take(FILE *sink, size_t *size)
{
    require(fflush(sink) == 0);
    long end = ftell(sink);
    require(end >= 0);
    char *text = malloc((size_t)end + 1);
    require(text && pread(fileno(sink), text, (size_t)end, 0) == end);
    text[end] = '\0';
    *size = (size_t)end;
    rewind(sink);
    require(ftruncate(fileno(sink), 0) == 0);
    return text;
}

/* Nothing, or one line that begins with the program's name. */
static void check_said(const char *text, size_t size, bool refused)
{
    require(strlen(text) == size);
    require(refused == (size > 0));
    if (!refused)
        return;
    require(strncmp(text, "pixscale: ", 10) == 0 && text[size - 1] == '\n');
    for (size_t i = 0; i + 1 < size; i++)
        require((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const struct command *command = commands[data[0] % (sizeof commands / sizeof *commands)];
    static FILE *sinks[2];
    if (!sinks[0]) {
        sinks[0] = open_sink("out");
        sinks[1] = open_sink("err");
    }
    char *argv[MOST_WORDS + 2];
    int argc = split(command->name, data + 1, size - 1, argv);
    FILE *streams[] = {stdout, stderr};
    stdout = sinks[0];
    stderr = sinks[1];
    char *order[MOST_WORDS + 2]; /* operands change their places */
    memcpy(order, argv, sizeof order);
    enum options_outcome outcome = parse(command, argc, order);
    stdout = streams[0];
    stderr = streams[1];
    size_t out_size, err_size;
    char *out = take(sinks[0], &out_size), *err = take(sinks[1], &err_size);
    check_said(err, err_size, outcome == OPTIONS_WRONG);
    require((out_size > 0) == (outcome == OPTIONS_DONE));
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    free(out);
    free(err);
    return 0;
}
