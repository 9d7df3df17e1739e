/*
 * page_machine: where and how the runs of a group were made, and each of them.
 */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/phrase.h"

#define MOST_RUNS 500 /* rows of the table of runs; more make no page for people */

typedef void (*value_fn)(const struct record *record, char *text, size_t size);

static void put(char *text, size_t size, const char *value)
{
    snprintf(text, size, "%s", value && *value ? value : "");
}

static void put_count(char *text, size_t size, int64_t value, const char *unit)
{
    if (value == RECORD_UNKNOWN)
        put(text, size, NULL);
    else
        snprintf(text, size, "%lld%s", (long long)value, unit);
}

static void value_host(const struct record *r, char *text, size_t size)
{
    put(text, size, r->host_name);
}

static void value_cpu(const struct record *r, char *text, size_t size)
{
    put(text, size, r->cpu_model);
}

static void value_kernel(const struct record *r, char *text, size_t size)
{
    put(text, size, r->kernel);
}

static void value_cpus(const struct record *r, char *text, size_t size)
{
    put_count(text, size, r->affinity_cpus, "");
}

static void value_cores(const struct record *r, char *text, size_t size)
{
    if (r->cores == RECORD_UNKNOWN)
        put(text, size, "unknown: CPUs count as cores");
    else
        put_count(text, size, r->cores, "");
}

static void value_quota(const struct record *r, char *text, size_t size)
{
    if (r->cgroup_cpus > 0)
        snprintf(text, size, "%.3g CPUs", r->cgroup_cpus);
    else
        put(text, size, "none");
}

static void value_runtime(const struct record *r, char *text, size_t size)
{
    put(text, size, r->runtime);
}

static void value_schedule(const struct record *r, char *text, size_t size)
{
    put(text, size, r->schedule);
}

static void value_bind(const struct record *r, char *text, size_t size)
{
    put(text, size, r->bind);
}

static void value_places(const struct record *r, char *text, size_t size)
{
    put(text, size, r->places);
}

static void value_wait(const struct record *r, char *text, size_t size)
{
    put(text, size, r->wait_policy);
}

static void value_command(const struct record *r, char *text, size_t size)
{
    put(text, size, r->command);
}

static void value_options(const struct record *r, char *text, size_t size)
{
    put(text, size, r->options);
}

static void value_items(const struct record *r, char *text, size_t size)
{
    put_count(text, size, r->items, "");
}

static void value_failed(const struct record *r, char *text, size_t size)
{
    put_count(text, size, r->failed, "");
}

static void value_version(const struct record *r, char *text, size_t size)
{
    bool git = r->tool_git && *r->tool_git;
    snprintf(text, size, "%s%s%s", r->tool_version ? r->tool_version : "", git ? ", " : "",
             git ? r->tool_git : "");
}

static void value_time(const struct record *r, char *text, size_t size)
{
    put(text, size, r->time_utc);
}

static void value_stamps(const struct record *r, char *text, size_t size)
{
    if (r->stamps == RECORD_UNKNOWN || r->stamp_ns < 0)
        put(text, size, NULL);
    else
        snprintf(text, size, "%.1f ns a reading, steps of %lld ns", r->stamp_ns,
                 (long long)r->clock_step_ns);
}

static const struct {
    const char *name;
    value_fn value;
} facts[] = {
    {"Host", value_host},
    {"CPU", value_cpu},
    {"System", value_kernel},
    {"CPUs allowed", value_cpus},
    {"Physical cores allowed", value_cores},
    {"CPU quota", value_quota},
    {"OpenMP runtime", value_runtime},
    {"Schedule", value_schedule},
    {"Binding", value_bind},
    {"Places", value_places},
    {"Wait policy", value_wait},
    {"Program", value_command},
    {"Options", value_options},
    {"Items", value_items},
    {"Failed items", value_failed},
    {"Clock", value_stamps},
    {"pixscale", value_version},
    {"Measured (UTC)", value_time},
};

/* The value of the first record, and where others differ, that of the last one after a dash: times
 * have a range, and a group agrees on the rest. */
static void write_fact(struct writer *writer, const struct analysis_group *group, const char *name,
                       value_fn value)
{
    char first[1024] = "", last[1024] = "";
    for (size_t i = 0; i < group->run_count; i++) {
        char text[1024] = "";
        if (!group->records[i])
            continue;
        value(group->records[i], text, sizeof text);
        if (*text && (!*first || strcmp(text, first) < 0))
            strcpy(first, text);
        if (*text && (!*last || strcmp(text, last) > 0))
            strcpy(last, text);
    }
    if (!*first)
        return;
    writer_print(writer, "<tr><th scope=\"row\">%s</th><td class=\"words\">", name);
    writer_html(writer, first);
    if (strcmp(first, last) != 0) {
        writer_text(writer, " – ");
        writer_html(writer, last);
    }
    writer_text(writer, "</td></tr>\n");
}

static void milliseconds_cell(struct writer *writer, double value)
{
    if (value >= 0)
        writer_print(writer, "<td>%.3g</td>", value);
    else
        writer_text(writer, "<td>–</td>");
}

static void write_run(struct writer *writer, const struct analysis_group *group, size_t i)
{
    const struct study_run *run = &group->runs[i];
    const struct record *record = group->records ? group->records[i] : NULL;
    char text[PHRASE_SIZE];
    writer_print(writer, "<tr><th scope=\"row\">%d</th><td>%s</td>", run->threads,
                 phrase_seconds(text, run->seconds));
    milliseconds_cell(writer, record ? record->steal_ms : RECORD_UNKNOWN);
    milliseconds_cell(writer, record ? record->throttled_ms : RECORD_UNKNOWN);
    milliseconds_cell(writer, record ? record->foreign_cpu_ms : RECORD_UNKNOWN);
    milliseconds_cell(writer, isfinite(run->capacity) ? run->capacity : RECORD_UNKNOWN);
    milliseconds_cell(writer, record ? record->load1 : RECORD_UNKNOWN);
    writer_text(writer, "<td class=\"words\">");
    if (run->excluded)
        writer_html(writer, run->why ? run->why : "left out");
    writer_text(writer, "</td></tr>\n");
}

static void write_runs(struct writer *writer, const struct analysis_group *group)
{
    writer_print(writer, "<details><summary>All %zu runs</summary>\n", group->run_count);
    page_tables_begin(writer, "Every run, in the order of the records",
                      "threads|wall time|steal, ms|throttled, ms|foreign CPU, ms|"
                      "machine ceiling, cores|load|left out because");
    for (size_t i = 0; i < group->run_count && i < MOST_RUNS; i++)
        write_run(writer, group, i);
    page_tables_end(writer);
    if (group->run_count > MOST_RUNS)
        writer_print(writer, "<p>And %zu more.</p>\n", group->run_count - MOST_RUNS);
    writer_text(writer, "</details>\n");
}

void page_machine_write(struct writer *writer, const struct analysis_group *group)
{
    bool any = false;
    for (size_t i = 0; i < group->run_count && group->records; i++)
        any = any || group->records[i];
    if (any) {
        writer_text(writer, "<div class=\"scroll\"><table class=\"facts\"><caption>As the records "
                            "say</caption><tbody>\n");
        for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
            write_fact(writer, group, facts[i].name, facts[i].value);
        page_tables_end(writer);
    } else {
        writer_text(writer, "<p>The times came without a word on the machine that they were "
                            "measured on.</p>\n");
    }
    write_runs(writer, group);
}
