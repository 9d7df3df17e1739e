#include "lesson/workshop_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lesson/lesson_show.h"

#define LEAST_COLUMNS 40
#define MOST_COLUMNS  80 /* longer lines are hard to read */

/* Within this share a prediction counts as right: about what repeated runs differ by. */
#define RIGHT 0.05

/* Beyond this factor a per cent says less than the factor. */
#define FAR_OFF 2.0

int workshop_print_width(const struct workshop *workshop)
{
    return workshop->columns < LEAST_COLUMNS  ? LEAST_COLUMNS
           : workshop->columns > MOST_COLUMNS ? MOST_COLUMNS
                                              : workshop->columns;
}

/* Wrapped to the width, see lesson_show_wrapped. */
static void print_wrapped(const struct workshop *workshop, const char *text, int indent)
{
    struct writer writer = {0};
    lesson_show_wrapped(&writer, text, workshop_print_width(workshop) - 1, indent);
    char *wrapped = writer_take(&writer);
    fputs(wrapped ? wrapped : text, workshop->out);
    free(wrapped);
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
    for (int i = 1; i < workshop_print_width(workshop); i++)
        fputc('-', workshop->out);
    fputc('\n', workshop->out);
}

void workshop_print_head(const struct workshop *workshop, const struct lesson_plan *plan, int place)
{
    const struct lesson *lesson = plan->lesson[place];
    char title[128], time[32];
    bool brief = plan->brief[place];
    snprintf(title, sizeof title, "Lesson %d: %s%s", lesson->number, lesson->title,
             brief ? " (in brief)" : "");
    snprintf(time, sizeof time, "%d minutes", lesson_minutes(lesson, brief));
    print_rule(workshop);
    fprintf(workshop->out, "%-*s%s\n", workshop_print_width(workshop) - 1 - (int)strlen(time),
            title, time);
    print_rule(workshop);
    fprintf(workshop->out, "\n");
    print_paragraphs(workshop, lesson->text);
    fprintf(workshop->out, "QUESTION  ");
    print_wrapped(workshop, lesson->question, 10);
    fprintf(workshop->out, "\n");
}

/* The length of the next word with the blank before it; an option goes with its value. */
static int piece(const char *command)
{
    int length = 1 + (int)strcspn(command + 1, " ");
    bool option = command[1] == '-' && command[length] == ' ' && command[length + 1] != '-';
    return option ? length + 1 + (int)strcspn(command + length + 1, " ") : length;
}

/* A command in lines that the terminal shows whole and the shell still reads as one. */
void workshop_print_command(const struct workshop *workshop, FILE *stream, const char *command,
                            int indent)
{
    int columns = workshop_print_width(workshop);
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
    if (lesson_count(result, LESSON_SKIPPED))
        print_wrapped(workshop, WORKSHOP_SKIPPED, 0);
    fprintf(workshop->out, result->claims ? "\n" : "");
}

/* Others used the cores while it was measured: no prediction is judged by that. */
static bool unsure(const struct lesson *lesson, const struct lesson_result *result)
{
    return lesson->own_cores && lesson_count(result, LESSON_SKIPPED) > 0;
}

void workshop_print_comparison(const struct workshop *workshop, const struct lesson *lesson,
                               const struct workshop_run *run)
{
    double answer = run->result.answer, said = run->prediction;
    const char *gap = strcmp(lesson->unit, "x") != 0 ? " " : "";
    if (isnan(answer))
        return;
    fprintf(workshop->out, "The answer: %.3g%s%s.", answer, gap, lesson->unit);
    if (unsure(lesson, &run->result)) {
        if (!isnan(said))
            fprintf(workshop->out, " You said %.4g.", said);
        fprintf(workshop->out,
                "\nBut without free cores it is a guess: see what was skipped, below.");
    } else if (!isnan(said)) {
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

void workshop_print_why(const struct workshop *workshop, const struct lesson *lesson)
{
    fprintf(workshop->out, "WHY\n");
    print_paragraphs(workshop, lesson->reveal);
}

void workshop_print_end(const struct workshop *workshop, const struct lesson *lesson,
                        const struct lesson_result *result)
{
    print_claims(workshop, result);
    if (lesson->next && *lesson->next)
        fprintf(workshop->out, "TRY NEXT\n");
    for (const char *const *next = lesson->next; next && next[0]; next += 2) {
        fprintf(workshop->out, "  $ ");
        workshop_print_command(workshop, workshop->out, next[0], 4);
        fprintf(workshop->out, "      ");
        print_wrapped(workshop, next[1], 6);
    }
    fprintf(workshop->out, "\n");
    if (workshop->teacher) {
        fprintf(workshop->out, "FOR THE TEACHER\n");
        print_paragraphs(workshop, lesson->teacher);
    }
}

void workshop_print_total(const struct workshop *workshop, const struct workshop_run *runs,
                          int count)
{
    int held = workshop_count(runs, count, LESSON_HELD);
    int failed = workshop_count(runs, count, LESSON_FAILED);
    int skipped = workshop_count(runs, count, LESSON_SKIPPED);
    char text[160];
    snprintf(text, sizeof text, "%d claims on this machine: %d held, %d not held, %d skipped.",
             held + failed + skipped, held, failed, skipped);
    if (held + failed + skipped)
        print_wrapped(workshop, text, 0);
}

/* How to go on another time: from the lesson that was left, or the one behind what was done. */
void workshop_print_farewell(const struct workshop *workshop, const struct lesson_plan *plan,
                             const struct workshop_run *runs)
{
    int place = 0;
    while (place < plan->count - 1 && runs[place].done)
        place++;
    fprintf(workshop->out, "To go on another time: pixscale lesson");
    for (; place < plan->count; place++)
        fprintf(workshop->out, " %d", plan->lesson[place]->number);
    fprintf(workshop->out, "\n");
}
