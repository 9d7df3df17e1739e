#include "profile/record.h"

#include <stdlib.h>

#include "profile/record_fields.h"

struct record record_unknown(void)
{
    struct record record = {0};
    for (const struct record_field *f = record_fields; f->name; f++) {
        void *at = (char *)&record + f->offset;
        if (f->type == RECORD_REAL)
            *(double *)at = RECORD_UNKNOWN;
        else if (f->type == RECORD_COUNT || f->type == RECORD_CPUS || f->type == RECORD_NS)
            *(int64_t *)at = RECORD_UNKNOWN;
    }
    record.cgroup_cpus = 0;
    return record;
}

void record_free(struct record *record)
{
    for (const struct record_field *f = record_fields; f->name; f++)
        if (f->type == RECORD_TEXT)
            free(*(char **)((char *)record + f->offset));
    for (size_t i = 0; i < record->phase_count; i++)
        free(record->phases[i].name);
    free(record->phases);
    free(record->threads);
    free(record->item);
    *record = (struct record){0};
}
