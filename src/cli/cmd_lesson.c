/*
 * The command `lesson`: the workshop in the terminal, unattended, or as one page.
 *
 * The lessons' runs are processes of their own; this one only reads, asks and prints.
 */
#include "cli/commands.h"

#include <errno.h>
#include <ftw.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/page_file.h"
#include "cli/passive.h"
#include "cli/stop.h"
#include "cli/version.h"
#include "lesson/handout.h"
#include "lesson/lesson.h"
#include "lesson/workshop.h"
#include "profile/machine.h"

#define COLUMNS 80 /* where nobody says how wide the terminal is */

enum { NO_PLAN = -1, PLAN_45, PLAN_90 };

struct settings {
    int plan;
    const char *handout, *pictures;
    bool list, answers, batch, brief, json, quiet, force;
};

extern char **environ;

static void print_list(void)
{
    struct lesson_plan all;
    lesson_plan_make(&all, 90);
    printf("  N  NAME        MINUTES  ABOUT\n");
    for (const struct lesson *const *at = lesson_table; *at; at++)
        printf("%3d  %-10s  %7d  %s%s\n", (*at)->number, (*at)->name, (*at)->minutes, (*at)->title,
               (*at)->own_cores ? " (*)" : "");
    printf("\n(*) measures computing, too, and wants cores that nobody else is using. All else\n"
           "    is waiting: it works on any machine.\n\n"
           "  pixscale lesson 1           the first lesson: read, predict, measure, compare\n"
           "  pixscale lesson --plan 90   all of them; --plan 45 in half the time\n"
           "  pixscale lesson 1 --batch   without questions\n");
}

/* Adds the lessons that the words name. */
static bool plan_words(struct lesson_plan *plan, const char *const *words, int count,
                       struct error *error)
{
    for (int i = 0; i < count; i++) {
        const struct lesson *lesson = lesson_find(words[i]);
        int last = 0;
        for (const struct lesson *const *at = lesson_table; *at; at++)
            last = (*at)->number;
        if (!lesson)
            return error_set(error, ERROR_USAGE,
                             "lesson: there is no lesson '%s'; they are 1 to %d, see pixscale "
                             "lesson --list",
                             words[i], last);
        if (!lesson_plan_add(plan, lesson, false))
            return error_set(error, ERROR_USAGE, "lesson: at most %d lessons at once",
                             LESSON_MOST_PLANNED);
    }
    return true;
}

static bool check(const struct settings *settings, int words, struct error *error)
{
    struct stat st;
    if (settings->plan != NO_PLAN && words)
        return error_set(error, ERROR_USAGE, "lesson: either lessons or --plan, not both");
    if (settings->force && !settings->handout)
        return error_set(error, ERROR_USAGE, "lesson: --force replaces a --handout; there is none");
    if (settings->json && settings->handout)
        return error_set(error, ERROR_USAGE, "lesson: either --json or --handout, not both");
    if (settings->pictures && (stat(settings->pictures, &st) != 0 || !S_ISDIR(st.st_mode)))
        return error_set(error, ERROR_USAGE, "lesson: --pictures: '%s' is not a folder",
                         settings->pictures);
    if (settings->handout && !settings->force && strcmp(settings->handout, "-") != 0 &&
        access(settings->handout, F_OK) == 0)
        return error_set(error, ERROR_USAGE, "lesson: '%s' exists; --force replaces it",
                         settings->handout);
    return !settings->handout || strcmp(settings->handout, "-") == 0 ||
           page_file_check("lesson", settings->handout, error);
}

/* The environment without what would steer OpenMP: a lesson says itself what each run is to use,
 * and its commands show it. How threads wait (see passive.h) is for this process alone. */
static char **lesson_environment(bool *steered)
{
    size_t count = 0, kept = 0;
    *steered = false;
    while (environ[count])
        count++;
    char **environment = calloc(count + 1, sizeof *environment);
    for (size_t i = 0; environment && i < count; i++) {
        if (strncmp(environ[i], "OMP_", 4) != 0 && strncmp(environ[i], "GOMP_", 5) != 0)
            environment[kept++] = environ[i];
        else if (strncmp(environ[i], "OMP_WAIT_POLICY=", 16) != 0)
            *steered = true;
    }
    return environment;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

static char *make_scratch(struct error *error)
{
    const char *base = getenv("TMPDIR");
    char *folder;
    if (asprintf(&folder, "%s/pixscale-lesson-XXXXXX", base && *base ? base : "/tmp") < 0) {
        error_set(error, ERROR_OUTPUT, "lesson: no memory");
        return NULL;
    }
    if (!mkdtemp(folder)) {
        error_set(error, ERROR_OUTPUT, "lesson: cannot make a folder for records below '%s': %s",
                  base && *base ? base : "/tmp", strerror(errno));
        free(folder);
        return NULL;
    }
    return folder;
}

static void measure_terminal(struct workshop *workshop)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    workshop->columns = known ? size.ws_col : COLUMNS;
    workshop->rows = known && workshop->in ? size.ws_row : 0;
}

