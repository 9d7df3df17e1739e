#include "report/rank_ties.h"

#include <stdlib.h>
#include <string.h>

struct rank_tie {
    const char *text;
    const struct record *record; /* of one array: their addresses are in the order of the files */
};

static int by_text(const void *x, const void *y)
{
    const struct rank_tie *a = x, *b = y;
    int order = strcmp(a->text, b->text);
    return order ? order : (a->record > b->record) - (a->record < b->record);
}

static bool collect(struct rank_ties *ties, const struct readings *readings, const char *kind,
                    char *const *(*text_of)(const struct record *record))
{
    *ties = (struct rank_ties){.list = calloc(readings->record_count + 1, sizeof *ties->list)};
    if (!ties->list)
        return false;
    for (size_t i = 0; i < readings->record_count; i++) {
        const struct record *record = &readings->records[i];
        const char *text = *text_of(record);
        if (text && record->kind && strcmp(record->kind, kind) == 0)
            ties->list[ties->count++] = (struct rank_tie){text, record};
    }
    qsort(ties->list, ties->count, sizeof *ties->list, by_text);
    return true;
}

static char *const *set_of(const struct record *record)
{
    return &record->set;
}

static char *const *hash_of(const struct record *record)
{
    return &record->manifest_hash;
}

bool rank_ties_merges(struct rank_ties *ties, const struct readings *readings)
{
    return collect(ties, readings, "merge", set_of);
}

bool rank_ties_freezings(struct rank_ties *ties, const struct readings *readings)
{
    return collect(ties, readings, "manifest", hash_of);
}

void rank_ties_free(struct rank_ties *ties)
{
    free(ties->list);
    *ties = (struct rank_ties){0};
}

const struct record *rank_ties_last(const struct rank_ties *ties, const char *text)
{
    size_t low = 0, high = ties->count; /* the first one behind those that are equal */
    while (text && low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(ties->list[middle].text, text) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = text && low > 0 && strcmp(ties->list[low - 1].text, text) == 0;
    return found ? ties->list[low - 1].record : NULL;
}
