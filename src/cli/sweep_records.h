/*
 * sweep_records: the file that the records of a sweep are appended to.
 * Knows: base, cli/run_record.h.
 */
#ifndef PIXSCALE_CLI_SWEEP_RECORDS_H
#define PIXSCALE_CLI_SWEEP_RECORDS_H

#include <stdbool.h>

#include "base/error.h"

struct sweep_records {
    char *path, *folder; /* the file, which need not exist yet, and what it lies in */
    bool made_folder;
};

/* `wanted`, or if NULL profiles/HOST-DATE.jsonl below the current folder, where profiles is made if
 * need be. False when nothing could be appended there. sweep_records_close is to be called whatever
 * it returns. */
bool sweep_records_open(struct sweep_records *records, const char *wanted, const char *host,
                        struct error *error);

/* Removes a folder that was made and has stayed empty; the file stays. */
void sweep_records_close(struct sweep_records *records);

#endif
