#include "report/predict_words.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/table.h"

#define LINE        600
#define MOST_PLACES 5
#define INDENT      12 /* of what stands beside labels */

struct predict_unit predict_words_unit(double least, double most)
{
    struct predict_unit unit = most < 0.1     ? (struct predict_unit){"ms", 1e3, 0}
                               : most < 1000  ? (struct predict_unit){"s", 1, 0}
                               : most < 20000 ? (struct predict_unit){"min", 1.0 / 60, 0}
                                              : (struct predict_unit){"h", 1.0 / 3600, 0};
    double wanted = 2 - floor(log10(least * unit.scale));
    double room = 4 - floor(log10(most * unit.scale));
    unit.places = (int)fmax(0, fmin(MOST_PLACES, fmin(wanted, room)));
    return unit;
}

const char *predict_words_duration(char text[PHRASE_SIZE], double seconds)
{
    return seconds < 100 ? phrase_seconds(text, seconds) : text_duration(text, seconds);
}

void predict_words_entry(FILE *out, const char *label, const char *words)
{
    int column = fprintf(out, "  %-*s", INDENT - 2, label);
    for (bool first = true; *(words += strspn(words, " ")); first = false) {
        int length = (int)strcspn(words, " ");
        if (!first && column + 1 + length > TABLE_WIDTH)
            column = fprintf(out, "\n%*s", INDENT, "") - 1;
        else if (!first)
            column += fprintf(out, " ");
        column += fprintf(out, "%.*s", length, words);
        words += length;
    }
    fputc('\n', out);
}

void predict_words_source(FILE *out, const struct replay *replay)
{
    const struct replay_loop *loop = &replay->recorded;
    char line[LINE], schedule[SCHEDULE_SIZE], items[TEXT_SIZE], runs[48] = "1 run";
    snprintf(line, sizeof line, "%s, on %s", replay->what,
             replay->host && *replay->host ? replay->host : "an unknown machine");
    table_wrap(out, line, 0);
    if (replay->runs > 1)
        snprintf(runs, sizeof runs, "the medians of %zu runs", replay->runs);
    snprintf(line, sizeof line, "%s of %d thread%s: %s item%s, %s, %s, %s", runs, loop->threads,
             phrase_plural(loop->threads), text_count(items, replay->count),
             phrase_plural((double)replay->count), schedule_name(&loop->schedule, schedule),
             loop->by_cost ? "costliest first" : "in input order", replay_runtimes[loop->runtime]);
    predict_words_entry(out, "replayed", line);
}