/* A number, or null where there is none. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *claim_json(const struct lesson_claim *claim)
{
    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:s, s:s}", "text", claim->text, "measured",
                     number(claim->measured), "unit", claim->unit, "least", number(claim->least),
                     "most", number(claim->most), "outcome", lesson_outcome_name(claim->outcome),
                     "why", claim->why);
}

static json_t *lesson_json(const struct lesson *lesson, const struct workshop_run *run)
{
    json_t *claims = json_array();
    for (int i = 0; i < run->result.claims; i++)
        json_array_append_new(claims, claim_json(&run->result.claim[i]));
    return json_pack("{s:i, s:s, s:s, s:o, s:s, s:s, s:o}", "number", lesson->number, "name",
                     lesson->name, "title", lesson->title, "answer", number(run->result.answer),
                     "unit", lesson->unit, "commands", run->commands, "claims", claims);
}

/* One line. */
static bool print_json(const struct lesson_plan *plan, const struct workshop_run *runs,
                       struct error *error)
{
    json_t *lessons = json_array();
    for (int i = 0; i < plan->count; i++)
        json_array_append_new(lessons, lesson_json(plan->lesson[i], &runs[i]));
    json_t *all = json_pack("{s:s, s:o}", "schema", "pixscale.lesson/1", "lessons", lessons);
    char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
    if (text)
        printf("%s\n", text);
    free(text);
    json_decref(all);
    return text || error_set(error, ERROR_OUTPUT, "lesson: no memory");
}

/* Writes the page; `runs` is NULL for a page without answers. */
static bool write_handout(const struct settings *settings, const struct lesson_plan *plan,
                          const struct workshop_run *runs, struct error *error)
{
    struct machine machine;
    char sentence[256];
    machine_read(&machine);
    machine_sentence(&machine, sentence, sizeof sentence);
    struct handout handout = {.plan = plan,
                              .runs = runs,
                              .version = VERSION_TEXT,
                              .cpu = machine.cpu_model,
                              .cpus = sentence};
    char *html = handout_html(&handout, error);
    bool screen = strcmp(settings->handout, "-") == 0;
    if (html && screen)
        fputs(html, stdout);
    bool ok = html && (screen || page_file_write("lesson", settings->handout, html, error));
    if (ok && !screen)
        escape_line(stdout, "%s", settings->handout);
    free(html);
    return ok;
}

/* Makes the runs and prints what was asked for. Returns the exit status. */
static int hold(const struct settings *settings, const struct lesson_plan *plan,
                const struct workshop *workshop)
{
    struct workshop_run runs[LESSON_MOST_PLANNED];
    struct error error;
    enum workshop_end end = workshop_go(workshop, plan, runs, &error);
    bool ok = end != WORKSHOP_BROKEN;
    int status = EXIT_CLEAN;
    if (end == WORKSHOP_DONE && settings->json)
        ok = print_json(plan, runs, &error);
    if (end == WORKSHOP_DONE && settings->handout)
        ok = write_handout(settings, plan, runs, &error);
    if (end == WORKSHOP_STOPPED)
        status = 128 + atomic_load(&stop_signal);
    else if (!ok)
        status = commands_fail(&error);
    else if (!workshop->in && workshop_count(runs, plan->count, LESSON_FAILED))
        status = EXIT_SOME_FAILED;
    workshop_free(runs, plan->count);
    return status;
}

static int teach(const struct settings *settings, const struct lesson_plan *plan)
{
    bool printed = !settings->json && !settings->handout, steered;
    bool wanted = !settings->batch && !settings->answers && printed;
    bool somebody = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    struct error error;
    passive_ensure(); /* the coffee is made in a child of this process */
    stop_catch();
    char *folder = make_scratch(&error);
    if (!folder)
        return commands_fail(&error);
    char **environment = lesson_environment(&steered);
    struct workshop workshop = {.in = wanted && somebody ? stdin : NULL,
                                .out = printed ? stdout : NULL,
                                .steps = settings->quiet ? NULL
                                         : printed       ? stdout
                                                         : stderr,
                                .teacher = settings->answers,
                                .page = settings->handout != NULL,
                                .columns = COLUMNS,
                                .folder = folder,
                                .pictures = settings->pictures,
                                .environment = environment ? environment : environ,
                                .stop = &stop_signal};
    if (printed)
        measure_terminal(&workshop);
    if (wanted && !somebody && !settings->quiet)
        fprintf(stderr,
                "pixscale: lesson: not a terminal, so nothing is asked (as with --batch)\n");
    if (steered && !settings->quiet)
        fprintf(stderr, "pixscale: lesson: OMP_ variables of your shell are not used here; each "
                        "run says what it needs\n");
    int status = hold(settings, plan, &workshop);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(environment);
    free(folder);
    return status;
}

