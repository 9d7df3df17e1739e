#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_memory.h"
#include "profile/record.h"
#include "profile/record_fields.h"

#define MOST_PHASES 1024
#define MOST_ITEMS  100000000

/* One parse: where errors are said to be, and the record that is filled. */
struct reader {
    struct record *record;
    const char *where;
    struct error *error;
};

__attribute__((format(printf, 2, 3))) static bool wrong(const struct reader *reader,
                                                        const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(reader->error, ERROR_USAGE, "%s: %s", reader->where, text);
}

static bool no_memory(const struct reader *reader)
{
    return error_set(reader->error, ERROR_OUTPUT, "%s: no memory for this record", reader->where);
}

/* A whole number from `least` to `most`. `name` is how an error calls it. */
static bool take_integer(const struct reader *reader, const json_t *value, const char *name,
                         int64_t least, int64_t most, int64_t *target)
{
    if (!value)
        return wrong(reader, "%s is missing", name);
    if (!json_is_integer(value))
        return wrong(reader, "%s is not a whole number", name);
    *target = json_integer_value(value);
    if (*target < least || *target > most)
        return wrong(reader, "%s: %" PRId64 " is not from %" PRId64 " to %" PRId64, name, *target,
                     least, most);
    return true;
}

static bool take_text(const struct reader *reader, const json_t *value,
                      const struct record_field *field, const char *name, char **target)
{
    const char *text = json_string_value(value);
    if (!text)
        return wrong(reader, "%s is not a text", name);
    bool allowed = !field->texts;
    for (size_t i = 0; field->texts && field->texts[i]; i++)
        allowed |= strcmp(text, field->texts[i]) == 0;
    if (!allowed)
        return wrong(reader, "%s: '%.40s' is unknown", name, text);
    *target = strdup(text);
    return *target || no_memory(reader);
}

static int64_t most_of(enum record_type type)
{
    return type == RECORD_NS     ? RECORD_MOST_NS
           : type == RECORD_CPUS ? RECORD_MOST_CPUS
                                 : RECORD_MOST_COUNT;
}

static bool take_field(const struct reader *reader, const json_t *root,
                       const struct record_field *field)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", field->object ? field->object : "",
             field->object ? "." : "", field->name);
    const json_t *object = field->object ? json_object_get(root, field->object) : root;
    if (object && !json_is_null(object) && !json_is_object(object))
        return wrong(reader, "%s is not an object", field->object);
    const json_t *value = json_object_get(object, field->name);
    if (!value || json_is_null(value))
        return !field->needed || wrong(reader, "%s is missing", name);
    void *at = (char *)reader->record + field->offset;
    switch (field->type) {
    case RECORD_TEXT:
        return take_text(reader, value, field, name, at);
    case RECORD_FLAG:
        *(bool *)at = json_is_true(value);
        return json_is_boolean(value) || wrong(reader, "%s is neither true nor false", name);
    case RECORD_REAL:
        *(double *)at = json_number_value(value);
        if (!json_is_number(value))
            return wrong(reader, "%s is not a number", name);
        return (*(double *)at >= 0 && *(double *)at <= RECORD_MOST_NS) ||
               wrong(reader, "%s: %g is negative or too large", name, *(double *)at);
    default:
        return take_integer(reader, value, name, field->needed, most_of(field->type), at);
    }
}

static bool take_phase(const struct reader *reader, const json_t *value, size_t i)
{
    struct record_phase *phase = &reader->record->phases[i];
    char name[64];
    const char *title = json_string_value(json_object_get(value, "name"));
    const char *kind = json_string_value(json_object_get(value, "kind"));
    if (!title)
        return wrong(reader, "phases[%zu].name is not a text", i);
    if (!kind || (strcmp(kind, "serial") != 0 && strcmp(kind, "parallel") != 0))
        return wrong(reader, "phases[%zu].kind is neither serial nor parallel", i);
    snprintf(name, sizeof name, "phases[%zu].wall_ns", i);
    phase->parallel = *kind == 'p';
    phase->name = strdup(title);
    return phase->name ? take_integer(reader, json_object_get(value, "wall_ns"), name, 0,
                                      RECORD_MOST_NS, &phase->wall_ns)
                       : no_memory(reader);
}

static bool take_thread(const struct reader *reader, const json_t *value, size_t i)
{
    struct record_thread *thread = &reader->record->threads[i];
    const struct {
        const char *name;
        int64_t most, *target;
    } members[] = {{"items", RECORD_MOST_COUNT / RECORD_MOST_THREADS, &thread->items},
                   {"busy_ns", RECORD_MOST_NS, &thread->busy_ns},
                   {"idle_ns", RECORD_MOST_NS, &thread->idle_ns},
                   {"cpu_ns", RECORD_MOST_NS, &thread->cpu_ns},
                   {"dispatch_ns", RECORD_MOST_NS, &thread->dispatch_ns}};
    char name[64];
    for (size_t m = 0; m < sizeof members / sizeof *members; m++) {
        snprintf(name, sizeof name, "threads[%zu].%s", i, members[m].name);
        if (!take_integer(reader, json_object_get(value, members[m].name), name, 0, members[m].most,
                          members[m].target))
            return false;
    }
    const json_t *stages = json_object_get(value, "stage_ns");
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        const char *stage = stages_name((enum stage)s);
        snprintf(name, sizeof name, "threads[%zu].stage_ns.%s", i, stage);
        if (!take_integer(reader, json_object_get(stages, stage), name, 0, RECORD_MOST_NS,
                          &thread->stage_ns[s]))
            return false;
    }
    return true;
}

