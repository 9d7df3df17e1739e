#include "cli/bakery_toast_options.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/bakery_values.h"
#include "cli/commands.h"
#include "cli/run_options.h"

#define MOST_SECONDS 3600 /* of a whole command: more is a slip of the unit */
#define STAGES_SUM   1e-9 /* so near to 1 must the stages' shares add up */

static const char *const work_names[] = {"waiting", "computing", NULL};
static const char *const order_names[] = {"cost", "input", NULL};
static const char *const animation_names[] = {"auto", "on", "off", NULL};

/* struct points */
static bool parse_toasters(const struct option_spec *spec, const char *text, void *target,
                           struct error *error)
{
    struct error inner;
    return points_parse(target, text, &inner) ||
           error_set(error, ERROR_USAGE, "--%s: %s", spec->name, inner.text);
}

static int find_stage(const char *name, size_t length)
{
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        const char *stage = stages_name((enum stage)s);
        if (strlen(stage) == length && strncmp(stage, name, length) == 0)
            return s;
    }
    return -1;
}

static bool wrong_stage(const struct option_spec *spec, const char *word, struct error *error)
{
    char list[80] = "";
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", s ? ", " : "",
                 stages_name((enum stage)s));
    }
    return error_set(error, ERROR_USAGE,
                     "--%s: '%.40s' is not STAGE=SHARE; the stages are %s, each named once",
                     spec->name, word, list);
}

/* double [STAGE_DISPATCH]: "read=0.2,decode=0.8" */
static bool parse_stages(const struct option_spec *spec, const char *text, void *target,
                         struct error *error)
{
    double share[STAGE_DISPATCH] = {0}, sum = 0;
    bool seen[STAGE_DISPATCH] = {false};
    for (const char *word = text;; word++) {
        size_t name = strcspn(word, "=,");
        int stage = word[name] == '=' ? find_stage(word, name) : -1;
        if (stage < 0 || seen[stage])
            return wrong_stage(spec, word, error);
        char number[32];
        const char *value = word + name + 1;
        size_t length = strcspn(value, ",");
        snprintf(number, sizeof number, "%.*s", (int)length, value);
        if (!bakery_values_real(spec, number, &share[stage], error))
            return false;
        seen[stage] = true;
        sum += share[stage];
        word = value + length;
        if (!*word)
            break;
    }
    if (!(fabs(sum - 1) <= STAGES_SUM))
        return error_set(error, ERROR_USAGE, "--%s: the shares must add up to 1, not to %.9g",
                         spec->name, sum);
    memcpy(target, share, sizeof share);
    return true;
}

#define AT(field)         offsetof(struct bakery_toast_options, field)
#define CHOICES(names)    (&(const struct option_choices){names})
#define RANGE(a, b)       (&(const struct option_range){a, b})
#define REAL(a, b, words) (&(const struct bakery_values_range){a, b, words})
#define SHARE             REAL(0, 1, "a share from 0 to 1 such as 0.05 or 5%")

