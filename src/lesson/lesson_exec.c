/*
 * Several processes at once are each started and watched by a small process of their own, which
 * stamps start and end by the clock that all share, and answers through one pipe: spawn_run watches
 * one program at a time, and threads of ours must not exist beside a fork.
 */
#include "lesson/lesson_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "report/writer.h"

/* This program, wherever it was started from, and even when its file was replaced since. */
#define SELF "/proc/self/exe"

/* Whose starting and watching would still be small against what is measured. */
#define MOST_TOGETHER 256

static bool no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "lesson: no memory");
}

char *lesson_exec_path(const struct lesson_context *context, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", context->folder, name) < 0 ? NULL : path;
}

/* A word as one types it; files of the scratch folder by their names alone. */
static void write_word(struct writer *writer, const struct lesson_context *context,
                       const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-./,:=%+@";
    size_t length = strlen(context->folder);
    if (strncmp(word, context->folder, length) == 0 && word[length] == '/')
        word += length + 1;
    bool quoted = !*word || word[strspn(word, plain)];
    writer_text(writer, quoted ? " '" : " ");
    for (; *word; word++)
        writer_print(writer, *word == '\'' ? "'\\''" : "%c", *word);
    writer_text(writer, quoted ? "'" : "");
}

/* Shows the command as a learner would type it. */
static void show_command(const struct lesson_context *context, const char *const *words,
                         const char *const *changes, int count)
{
    struct writer writer = {0};
    if (!context->step)
        return;
    writer_text(&writer, "$");
    if (count > 1)
        writer_print(&writer, " for i in $(seq %d); do", count);
    for (; changes && *changes; changes++)
        write_word(&writer, context, *changes);
    writer_text(&writer, " pixscale");
    for (; *words; words++)
        write_word(&writer, context, *words);
    if (count > 1)
        writer_text(&writer, " & done; wait");
    char *line = writer_take(&writer);
    char *safe = line ? escape_copy(line) : NULL;
    if (safe)
        context->step(context->user, safe);
    free(safe);
    free(line);
}

/* The last line of its messages, without the program's name. */
static void last_message(const char *messages, char *text, size_t size)
{
    static const char name[] = "pixscale: ";
    size_t end = strlen(messages);
    while (end && messages[end - 1] == '\n')
        end--;
    size_t start = end;
    while (start && messages[start - 1] != '\n')
        start--;
    if (strncmp(messages + start, name, strlen(name)) == 0)
        start += strlen(name);
    snprintf(text, size, "%.*s", (int)(end - start), messages + start);
}

static bool judge(const struct spawn_result *result, const char *command, struct error *error)
{
    char message[512];
    if (result->stopped)
        return error_set(error, ERROR_OUTPUT, "lesson: stopped");
    if (result->status == 0)
        return true;
    last_message(result->errors, message, sizeof message);
    return error_set(error, ERROR_OUTPUT, "lesson: pixscale %s ended with status %d%s%s", command,
                     result->status, *message ? ": " : "", message);
}

/* "pixscale" and the words, for exec; the caller frees the array alone. */
static const char **make_argv(const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    const char **argv = calloc(count + 2, sizeof *argv);
    if (argv) {
        argv[0] = "pixscale";
        memcpy(argv + 1, words, count * sizeof *argv);
    }
    return argv;
}

static bool execute(const struct lesson_context *context, const char *const *words,
                    const char *const *changes, struct spawn_result *result, struct error *error)
{
    static const char *const none[] = {NULL};
    const char **argv = make_argv(words);
    char **environment = spawn_environment(context->environment, changes ? changes : none);
    struct spawn_job job = {
        .argv = argv, .file = SELF, .environment = environment, .stop = context->stop};
    bool ok = argv && environment ? spawn_run(&job, result, error) : no_memory(error);
    ok = ok && judge(result, words[0], error);
    free(environment);
    free(argv);
    return ok;
}