/* A list within the record, by a function for each of its elements. Absent and null are empty. */
static bool take_list(const struct reader *reader, const json_t *root, const char *name,
                      size_t most, size_t size, void *elements, size_t *count,
                      bool (*take)(const struct reader *, const json_t *, size_t))
{
    const json_t *list = json_object_get(root, name);
    if (!list || json_is_null(list))
        return true;
    if (!json_is_array(list) || json_array_size(list) > most)
        return wrong(reader, "%s is not a list of at most %zu", name, most);
    void *memory = calloc(json_array_size(list) + 1, size);
    if (!memory)
        return no_memory(reader);
    memcpy(elements, &memory, sizeof memory);
    *count = json_array_size(list);
    for (size_t i = 0; i < *count; i++)
        if (!take(reader, json_array_get(list, i), i))
            return false;
    return true;
}

/* A column of the items into the member that lies `offset` bytes into each. */
static bool take_column(const struct reader *reader, const json_t *columns, const char *prefix,
                        const char *title, int64_t most, size_t offset)
{
    struct record *record = reader->record;
    const json_t *column = json_object_get(columns, title);
    char name[96];
    snprintf(name, sizeof name, "%s%s", prefix, title);
    if (!json_is_array(column) || json_array_size(column) != record->item_count)
        return wrong(reader, "%s is not a list of %zu numbers, as items.row is", name,
                     record->item_count);
    for (size_t i = 0; i < record->item_count; i++) {
        int64_t *target = (int64_t *)(void *)((char *)&record->item[i] + offset);
        if (!take_integer(reader, json_array_get(column, i), name, 0, most, target))
            return false;
    }
    return true;
}

#define ITEM(field) offsetof(struct record_item, field)

static bool take_items(const struct reader *reader, const json_t *root)
{
    struct record *record = reader->record;
    const json_t *columns = json_object_get(root, "items");
    if (!columns || json_is_null(columns))
        return true;
    const json_t *rows = json_object_get(columns, "row");
    if (!json_is_array(rows) || json_array_size(rows) > MOST_ITEMS)
        return wrong(reader, "items.row is not a list");
    record->item = calloc(json_array_size(rows) + 1, sizeof *record->item);
    if (!record->item)
        return no_memory(reader);
    record->item_count = json_array_size(rows);
    if (record->item_count && !record->thread_count)
        return wrong(reader, "items without threads");
    int64_t threads = (int64_t)record->thread_count;
    int64_t inputs = record->items == RECORD_UNKNOWN ? MOST_ITEMS : record->items;
    if (!take_column(reader, columns, "items.", "row", inputs - 1, ITEM(row)) ||
        !take_column(reader, columns, "items.", "thread", threads - 1, ITEM(thread)) ||
        !take_column(reader, columns, "items.", "cost", RECORD_MOST_COUNT, ITEM(cost)) ||
        !take_column(reader, columns, "items.", "start_ns", RECORD_MOST_NS, ITEM(start_ns)))
        return false;
    const json_t *stages = json_object_get(columns, "stage_ns");
    for (size_t s = 0; s < STAGE_DISPATCH; s++)
        if (!take_column(reader, stages, "items.stage_ns.", stages_name((enum stage)s),
                         RECORD_MOST_NS, ITEM(stage_ns) + s * sizeof(int64_t)))
            return false;
    return true;
}

static bool take_record(const struct reader *reader, const json_t *root)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));
    if (!schema)
        return wrong(reader, "not a record: it has no schema");
    if (strcmp(schema, RECORD_SCHEMA) != 0)
        return wrong(reader, "schema '%.60s' is not %s", schema, RECORD_SCHEMA);
    for (const struct record_field *f = record_fields; f->name; f++)
        if (!take_field(reader, root, f))
            return false;
    struct record *record = reader->record;
    return take_list(reader, root, "phases", MOST_PHASES, sizeof *record->phases, &record->phases,
                     &record->phase_count, take_phase) &&
           take_list(reader, root, "threads", RECORD_MOST_THREADS, sizeof *record->threads,
                     &record->threads, &record->thread_count, take_thread) &&
           take_items(reader, root);
}

bool record_parse(struct record *record, const char *line, size_t length, const char *where,
                  struct error *error)
{
    *record = record_unknown();
    const struct reader reader = {.record = record, .where = where, .error = error};
    json_error_t problem;
    json_memory_watch();
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    /* Also of what was read: a text that had no room to grow lacks a letter. */
    bool ok = json_memory_failed() ? no_memory(&reader)
              : root               ? take_record(&reader, root)
                     : wrong(&reader, "broken JSON at byte %d: %s", problem.position, problem.text);
    json_decref(root);
    if (!ok)
        record_free(record);
    return ok;
}