const struct option_spec bakery_toast_options_table[] = {
    {"slices", 'n', "N", "slices of bread, two minutes each (default 100)", option_number,
     AT(slices), RANGE(1, TOAST_MOST_SLICES)},
    {"toasters", 't', "LIST",
     "numbers of toasters, such as 1,4 or 1-4,8: a thread each, a run each (default: "
     "OMP_NUM_THREADS, else every CPU)",
     parse_toasters, AT(toasters), NULL},
    {"minute", 0, "TIME", "how long a minute shall be, in us, ms or s (default 5ms)",
     bakery_values_minute, AT(toast.minute_ns), NULL},
    {"serial", 0, "SHARE",
     "of the whole work, one thread alone makes this share first; the slices shrink (default 0)",
     bakery_values_real, AT(toast.serial), SHARE},
    {"imbalance", 0, "SHARE",
     "slices from thin to thick: the first takes 1 - SHARE of the mean, the last 1 + SHARE "
     "(default 0)",
     bakery_values_real, AT(toast.imbalance), SHARE},
    {"longest", 0, "SHARE",
     "the last slice alone is this share of all slices (default 0: like all)", bakery_values_real,
     AT(toast.longest), SHARE},
    {"overhead", 0, "MINUTES", "what fetching a chunk of slices costs, in minutes (default 0)",
     bakery_values_real, AT(toast.overhead),
     REAL(0, 1e6, "a number of minutes, 0 or more, such as 0.1")},
    {"contention", 0, "KAPPA",
     "the more toasters, the slower: p of them take KAPPA * (p - 1) of the whole longer "
     "(default 0)",
     bakery_values_real, AT(toast.contention), SHARE},
    {"sockets", 0, "K", "only K toasters can heat at once (default: all)", option_number,
     AT(sockets), RANGE(1, TOAST_MOST_TOASTERS)},
    {"slow", 0, "FACTOR",
     "the last toaster, if there are two or more, takes FACTOR times as long (default 1)",
     bakery_values_real, AT(toast.slow), REAL(1, 1000, "a factor from 1 to 1000 such as 1.5")},
    {"stages", 0, "LIST",
     "shares of a slice in the stages of a record, such as read=0.2,decode=0.5,resize=0.3 "
     "(default decode=1)",
     parse_stages, AT(toast.stage), SHARE},
    {"work", 0, "KIND",
     "waiting (default), or computing: arithmetic, as long on an idle core as the wait would be",
     option_choice, AT(work), CHOICES(work_names)},
    {"schedule", 0, "KIND[,CHUNK]",
     "how slices go to toasters: static, dynamic, guided or auto (default: OMP_SCHEDULE, else "
     "dynamic,1)",
     run_options_parse_schedule, AT(schedule), NULL},
    {"order", 0, "HOW", "as the slices lie (input, default), or the longest first (cost)",
     option_choice, AT(order), CHOICES(order_names)},
    {"shard", 0, "K/N",
     "make part K of N of the slices, with the dough; auto (default): as the launcher says that "
     "started this process; none: make all",
     bakery_shard_parse, AT(shard), NULL},
    {"set", 0, "NAME",
     "with --shard: what the records of all parts are found by (default: the launcher's job)",
     option_text, AT(shard.set), NULL},
    {"profile", 0, "FILE", "append a record of each run, one line of JSON", option_text,
     AT(profile), NULL},
    {"items", 0, NULL, "with --profile: every slice, too", option_flag, AT(items), NULL},
    {"animation", 0, "WHEN", "auto (default: on a terminal), on or off", option_choice,
     AT(animation), CHOICES(animation_names)},
    {"json", 0, NULL, "print the result as JSON", option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "no table and no animation, errors only", option_flag, AT(quiet), NULL},
    {0},
};

/* What the environment says counts where no option does. */
static void complete(struct bakery_toast_options *options)
{
    const char *environment = getenv("OMP_SCHEDULE");
    struct toast *toast = &options->toast;
    toast->slices = (int)options->slices;
    toast->sockets = (int)options->sockets;
    toast->work = options->work == 0 ? TOAST_WAITING : TOAST_COMPUTING;
    toast->order = options->order == 0 ? TOAST_COST : TOAST_INPUT;
    if (options->schedule.kind != SCHEDULE_NONE)
        toast->schedule = options->schedule;
    else if (environment && *environment)
        toast->schedule = schedule_current();
    toast->unguarded = !options->profile;
    if (options->toasters.count == 0) {
        int most = omp_get_max_threads();
        options->toasters.threads[0] = most < TOAST_MOST_TOASTERS ? most : TOAST_MOST_TOASTERS;
        options->toasters.count = 1;
    }
}

/* Leaves the toast with this process's part of the slices. */
static bool share(struct bakery_toast_options *options, struct error *error)
{
    struct shard shard = options->shard.shard;
    return shard.count == 0 ||
           toast_share(&options->toast, (int)shard.index - 1, (int)shard.count) ||
           error_set(error, ERROR_OUTPUT, "bakery toast: no memory for %d slices",
                     options->toast.slices);
}

