#include "cli/manifest_show.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/escape.h"
#include "base/json_memory.h"
#include "base/text.h"
#include "cli/json_print.h"
#include "dataset/index.h"
#include "dataset/manifest_cost.h"

#define JSON_FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(9))

/* The members that both kinds of JSON begin with. */
static json_t *totals_json(const char *name, const struct manifest_file_totals *totals)
{
    char hash[17];
    snprintf(hash, sizeof hash, "%016" PRIx64, totals->hash);
    char *path = index_escape_copy(name); /* it may not be UTF-8 */
    json_t *root =
        json_pack("{s:s, s:s, s:I, s:I, s:s, s:I}", "schema", "pixscale.manifest/1", "manifest",
                  path, "rows", (json_int_t)totals->rows, "bytes", (json_int_t)totals->bytes,
                  "hash", hash, "frozen_ns", (json_int_t)totals->frozen_ns);
    free(path);
    return root;
}

/* ", frozen 2026-01-31 23:59:59 UTC"; "" for a time that no calendar has. */
static void frozen_at(int64_t ns, char *text, size_t size)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) ||
        strftime(text, size, ", frozen %Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        *text = '\0';
}

static void frozen_in(double seconds, char *text, size_t size)
{
    char time[TEXT_SIZE];
    snprintf(text, size, ", in %s", text_duration(time, seconds));
}

bool manifest_show_totals(const char *name, const struct manifest_file_totals *totals,
                          double seconds, bool json, struct error *error)
{
    if (json) {
        json_memory_watch();
        json_t *root = totals_json(name, totals);
        if (seconds >= 0)
            json_object_set_new(root, "seconds", json_real(seconds));
        return json_print(root, JSON_FLAGS, "manifest", error);
    }
    char rows[TEXT_SIZE], bytes[TEXT_SIZE], when[64];
    if (seconds < 0)
        frozen_at(totals->frozen_ns, when, sizeof when);
    else
        frozen_in(seconds, when, sizeof when);
    escape_line(stdout, "%s: %s row%s, %s, hash %016" PRIx64 "%s", name,
                text_count(rows, totals->rows), totals->rows == 1 ? "" : "s",
                text_bytes(bytes, (double)totals->bytes), totals->hash, when);
    return true;
}

/* Called for each row, in order. */
typedef void (*row_fn)(void *user, uint64_t row, const struct manifest_entry *entry);

static bool for_each_row(struct manifest_file *file, row_fn visit, void *user, struct error *error)
{
    uint64_t rows = manifest_file_totals(file)->rows;
    for (uint64_t first = 0; first < rows; first += MANIFEST_FILE_BLOCK) {
        struct range range = {first, rows - first};
        if (range.count > MANIFEST_FILE_BLOCK)
            range.count = MANIFEST_FILE_BLOCK;
        struct manifest part;
        if (!manifest_file_load(file, range, &part, error))
            return false;
        for (size_t i = 0; i < part.count; i++)
            visit(user, first + i, &part.entries[i]);
        manifest_free(&part);
        if (ferror(stdout)) /* nobody reads on; main says so */
            return true;
    }
    return true;
}

static void print_row(void *user, uint64_t row, const struct manifest_entry *entry)
{
    static const char *const kinds[] = {[MANIFEST_REGULAR] = "file",
                                        [MANIFEST_FOLDER] = "folder",
                                        [MANIFEST_SPECIAL] = "special",
                                        [MANIFEST_MISSING] = "missing"};
    (void)user;
    printf("%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%s,%" PRIu64 ",", row, entry->bytes,
           entry->mtime_ns, kinds[entry->kind], manifest_cost(entry) + 1);
    index_put_path(stdout, entry->path);
    putchar('\n');
}

bool manifest_show_rows(struct manifest_file *file, struct error *error)
{
    puts("row,bytes,mtime_ns,kind,cost,path");
    return for_each_row(file, print_row, NULL, error);
}

/* The shard whose rows are being gone through. */
struct cutting {
    uint64_t total, count; /* cost of all; shards */
    uint64_t before;       /* cost of the rows gone through */
    uint64_t shard;        /* from 0 */
    uint64_t first, rows, bytes, cost;
    json_t *list; /* or NULL: a table */
};

static void put_shard(struct cutting *cutting)
{
    double share = cutting->total ? (double)cutting->cost / (double)cutting->total : 0;
    if (cutting->list) {
        json_array_append_new(cutting->list, json_pack("{s:I, s:I, s:I, s:I, s:f}", "shard",
                                                       (json_int_t)cutting->shard + 1, "first_row",
                                                       (json_int_t)cutting->first, "rows",
                                                       (json_int_t)cutting->rows, "bytes",
                                                       (json_int_t)cutting->bytes, "share", share));
    } else {
        char first[TEXT_SIZE], rows[TEXT_SIZE], bytes[TEXT_SIZE];
        printf("%7" PRIu64 "  %13s  %13s  %10s  %7.3f %%\n", cutting->shard + 1,
               text_count(first, cutting->first), text_count(rows, cutting->rows),
               text_bytes(bytes, (double)cutting->bytes), 100 * share);
    }
    cutting->first += cutting->rows;
    cutting->rows = cutting->bytes = cutting->cost = 0;
    cutting->shard++;
}

static void cut_row(void *user, uint64_t row, const struct manifest_entry *entry)
{
    struct cutting *cutting = user;
    uint64_t cost = manifest_cost(entry) + 1;
    (void)row;
    uint64_t shard = ranges_of(cutting->before, cost, cutting->total, cutting->count);
    while (cutting->shard < shard)
        put_shard(cutting);
    cutting->before += cost;
    cutting->rows++;
    cutting->bytes += entry->bytes;
    cutting->cost += cost;
}

bool manifest_show_shards(const char *name, struct manifest_file *file, uint64_t count, bool json,
                          struct error *error)
{
    const struct manifest_file_totals *totals = manifest_file_totals(file);
    struct cutting cutting = {.total = totals->cost, .count = count};
    if (json)
        json_memory_watch();
    if (json && !(cutting.list = json_array()))
        return error_set(error, ERROR_OUTPUT, "manifest: out of memory");
    if (!json)
        printf("%7s  %13s  %13s  %10s  %9s\n", "shard", "first row", "rows", "bytes", "cost");
    bool ok = for_each_row(file, cut_row, &cutting, error);
    while (ok && cutting.shard < count)
        put_shard(&cutting);
    if (!json)
        return ok;
    if (!ok) {
        json_decref(cutting.list);
        return false;
    }
    json_t *root = totals_json(name, totals);
    json_object_set_new(root, "shards", cutting.list);
    return json_print(root, JSON_FLAGS, "manifest", error);
}
