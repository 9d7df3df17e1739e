#include "lesson/workshop.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "lesson/workshop_print.h"
#include "report/writer.h"

/* On a terminal of so many rows a whole explanation fits. */
#define ROOMY_ROWS 50

enum reply { REPLY_LINE, REPLY_EMPTY, REPLY_LEAVE };

static bool stopped(const struct workshop *workshop)
{
    return workshop->stop && atomic_load(workshop->stop);
}

/* At a terminal: until the learner has ended a line, or something has asked to stop. A signal that
 * came just before fgets began to read would not end it, so its handler runs only in ppoll. */
static bool wait_for_learner(const struct workshop *workshop)
{
    struct pollfd input = {.fd = fileno(workshop->in), .events = POLLIN};
    sigset_t signals, before;
    if (input.fd < 0 || !isatty(input.fd))
        return !stopped(workshop);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);
    int ready = 0;
    while (!stopped(workshop) && (ready = ppoll(&input, 1, NULL, &before)) < 0 && errno == EINTR)
        continue;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ready != 0 && !stopped(workshop);
}

/* A line of the learner's, without its end; what is too long is cut. */
static enum reply read_reply(const struct workshop *workshop, char *line, int size)
{
    fflush(workshop->out);
    if (!wait_for_learner(workshop) || !fgets(line, size, workshop->in) || stopped(workshop)) {
        fprintf(workshop->out, "\n");
        return REPLY_LEAVE;
    }
    if (!strchr(line, '\n'))
        for (int c; (c = fgetc(workshop->in)) != '\n' && c != EOF;)
            continue;
    char *start = line + strspn(line, " \t\r\n");
    size_t end = strlen(start);
    while (end && isspace((unsigned char)start[end - 1]))
        end--;
    memmove(line, start, end);
    line[end] = '\0';
    if (strcmp(line, "q") == 0 || strcmp(line, "Q") == 0 || strcmp(line, "quit") == 0)
        return REPLY_LEAVE;
    return *line ? REPLY_LINE : REPLY_EMPTY;
}

bool workshop_number(const char *text, double *number)
{
    char copy[64], *end;
    text += strspn(text, " ~=");
    snprintf(copy, sizeof copy, "%s", text);
    char *comma = strchr(copy, ',');
    if (comma && strspn(comma + 1, "0123456789") == 3)
        return false; /* 1,000: a thousand, or one? */
    if (comma)
        *comma = '.';
    if (!isdigit((unsigned char)*copy) && *copy != '.')
        return false;
    double value = strtod(copy, &end);
    end += strspn(end, " ");
    if (end == copy || !isfinite(value) || *end == '.' || isdigit((unsigned char)*end))
        return false;
    /* A unit behind it is welcome; "1/3" or "2-4" are not one number. */
    for (; *end; end++)
        if (!isalpha((unsigned char)*end) && *end != '%' && *end != ' ' && *end != '.')
            return false;
    *number = value;
    return true;
}

/* False when the learner leaves. */
static bool ask(const struct workshop *workshop, const struct lesson *lesson, double *prediction)
{
    char line[128];
    *prediction = NAN;
    if (!workshop->in)
        return true;
    for (;;) {
        fprintf(workshop->out, "Your prediction (%s; Enter skips, q leaves): ", lesson->unit);
        enum reply reply = read_reply(workshop, line, sizeof line);
        if (reply != REPLY_LINE || workshop_number(line, prediction))
            return reply != REPLY_LEAVE;
        fprintf(workshop->out, "That is not a number such as 12 or 3.5.\n");
    }
}

/* Keys that were pressed while there was nothing to answer. */
static void forget_typed(const struct workshop *workshop)
{
    if (workshop->in && isatty(fileno(workshop->in)))
        tcflush(fileno(workshop->in), TCIFLUSH);
}

/* False when the learner leaves. */
static bool wait_for(const struct workshop *workshop, const char *what)
{
    char line[128];
    if (!workshop->in)
        return true;
    fprintf(workshop->out, "[Enter: %s; q leaves] ", what);
    enum reply reply = read_reply(workshop, line, sizeof line);
    if (reply != REPLY_LEAVE)
        fprintf(workshop->out, "\n");
    return reply != REPLY_LEAVE;
}

/* What the steps of a running lesson are told to. */
struct telling {
    const struct workshop *workshop;
    struct writer commands;
};

