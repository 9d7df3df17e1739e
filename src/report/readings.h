/*
 * readings: files of measured times, of whatever origin, as rows of threads and seconds.
 *
 * Three kinds of file are told apart by their content, not by their name: our own records, one JSON
 * object a line; CSV with a header line; and what hyperfine's --export-json writes. All are data of
 * others: nothing in them is trusted, and what cannot be used is answered with the file and the
 * line. Text that will be shown has lost its control characters here, once and for all.
 * Knows: base, profile/record.h, jansson.
 */
#ifndef PIXSCALE_REPORT_READINGS_H
#define PIXSCALE_REPORT_READINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "profile/record.h"

#define READINGS_NO_RECORD   ((size_t)-1)
#define READINGS_MAX_THREADS 1000000

struct readings_row {
    size_t record; /* in `records`; READINGS_NO_RECORD for CSV and hyperfine */
    char *name;    /* CSV and hyperfine: what tells its group from others; NULL with a record */
    int threads;
    double seconds;
    const char *why; /* why it is no measurement (the command failed), or NULL; static text */
};

struct readings {
    struct readings_row *rows; /* in the order they were read */
    size_t count, capacity;
    struct record *records;
    size_t record_count, record_capacity;
};

/* Appends what the file holds; "-" is standard input. False (usage) names file and line; rows that
 * were added before the error stay. `readings` starts zeroed and is freed by readings_free. */
bool readings_load(struct readings *readings, const char *path, struct error *error);
void readings_free(struct readings *readings);

/* CSV: a header that names `threads` (or load, p, n, cores, num_threads, OMP_NUM_THREADS) and
 * `seconds` (or time) or `throughput`, and may name `name`, which tells groups apart. Comma,
 * semicolon or tab; quotes as in RFC 4180; LF or CRLF; empty lines and lines that begin with # are
 * skipped. The text must be followed by a NUL. */
bool readings_csv(struct readings *readings, const char *path, const char *text, size_t length,
                  struct error *error);

/* hyperfine: every result must have a parameter such as `threads`; other parameters and other
 * commands make other groups. The text is one JSON object. */
bool readings_hyperfine(struct readings *readings, const char *path, const char *text,
                        size_t length, struct error *error);

/* Appends a row with a copy of `name`. False (output) when memory ran out. */
bool readings_add(struct readings *readings, const char *name, int threads, double seconds,
                  const char *why, struct error *error);

/* Whether a parameter or column of this name can only count threads; case does not matter. */
bool readings_counts_threads(const char *name);

/* A whole number of threads, 1 to READINGS_MAX_THREADS, or 0 when the text is none. */
int readings_threads(const char *text);

/* Replaces an owned text by what it is escaped to (base/escape.h), so that it is fit to be shown
 * and texts that differ still do. NULL stays NULL. False when memory ran out; the text is kept
 * then. */
bool readings_escape(char **text);

#endif
