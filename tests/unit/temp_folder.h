/*
 * temp_folder: a folder of its own for each test, made below TMPDIR and removed with all that is in
 * it. Included by the tests that need files.
 */
#ifndef PIXSCALE_TESTS_TEMP_FOLDER_H
#define PIXSCALE_TESTS_TEMP_FOLDER_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Makes the folder; free with temp_folder_remove. NULL on failure. */
static inline char *temp_folder_create(void)
{
    const char *base = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/pixscale-test-XXXXXX", base && *base ? base : "/tmp") < 0)
        return NULL;
    if (!mkdtemp(path)) {
        free(path);
        return NULL;
    }
    return path;
}

/* By rm, which knows how to go down any depth. 0 on success. */
static inline int temp_folder_remove(char *path)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    if (child > 0)
        waitpid(child, &status, 0);
    free(path);
    return status;
}

/* A text that lives until the 16th next call. */
static inline const char *textf(const char *format, ...)
{
    static char texts[16][4096];
    static unsigned next;
    char *text = texts[next++ % 16];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof texts[0], format, args);
    va_end(args);
    return text;
}

#endif
