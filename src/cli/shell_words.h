/*
 * shell_words: a command line that can be pasted into a shell again.
 * Knows: dataset/index.h.
 */
#ifndef PIXSCALE_CLI_SHELL_WORDS_H
#define PIXSCALE_CLI_SHELL_WORDS_H

#include <stdio.h>

/* Writes a word: as it is when no shell sees anything in it, else in single quotes, or, with
 * control characters or bytes that are no text, in $'...' with escapes. Never a byte that a
 * terminal obeys.
 */
void shell_words_put(const char *word, FILE *stream);

#endif
