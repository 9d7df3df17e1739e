#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 64
#define HELP_COLUMN 28
#define HELP_WIDTH  80

/* What getopt_long is told to return for long options: their place in the table above all letters.
 */
#define FIRST_LONG 256
#define LONG_HELP  (FIRST_LONG + MAX_OPTIONS)

bool option_flag(const struct option_spec *spec, const char *text, void *target,
                 struct error *error)
{
    (void)spec, (void)text, (void)error;
    *(bool *)target = true;
    return true;
}

bool option_text(const struct option_spec *spec, const char *text, void *target,
                 struct error *error)
{
    if (!*text)
        return error_set(error, ERROR_USAGE, "--%s needs a value, it is empty", spec->name);
    *(const char **)target = text;
    return true;
}

bool option_choice(const struct option_spec *spec, const char *text, void *target,
                   struct error *error)
{
    const struct option_choices *choices = spec->detail;
    size_t count = 0;
    for (; choices->names[count]; count++)
        if (strcmp(choices->names[count], text) == 0) {
            *(int *)target = (int)count;
            return true;
        }
    char list[256] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", choices->names[i]);
    }
    const char *nearest = isdigit((unsigned char)*text) /* 30 is not 90 spelled wrong */
                              ? NULL
                              : options_nearest(text, choices->names, count, sizeof(char *));
    if (nearest)
        return error_set(error, ERROR_USAGE, "--%s: '%s' is not one of %s; did you mean '%s'?",
                         spec->name, text, list, nearest);
    return error_set(error, ERROR_USAGE, "--%s: '%s' is not one of %s", spec->name, text, list);
}

bool option_number(const struct option_spec *spec, const char *text, void *target,
                   struct error *error)
{
    const struct option_range *range = spec->detail;
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || isspace((unsigned char)*text))
        return error_set(error, ERROR_USAGE, "--%s: '%s' is not a whole number", spec->name, text);
    if (range && (value < range->least || value > range->most))
        return error_set(error, ERROR_USAGE, "--%s: %lld is not between %lld and %lld", spec->name,
                         value, (long long)range->least, (long long)range->most);
    *(int64_t *)target = value;
    return true;
}

bool option_bytes(const struct option_spec *spec, const char *text, void *target,
                  struct error *error)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool wrong = end == text || errno || !isdigit((unsigned char)*text) || value > INT64_MAX;
    if (!wrong && *end) {
        const char *unit = strchr(units, toupper((unsigned char)*end));
        int shift = unit ? 10 * (int)(unit - units + 1) : 0;
        wrong = !unit || end[1] || value > (uint64_t)INT64_MAX >> shift;
        if (!wrong)
            value <<= shift;
    }
    if (wrong)
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not a number of bytes such as 4096, 64K, 256M or 2G",
                         spec->name, text);
    *(int64_t *)target = (int64_t)value;
    return true;
}

/* Levenshtein's distance with transpositions (optimal string alignment), for short words. */
static size_t edit_distance(const char *a, const char *b)
{
    enum { MAX = 40 };
    size_t n = strlen(a), m = strlen(b);
    if (n >= MAX || m >= MAX)
        return SIZE_MAX;
    size_t d[MAX][MAX];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *options_nearest(const char *word, const void *names, size_t count, size_t stride)
{
    const char *best = NULL;
    size_t least = 1 + strlen(word) / 3; /* a third of the letters wrong is no typing error */
    for (size_t i = 0; i < count; i++) {
        const char *name;
        memcpy(&name, (const char *)names + i * stride, sizeof name);
        size_t distance = edit_distance(word, name);
        bool shares = distance < strlen(word); /* else any short name were near any short word */
        if (shares && distance <= least && (!best || distance < least)) {
            least = distance;
            best = name;
        }
    }
    return best;
}

/* Writes `text` wrapped at HELP_WIDTH, later lines indented behind `prefix`; `column` is where the
 * cursor is. */
static void wrap(const char *text, int column, int indent, const char *prefix)
{
    bool fresh = true; /* nothing stands on this line yet but the indent */
    while (*text) {
        int length = (int)strcspn(text, " \n");
        if (!fresh && column + 1 + length > HELP_WIDTH) {
            column = printf("\n%*s%s", indent, "", prefix) - 1;
            fresh = true;
        }
        column += printf("%s%.*s", fresh ? "" : " ", length, text);
        fresh = false;
        text += length;
        text += strspn(text, " \n");
    }
    printf("\n");
}

static void help_option(char letter, const char *name, const char *value, const char *help)
{
    int column = letter ? printf("  -%c, --%s", letter, name) : printf("      --%s", name);
    if (value)
        column += printf(" %s", value);
    if (column + 2 > HELP_COLUMN) {
        printf("\n");
        column = 0;
    }
    printf("%*s", HELP_COLUMN - column, "");
    wrap(help, HELP_COLUMN, HELP_COLUMN, "");
}

/* Their names without the command's own, which comes first in them. */
static void help_tasks(const struct command *command)
{
    printf("\nTasks:\n");
    for (const struct command *const *task = command->tasks; *task; task++)
        printf("  %-10s %s\n", (*task)->name + strlen(command->name) + 1, (*task)->summary);
}

/* The comment above the command line, which its author has broken where it is long. */
static void help_example(const char *command, const char *comment)
{
    printf("  # ");
    wrap(comment, 4, 0, "  # ");
    printf("  %s\n", command);
}

void options_help(const struct command *command)
{
    int column = printf("pixscale %s:", command->name);
    printf(" ");
    wrap(command->summary, column + 1, 4, "");
    printf("\n");
    for (size_t i = 0; command->usage[i]; i++)
        printf("%s pixscale %s\n", i ? "      " : "Usage:", command->usage[i]);
    if (command->about) {
        printf("\n");
        wrap(command->about, 0, 0, "");
    }
    if (command->tasks)
        help_tasks(command);
    printf("\nOptions:\n");
    for (const struct option_spec *o = command->options; o->name; o++)
        if (o->help)
            help_option(o->letter, o->name, o->value, o->help);
    help_option('h', "help", NULL, "show this text");
    printf("\nExamples:\n");
    for (const char *const *e = command->examples; *e; e += 2)
        help_example(e[0], e[1]);
}

/* "-x" or "--name", whichever a code of getopt's stands for. */
static const char *spelled(const struct command *command, int code, char text[64])
{
    if (code == LONG_HELP)
        return "--help";
    if (code >= FIRST_LONG)
        snprintf(text, 64, "--%s", command->options[code - FIRST_LONG].name);
    else
        snprintf(text, 64, "-%c", code > 0 && code < 0x80 ? code : '?'); /* half a character */
    return text;
}

/* The options that a shortened name may stand for, "--a or --b", if there are several. */
static bool list_meanings(const struct command *command, const char *name, char *list, size_t size)
{
    int count = 0;
    *list = '\0';
    for (const struct option_spec *o = command->options; o->name; o++) {
        if (strncmp(o->name, name, strlen(name)) != 0)
            continue;
        size_t used = strlen(list);
        snprintf(list + used, size - used, "%s--%s", count++ ? " or " : "", o->name);
    }
    return count > 1;
}

static void explain_unknown(const struct command *command, const char *word, struct error *error)
{
    char name[64], list[256];
    const char *start = word + strspn(word, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "="), start);
    if (*name && list_meanings(command, name, list, sizeof list)) {
        error_set(error, ERROR_USAGE, "option '%s' may mean %s", word, list);
        return;
    }
    size_t count = 0;
    while (command->options[count].name)
        count++;
    const char *nearest =
        options_nearest(name, &command->options[0].name, count, sizeof *command->options);
    if (nearest)
        error_set(error, ERROR_USAGE, "unknown option '%s'; did you mean '--%s'?", word, nearest);
    else
        error_set(error, ERROR_USAGE, "unknown option '%s'; see pixscale %s --help", word,
                  command->name);
}

