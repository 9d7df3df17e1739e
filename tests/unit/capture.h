/*
 * capture: what a function writes to stdout or stderr, as text.
 */
#ifndef PIXSCALE_TESTS_CAPTURE_H
#define PIXSCALE_TESTS_CAPTURE_H

#include <stdio.h>
#include <unistd.h>

struct capture {
    FILE *stream; /* that is being captured */
    int saved;    /* where it went before */
    FILE *file;
    char text[16384];
};

static inline void capture_begin(struct capture *capture, FILE *stream)
{
    fflush(stream);
    capture->stream = stream;
    capture->saved = dup(fileno(stream));
    capture->file = tmpfile();
    dup2(fileno(capture->file), fileno(stream));
}

/* Puts the stream back and returns what it got. */
static inline const char *capture_end(struct capture *capture)
{
    fflush(capture->stream);
    dup2(capture->saved, fileno(capture->stream));
    close(capture->saved);
    rewind(capture->file);
    size_t used = fread(capture->text, 1, sizeof capture->text - 1, capture->file);
    capture->text[used] = '\0';
    fclose(capture->file);
    return capture->text;
}

#endif
