#include "bakery/toast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bakery/toast_plan.h"
#include "base/text.h"
#include "profile/machine.h"
#include "profile/record_fill.h"

/* Every planted truth that is not the default, as "name=value". */
static char *options_text(const struct toast *toast)
{
    const struct {
        const char *name;
        double value, usual;
    } planted[] = {
        {"serial", toast->serial, 0},   {"imbalance", toast->imbalance, 0},
        {"longest", toast->longest, 0}, {"overhead", toast->overhead, 0},
        {"sockets", toast->sockets, 0}, {"contention", toast->contention, 0},
        {"slow", toast->slow, 1},
    };
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    fprintf(stream, "slices=%d minute=%gms", toast->slices, (double)toast->minute_ns / 1e6);
    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
        if (planted[i].value != planted[i].usual)
            fprintf(stream, " %s=%.10g", planted[i].name, planted[i].value);
    if (toast->order == TOAST_COST)
        fprintf(stream, " order=cost");
    for (int s = 0; s < STAGE_DISPATCH; s++)
        if (toast->stage[s] > 0 && toast->stage[s] < 1)
            fprintf(stream, " %s=%.10g", stages_name((enum stage)s), toast->stage[s]);
    return text_close(stream, &text);
}

static bool fill_items(const struct toast *toast, const struct toast_run *run,
                       struct record *record)
{
    double *seconds = calloc((size_t)toast->slices, sizeof *seconds);
    record->item = calloc((size_t)run->slices + 1, sizeof *record->item);
    bool ok = seconds && record->item;
    if (ok) {
        toast_slices(toast, seconds);
        record->item_count = (size_t)run->slices;
    }
    for (size_t i = 0; i < record->item_count; i++) {
        record->item[i] = (struct record_item){
            .row = run->first + (int64_t)i,
            .thread = run->items[i].thread,
            .cost = (int64_t)(seconds[(size_t)run->first + i] * 1e9),
            .start_ns = run->items[i].start_ns - run->region_start_ns,
        };
        memcpy(record->item[i].stage_ns, run->items[i].ns, sizeof record->item[i].stage_ns);
    }
    free(seconds);
    return ok;
}

static void fill_rows(const struct toast *toast, const struct toast_run *run, struct record *record)
{
    if (toast->shards == 0)
        return;
    record->shards = toast->shards;
    record->first_row = run->first;
    record->rows = run->slices;
    record->set_rows = toast->slices;
}

/* The schedule that was used is still the runtime's. */
static char *schedule_text(const struct toast *toast, char text[SCHEDULE_SIZE])
{
    struct schedule current = schedule_current();
    return schedule_name(toast->schedule.kind == SCHEDULE_NONE ? &current : &toast->schedule, text);
}

bool toast_record(const struct toast *toast, const struct toast_run *run, const char *command,
                  bool with_items, const char *version, const char *git,
                  char *(*lookup)(const char *name), struct record *record)
{
    bool waiting = toast->work == TOAST_WAITING;
    char schedule[SCHEDULE_SIZE];
    struct machine machine;
    struct guard_verdict verdict;
    machine_read(&machine);
    guard_compare(&run->before, &run->after, run->toasters, machine.affinity_cores, &verdict);
    *record = record_unknown();
    record_fill_tool(record, version, git, (time_t)run->started_utc);
    record_fill_machine(record, &machine);
    record_fill_omp(record, run->toasters, run->toasters, schedule_text(toast, schedule), lookup);
    record->kind = record_fill_text("bakery");
    record->work = record_fill_text(waiting ? "waiting" : "computing");
    record->command = record_fill_text(command);
    record->options = options_text(toast);
    record->items = run->slices;
    fill_rows(toast, run, record);
    record->failed = 0;
    record->oversubscribe = waiting;
    record_fill_guard(record, &verdict);
    record_fill_clock(record);
    return record->command && record->options && record_fill_phases(record, &run->phases) &&
           record_fill_threads(record, run->clocks, run->toasters, run->region_start_ns,
                               run->region_end_ns) &&
           (!with_items || fill_items(toast, run, record));
}
