#include "cli/bakery_toast_show.h"

#include <jansson.h>

#include "base/text.h"
#include "cli/bakery_values.h"

/* Speed-ups are held against the run with one toaster, or without one against what that would
 * take. */
static double base(const struct bakery_toast_show *show)
{
    return show->run[0].toasters == 1 ? show->run[0].measured : show->one;
}

static double real_seconds(const struct bakery_toast_show *show, double minutes)
{
    return minutes * (double)show->options->toast.minute_ns * 1e-9;
}

static void put_head(const struct bakery_toast_show *show, FILE *out)
{
    const struct toast *toast = &show->options->toast;
    char count[TEXT_SIZE], minute[40];
    fprintf(out, "%s slice%s of 2 minutes: %.10g minutes of toasting. A minute is %s here.\n",
            text_count(count, (uint64_t)toast->slices), toast->slices == 1 ? "" : "s",
            toast->slices * TOAST_SLICE_MINUTES,
            bakery_values_minute_text(toast->minute_ns, true, minute));
    if (toast->serial > 0)
        fprintf(out,
                "For %.10g of them one thread alone kneads the dough, before the toasters start.\n",
                toast->serial * toast->slices * TOAST_SLICE_MINUTES);
}

/* The slices of this process, counted from 1 as people do. */
static void put_part(const struct bakery_toast_show *show, FILE *out)
{
    struct shard shard = show->options->shard.shard;
    struct range rows = toast_rows(&show->options->toast);
    unsigned long long first = rows.first + 1, last = rows.first + rows.count;
    if (rows.count > 1)
        fprintf(out, "Part %u of %u: slices %llu to %llu", shard.index, shard.count, first, last);
    else if (rows.count == 1)
        fprintf(out, "Part %u of %u: slice %llu", shard.index, shard.count, first);
    else
        fprintf(out, "Part %u of %u: no slice", shard.index, shard.count);
}

/* Lines of many processes come out between each other: each tells all of its own. */
static void put_part_lines(const struct bakery_toast_show *show, FILE *out)
{
    for (int i = 0; i < show->count; i++) {
        const struct bakery_toast_result *run = &show->run[i];
        put_part(show, out);
        fprintf(out, ", %d toaster%s: %.1f minutes predicted, %.1f measured\n", run->toasters,
                run->toasters == 1 ? "" : "s", run->predicted, run->measured);
    }
}

static void put_base(const struct bakery_toast_show *show, FILE *out)
{
    char time[TEXT_SIZE];
    bool measured = show->run[0].toasters == 1;
    fprintf(out, "Speed-up: against one toaster, which %s %.1f minutes (%s).\n",
            measured ? "took" : "should take", base(show),
            text_duration(time, real_seconds(show, base(show))));
}

/* Only where all slices are alike does depth tell how long it takes. */
static void put_depth(const struct bakery_toast_show *show, FILE *out)
{
    const struct toast *toast = &show->options->toast;
    bool alike = toast->imbalance == 0 && toast->longest == 0 && toast->slow == 1 &&
                 toast->sockets == 0 && toast->schedule.kind == SCHEDULE_DYNAMIC &&
                 toast->schedule.chunk <= 1;
    for (int i = 0; alike && i < show->count; i++) {
        int p = show->run[i].toasters, rest = toast->slices % p, deep = (toast->slices - 1) / p + 1;
        if (rest == 0)
            continue;
        fprintf(out,
                "%d slice%s on %d toasters are %d deep: the last round has %d toaster%s idle.\n",
                toast->slices, toast->slices == 1 ? "" : "s", p, deep, p - rest,
                p - rest == 1 ? "" : "s");
    }
}

void bakery_toast_show_text(const struct bakery_toast_show *show, FILE *out)
{
    if (show->options->shard.shard.count > 1) {
        put_part_lines(show, out);
        return;
    }
    put_head(show, out);
    fprintf(out, "\n  toasters      predicted       measured    speed-up    at best\n");
    for (int i = 0; i < show->count; i++) {
        const struct bakery_toast_result *run = &show->run[i];
        fprintf(out, "  %8d  %9.1f min  %9.1f min  %9.2fx  %8dx\n", run->toasters, run->predicted,
                run->measured, base(show) / run->measured, run->toasters);
    }
    fputc('\n', out);
    put_base(show, out);
    put_depth(show, out);
}

static json_t *shard_json(const struct bakery_toast_options *options)
{
    struct range rows = toast_rows(&options->toast);
    if (options->shard.shard.count == 0)
        return json_null();
    return json_pack("{s:i, s:i, s:I, s:I}", "index", (int)options->shard.shard.index, "count",
                     (int)options->shard.shard.count, "first", (json_int_t)rows.first, "slices",
                     (json_int_t)rows.count);
}

bool bakery_toast_show_json(const struct bakery_toast_show *show, FILE *out)
{
    const struct toast *toast = &show->options->toast;
    json_t *runs = json_array();
    for (int i = 0; i < show->count; i++) {
        const struct bakery_toast_result *run = &show->run[i];
        json_array_append_new(runs,
                              json_pack("{s:i, s:f, s:f, s:f, s:f}", "toasters", run->toasters,
                                        "predicted_minutes", run->predicted, "measured_minutes",
                                        run->measured, "speedup", base(show) / run->measured,
                                        "predicted_speedup", show->one / run->predicted));
    }
    json_t *root =
        json_pack("{s:s, s:s, s:i, s:f, s:o, s:o}", "schema", "pixscale.bakery/1", "task", "toast",
                  "slices", toast->slices, "minute_ms", (double)toast->minute_ns / 1e6, "runs",
                  runs, "shard", shard_json(show->options));
    bool ok = root && json_array_size(runs) == (size_t)show->count &&
              json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
    fputc('\n', out);
    json_decref(root);
    return ok;
}
