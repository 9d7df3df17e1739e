/*
 * text: numbers the way people read them.
 *
 * Each writes to the caller's buffer of TEXT_SIZE bytes and returns it. No locale is consulted.
 * Knows: libc.
 */
#ifndef PIXSCALE_BASE_TEXT_H
#define PIXSCALE_BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_SIZE 40

/* 1234567 → "1,234,567" */
char *text_count(char *text, uint64_t value);

/* Decimal units, as disks and the talk count: 77600000000 → "77.6 GB" */
char *text_bytes(char *text, double bytes);

/* "0.42 s", "31.4 s", "12 min 05 s", "3 h 07 min" */
char *text_duration(char *text, double seconds);

/* Three significant digits up to 999, then whole with thousands: 41.2, 551,000 stays 551,204. */
char *text_rate(char *text, double value);

/* Closes a stream of open_memstream and gives its text, which the caller frees; NULL when memory
 * ran out on the way, as then the text has a gap or is not there at all. */
char *text_close(FILE *stream, char **text);

#endif
