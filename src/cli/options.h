/*
 * options: one declarative table a command, from which the command line is parsed and --help
 * written.
 *
 * Parsing is getopt_long's: options may stand after operands, `--` ends them, a long name may be
 * shortened while it stays unique. A mistyped name is answered with the nearest one.
 * Knows: base.
 */
#ifndef PIXSCALE_CLI_OPTIONS_H
#define PIXSCALE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct option_spec;

/* Parses `text` (NULL for a flag) into `target`, of the type that the parser's comment names. */
typedef bool (*option_parse_fn)(const struct option_spec *spec, const char *text, void *target,
                                struct error *error);

struct option_spec {
    const char *name;  /* long name without dashes */
    char letter;       /* short form, or 0 */
    const char *value; /* placeholder such as "WxH"; NULL for a flag */
    const char *help;  /* one sentence, what it does and its default; NULL: not listed */
    option_parse_fn parse;
    size_t offset;      /* of the field in the command's own struct */
    const void *detail; /* for the parser: choices or range */
};

struct command {
    const char *name;
    const char *summary;                /* one line, for the list of commands */
    const char *const *usage;           /* forms after "pixscale ", NULL-terminated */
    const char *about;                  /* a paragraph for --help, or NULL */
    const struct command *const *tasks; /* commands of its own, NULL-terminated; or NULL */
    const struct option_spec *options;  /* ends with a NULL name */
    const char *const *examples;        /* pairs of command line and comment, NULL-terminated */
    int (*run)(const struct command *self, int argc, char **argv); /* returns the exit status */
};

/* Names of an enum, for option_choice. Value i has names[i]; ends with NULL. */
struct option_choices {
    const char *const *names;
};

/* Bounds of a number, both allowed. */
struct option_range {
    int64_t least, most;
};

/* Parsers. Each names the type of its target. */
bool option_flag(const struct option_spec *, const char *, void *, struct error *); /* bool */
bool option_text(const struct option_spec *, const char *, void *,
                 struct error *); /* const char * */
bool option_choice(const struct option_spec *, const char *, void *,
                   struct error *); /* int; detail: option_choices */
bool option_number(const struct option_spec *, const char *, void *,
                   struct error *); /* int64_t; detail: option_range or NULL */
bool option_bytes(const struct option_spec *, const char *, void *,
                  struct error *); /* int64_t; "256M", "1G" */
bool option_share(const struct option_spec *, const char *, void *,
                  struct error *); /* double; "0.01", "1%", at most all */

enum options_outcome {
    OPTIONS_OK,    /* go on */
    OPTIONS_DONE,  /* --help was answered: exit 0 */
    OPTIONS_WRONG, /* said on stderr: exit 2 */
};

/* Parses argv (argv[0] is the command's name) into `target`, the command's own struct. `--help` and
 * `-h` are understood by every command. *operands is the index in argv of the first operand: they
 * are moved to the end. */
enum options_outcome options_parse(const struct command *command, int argc, char **argv,
                                   void *target, int *operands);

/* Writes a command's --help to stdout. */
void options_help(const struct command *command);

/* The name nearest to `word` among `count` names taken every `stride` bytes, or NULL when none is
 * near enough to be meant. */
const char *options_nearest(const char *word, const void *names, size_t count, size_t stride);

#endif