static void tell(void *user, const char *what)
{
    struct telling *telling = user;
    const struct workshop *workshop = telling->workshop;
    bool command = strncmp(what, "$ ", 2) == 0;
    if (command)
        writer_print(&telling->commands, "%s\n", what + 2);
    if (!workshop->steps)
        return;
    if (command)
        workshop_print_command(workshop, workshop->steps, what, 0);
    else
        fprintf(workshop->steps, "  (%s)\n", what);
    fflush(workshop->steps);
}

/* Runs the lesson in a folder of its own. */
static bool measure(const struct workshop *workshop, const struct lesson_plan *plan, int place,
                    struct workshop_run *run, struct error *error)
{
    const struct lesson *lesson = plan->lesson[place];
    struct telling telling = {.workshop = workshop};
    char *folder;
    if (asprintf(&folder, "%s/%d-%s", workshop->folder, place + 1, lesson->name) < 0)
        return error_set(error, ERROR_OUTPUT, "lesson: no memory");
    struct lesson_context context = {.name = lesson->name,
                                     .folder = folder,
                                     .pictures = workshop->pictures,
                                     .environment = workshop->environment,
                                     .stop = workshop->stop,
                                     .brief = plan->brief[place],
                                     .page = workshop->page,
                                     .columns = workshop_print_width(workshop) - 1,
                                     .step = tell,
                                     .user = &telling};
    bool ok = mkdir(folder, 0700) == 0 ||
              error_set(error, ERROR_OUTPUT, "lesson: cannot make the folder '%s': %s", folder,
                        strerror(errno));
    ok = ok && lesson->run(&context, &run->result, error);
    run->commands = writer_take(&telling.commands);
    run->done = ok && run->commands && !run->result.shown.failed;
    if (ok && !run->done)
        error_set(error, ERROR_OUTPUT, "lesson: no memory");
    free(folder);
    return run->done;
}

/* Lines up to the next empty one, with those that are empty before it. */
static size_t block(const char *text, int *lines)
{
    size_t length = strspn(text, "\n");
    *lines = (int)length;
    while (text[length] && text[length] != '\n') {
        length += strcspn(text + length, "\n");
        length += text[length] == '\n';
        ++*lines;
    }
    return length;
}

/* Block by block, so that nothing runs out of a small terminal unread; `used` lines of it are full
 * already. False when the learner leaves. */
static bool print_blocks(const struct workshop *workshop, const char *text, int used)
{
    int lines;
    for (size_t length; text[strspn(text, "\n")]; text += length) {
        length = block(text, &lines);
        if (workshop->rows && used > 1 && used + lines > workshop->rows - 5) {
            fprintf(workshop->out, "\n");
            if (!wait_for(workshop, "more"))
                return false;
            used = 0;
            text += strspn(text, "\n");
            length = block(text, &lines);
        }
        fprintf(workshop->out, "%.*s", (int)length, text);
        used += lines;
    }
    fprintf(workshop->out, "\n");
    return true;
}

static bool print_shown(const struct workshop *workshop, const struct lesson_result *result)
{
    fprintf(workshop->out, "MEASURED\n");
    return print_blocks(workshop, result->shown.text ? result->shown.text : "", 1);
}

/* What is printed to a sheet is kept until sheet_show. Where the terminal need not stop, or for
 * want of memory, it is printed at once. */
struct sheet {
    struct workshop workshop; /* to print with */
    const struct workshop *shown_by;
    char *text;
    size_t size;
};

static const struct workshop *sheet_open(struct sheet *sheet, const struct workshop *workshop)
{
    *sheet = (struct sheet){.workshop = *workshop, .shown_by = workshop};
    FILE *stream = workshop->rows ? open_memstream(&sheet->text, &sheet->size) : NULL;
    if (stream)
        sheet->workshop.out = stream;
    return &sheet->workshop;
}

/* False when the learner leaves. */
static bool sheet_show(struct sheet *sheet)
{
    if (sheet->workshop.out == sheet->shown_by->out)
        return true;
    bool ok = fclose(sheet->workshop.out) != 0 || print_blocks(sheet->shown_by, sheet->text, 0);
    free(sheet->text);
    return ok;
}

static void print_measuring(const struct workshop *workshop, const struct lesson *lesson)
{
    if (workshop->out)
        fprintf(workshop->steps, "%sMEASURING\n", workshop->in ? "\n" : "");
    else
        fprintf(workshop->steps, "Lesson %d: %s\n", lesson->number, lesson->title);
}

