#include "lesson/handout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page_parts.h"

/* What reports do not have: room to write, commands, notes that stand apart. */
static const char more_style[] =
    "section.lesson{border-top:2px solid var(--grid);margin-top:2.5rem}\n"
    "section.lesson p,section.lesson ul{max-width:46rem}\n"
    ".minutes{color:var(--muted);font-size:.85rem;font-weight:400;margin-left:.6rem}\n"
    ".question{background:var(--hush);border-radius:.4rem;padding:.8rem 1rem;max-width:46rem}\n"
    ".question p{margin:.2rem 0}\n"
    ".question b{display:block;color:var(--muted);font-size:.8rem;letter-spacing:.04em}\n"
    ".fill{display:inline-block;width:8rem;border-bottom:1px solid var(--ink);height:1.6rem}\n"
    ".lines i{display:block;border-bottom:1px solid var(--muted);height:2rem;max-width:46rem}\n"
    "pre{background:var(--hush);border-radius:.4rem;padding:.7rem .9rem;overflow-x:auto;"
    "font-size:.8rem;line-height:1.4;max-width:54rem;color:var(--ink)}\n"
    "pre.picture{background:none;padding:.2rem 0;border-radius:0}\n"
    "code{overflow-wrap:anywhere;font-size:.9em}\n"
    "section.lesson th:last-child{text-align:left}\n"
    ".notes{border-left:.25rem solid var(--orange);padding-left:1rem;max-width:46rem}\n"
    ".contents{padding-left:1.4rem}\n"
    ".contents a{color:var(--ink)}\n"
    "td.held{color:var(--green)}\ntd.failed{color:var(--vermillion);font-weight:600}\n"
    "td.skipped{color:var(--muted)}\n"
    /* To fill in, a lesson should fit on a page. */
    "@media print{html{font-size:13px}body{font-size:9.5pt}footer{margin-top:1rem}\n"
    "section.lesson{break-before:page;border-top:0;margin-top:0}\n"
    "pre{font-size:7pt;white-space:pre-wrap;border:1px solid var(--grid);break-inside:avoid}\n"
    "pre.picture{border:0}\n.question,.notes,.lines,.scroll,li,figure{break-inside:avoid}\n"
    ".question{border:1px solid var(--grid)}\n.lines i{height:.9cm}\na{text-decoration:none}}\n";

/* To look up while reading. */
static const char *const words[][2] = {
    {"Thread", "A worker inside a program; a toaster in the bakery. Threads share the memory."},
    {"Process", "A running program of its own, with threads of its own; it shares nothing."},
    {"Core", "The part of a processor that computes. Threads that compute need one each; threads "
             "that wait need none."},
    {"Speed-up", "The time of one worker over the time of many: 200 / 50 minutes is 4 times."},
    {"Efficiency", "Speed-up over workers: how much each of them is worth."},
    {"Serial part", "What only one can do, while the others wait."},
    {"Span", "The longest chain that cannot be divided; nothing is ever faster."},
};

static void element(struct writer *writer, const char *tag, const char *text)
{
    writer_print(writer, "<%s>", tag);
    writer_html(writer, text);
    writer_print(writer, "</%s>\n", tag);
}

/* Text of several lines, which writer_html would show as one with escapes. */
static void preformatted(struct writer *writer, const char *class, const char *text)
{
    size_t length = strlen(text);
    while (length && text[length - 1] == '\n')
        length--;
    char *copy = strndup(text, length);
    writer->failed = writer->failed || !copy;
    writer_print(writer, *class ? "<pre class=\"%s\">" : "<pre>", class);
    for (char *line = copy; line;) {
        char *end = line + strcspn(line, "\n");
        bool last = !*end;
        *end = '\0';
        writer_html(writer, line);
        writer_text(writer, last ? "" : "\n");
        line = last ? NULL : end + 1;
    }
    writer_text(writer, "</pre>\n");
    free(copy);
}

