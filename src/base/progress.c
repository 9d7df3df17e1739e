#include "base/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define TERMINAL_PERIOD_NS 170000000  /* under six a second */
#define LINES_PERIOD_NS    3000000000 /* a log file wants few */
#define FIRST_NS           300000000
#define BAR_CELLS          20

void progress_start(struct progress *progress, enum progress_when when, FILE *stream)
{
    bool terminal = isatty(fileno(stream));
    *progress = (struct progress){
        .stream = stream,
        .active = when == PROGRESS_ON || (when == PROGRESS_AUTO && terminal),
        .terminal = terminal,
        .started_ns = clock_now_ns(),
    };
    progress->due_ns = progress->started_ns + (terminal ? FIRST_NS : LINES_PERIOD_NS);
}

bool progress_due(const struct progress *progress)
{
    return progress->active && clock_now_ns() >= progress->due_ns;
}

double progress_seconds(const struct progress *progress)
{
    return (double)(clock_now_ns() - progress->started_ns) * 1e-9;
}

static int terminal_columns(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 10)
        return size.ws_col - 1; /* the last column would wrap on some terminals */
    return 79;
}

void progress_show(struct progress *progress, const char *line)
{
    progress->due_ns = clock_now_ns() + (progress->terminal ? TERMINAL_PERIOD_NS : LINES_PERIOD_NS);
    if (progress->terminal)
        fprintf(progress->stream, "\r%.*s\033[K", terminal_columns(progress->stream), line);
    else
        fprintf(progress->stream, "%s\n", line);
    fflush(progress->stream);
    progress->shown = true;
}

void progress_end(struct progress *progress)
{
    if (progress->shown && progress->terminal) {
        fprintf(progress->stream, "\r\033[K");
        fflush(progress->stream);
    }
    progress->active = false;
}

/* Whole seconds: a guess needs no decimals. */
static void remaining(char *text, double seconds, double fraction)
{
    double left = fraction > 0.001 ? seconds * (1 - fraction) / fraction : -1;
    if (left < 0)
        strcpy(text, "?");
    else if (left < 99.5)
        snprintf(text, TEXT_SIZE, "%.0f s", left);
    else
        text_duration(text, left);
}

void progress_bar(struct progress *progress, double fraction, uint64_t done, uint64_t total,
                  const char *details)
{
    char bar[BAR_CELLS + 1], line[320], left[TEXT_SIZE], a[TEXT_SIZE], b[TEXT_SIZE];
    fraction = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    int cells = (int)(fraction * BAR_CELLS + 0.5);
    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', (size_t)cells);
    bar[BAR_CELLS] = '\0';
    remaining(left, progress_seconds(progress), fraction);
    snprintf(line, sizeof line, "[%s] %s/%s  %s  ETA %s", bar, text_count(a, done),
             text_count(b, total), details, left);
    progress_show(progress, line);
}
