#include "cli/drawing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "report/writer.h"

#define TERMINAL_COLUMNS 80 /* where nobody says how wide the terminal is */
#define LEAST_COLUMNS    60
#define MOST_COLUMNS     160

/* Makes a folder with those above it. */
bool drawing_folder(const char *command, const char *folder, struct error *error)
{
    char *path = strdup(folder);
    bool ok = path != NULL;
    for (char *at = path; ok; at++) {
        char end = at[1];
        if (end && end != '/')
            continue;
        at[1] = '\0';
        ok = mkdir(path, 0777) == 0 || errno == EEXIST;
        at[1] = end;
        if (!end)
            break;
    }
    if (!ok)
        error_set(error, ERROR_OUTPUT, "%s: cannot make the folder '%s': %s", command, folder,
                  strerror(errno));
    free(path);
    return ok;
}

static int terminal_columns(void)
{
    struct winsize size;
    int columns = TERMINAL_COLUMNS;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col - 1;
    return columns < LEAST_COLUMNS  ? LEAST_COLUMNS
           : columns > MOST_COLUMNS ? MOST_COLUMNS
                                    : columns;
}

struct figures_form drawing_terminal(void)
{
    int columns = terminal_columns();
    return (struct figures_form){
        .target = FIGURES_TERMINAL, .columns = columns, .rows = columns * 3 / 10};
}

void drawing_missing(const char *command, const char *folder)
{
    if (!folder)
        fprintf(stderr,
                "pixscale: %s: gnuplot was not found, so nothing can be drawn. Install "
                "it (Debian: gnuplot-nox).\n",
                command);
    else
        escape_line(stderr,
                    "pixscale: %s: gnuplot was not found; the scripts are written. Install it "
                    "(Debian: gnuplot-nox), then, in '%s': gnuplot *.gp",
                    command, folder);
}

/* It holds text of records, which must not steer the terminal. */
void drawing_caption(const char *caption)
{
    char line[2048];
    for (const char *at = caption; at && *at; at += strspn(at, "\n")) {
        size_t length = strcspn(at, "\n");
        struct writer writer = {0};
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        writer_plain(&writer, line, 0);
        char *clean = writer_take(&writer);
        printf("%s\n", clean ? clean : "");
        free(clean);
        at += length;
    }
    printf("\n");
}