/* Real seconds that all runs take, or NAN without memory. */
static double foretell(const struct bakery_toast_options *options)
{
    double minutes = 0;
    for (size_t i = 0; i < options->toasters.count; i++)
        minutes += toast_predict(&options->toast, options->toasters.threads[i]);
    return minutes * (double)options->toast.minute_ns * 1e-9;
}

static bool check(const struct bakery_toast_options *options, int operands, struct error *error)
{
    const struct toast *toast = &options->toast;
    if (operands > 0)
        return error_set(error, ERROR_USAGE,
                         "bakery toast: takes options only; see pixscale "
                         "bakery toast --help");
    if (options->items && !options->profile)
        return error_set(error, ERROR_USAGE, "bakery toast: --items needs --profile");
    if (toast->work == TOAST_COMPUTING && toast->sockets > 0)
        return error_set(error, ERROR_USAGE,
                         "bakery toast: --sockets is for work that waits, not for --work "
                         "computing");
    double seconds = foretell(options);
    char text[TEXT_SIZE];
    if (isnan(seconds))
        return error_set(error, ERROR_OUTPUT, "bakery toast: no memory for %d slices",
                         toast->slices);
    if (seconds > MOST_SECONDS)
        return error_set(error, ERROR_USAGE,
                         "bakery toast: this would take %s; choose a shorter --minute or fewer "
                         "slices (at most an hour)",
                         text_duration(text, seconds));
    return true;
}

enum options_outcome bakery_toast_options_parse(const struct command *self, int argc, char **argv,
                                                struct bakery_toast_options *options, int *status)
{
    int first;
    *status = EXIT_USAGE;
    *options = (struct bakery_toast_options){.toast = toast_default(), .slices = 100, .order = 1};
    enum options_outcome outcome = options_parse(self, argc, argv, options, &first);
    if (outcome != OPTIONS_OK)
        return outcome;
    struct error error;
    complete(options);
    if (bakery_shard_find(&options->shard, options->profile != NULL, &error) &&
        share(options, &error) && check(options, argc - first, &error))
        return OPTIONS_OK;
    *status = commands_fail(&error);
    return OPTIONS_WRONG;
}

static void put_stages(const double *stage, FILE *stream)
{
    char number[32];
    const char *between = " --stages ";
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        if (stage[s] <= 0)
            continue;
        fprintf(stream, "%s%s=%s", between, stages_name((enum stage)s),
                bakery_values_text(stage[s], number));
        between = ",";
    }
}

static void put_options(const struct bakery_toast_options *options, FILE *stream)
{
    struct toast plain = toast_default();
    const struct toast *toast = &options->toast;
    char number[32], minute[40], name[SCHEDULE_SIZE];
    if (toast->slices != plain.slices)
        fprintf(stream, " --slices %d", toast->slices);
    if (toast->minute_ns != plain.minute_ns)
        fprintf(stream, " --minute %s", bakery_values_minute_text(toast->minute_ns, false, minute));
    for (const struct option_spec *o = bakery_toast_options_table; o->name; o++) {
        size_t at = o->offset - AT(toast);
        double value, usual;
        if (o->parse != bakery_values_real)
            continue;
        memcpy(&value, (const char *)toast + at, sizeof value);
        memcpy(&usual, (const char *)&plain + at, sizeof usual);
        if (value != usual)
            fprintf(stream, " --%s %s", o->name, bakery_values_text(value, number));
    }
    if (toast->sockets > 0)
        fprintf(stream, " --sockets %d", toast->sockets);
    if (memcmp(toast->stage, plain.stage, sizeof plain.stage) != 0)
        put_stages(toast->stage, stream);
    if (toast->work == TOAST_COMPUTING)
        fprintf(stream, " --work computing");
    if (options->schedule.kind != SCHEDULE_NONE)
        fprintf(stream, " --schedule %s", schedule_name(&options->schedule, name));
    if (toast->order == TOAST_COST)
        fprintf(stream, " --order cost");
}

char *bakery_toast_options_command(const struct bakery_toast_options *options)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    fputs("pixscale bakery toast", stream);
    put_options(options, stream);
    return text_close(stream, &text);
}