/* A page to be filled in needs no runs. */
static int print_empty_handout(const struct settings *settings, const struct lesson_plan *plan)
{
    struct error error;
    return write_handout(settings, plan, NULL, &error) ? EXIT_CLEAN : commands_fail(&error);
}

static int run(const struct command *self, int argc, char **argv)
{
    struct settings settings = {.plan = NO_PLAN};
    struct lesson_plan plan = {.count = 0};
    struct error error;
    int first = argc;
    enum options_outcome outcome = options_parse(self, argc, argv, &settings, &first);
    if (outcome != OPTIONS_OK)
        return outcome == OPTIONS_DONE ? EXIT_CLEAN : EXIT_USAGE;
    int words = argc - first;
    if (!check(&settings, words, &error) ||
        !plan_words(&plan, (const char *const *)argv + first, words, &error))
        return commands_fail(&error);
    bool all = settings.batch || settings.answers || settings.json || settings.handout;
    if (settings.list || (!words && settings.plan == NO_PLAN && !all)) {
        print_list();
        return EXIT_CLEAN;
    }
    if (!words)
        lesson_plan_make(&plan, settings.plan == PLAN_45 ? 45 : 90);
    for (int i = 0; i < plan.count; i++)
        plan.brief[i] |= settings.brief;
    if (settings.handout && !settings.answers)
        return print_empty_handout(&settings, &plan);
    return teach(&settings, &plan);
}

static const char *const plan_names[] = {[PLAN_45] = "45", [PLAN_90] = "90", NULL};

#define AT(field) offsetof(struct settings, field)

static const struct option_spec options[] = {
    {"list", 0, NULL, "the lessons, how long each takes, and how to begin", option_flag, AT(list),
     NULL},
    {"plan", 0, "MINUTES", "a class of 45 (lessons 1, 3, 4, 7, and 8 in brief) or 90 (all)",
     option_choice, AT(plan), &(const struct option_choices){plan_names}},
    {"batch", 0, NULL, "ask nothing and wait for nothing; exit status 1 when a claim does not hold",
     option_flag, AT(batch), NULL},
    {"brief", 0, NULL, "fewer repetitions: runs in half the time, and numbers less sure",
     option_flag, AT(brief), NULL},
    {"answers", 0, NULL, "ask nothing, and print the teacher's notes, too", option_flag,
     AT(answers), NULL},
    {"handout", 0, "FILE.html",
     "write the lessons as one page to print, with room for answers; with --answers run them and "
     "write numbers, figures and notes",
     option_text, AT(handout), NULL},
    {"force", 'f', NULL, "replace a handout that exists", option_flag, AT(force), NULL},
    {"pictures", 0, "FOLDER", "your own pictures for the lessons that need some (default: made)",
     option_text, AT(pictures), NULL},
    {"json", 0, NULL, "the claims and commands for programs, and nothing else; implies --batch",
     option_flag, AT(json), NULL},
    {"quiet", 'q', NULL, "do not say what is being run", option_flag, AT(quiet), NULL},
    {0},
};
static const char *const usage[] = {"lesson [N...] [OPTIONS]", NULL};
static const char *const examples[] = {
    "pixscale lesson",
    "what there is",
    "pixscale lesson 1",
    "read, predict, measure, compare: ten minutes with toast",
    "pixscale lesson --plan 45",
    "a short class",
    "pixscale lesson --handout class.html",
    "one page for everybody, to be printed or mailed",
    "pixscale lesson --handout teacher.html --answers",
    "the same with the answers of this machine and notes, in some minutes",
    NULL};
const struct command cmd_lesson = {
    .name = "lesson",
    .summary = "a workshop on parallel programs: predict, measure, compare",
    .usage = usage,
    .about = "Each lesson is a short text, a question, your own prediction, a measurement on this "
             "machine, and why it came out so. N is a number or a name; several are taken one "
             "after the other. Every measurement is a command of pixscale that you can type, too. "
             "Claims about waiting work are checked everywhere; claims about computing only where "
             "the machine has the cores for it, else they are skipped, with the reason.",
    .options = options,
    .examples = examples,
    .run = run};