/* What was measured, and why. False when the learner leaves. */
static bool reveal(const struct workshop *workshop, const struct lesson *lesson,
                   const struct workshop_run *run)
{
    struct sheet sheet;
    bool full = workshop->rows && workshop->rows < ROOMY_ROWS;
    forget_typed(workshop);
    fprintf(workshop->out, "\n");
    if (!print_shown(workshop, &run->result))
        return false;
    workshop_print_comparison(workshop, lesson, run);
    if (!wait_for(workshop, "why"))
        return false;
    workshop_print_why(sheet_open(&sheet, workshop), lesson);
    if (!sheet_show(&sheet) || (full && !wait_for(workshop, "what was checked")))
        return false;
    workshop_print_end(sheet_open(&sheet, workshop), lesson, &run->result);
    return sheet_show(&sheet);
}

/* With somebody there: in steps. */
static enum workshop_end teach(const struct workshop *workshop, const struct lesson_plan *plan,
                               int place, struct workshop_run *run, struct error *error)
{
    const struct lesson *lesson = plan->lesson[place];
    struct sheet sheet;
    if (workshop->out) {
        workshop_print_head(sheet_open(&sheet, workshop), plan, place);
        if (!sheet_show(&sheet))
            return WORKSHOP_LEFT;
    }
    if (!ask(workshop, lesson, &run->prediction))
        return WORKSHOP_LEFT;
    if (workshop->steps)
        print_measuring(workshop, lesson);
    if (!measure(workshop, plan, place, run, error))
        return WORKSHOP_BROKEN;
    return !workshop->out || reveal(workshop, lesson, run) ? WORKSHOP_DONE : WORKSHOP_LEFT;
}

static bool go_on(const struct workshop *workshop, const struct lesson_plan *plan, int place)
{
    char what[160];
    if (place + 1 == plan->count)
        return true;
    const struct lesson *next = plan->lesson[place + 1];
    snprintf(what, sizeof what, "lesson %d, %s", next->number, next->title);
    return wait_for(workshop, what);
}

enum workshop_end workshop_go(const struct workshop *workshop, const struct lesson_plan *plan,
                              struct workshop_run *runs, struct error *error)
{
    enum workshop_end end = WORKSHOP_DONE;
    for (int i = 0; i < plan->count; i++)
        runs[i] = (struct workshop_run){.prediction = NAN, .result = {.answer = NAN}};
    for (int i = 0; end == WORKSHOP_DONE && i < plan->count; i++) {
        end = teach(workshop, plan, i, &runs[i], error);
        if (end == WORKSHOP_DONE && !go_on(workshop, plan, i))
            end = WORKSHOP_LEFT;
    }
    if (end != WORKSHOP_DONE && stopped(workshop))
        end = WORKSHOP_STOPPED;
    if (workshop->out && (end == WORKSHOP_DONE || end == WORKSHOP_LEFT))
        workshop_print_total(workshop, runs, plan->count);
    if (workshop->out && end == WORKSHOP_LEFT)
        workshop_print_farewell(workshop, plan, runs);
    return end;
}

void workshop_free(struct workshop_run *runs, int count)
{
    for (int i = 0; i < count; i++) {
        lesson_result_free(&runs[i].result);
        free(runs[i].commands);
        runs[i].commands = NULL;
    }
}

char *workshop_claim(char text[WORKSHOP_CLAIM], const struct lesson_claim *claim)
{
    const char *gap = *claim->unit && strcmp(claim->unit, "x") != 0 ? " " : "";
    if (claim->outcome == LESSON_SKIPPED)
        snprintf(text, WORKSHOP_CLAIM, "skipped: %s", claim->why);
    else if (isnan(claim->measured))
        snprintf(text, WORKSHOP_CLAIM, "could not be measured");
    else if (isinf(claim->most))
        snprintf(text, WORKSHOP_CLAIM, "measured %.4g%s%s, expected at least %.4g", claim->measured,
                 gap, claim->unit, claim->least);
    else if (isinf(claim->least))
        snprintf(text, WORKSHOP_CLAIM, "measured %.4g%s%s, expected at most %.4g", claim->measured,
                 gap, claim->unit, claim->most);
    else
        snprintf(text, WORKSHOP_CLAIM, "measured %.4g%s%s, expected %.4g to %.4g", claim->measured,
                 gap, claim->unit, claim->least, claim->most);
    return text;
}

int workshop_count(const struct workshop_run *runs, int count, enum lesson_outcome outcome)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += lesson_count(&runs[i].result, outcome);
    return sum;
}
