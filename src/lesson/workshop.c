#include "lesson/workshop.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "report/writer.h"

#define LEAST_COLUMNS 40
#define MOST_COLUMNS  80 /* longer lines are hard to read */

/* Within this share a prediction counts as right: about what repeated runs differ by. */
#define RIGHT 0.05

/* Beyond this factor a per cent says less than the factor. */
#define FAR_OFF 2.0

enum reply { REPLY_LINE, REPLY_EMPTY, REPLY_LEAVE };

static bool stopped(const struct workshop *workshop)
{
    return workshop->stop && atomic_load(workshop->stop);
}

static int width(const struct workshop *workshop)
{
    return workshop->columns < LEAST_COLUMNS  ? LEAST_COLUMNS
           : workshop->columns > MOST_COLUMNS ? MOST_COLUMNS
                                              : workshop->columns;
}

/* Words wrapped to the width; every line but the first is indented by `indent`, the first follows
 * what stands there already. What begins with two blanks is kept as it is. */
static void print_wrapped(const struct workshop *workshop, const char *text, int indent)
{
    int column = indent, most = width(workshop) - 1;
    bool first = true;
    if (strncmp(text, "  ", 2) == 0) {
        fprintf(workshop->out, "%s\n", text);
        return;
    }
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (!first && column + 1 + length > most) {
            fprintf(workshop->out, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        fprintf(workshop->out, "%s%.*s", first ? "" : " ", length, text);
        column += length + !first;
        first = false;
        text += length;
        text += strspn(text, " ");
    }
    fprintf(workshop->out, "\n");
}

static void print_paragraphs(const struct workshop *workshop, const char *const *text)
{
    for (; text && *text; text++) {
        print_wrapped(workshop, *text, 0);
        fprintf(workshop->out, "\n");
    }
}

static void print_rule(const struct workshop *workshop)
{
    for (int i = 1; i < width(workshop); i++)
        fputc('-', workshop->out);
    fputc('\n', workshop->out);
}

static void print_head(const struct workshop *workshop, const struct lesson_plan *plan, int place)
{
    const struct lesson *lesson = plan->lesson[place];
    char title[128], time[32];
    bool brief = plan->brief[place];
    snprintf(title, sizeof title, "Lesson %d: %s%s", lesson->number, lesson->title,
             brief ? " (in brief)" : "");
    snprintf(time, sizeof time, "%d minutes", brief ? lesson->minutes_brief : lesson->minutes);
    print_rule(workshop);
    fprintf(workshop->out, "%-*s%s\n", width(workshop) - 1 - (int)strlen(time), title, time);
    print_rule(workshop);
    fprintf(workshop->out, "\n");
    print_paragraphs(workshop, lesson->text);
    fprintf(workshop->out, "QUESTION  ");
    print_wrapped(workshop, lesson->question, 10);
    fprintf(workshop->out, "\n");
}

/* A line of the learner's, without its end; what is too long is cut. */
static enum reply read_reply(const struct workshop *workshop, char *line, int size)
{
    fflush(workshop->out);
    if (!fgets(line, size, workshop->in) || stopped(workshop)) {
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
        fprintf(workshop->out, "That is not a number; such as 12 or 3.5.\n");
    }
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

/* The length of the next word with the blank before it; an option goes with its value. */
static int piece(const char *command)
{
    int length = 1 + (int)strcspn(command + 1, " ");
    bool option = command[1] == '-' && command[length] == ' ' && command[length + 1] != '-';
    return option ? length + 1 + (int)strcspn(command + length + 1, " ") : length;
}

/* A command in lines that the terminal shows whole and the shell still reads as one. */
static void print_command(FILE *stream, const char *command, int columns, int indent)
{
    int column = indent + (int)strcspn(command, " ");
    fprintf(stream, "%.*s", column - indent, command);
    for (command += column - indent; *command;) {
        int length = piece(command);
        if (column + length + 2 > columns) {
            fprintf(stream, " \\\n%*s", indent + 3, "");
            column = indent + 3;
        }
        fprintf(stream, "%.*s", length, command);
        column += length;
        command += length;
    }
    fprintf(stream, "\n");
}

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
        print_command(workshop->steps, what, width(workshop), 0);
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
                                     .columns = width(workshop) - 1,
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

static void print_claims(const struct workshop *workshop, const struct lesson_result *result)
{
    char text[WORKSHOP_CLAIM];
    if (result->claims)
        fprintf(workshop->out, "CHECKED\n");
    for (int i = 0; i < result->claims; i++) {
        const struct lesson_claim *claim = &result->claim[i];
        fprintf(workshop->out, "  %-9s ", lesson_outcome_name(claim->outcome));
        print_wrapped(workshop, claim->text, 12);
        fprintf(workshop->out, "%12s", "");
        print_wrapped(workshop, workshop_claim(text, claim), 12);
    }
    if (lesson_count(result, LESSON_FAILED))
        print_wrapped(workshop,
                      "Not what was expected: was the machine busy with something else? Close what "
                      "you can and run the lesson again.",
                      0);
    fprintf(workshop->out, result->claims ? "\n" : "");
}

static void print_comparison(const struct workshop *workshop, const struct lesson *lesson,
                             const struct workshop_run *run)
{
    double answer = run->result.answer, said = run->prediction;
    const char *gap = strcmp(lesson->unit, "x") != 0 ? " " : "";
    if (isnan(answer))
        return;
    fprintf(workshop->out, "The answer: %.3g%s%s.", answer, gap, lesson->unit);
    if (!isnan(said)) {
        double ratio = answer > 0 ? said / answer : NAN;
        fprintf(workshop->out, " You said %.4g: ", said);
        if (isnan(ratio))
            fprintf(workshop->out, "%s.", said > 0 ? "too much" : "right");
        else if (fabs(ratio - 1) <= RIGHT)
            fprintf(workshop->out, "right.");
        else if (ratio > FAR_OFF || ratio * FAR_OFF < 1)
            fprintf(workshop->out, "%s. Surprised? Read on.",
                    ratio > 1 ? "far too much" : "far too little");
        else
            fprintf(workshop->out, "%.0f %% too %s.", 100 * fabs(ratio - 1),
                    ratio > 1 ? "much" : "little");
    }
    fprintf(workshop->out, "\n\n");
}

static void print_end(const struct workshop *workshop, const struct lesson *lesson,
                      const struct lesson_result *result)
{
    fprintf(workshop->out, "WHY\n");
    print_paragraphs(workshop, lesson->reveal);
    print_claims(workshop, result);
    if (lesson->next && *lesson->next)
        fprintf(workshop->out, "TRY NEXT\n");
    for (const char *const *next = lesson->next; next && next[0]; next += 2) {
        fprintf(workshop->out, "  $ ");
        print_command(workshop->out, next[0], width(workshop), 4);
        fprintf(workshop->out, "      ");
        print_wrapped(workshop, next[1], 6);
    }
    fprintf(workshop->out, "\n");
    if (workshop->teacher) {
        fprintf(workshop->out, "FOR THE TEACHER\n");
        print_paragraphs(workshop, lesson->teacher);
    }
}

/* A shown text may end anywhere. */
static void print_shown(const struct workshop *workshop, const struct lesson_result *result)
{
    const char *text = result->shown.text ? result->shown.text : "";
    size_t length = strlen(text);
    while (length && text[length - 1] == '\n')
        length--;
    fprintf(workshop->out, "MEASURED\n%.*s\n\n", (int)length, text);
}

static void print_measuring(const struct workshop *workshop, const struct lesson *lesson)
{
    if (workshop->out)
        fprintf(workshop->steps, "%sMEASURING\n", workshop->in ? "\n" : "");
    else
        fprintf(workshop->steps, "Lesson %d: %s\n", lesson->number, lesson->title);
}

/* With somebody there: in steps. */
static enum workshop_end teach(const struct workshop *workshop, const struct lesson_plan *plan,
                               int place, struct workshop_run *run, struct error *error)
{
    const struct lesson *lesson = plan->lesson[place];
    if (workshop->out)
        print_head(workshop, plan, place);
    if (!ask(workshop, lesson, &run->prediction))
        return WORKSHOP_LEFT;
    if (workshop->steps)
        print_measuring(workshop, lesson);
    if (!measure(workshop, plan, place, run, error))
        return WORKSHOP_BROKEN;
    if (!workshop->out)
        return WORKSHOP_DONE;
    fprintf(workshop->out, "\n");
    print_shown(workshop, &run->result);
    print_comparison(workshop, lesson, run);
    if (!wait_for(workshop, "why"))
        return WORKSHOP_LEFT;
    print_end(workshop, lesson, &run->result);
    return WORKSHOP_DONE;
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

static void print_total(const struct workshop *workshop, const struct workshop_run *runs, int count)
{
    int held = workshop_count(runs, count, LESSON_HELD);
    int failed = workshop_count(runs, count, LESSON_FAILED);
    int skipped = workshop_count(runs, count, LESSON_SKIPPED);
    char text[160];
    snprintf(text, sizeof text,
             "%d claims checked on this machine: %d held, %d not held, %d skipped.",
             held + failed + skipped, held, failed, skipped);
    if (held + failed + skipped)
        print_wrapped(workshop, text, 0);
}

/* How to go on another time: with the lesson that was left, or the one behind what was done. */
static void print_farewell(const struct workshop *workshop, const struct lesson_plan *plan,
                           const struct workshop_run *runs)
{
    int place = 0;
    while (place < plan->count - 1 && runs[place].done)
        place++;
    fprintf(workshop->out, "To go on another time: pixscale lesson %d\n",
            plan->lesson[place]->number);
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
        print_total(workshop, runs, plan->count);
    if (workshop->out && end == WORKSHOP_LEFT)
        print_farewell(workshop, plan, runs);
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

int workshop_count(const struct workshop_run *runs, int count, enum lesson_outcome outcome)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += lesson_count(&runs[i].result, outcome);
    return sum;
}
