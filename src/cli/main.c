/*
 * main: finds the command and runs it.
 */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

#include "base/escape.h"
#include "cli/passive.h"
#include "cli/runtime_exit.h"
#include "cli/version.h"
#include "image/resize_kernels.h"
#include "profile/machine.h"

static const struct command *const commands[] = {
    &cmd_run,    &cmd_manifest, &cmd_merge,  &cmd_slurm,  &cmd_sweep,     &cmd_fit,   &cmd_plot,
    &cmd_report, &cmd_predict,  &cmd_bakery, &cmd_lesson, &cmd_calibrate, &cmd_synth, &cmd_info,
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_commands(void)
{
    printf("pixscale: folders of JPEG and PNG files to one NumPy array, in parallel\n\n"
           "Usage: pixscale COMMAND [OPTIONS] ...\n\nCommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nEvery command has --help with its options and examples.\n"
           "  # a first array from your own pictures\n"
           "  pixscale run photos/ -o photos.npy\n");
}

int commands_fail(const struct error *error)
{
    fprintf(stderr, "pixscale: %s\n", error->text);
    return error->kind == ERROR_USAGE ? EXIT_USAGE : EXIT_OUTPUT;
}

static int unknown(const char *word)
{
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i]->name;
    const char *nearest = options_nearest(word, names, COMMAND_COUNT, sizeof *names);
    struct error error;
    if (nearest)
        error_set(&error, ERROR_USAGE, "unknown command '%s'; did you mean '%s'?", word, nearest);
    else
        error_set(&error, ERROR_USAGE, "unknown command '%s'; see pixscale --help", word);
    return commands_fail(&error);
}

/* Output that cannot be written is a failure, whatever the command returned. */
static int close_output(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "pixscale: cannot write to standard output\n");
        return status == EXIT_CLEAN || status == EXIT_SOME_FAILED ? EXIT_OUTPUT : status;
    }
    return status;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "pixscale: no command given; see pixscale --help\n");
        return EXIT_USAGE;
    }
    const char *word = argv[1];
    bool help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
    if (help && argc == 2) {
        print_commands();
        return EXIT_CLEAN;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "version") == 0) {
        printf("pixscale %s\n", VERSION_TEXT);
        return EXIT_CLEAN;
    }
    if (help)
        word = argv[2];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, word) != 0)
            continue;
        if (help) {
            options_help(commands[i]);
            return EXIT_CLEAN;
        }
        return commands[i]->run(commands[i], argc - 1, argv + 1);
    }
    return unknown(word);
}

/* The next file to be opened would become a standard stream that the caller has closed, and a line
 * of progress would be written into the array. What takes its place can be neither read nor
 * written, so that the stream still fails as a closed one does. */
static bool keep_streams_apart(void)
{
    int fd;
    do
        fd = open("/", O_PATH);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    /* Without a free descriptor all three are open, or the limit is below three. */
    return fd >= 0 || errno == EMFILE || errno == ENFILE;
}

/* glibc raises the size from which memory is returned at once to that of the largest block it has
 * seen freed, up to 32 MB: after one unusual picture a thread would keep its memory for good. Fixed
 * bounds, well above what usual pictures ask for. */
static void fix_allocator(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
#endif
}

int main(int argc, char **argv)
{
    fix_allocator();
    setvbuf(stderr, NULL, _IOLBF, 0); /* whole lines, where many processes share a terminal */
    if (!keep_streams_apart()) {
        fprintf(stderr, "pixscale: cannot open the folder '/': %s\n", strerror(errno));
        return EXIT_OUTPUT;
    }
    machine_remember_affinity();
    passive_remember(argv);
    const char *simd = getenv("PIXSCALE_SIMD");
    if (simd && *simd && !resize_kernels_use(simd)) {
        escape_line(stderr,
                    "pixscale: PIXSCALE_SIMD: this CPU or build has no '%s'; see pixscale info",
                    simd);
        return EXIT_USAGE;
    }
    runtime_exit_begin();
    int status = dispatch(argc, argv);
    runtime_exit_end();
    return close_output(status);
}
