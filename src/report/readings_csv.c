#include "report/readings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_COLUMNS 16
#define MAX_LINE    4096

enum column { COLUMN_THREADS, COLUMN_SECONDS, COLUMN_THROUGHPUT, COLUMN_NAME };

struct csv {
    struct readings *readings;
    const char *path;
    size_t line; /* its number, from 1 */
    char separator;
    enum column columns[MAX_COLUMNS];
    size_t count; /* 0 until the header was read */
    struct error *error;
};

static bool wrong(struct csv *csv, const char *text, const char *about)
{
    return error_set(csv->error, ERROR_USAGE, "%s:%zu: %s%.80s%s", csv->path, csv->line, text,
                     about, *about ? "'" : "");
}

/* Takes the field at *at out of the line, in place: *at then stands at the next one, or is NULL
 * after the last. NULL when quotes are wrong. */
static char *take_field(char **at, char separator)
{
    char *from = *at + strspn(*at, " "), *field = from, *to = from;
    bool quoted = *from == '"';
    if (quoted)
        for (from++;; from++) {
            if (*from == '"' && from[1] == '"')
                from++;
            else if (*from == '"')
                break;
            if (!*from)
                return NULL;
            *to++ = *from;
        }
    else
        while (*from && *from != separator)
            *to++ = *from++;
    if (quoted)
        from++;
    else
        while (to > field && to[-1] == ' ')
            to--;
    from += strspn(from, " ");
    if (*from && *from != separator)
        return NULL;
    *at = *from ? from + 1 : NULL;
    *to = '\0';
    return field;
}

static size_t split(struct csv *csv, char *line, char *fields[MAX_COLUMNS])
{
    size_t count = 0;
    while (line && count < MAX_COLUMNS) {
        fields[count] = take_field(&line, csv->separator);
        if (!fields[count++]) {
            wrong(csv, "a quote is not closed, or something follows it", "");
            return 0;
        }
    }
    if (line)
        wrong(csv, "more columns than anything here has", "");
    return line ? 0 : count;
}

/* In a file of two or three columns short names have no second meaning. */
static bool counts_load(const char *name)
{
    return readings_counts_threads(name) || strcasecmp(name, "load") == 0 ||
           strcasecmp(name, "cores") == 0 || strcasecmp(name, "p") == 0 ||
           strcasecmp(name, "n") == 0;
}

static bool find_column(const char *name, enum column *column)
{
    if (counts_load(name))
        *column = COLUMN_THREADS;
    else if (strcasecmp(name, "seconds") == 0 || strcasecmp(name, "time") == 0)
        *column = COLUMN_SECONDS;
    else if (strcasecmp(name, "throughput") == 0)
        *column = COLUMN_THROUGHPUT;
    else if (strcasecmp(name, "name") == 0)
        *column = COLUMN_NAME;
    else
        return false;
    return true;
}

/* An unknown column is refused: it may well be what tells two programs apart, and times of two
 * programs are never pooled silently. */
static bool read_header(struct csv *csv, char *line)
{
    csv->separator = strchr(line, ',') ? ',' : strchr(line, ';') ? ';' : '\t';
    char *fields[MAX_COLUMNS];
    int seen[COLUMN_NAME + 1] = {0};
    size_t count = split(csv, line, fields);
    if (count == 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!find_column(fields[i], &csv->columns[i]))
            return error_set(csv->error, ERROR_USAGE,
                             "%s:%zu: the first line must name the columns threads and seconds, or "
                             "threads and throughput, and may name a column name; '%.80s' is none",
                             csv->path, csv->line, fields[i]);
        if (seen[csv->columns[i]]++)
            return wrong(csv, "a second column of the same meaning: '", fields[i]);
    }
    if (!seen[COLUMN_THREADS])
        return wrong(csv, "no column counts the threads", "");
    if (seen[COLUMN_SECONDS] + seen[COLUMN_THROUGHPUT] != 1)
        return wrong(csv, "exactly one column of seconds or throughput is needed", "");
    csv->count = count;
    return true;
}

/* A number above 0 whose reciprocal is one too, or 0. No hexadecimal, no "inf", no "nan". */
static double positive(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789.eE+-") != length)
        return 0;
    char *end;
    double value = strtod(text, &end);
    return *end == '\0' && value > 1e-12 && value < 1e12 ? value : 0;
}

static bool read_row(struct csv *csv, char *line)
{
    char *fields[MAX_COLUMNS], name[MAX_LINE + 512];
    size_t count = split(csv, line, fields);
    if (count == 0)
        return false;
    if (count != csv->count)
        return error_set(csv->error, ERROR_USAGE, "%s:%zu: %zu columns, the first line has %zu",
                         csv->path, csv->line, count, csv->count);
    int threads = 0;
    double seconds = 0;
    snprintf(name, sizeof name, "%.400s", csv->path);
    for (size_t i = 0; i < count; i++) {
        enum column column = csv->columns[i];
        if (column == COLUMN_THREADS && !(threads = readings_threads(fields[i])))
            return wrong(csv, "not a whole number of threads of at least 1: '", fields[i]);
        if (column == COLUMN_NAME)
            snprintf(name, sizeof name, "%.400s: %s", csv->path, fields[i]);
        if (column != COLUMN_SECONDS && column != COLUMN_THROUGHPUT)
            continue;
        double value = positive(fields[i]);
        if (value == 0)
            return wrong(csv, "not a number above 0: '", fields[i]);
        seconds = column == COLUMN_SECONDS ? value : 1 / value;
    }
    return readings_add(csv->readings, name, threads, seconds, NULL, csv->error);
}

static bool read_line(struct csv *csv, const char *text, size_t length)
{
    char line[MAX_LINE];
    if (length > 0 && text[length - 1] == '\r')
        length--;
    if (memchr(text, '\0', length))
        return wrong(csv, "a NUL byte: this is no text", "");
    if (length >= sizeof line)
        return wrong(csv, "a line that is too long to be a measurement", "");
    memcpy(line, text, length);
    line[length] = '\0';
    if (line[strspn(line, " \t")] == '\0' || line[0] == '#')
        return true;
    return csv->count ? read_row(csv, line) : read_header(csv, line);
}

bool readings_csv(struct readings *readings, const char *path, const char *text, size_t length,
                  struct error *error)
{
    struct csv csv = {.readings = readings, .path = path, .line = 1, .error = error};
    size_t before = readings->count;
    for (size_t at = 0; at < length; csv.line++) {
        const char *end = memchr(text + at, '\n', length - at);
        size_t size = end ? (size_t)(end - text) - at : length - at;
        if (!read_line(&csv, text + at, size))
            return false;
        at += size + 1;
    }
    if (readings->count == before)
        return error_set(error, ERROR_USAGE, "%s: there is no measurement in it", path);
    return true;
}
