/*
 * The task `bakery coffee`: makes coffee and toast in both orders, and draws who did what when.
 */
#include "cli/bakery_tasks.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bakery/coffee.h"
#include "bakery/toast.h"
#include "cli/bakery_values.h"
#include "cli/commands.h"
#include "cli/passive.h"
#include "cli/runtime_exit.h"
#include "report/lanes.h"

#define ORDERS       2
#define COLUMNS      76
#define USUAL_MINUTE 50000000 /* ns: both orders together take 0.6 s */
#define LONGEST_AXIS 7.0      /* minutes: both drawings have the same one, to be compared */
#define MOST_SECONDS 3600

static const char *const order_names[ORDERS] = {"synchronous", "asynchronous"};

struct coffee_options {
    int64_t minute_ns;
    bool json;
};

static void put_timeline(const struct coffee_run *run, FILE *out)
{
    static const char *const threads[] = {"thread 0", "thread 1"};
    struct lanes_span spans[COFFEE_EVENTS];
    for (int i = 0; i < run->events; i++)
        spans[i] = (struct lanes_span){
            .lane = run->event[i].thread,
            .start = run->event[i].start_minutes,
            .end = run->event[i].end_minutes,
            .label = run->event[i].what,
            .shade = strcmp(run->event[i].what, "coffee") == 0 ? 0 : 1 + i % 2,
        };
    struct lanes lanes = {
        .names = threads,
        .count = 2,
        .spans = spans,
        .span_count = (size_t)run->events,
        .end = run->measured_minutes > LONGEST_AXIS ? run->measured_minutes : LONGEST_AXIS,
        .unit = "minutes",
        .columns = COLUMNS,
        .ascii = true,
    };
    struct writer writer = {0};
    lanes_draw(&writer, &lanes);
    char *text = writer_take(&writer);
    fputs(text ? text : "(no memory for the drawing)\n", out);
    free(text);
}

static void put_intro(int64_t minute_ns, FILE *out)
{
    char minute[40];
    fprintf(out,
            "Coffee brews for 5 minutes and needs nobody; a toast takes 2.\n"
            "A minute is %s here.\n",
            bakery_values_minute_text(minute_ns, true, minute));
    fflush(out); /* with long minutes it takes a while until more comes */
}

static void put_order(const struct coffee_run *run, FILE *out)
{
    static const char *const what[ORDERS] = {[COFFEE_SYNCHRONOUS] = "one coffee, then one toast",
                                             [COFFEE_ASYNCHRONOUS] =
                                                 "one coffee, and two toasts meanwhile"};
    const char *name = order_names[run->order];
    fprintf(out, "\n%c%s: %s, %.2f minutes (predicted %g)\n", name[0] - 'a' + 'A', name + 1,
            what[run->order], run->measured_minutes, run->predicted_minutes);
    put_timeline(run, out);
    fflush(out);
}

static void put_meaning(FILE *out)
{
    fprintf(out,
            "\nSynchronous: whoever asks for a coffee waits until it is there, and only then\n"
            "makes toast. Asynchronous: the coffee is asked for, the toast is made meanwhile,\n"
            "and one waits only at the end, for both (in OpenMP: task, and taskwait).\n");
}

static json_t *run_json(const struct coffee_run *run)
{
    json_t *events = json_array();
    for (int i = 0; i < run->events; i++)
        json_array_append_new(events, json_pack("{s:s, s:i, s:f, s:f}", "what", run->event[i].what,
                                                "thread", run->event[i].thread, "start_minutes",
                                                run->event[i].start_minutes, "end_minutes",
                                                run->event[i].end_minutes));
    return json_pack("{s:s, s:f, s:f, s:o}", "name", order_names[run->order], "predicted_minutes",
                     run->predicted_minutes, "measured_minutes", run->measured_minutes, "events",
                     events);
}

static bool put_json(const struct coffee_run runs[ORDERS], int64_t minute_ns, FILE *out)
{
    json_t *root = json_pack("{s:s, s:s, s:f, s:[o, o]}", "schema", "pixscale.bakery/1", "task",
                             "coffee", "minute_ms", (double)minute_ns / 1e6, "orders",
                             run_json(&runs[0]), run_json(&runs[1]));
    bool ok = root && json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
    fputc('\n', out);
    json_decref(root);
    return ok;
}

static int execute(const struct coffee_options *options)
{
    static const enum coffee_order orders[ORDERS] = {COFFEE_SYNCHRONOUS, COFFEE_ASYNCHRONOUS};
    struct coffee_run runs[ORDERS];
    struct error error;
    toast_ready();
    for (int i = 0; i < ORDERS; i++) {
        runtime_exit_arm("coffee needs a team of two");
        bool ok = coffee_make(orders[i], options->minute_ns, &runs[i], &error);
        runtime_exit_disarm();
        if (!ok)
            return commands_fail(&error);
        if (!options->json && i == 0)
            put_intro(options->minute_ns, stdout);
        if (!options->json)
            put_order(&runs[i], stdout);
    }
    if (!options->json) {
        put_meaning(stdout);
        return EXIT_CLEAN;
    }
    if (put_json(runs, options->minute_ns, stdout))
        return EXIT_CLEAN;
    fprintf(stderr, "pixscale: no memory for the result\n");
    return EXIT_OUTPUT;
}

static bool check(const struct coffee_options *options, int operands, struct error *error)
{
    double minutes = 2 * COFFEE_BREW_MINUTES + COFFEE_TOAST_MINUTES;
    if (operands > 0)
        return error_set(error, ERROR_USAGE,
                         "bakery coffee: takes options only; see pixscale bakery coffee --help");
    if (minutes * (double)options->minute_ns * 1e-9 > MOST_SECONDS)
        return error_set(error, ERROR_USAGE,
                         "bakery coffee: this would take longer than an hour; choose a shorter "
                         "--minute");
    return true;
}

#define AT(field) offsetof(struct coffee_options, field)

static const struct option_spec options_table[] = {
    {"minute", 0, "TIME", "how long a minute shall be, in us, ms or s (default 50ms)",
     bakery_values_minute, AT(minute_ns), NULL},
    {"json", 0, NULL, "print the result as JSON", option_flag, AT(json), NULL},
    {0},
};

static int run(const struct command *self, int argc, char **argv)
{
    struct coffee_options options = {.minute_ns = USUAL_MINUTE};
    struct error error;
    int first;
    passive_ensure();
    enum options_outcome outcome = options_parse(self, argc, argv, &options, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    if (!check(&options, argc - first, &error))
        return commands_fail(&error);
    return execute(&options);
}

static const char *const usage[] = {"bakery coffee [OPTIONS]", NULL};

static const char *const examples[] = {
    "pixscale bakery coffee",
    "7 minutes one after the other, 5 at the same time",
    "pixscale bakery coffee --minute 1s",
    "slow enough to watch the clock",
    NULL,
};

const struct command bakery_coffee = {
    .name = "bakery coffee",
    .summary = "coffee and toast: synchronous and asynchronous work",
    .usage = usage,
    .about = "Coffee brews for 5 minutes and needs nobody; a toast takes 2. First one coffee and "
             "one toast are made one after the other: 7 minutes. Then, as OpenMP tasks of a team "
             "of two threads, one coffee and two toasts: 5 minutes. A timeline shows who did what.",
    .options = options_table,
    .examples = examples,
    .run = run,
};
