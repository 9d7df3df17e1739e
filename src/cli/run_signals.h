/*
 * run_signals: signals that stop a run in order: the first lets the items in hand finish.
 * Knows: the C library.
 */
#ifndef PIXSCALE_CLI_RUN_SIGNALS_H
#define PIXSCALE_CLI_RUN_SIGNALS_H

#include <stdatomic.h>

/* The signal that asked the run to stop, or 0. */
extern atomic_int run_signals_stop;

/* Catches SIGINT, SIGTERM and, unless it is ignored as under nohup, SIGHUP: once, the second finds
 * the default action. */
void run_signals_catch(void);

/* Ignores SIGXFSZ and SIGPIPE, which writing then reports: before anything is written. */
void run_signals_ignore(void);

#endif