bool lesson_exec(const struct lesson_context *context, const char *const *words,
                 const char *const *changes, struct spawn_result *result, struct error *error)
{
    struct spawn_result *own = result ? result : malloc(sizeof *own);
    if (!own)
        return no_memory(error);
    show_command(context, words, changes, 1);
    bool ok = execute(context, words, changes, own, error);
    if (own != result)
        free(own);
    return ok;
}

/* What one of several tells. Less than PIPE_BUF, so that answers do not mix. */
struct answer {
    bool ok;
    int64_t start_ns, end_ns;
    struct error error;
};

/* In the child, which ends with it. */
static void answer_one(const struct lesson_context *context, const char *const *words,
                       const char *const *changes, int out)
{
    static struct spawn_result result; /* large for a stack; this process has no other use */
    struct answer answer = {.start_ns = clock_now_ns()};
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    answer.ok = execute(context, words, changes, &result, &answer.error);
    answer.end_ns = answer.start_ns + result.wall_ns;
    _exit(write(out, &answer, sizeof answer) == sizeof answer ? 0 : 1);
}

/* Tells those that were started to stop; each asks its program politely first. */
static void stop_all(const pid_t *pid, int count)
{
    for (int i = 0; i < count; i++)
        kill(pid[i], SIGTERM);
}

/* Reads the answers until all have ended. */
static bool collect(const struct lesson_context *context, int in, const pid_t *pid, int started,
                    int64_t *wall_ns, struct error *error)
{
    struct answer answer;
    int64_t first = INT64_MAX, last = INT64_MIN;
    int answers = 0;
    bool ok = true;
    for (ssize_t n; (n = read(in, &answer, sizeof answer)) != 0;) {
        bool asked = context->stop && atomic_load(context->stop);
        if (n != sizeof answer && errno != EINTR)
            break;
        if (n == sizeof answer) {
            answers++;
            first = answer.start_ns < first ? answer.start_ns : first;
            last = answer.end_ns > last ? answer.end_ns : last;
        }
        bool failed = n == sizeof answer && !answer.ok;
        if ((failed || asked) && ok) {
            ok = failed ? error_set(error, answer.error.kind, "%s", answer.error.text)
                        : error_set(error, ERROR_OUTPUT, "lesson: stopped");
            stop_all(pid, started);
        }
    }
    for (int i = 0; i < started; i++)
        while (waitpid(pid[i], NULL, 0) < 0 && errno == EINTR)
            continue;
    *wall_ns = answers ? last - first : 0;
    if (ok && answers < started)
        ok = error_set(error, ERROR_OUTPUT, "lesson: a process ended without a word");
    return ok;
}

bool lesson_exec_together(const struct lesson_context *context, const char *const *words,
                          const char *const *changes, int count, int64_t *wall_ns,
                          struct error *error)
{
    pid_t pid[MOST_TOGETHER];
    int ends[2], started = 0;
    if (count < 1 || count > MOST_TOGETHER)
        return error_set(error, ERROR_USAGE, "lesson: %d processes at once are not 1 to %d", count,
                         MOST_TOGETHER);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(error, ERROR_OUTPUT, "lesson: cannot make a pipe: %s", strerror(errno));
    show_command(context, words, changes, count);
    for (; started < count; started++) {
        pid[started] = fork();
        if (pid[started] == 0)
            answer_one(context, words, changes, ends[1]);
        if (pid[started] < 0)
            break;
    }
    int why = errno;
    close(ends[1]);
    if (started < count)
        stop_all(pid, started);
    bool ok = collect(context, ends[0], pid, started, wall_ns, error);
    close(ends[0]);
    if (started < count)
        ok = error_set(error, ERROR_OUTPUT, "lesson: cannot start a process: %s", strerror(why));
    return ok;
}

bool lesson_exec_fit(const struct lesson_context *context, const char *name,
                     struct analysis *analysis, struct error *error)
{
    char *path = lesson_exec_path(context, name);
    struct analysis_options options = {.include_smt = false};
    bool ok = path ? analysis_load(analysis, (const char *const[]){path}, 1, &options, error)
                   : no_memory(error);
    free(path);
    return ok;
}
