/*
 * predict_words: what the tables of predictions have in common. Inside the room.
 * Knows: report/replay.h, report/phrase.h, report/table.h.
 */
#ifndef PIXSCALE_REPORT_PREDICT_WORDS_H
#define PIXSCALE_REPORT_PREDICT_WORDS_H

#include <stdio.h>

#include "report/phrase.h"
#include "report/replay.h"

/* Columns of times: a unit in which the longest is no small fraction, and decimals that leave the
 * shortest three significant digits where six characters allow it. */
struct predict_unit {
    const char *name;
    double scale; /* from seconds */
    int places;
};
struct predict_unit predict_words_unit(double least, double most);

/* Short times with four digits, long ones in minutes and hours; returns `text`. */
const char *predict_words_duration(char text[PHRASE_SIZE], double seconds);

/* A label at the left, the words wrapped beside it. */
void predict_words_entry(FILE *out, const char *label, const char *words);

/* What is replayed: program, machine, runs, items, loop. */
void predict_words_source(FILE *out, const struct replay *replay);

#endif
