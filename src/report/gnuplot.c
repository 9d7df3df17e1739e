#include "report/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Files instead of pipes between us and gnuplot: neither can then wait for the other. */
struct streams {
    FILE *in, *out, *err;
};

static void close_streams(struct streams *streams)
{
    if (streams->in)
        fclose(streams->in);
    if (streams->out)
        fclose(streams->out);
    if (streams->err)
        fclose(streams->err);
}

static bool open_streams(struct streams *streams, const char *script)
{
    *streams = (struct streams){tmpfile(), tmpfile(), tmpfile()};
    return streams->in && streams->out && streams->err && fputs(script, streams->in) >= 0 &&
           fflush(streams->in) == 0 && lseek(fileno(streams->in), 0, SEEK_SET) == 0;
}

/* In the child: becomes gnuplot, or tells through the pipe why not: errno, negative where it was
 * not the program that was missing. */
_Noreturn static void become(const struct streams *streams, const char *folder, int tell)
{
    static char *const arguments[] = {"gnuplot", "--default-settings", "-", NULL};
    int reason;
    if ((folder && chdir(folder) != 0) || dup2(fileno(streams->in), STDIN_FILENO) < 0 ||
        dup2(fileno(streams->out), STDOUT_FILENO) < 0 ||
        dup2(fileno(streams->err), STDERR_FILENO) < 0) {
        reason = -errno;
    } else {
        execvp(arguments[0], arguments);
        reason = errno;
    }
    ssize_t written = write(tell, &reason, sizeof reason);
    _exit(written == sizeof reason ? 126 : 127);
}

/* Starts gnuplot and waits for its end. *reason is why it could not be started, or 0. Returns its
 * wait status, or -1 when not even a child could be had. */
static int start_and_wait(const struct streams *streams, const char *folder, int *reason)
{
    int tell[2];
    if (pipe2(tell, O_CLOEXEC) != 0)
        return *reason = -errno, -1;
    pid_t child = fork();
    if (child == 0)
        become(streams, folder, tell[1]);
    *reason = child < 0 ? -errno : 0;
    close(tell[1]);
    int status = -1;
    ssize_t got = 0;
    if (child > 0) {
        do
            got = read(tell[0], reason, sizeof *reason);
        while (got < 0 && errno == EINTR);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(tell[0]);
    return status;
}

static char *read_all(FILE *file)
{
    if (fseek(file, 0, SEEK_END) != 0)
        return NULL;
    long size = ftell(file);
    char *text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (!text)
        return NULL;
    rewind(file);
    if (fread(text, 1, (size_t)size, file) != (size_t)size) {
        free(text); /* a part of a figure is none */
        return NULL;
    }
    text[size] = '\0';
    return text;
}

/* The line of a complaint that says what is wrong: the last one, below the quoted command. */
static void last_line(FILE *file, char *line, size_t size)
{
    char next[512];
    *line = '\0';
    rewind(file);
    while (fgets(next, sizeof next, file)) {
        char *start = next + strspn(next, " \t\n");
        start[strcspn(start, "\n")] = '\0';
        if (*start)
            snprintf(line, size, "%s", start);
    }
}

static bool judge(const struct streams *streams, int status, int reason, const char *what,
                  struct error *error)
{
    char line[512];
    if (reason)
        return error_set(error, ERROR_OUTPUT, "%s: gnuplot could not be started: %s", what,
                         strerror(abs(reason)));
    last_line(streams->err, line, sizeof line); /* a warning is no failure */
    if (WIFSIGNALED(status))
        return error_set(error, ERROR_OUTPUT, "%s: gnuplot was stopped by signal %d", what,
                         WTERMSIG(status));
    if (status != 0)
        return error_set(error, ERROR_OUTPUT, "%s: gnuplot failed (exit status %d): %s", what,
                         WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                         *line ? line : "it did not say why");
    return true;
}

bool gnuplot_run(const char *script, const char *folder, const char *what, char **printed,
                 bool *found, struct error *error)
{
    struct streams streams;
    bool ok = false;
    *found = false;
    if (printed)
        *printed = NULL;
    if (!open_streams(&streams, script)) {
        error_set(error, ERROR_OUTPUT, "%s: cannot write the script to a temporary file: %s", what,
                  strerror(errno));
        goto out_close;
    }
    int reason;
    int status = start_and_wait(&streams, folder, &reason);
    *found = reason != ENOENT && reason != ENOTDIR && reason != EACCES;
    ok = !*found || judge(&streams, status, reason, what, error);
    if (ok && *found && printed && !(*printed = read_all(streams.out)))
        ok = error_set(error, ERROR_OUTPUT, "%s: cannot read what gnuplot drew: %s", what,
                       strerror(errno));
out_close:
    close_streams(&streams);
    return ok;
}