/* What begins with two blanks is a picture made of characters; pictures in a row are one. */
static void paragraphs(struct writer *writer, const char *const *text)
{
    while (text && *text) {
        if (strncmp(*text, "  ", 2) != 0) {
            element(writer, "p", *text++);
            continue;
        }
        preformatted(writer, "picture", *text++);
    }
}

static void write_contents(struct writer *writer, const struct lesson_plan *plan)
{
    writer_text(writer, "<ul class=\"contents\">\n");
    for (int i = 0; i < plan->count; i++) {
        const struct lesson *lesson = plan->lesson[i];
        writer_print(writer, "<li><a href=\"#lesson-%d\">Lesson %d: ", i + 1, lesson->number);
        writer_html(writer, lesson->title);
        writer_print(writer, "</a>, %d minutes</li>\n", lesson_minutes(lesson, plan->brief[i]));
    }
    writer_text(writer, "</ul>\n");
}

static void write_intro(struct writer *writer, const struct handout *handout)
{
    const struct lesson_plan *plan = handout->plan;
    writer_print(writer,
                 "<header><p class=\"kicker\">pixscale workshop, %d minutes</p>\n"
                 "<h1>Why four cores are not four times as fast</h1></header>\n",
                 plan->minutes);
    element(writer, "p",
            "A shop had 35,000 product photos, 77.6 GB of them, to be made into small arrays for a "
            "neural network. A plain loop did 471 an hour: three days. A pool of processes did "
            "9,722 an hour: under four hours. This workshop is about where such a factor comes "
            "from, why it is never as large as one hopes, and how to find out.");
    element(writer, "p",
            "Every lesson goes the same way: read, write down your prediction, measure, compare. "
            "Write the number down before you measure; being wrong is how it sticks.");
    if (handout->runs) {
        writer_text(writer, "<p class=\"note\">With answers and the teacher's notes. Measured on ");
        writer_html(writer, handout->cpu);
        writer_text(writer, ": ");
        writer_html(writer, handout->cpus);
        writer_text(writer, ".</p>\n");
    } else {
        writer_text(writer, "<p>In the terminal: <code>pixscale lesson 1</code></p>\n");
    }
    write_contents(writer, plan);
    writer_text(writer, "<h3>Words</h3>\n<dl>\n");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        element(writer, "dt", words[i][0]);
        element(writer, "dd", words[i][1]);
    }
    writer_text(writer, "</dl>\n");
}

static void write_question(struct writer *writer, const struct lesson *lesson, bool answers)
{
    writer_text(writer, "<div class=\"question\"><b>QUESTION</b>");
    element(writer, "p", lesson->question);
    if (!answers) {
        writer_text(writer, "<p>My prediction: <span class=\"fill\"></span> ");
        writer_html(writer, lesson->unit);
        writer_text(writer, " &#160; measured: <span class=\"fill\"></span> ");
        writer_html(writer, lesson->unit);
        writer_text(writer, "</p>");
    }
    writer_text(writer, "</div>\n");
}

static void write_claims(struct writer *writer, const struct lesson_result *result)
{
    static const char *const classes[] = {
        [LESSON_HELD] = "held", [LESSON_FAILED] = "failed", [LESSON_SKIPPED] = "skipped"};
    char text[WORKSHOP_CLAIM];
    if (!result->claims)
        return;
    page_tables_begin(writer, "Checked on this machine", "claim||measured");
    for (int i = 0; i < result->claims; i++) {
        const struct lesson_claim *claim = &result->claim[i];
        writer_text(writer, "<tr><th>");
        writer_html(writer, claim->text);
        writer_print(writer, "</th><td class=\"%s\">%s</td><td class=\"words\">",
                     classes[claim->outcome], lesson_outcome_name(claim->outcome));
        writer_html(writer, workshop_claim(text, claim));
        writer_text(writer, "</td></tr>\n");
    }
    page_tables_end(writer);
    if (lesson_count(result, LESSON_SKIPPED))
        element(writer, "p", WORKSHOP_SKIPPED);
}

