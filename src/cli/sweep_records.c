#include "cli/sweep_records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/run_record.h"

#define FOLDER "profiles"

/* The first part of a path, "." for a bare name. NULL without memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup(".");
}

/* profiles/HOST-DATE.jsonl, of a host's name only what is harmless in a file's. */
static char *default_path(const char *host)
{
    static const char harmless[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    char name[200], date[16] = "undated", *path; /* a file's name has at most 255 bytes */
    time_t now = time(NULL);
    struct tm local;
    snprintf(name, sizeof name, "%s", host);
    for (char *c = name; *c; c++)
        if (!strchr(harmless, *c) || (*c == '.' && c == name))
            *c = '_';
    if (localtime_r(&now, &local))
        strftime(date, sizeof date, "%Y-%m-%d", &local);
    return asprintf(&path, FOLDER "/%s-%s.jsonl", name, date) < 0 ? NULL : path;
}

bool sweep_records_open(struct sweep_records *records, const char *wanted, const char *host,
                        struct error *error)
{
    records->path = wanted ? strdup(wanted) : default_path(host);
    records->folder = records->path ? folder_of(records->path) : NULL;
    if (!records->folder)
        return error_set(error, ERROR_OUTPUT, "no memory");
    if (!wanted)
        records->made_folder = mkdir(FOLDER, 0777) == 0;
    return run_record_check_file(records->path, error);
}

void sweep_records_close(struct sweep_records *records)
{
    if (records->made_folder)
        rmdir(FOLDER); /* succeeds only if nothing came of it */
    free(records->path);
    free(records->folder);
    *records = (struct sweep_records){.path = NULL};
}