/* What getopt_long's ':' and '?' were about: optopt is the code of an option that is known, a
 * letter that is not, or 0 for a long name, which then is the word just passed. */
static void explain(const struct command *command, int code, const char *word, struct error *error)
{
    char name[64];
    const char *option = spelled(command, optopt, name);
    if (code == ':')
        error_set(error, ERROR_USAGE, "option '%s' needs a value", option);
    else if (optopt >= FIRST_LONG)
        error_set(error, ERROR_USAGE, "option '%s' takes no value", option);
    else if (optopt)
        error_set(error, ERROR_USAGE, "unknown option '%s'; see pixscale %s --help", option,
                  command->name);
    else
        explain_unknown(command, word, error);
}

/* Fills getopt's two tables from ours. */
static void make_tables(const struct command *command, struct option *longs, char *shorts)
{
    *shorts++ = ':'; /* a missing value is told apart from an unknown option */
    *shorts++ = 'h';
    int i = 0;
    for (const struct option_spec *o = command->options; o->name && i < MAX_OPTIONS; o++, i++) {
        int needs = o->value ? required_argument : no_argument;
        longs[i] = (struct option){.name = o->name, .has_arg = needs, .val = FIRST_LONG + i};
        if (o->letter) {
            *shorts++ = o->letter;
            if (o->value)
                *shorts++ = ':';
        }
    }
    longs[i] = (struct option){.name = "help", .has_arg = no_argument, .val = LONG_HELP};
    *shorts = '\0';
}

static const struct option_spec *find(const struct command *command, int code)
{
    if (code >= FIRST_LONG)
        return &command->options[code - FIRST_LONG];
    for (const struct option_spec *o = command->options; o->name; o++)
        if (o->letter == code)
            return o;
    return NULL;
}

bool option_share(const struct option_spec *spec, const char *text, void *target,
                  struct error *error)
{
    char *end;
    double rate = strtod(text, &end);
    if (end != text && *end == '%') {
        rate /= 100;
        end++;
    }
    if (end == text || *end || !(rate >= 0 && rate <= 1))
        return error_set(error, ERROR_USAGE,
                         "--%s: '%s' is not a share of the inputs such as 0.01 or 1%%", spec->name,
                         text);
    *(double *)target = rate;
    return true;
}

enum options_outcome options_parse(const struct command *command, int argc, char **argv,
                                   void *target, int *operands)
{
    struct option longs[MAX_OPTIONS + 2] = {0};
    char shorts[3 * MAX_OPTIONS + 3];
    make_tables(command, longs, shorts);
    opterr = 0;
    optind = 0; /* not 1: forget also where in a word an earlier parse has stopped */
    int code;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) >= 0) {
        if (code == 'h' || code == LONG_HELP) {
            options_help(command);
            return OPTIONS_DONE;
        }
        struct error error;
        bool ok = false;
        if (code == ':' || code == '?') {
            explain(command, code, argv[optind - 1], &error);
        } else {
            const struct option_spec *spec = find(command, code);
            ok = spec->parse(spec, optarg, (char *)target + spec->offset, &error);
        }
        if (!ok) {
            fprintf(stderr, "pixscale: %s: %s\n", command->name, error.text);
            return OPTIONS_WRONG;
        }
    }
    *operands = optind;
    return OPTIONS_OK;
}