static void write_answers(struct writer *writer, const struct lesson *lesson,
                          const struct workshop_run *run)
{
    const struct lesson_result *result = &run->result;
    writer_text(writer, "<h3>Measured</h3>\n");
    if (run->commands && *run->commands)
        preformatted(writer, "", run->commands);
    if (!isnan(result->answer)) {
        writer_print(writer, "<p><b>The answer: %.3g%s", result->answer,
                     strcmp(lesson->unit, "x") == 0 ? "" : " ");
        writer_html(writer, lesson->unit);
        writer_text(writer, "</b></p>\n");
    }
    if (result->shown.text)
        preformatted(writer, "picture", result->shown.text);
    for (int i = 0; i < LESSON_MOST_FIGURES; i++)
        if (result->figure[i]) {
            writer_print(writer, "<figure>%s<figcaption>", result->figure[i]);
            element(writer, "p", result->figure_about[i]);
            writer_text(writer, "</figcaption></figure>\n");
        }
    writer_text(writer, "<h3>Why</h3>\n");
    paragraphs(writer, lesson->reveal);
    write_claims(writer, result);
}

static void write_next(struct writer *writer, const struct lesson *lesson)
{
    if (!lesson->next || !*lesson->next)
        return;
    writer_text(writer, "<h3>Try next</h3>\n<ul>\n");
    for (const char *const *next = lesson->next; next[0]; next += 2) {
        writer_text(writer, "<li><code>");
        writer_html(writer, next[0]);
        writer_text(writer, "</code><br>");
        writer_html(writer, next[1]);
        writer_text(writer, "</li>\n");
    }
    writer_text(writer, "</ul>\n");
}

static void write_lesson(struct writer *writer, const struct handout *handout, int place)
{
    const struct lesson *lesson = handout->plan->lesson[place];
    bool brief = handout->plan->brief[place];
    writer_print(writer, "<section class=\"lesson\" id=\"lesson-%d\"><h2>Lesson %d: ", place + 1,
                 lesson->number);
    writer_html(writer, lesson->title);
    writer_print(writer, "<span class=\"minutes\">%d minutes%s</span></h2>\n",
                 lesson_minutes(lesson, brief), brief ? ", in brief" : "");
    paragraphs(writer, lesson->text);
    write_question(writer, lesson, handout->runs != NULL);
    if (handout->runs) {
        write_answers(writer, lesson, &handout->runs[place]);
    } else {
        writer_print(writer, "<p>Measure: <code>pixscale lesson %d</code></p>\n", lesson->number);
        writer_text(writer, "<h3>What I saw, and why</h3>\n<div class=\"lines\"><i></i><i></i>"
                            "<i></i><i></i></div>\n");
    }
    write_next(writer, lesson);
    if (handout->runs) {
        writer_text(writer, "<h3>For the teacher</h3>\n<div class=\"notes\">\n");
        paragraphs(writer, lesson->teacher);
        writer_text(writer, "</div>\n");
    }
    writer_text(writer, "</section>\n");
}

char *handout_html(const struct handout *handout, struct error *error)
{
    struct writer writer = {0};
    page_begin(&writer, "pixscale workshop", more_style);
    write_intro(&writer, handout);
    for (int i = 0; i < handout->plan->count; i++)
        write_lesson(&writer, handout, i);
    writer_print(&writer,
                 "<footer>Made by pixscale %s%s. This page loads nothing.</footer>\n"
                 "</main>\n</body>\n</html>\n",
                 handout->version, handout->runs ? " from runs on the machine named above" : "");
    char *html = writer_take(&writer);
    if (!html)
        error_set(error, ERROR_OUTPUT, "lesson: no memory");
    return html;
}
