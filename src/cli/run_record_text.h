/*
 * run_record_text: the command line and the options of a run as a record holds them.
 * Knows: dataset, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_RECORD_TEXT_H
#define PIXSCALE_CLI_RUN_RECORD_TEXT_H

#include "cli/run_options.h"

/* Words as a shell takes them, quoted where they need it, bytes that are no text escaped as the
 * index does. For the caller to free; NULL without memory. */
char *run_record_text_words(const char *const *words, int count);

/* The same of our own command line, `arguments` being the command's name and what follows it. */
char *run_record_text_command(const char *const *arguments, int count);

/* What decides how much work there is, but not how it is spread: the size, every choice that is not
 * its default, and the inner loops, such as "size=64x64 filter=lanczos simd=avx2". Equal texts are
 * one program to a scaling study. For the caller to free; NULL without memory. */
char *run_record_text_options(const struct run_options *options);

#endif
